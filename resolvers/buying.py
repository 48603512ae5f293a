"""What requests for quotation and purchase orders share: lines that are for requirements, which change with them."""

from __future__ import annotations

from typing import ClassVar, TypeVar
from uuid import UUID

from core.record import Line, Record
from engine.run.context import Command
from models import PurchaseOrder, PurchaseOrderLine, Rfq, RfqLine
from resolvers.aggregate import Aggregate
from resolvers.requirements import lock_jobs, settle_requirements
from resolvers.versions import ExpectedVersion

R = TypeVar("R", bound=Record)


class _ForRequirements(Aggregate[R]):
    """A document whose lines may each be for a requirement."""

    line: ClassVar[type[Line]]

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> R:
        """Lock the jobs of its requirements before the document, as everywhere."""
        await lock_jobs_of(ctx, self.line, row_id)
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)

    async def follow(self, ctx: Command, record: R) -> None:
        """Derive the states of the requirements that its lines are for, or were for before."""
        column = self.line.parent_column
        ids = {each.requirement_id for each in ctx.unit.staged(self.line, **{column: record.id})}  # type: ignore[attr-defined]  # both have it
        await lock_jobs(ctx, ids)
        if record.number is not None:  # type: ignore[attr-defined]  # both have it; a new one has none yet
            ids |= await ctx.unit.column(self.line, "requirement_id", **{column: record.id})
        await settle_requirements(ctx, ids, record)


async def lock_jobs_of(ctx: Command, line: type[Line], document_id: UUID) -> None:
    """Lock the jobs whose requirements the lines of a document are for."""
    await lock_jobs(ctx, await ctx.unit.column(line, "requirement_id", **{line.parent_column: document_id}))


class Orders(_ForRequirements[PurchaseOrder]):
    """Purchase orders."""

    line = PurchaseOrderLine


class Requests(_ForRequirements[Rfq]):
    """Requests for quotation."""

    line = RfqLine
