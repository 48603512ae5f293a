"""Requirements: what is needed, and how far buying it has come, which follows from orders, requests and receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.errors import Conflict, Invalid
from core.record import Record
from core.values import exact
from engine.run.context import Command
from models import (
    Job,
    JobStatus,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Requirement,
    RequirementStatus,
    Rfq,
    RfqLine,
    RfqStatus,
)
from resolvers.aggregate import Aggregate
from resolvers.job_materials import settle_materials
from resolvers.lines import Inside
from resolvers.states import called
from resolvers.versions import ExpectedVersion

OPEN_REQUESTS: Final = (RfqStatus.DRAFT, RfqStatus.SENT, RfqStatus.PARTIALLY_RESPONDED, RfqStatus.RESPONDED)
OPEN_ORDERS: Final = (
    PurchaseOrderStatus.DRAFT,
    PurchaseOrderStatus.SENT,
    PurchaseOrderStatus.ACKNOWLEDGED,
    PurchaseOrderStatus.PARTIALLY_RECEIVED,
)
"""States of documents whose lines are open: a requirement stands on one such line at a time."""


class _Requirements(Aggregate[Requirement]):
    """Requirements, from which the material status of their jobs follows."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> Requirement:
        """Lock the job before the requirement, as everywhere."""
        job_id = await ctx.unit.look(Requirement, row_id, "job_id")
        if job_id is not None:
            await ctx.unit.lock(Job, [job_id])
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)

    async def follow(self, ctx: Command, record: Requirement) -> None:
        """Derive the material status of the job."""
        if record.job_id is not None:
            await settle_materials(ctx, [record.job_id])


def settle(requirement: Requirement, _inside: Inside) -> None:
    """Note that what came is enough, or no more enough, when the quantity of one that stands on no line changes."""
    if requirement.status in {RequirementStatus.PENDING, RequirementStatus.RECEIVED}:
        enough = requirement.received_quantity >= requirement.quantity
        requirement.status = RequirementStatus.RECEIVED if enough else RequirementStatus.PENDING


REQUIREMENTS = _Requirements(
    Requirement, settle=settle, editable=(RequirementStatus.PENDING, RequirementStatus.CANCELLED)
)

requirements = REQUIREMENTS.page("List requirements: what is needed, and how far buying it has come.")
requirement = REQUIREMENTS.get("One requirement by its id; null when there is none.")
create_requirement = REQUIREMENTS.create(
    "Add a requirement by hand; one of a job counts in its material status.", "What a new requirement is made of."
)
update_requirement = REQUIREMENTS.update(
    "Change a requirement that is pending; its status follows from requests, orders and receipts.",
    "What to change of a requirement: null clears, what is left out stays.",
)
delete_requirement = REQUIREMENTS.delete("Delete a requirement that is pending, or whose job is cancelled.")


async def settle_requirements(ctx: Command, ids: Iterable[UUID | None], by: Record | None = None) -> None:
    """Derive the states of requirements from lines and receipts as they are staged, and then those of their jobs.

    `by` is the document that is being changed. Conflict when a requirement would stand on two open lines: it names the
    other document. Invalid when there is no such requirement. Their jobs should be locked before (`lock_jobs`).
    """
    wanted = sorted({each for each in ids if each is not None})
    if not wanted:
        return
    found = await _locked(ctx, wanted)
    bought = await _bought(ctx, found)
    for each in found:
        bought[each.id].check(each, by)
    jobs = sorted({each.job_id for each in found if each.job_id is not None})
    cancelled = {each.id for each in await ctx.unit.find(Job, id=jobs, status=JobStatus.CANCELLED)} if jobs else set()
    for each in found:
        before = dict(vars(each))
        bought[each.id].settle(each, job_is_cancelled=each.job_id in cancelled)
        if vars(each) != before:
            ctx.save(each, event=REQUIREMENTS.told("updated"))
    await settle_materials(ctx, jobs)


async def lock_jobs(ctx: Command, ids: Iterable[UUID | None]) -> None:
    """Lock the jobs that requirements are of; jobs are locked before everything that buying locks."""
    wanted = sorted({each for each in ids if each is not None})
    if wanted:
        sql = "select distinct job_id from requirements where workspace_id = $1 and id = any($2) and job_id is not null"
        if jobs := [each["job_id"] for each in await ctx.unit.ask(sql, wanted)]:
            await ctx.unit.lock(Job, sorted(jobs))


async def _locked(ctx: Command, wanted: Sequence[UUID]) -> list[Requirement]:
    found = {each.id: each for each in await ctx.unit.lock(Requirement, wanted)}
    if len(found) < len(wanted):
        found |= {each.id: each for each in ctx.unit.staged(Requirement, id=list(wanted))}
    for each in wanted:
        if each not in found:
            raise Invalid("requirementId: no such requirement", field="requirementId")
    return [found[each] for each in wanted]


@dataclass(slots=True)
class _Bought:
    """What is bought for a requirement: the documents of its open lines, what is ordered, and what came of it."""

    requests: list[Rfq] = field(default_factory=list)
    orders: list[PurchaseOrder] = field(default_factory=list)
    ordered: Decimal = Decimal(0)
    received: Decimal = Decimal(0)

    def check(self, requirement: Requirement, by: Record | None) -> None:
        """Raise Conflict when it stands on more than one open line, or on one although it is deleted."""
        documents: list[Rfq | PurchaseOrder] = [*self.requests, *self.orders]
        if documents and requirement.deleted_at is not None:
            raise Invalid("requirementId: refers to a deleted record", field="requirementId")
        if len(documents) > 1:
            other = next((each for each in documents if each is not by), documents[0])
            where = called(other) if other.number else "another line of the same document"
            message = f"The requirement {requirement.description[:80]!r} stands on {where}: it can be on one at a time"
            raise Conflict(message, field="requirementId")

    def settle(self, requirement: Requirement, *, job_is_cancelled: bool) -> None:
        """Write down what follows."""
        requirement.ordered_quantity = exact.stored(self.ordered)
        requirement.received_quantity = exact.stored(self.received)
        if self.received >= requirement.quantity:
            requirement.status = RequirementStatus.RECEIVED
        elif self.orders:
            requirement.status = RequirementStatus.HAS_PO
        elif self.requests:
            requirement.status = RequirementStatus.RFQ_IN_PROGRESS
        else:
            requirement.status = RequirementStatus.CANCELLED if job_is_cancelled else RequirementStatus.PENDING


async def _bought(ctx: Command, requirements: Sequence[Requirement]) -> Mapping[UUID, _Bought]:
    """Find what is bought for requirements, which are locked: nobody else changes lines of theirs meanwhile."""
    ids = [each.id for each in requirements]
    known = {each.id: each for each in requirements}
    bought = {each: _Bought() for each in ids}
    lines = await ctx.unit.find_staged(PurchaseOrderLine, requirement_id=ids)
    orders = await _documents(ctx, PurchaseOrder, {each.purchase_order_id for each in lines})
    for line in lines:
        assert line.requirement_id is not None
        order, of = orders[line.purchase_order_id], bought[line.requirement_id]
        _count(of, known[line.requirement_id], line, order)
    asked = await ctx.unit.find_staged(RfqLine, requirement_id=ids)
    requests = await _documents(ctx, Rfq, {each.rfq_id for each in asked})
    for each in asked:
        assert each.requirement_id is not None
        request = requests[each.rfq_id]
        if request.deleted_at is None and request.status in OPEN_REQUESTS:
            bought[each.requirement_id].requests.append(request)
    return bought


async def _documents(ctx: Command, model: type[Record], ids: Iterable[UUID]) -> dict[UUID, Record]:
    wanted = sorted(ids)
    return {each.id: each for each in await ctx.unit.find_staged(model, id=wanted)} if wanted else {}


def _count(bought: _Bought, requirement: Requirement, line: PurchaseOrderLine, order: PurchaseOrder) -> None:
    """Count a line of an order: quantities in the requirement's unit."""
    if order.deleted_at is not None or order.status == PurchaseOrderStatus.CANCELLED:
        return
    is_open = order.status in OPEN_ORDERS and not line.closed_short and line.received_quantity < line.quantity
    if is_open:
        bought.orders.append(order)
    factor = Decimal(1) if line.unit == requirement.unit else line.factor
    wanted = line.quantity if is_open else line.received_quantity
    bought.ordered = exact.plus(bought.ordered, exact.times(max(wanted, line.received_quantity), factor))
    bought.received = exact.plus(bought.received, exact.times(line.received_quantity, factor))
