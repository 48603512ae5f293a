"""Files of orders: several X12 interchanges, a table or a list of JSON objects, each order with what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Annotated, Final
from uuid import UUID

from access.scopes import Scope
from core.errors import Conflict, ForgeError, Invalid, NotFound, Problem
from core.writing.violations import RunAgain
from engine.declare.model_inputs import MAX_LINES
from engine.run.context import Command
from formats.tables import DateOrder, Layout, TableFormat, read_tables
from formats.x12 import CodePage, PurchaseOrder, Refused, read_file
from models import Client, ExternalId, IntakeColumn, IntakeMapping
from resolvers.intake import IsReused, RestoreClient, RestoreQuote, Taking, Took, take
from resolvers.intake_known import restore_client_of

MOST_ORDERS: Final = 200
"""Orders of one file."""
_Document = Annotated[str | bytes, "X12 interchanges one after the other; or CSV or JSON, with a mapping."]
_CodePage = Annotated[CodePage | None, "What bytes that are not UTF-8 are; of text it says nothing."]
_Mapping = Annotated[str | None, "The id or the name of the intake mapping that says how the orders are written."]
_Atomic = Annotated[bool, "Take in all orders or none."]
_DryRun = Annotated[bool, "Say what would become of each order, and keep nothing."]


@dataclass
class IntakeError:
    """Why an order was refused."""

    code: str
    message: str
    field: str | None = None


@dataclass
class IntakeResult:
    """What became of one order; `index` is its place in the file, from 0."""

    index: int
    result: Took
    order_number: str | None = None
    intake_id: str | None = None
    quote_id: str | None = None
    warnings: list[str] = dataclass_field(default_factory=list)
    error: IntakeError | None = None


@dataclass
class IntakeFile:
    """What became of all orders of a file."""

    dry_run: bool
    taken: int
    replayed: int
    failed: int
    orders: list[IntakeResult] = dataclass_field(default_factory=list)


async def intake_orders(  # noqa: PLR0913  # the arguments of the graph
    ctx: Command,
    document: _Document,
    code_page: _CodePage = None,
    mapping: _Mapping = None,
    *,
    atomic: _Atomic = False,
    dry_run: _DryRun = False,
    accept_reused_control_numbers: IsReused = False,
    restore_client: RestoreClient = False,
    restore_quote: RestoreQuote = False,
) -> IntakeFile:
    """Take in every order of a file, and say what became of each.

    An order that is refused leaves the others, unless all are to be taken in or none. What breaks an X12 envelope (a
    count, a control number) refuses the file. Without a mapping the file is X12. With one it is CSV or JSON, and an
    order is known by the mapping, its client and its number: sent again it answers the quote that it made. 1 MiB and
    200 orders at most. With a dry run nothing is kept.
    """
    ctx.principal.require(Scope.CLIENTS_CREATE)
    if dry_run:
        ctx.unit.rehearse()
    known = None if mapping is None else await _mapping(ctx, mapping)
    orders = await _read(ctx, document, code_page, known)
    taking = _File(ctx, known, Taking(accept_reused_control_numbers, restore_client, restore_quote), atomic, dry_run)
    done = [await taking.one(index, order) for index, order in enumerate(orders)]
    if atomic and not dry_run:
        taking.check()
    if dry_run:
        await ctx.unit.rehearsed()
    results = [each.result for each in done]
    replayed, failed = results.count(Took.REPLAYED), results.count(Took.ERROR)
    return IntakeFile(dry_run, len(done) - replayed - failed, replayed, failed, done)


async def _mapping(ctx: Command, named: str) -> IntakeMapping:
    try:
        found = await ctx.unit.find(IntakeMapping, id=UUID(named), deleted_at=None)
    except ValueError:
        found = await ctx.unit.find(IntakeMapping, name=named, deleted_at=None)
    if not found:
        raise NotFound("Intake mapping not found", field="mapping")
    return found[0]


async def _read(
    ctx: Command, document: str | bytes, code_page: CodePage | None, mapping: IntakeMapping | None
) -> Sequence[PurchaseOrder | Refused]:
    """Read the orders, in a thread, so that nobody waits for a large file."""
    if isinstance(document, str):
        document, code_page = document.encode("utf-8", "surrogatepass"), None  # text has been read already
    if mapping is None:
        return await asyncio.to_thread(read_file, document, code_page, MAX_LINES, MOST_ORDERS)
    columns = await ctx.unit.find(IntakeColumn, intake_mapping_id=mapping.id)
    layout = Layout(
        str(mapping.id),
        TableFormat(mapping.format),
        {each.holds: each.source for each in columns},
        mapping.delimiter,
        mapping.decimal_comma,
        DateOrder(mapping.date_order),
        mapping.orders_at,
        mapping.lines_at,
    )
    return await asyncio.to_thread(read_tables, document, layout, code_page, MAX_LINES, MOST_ORDERS)


@dataclass
class _File:
    """The orders of one command."""

    ctx: Command
    mapping: IntakeMapping | None
    how: Taking
    atomic: bool
    dry_run: bool
    refused: list[tuple[int, ForgeError]] = dataclass_field(default_factory=list)

    def check(self) -> None:
        """Refuse all orders when one is refused; every one that is, is told."""
        if not self.refused:
            return
        told = tuple(
            Problem(f"orders[{index}]: {each.message}", f"orders[{index}]")
            for index, error in self.refused
            for each in error.details
        )
        kind = type(self.refused[0][1])
        raise kind(told[0].message, field=told[0].field, problems=told[:MOST_ORDERS])

    async def one(self, index: int, order: PurchaseOrder | Refused) -> IntakeResult:
        """Take in one order by itself."""
        done = IntakeResult(index, Took.ERROR, order.number)
        try:
            if isinstance(order, Refused):
                raise order.error
            async with self.ctx.unit.part():
                client = None if self.mapping is None else await self._client(order, self.mapping)
                taken = await take(self.ctx, order, self.how, client)
        except RunAgain:
            raise
        except ForgeError as error:
            if error.retry_after is not None:
                raise
            if self.atomic and not isinstance(error, Invalid | Conflict | NotFound):
                raise
            self.refused.append((index, error))
            self.ctx.forget()
            done.error = IntakeError(error.code, error.message, error.field)
            return done
        done.result, done.warnings = taken.result, list(taken.intake.warnings)
        if not self.dry_run or taken.result is Took.REPLAYED:
            done.intake_id, done.quote_id = str(taken.intake.id), str(taken.intake.quote_id)
        return done

    async def _client(self, order: PurchaseOrder, mapping: IntakeMapping) -> Client:
        """Whose order it is: the mapping's client, or the one whose code or external id it says."""
        if mapping.client_id is not None:
            return await restore_client_of(
                self.ctx, mapping.client_id, f"of mapping {mapping.name!r}", restore=self.how.client
            )
        said = order.key.sender_id
        if not said:
            raise Invalid("client: the order says no client", field="client")
        unit = self.ctx.unit
        ids = {each.id for each in await unit.find(Client, code=said, deleted_at=None)}
        if not ids:
            names = await unit.find(ExternalId, record_type=str(Client.__tablename__), external_id=said)
            ids = {each.record_id for each in names}
        if len(ids) > 1:
            raise Conflict(f"client: {said!r} is an external id of {len(ids)} clients", field="client")
        if not ids:
            raise Invalid(f"client: no client has the code or the external id {said!r}", field="client")
        return await restore_client_of(self.ctx, ids.pop(), f"with the code {said!r}", restore=self.how.client)
