"""Receipts: goods that came for a purchase order are taken in, and a receipt that was wrong is voided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, cast
from uuid import UUID

from pydantic import Field

from core.errors import Invalid
from core.values import exact
from core.values.checked import NOTE, REFERENCE, Quantity
from core.values.ids import new_id
from core.values.marks import LOT
from engine.declare.inputs import MAX_AT_ONCE, input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import (
    MovementReason,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Receipt,
    ReceiptLine,
    ReceiptStatus,
)
from resolvers import ledger
from resolvers.aggregate import Aggregate, now
from resolvers.buying import lock_jobs_of
from resolvers.days import today
from resolvers.purchase_orders import ORDERS, RECEIVABLE, settle, told
from resolvers.receiving import Arrival, Arrivals, Remainder
from resolvers.versions import ExpectedVersion


@input_type
class ReceiveLine:
    """How many of a line came, and where they were put."""

    line_id: Annotated[UUID, "The line of the order that they are of."]
    quantity: Annotated[Quantity | None, "How many came, in the line's unit; the remainder, if left out."] = None
    location_id: Annotated[UUID | None, "Where they were put; the receipt's location, if left out."] = None
    lot: Annotated[str, LOT, "Their lot, where the part is tracked by lots."] | None = None
    serial: Annotated[str, LOT, "The serial number, where the part is tracked by them: of one piece."] | None = None


@input_type
class ReceivePurchaseOrder:
    """What came for a purchase order; nothing at all stands for the remainder of every open line, today."""

    lines: Annotated[
        Annotated[list[ReceiveLine], Field(min_length=1, max_length=MAX_AT_ONCE, fail_fast=True)] | None,
        "What came, line by line; the remainder of every open line, if left out.",
    ] = None
    received_on: Annotated[date | None, "The day on which it came; today, if left out."] = None
    location_id: Annotated[
        UUID | None, "Where it was put; the order's location, if left out, or the only one that there is."
    ] = None
    delivery_note: Annotated[str, REFERENCE, "The number of the supplier's delivery note."] | None = None
    notes: Annotated[str, NOTE, "Free text."] | None = None


class _Receipts(Aggregate[Receipt]):
    """Receipts, each of which is locked after its order."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> Receipt:
        """Lock the jobs of the order, and the order, before the receipt."""
        order_id = await ctx.unit.look(Receipt, row_id, "purchase_order_id")
        if order_id is not None:
            await lock_jobs_of(ctx, PurchaseOrderLine, order_id)
            await ctx.unit.lock(PurchaseOrder, [order_id])
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)


async def receive_purchase_order(
    ctx: Command, id: UUID, input: ReceivePurchaseOrder | None = None, expected_version: ExpectedVersion = None
) -> Rows[Receipt]:
    """Take in what came for a purchase order; answers the receipt. Without an input all that is still to come came.

    Stock of lines with a part rises, in the part's own unit, at the line's price where that is in the workspace's
    currency; lines without a part move no stock. States of the lines, the order, its requirements and their jobs
    follow. More than was ordered is a `conflict`, unless the tolerance of the order or of the line allows it.
    """
    given = input or ReceivePurchaseOrder()
    if given.received_on is not None and given.received_on > await today(ctx):
        raise Invalid("receivedOn: is later than today", field="receivedOn")
    order = await ORDERS.lock(ctx, id, expected_version)
    ORDERS.check_state(order, RECEIVABLE, "only what was sent, and is not received, can be received")
    inside = await ORDERS.load(ctx, order)
    arrivals = Arrivals(ctx, order, cast("list[PurchaseOrderLine]", inside["lines"]))
    lines: Sequence[Arrival] = given.lines or [Remainder(each.id) for each in arrivals.open_lines()]
    rows = await arrivals.take(lines, given.location_id)
    receipt = Receipt(
        id=new_id(Receipt),
        purchase_order_id=order.id,
        received_on=given.received_on or await today(ctx),
        delivery_note=given.delivery_note,
        notes=given.notes,
    )
    made = await RECEIPTS.stage(ctx, receipt, {"lines": list(rows)}, {each.id for each in rows}, event=_CREATED)
    await _move_stock(ctx, receipt, rows, arrivals.lines)
    settle(order, inside)
    await ORDERS.stage(ctx, order, inside, arrivals.lines.keys(), event=told(order))
    return made


async def _take_back(ctx: Command, receipt: Receipt) -> None:
    """Take the stock of a receipt out again, and what its lines received."""
    [order] = await ctx.unit.lock(PurchaseOrder, [receipt.purchase_order_id])
    inside = await ORDERS.load(ctx, order)
    lines = {each.id: each for each in cast("list[PurchaseOrderLine]", inside["lines"])}
    rows = await ctx.unit.find(ReceiptLine, "position", receipt_id=receipt.id)
    for row in rows:
        line = lines[row.purchase_order_line_id]
        line.received_quantity = exact.minus(line.received_quantity, row.quantity)
        line.closed_short = False
    await _move_stock(ctx, receipt, rows, lines, sign=-1)
    receipt.voided_at = now()
    if order.status == PurchaseOrderStatus.CLOSED:
        order.status = PurchaseOrderStatus.RECEIVED  # which follows from the lines again
    await ORDERS.stage(ctx, order, inside, lines.keys())


async def _move_stock(
    ctx: Command, receipt: Receipt, rows: list[ReceiptLine], lines: dict[UUID, PurchaseOrderLine], *, sign: int = 1
) -> None:
    found = []
    for row in rows:
        part_id = lines[row.purchase_order_line_id].part_id
        if part_id is None or row.location_id is None or row.stock_quantity is None:
            continue
        found.append(
            ledger.Posting(
                part_id=part_id,
                location_id=row.location_id,
                quantity=row.stock_quantity if sign > 0 else -row.stock_quantity,
                reason=MovementReason.RECEIPT,
                lot=row.lot,
                serial=row.serial,
                unit_cost=row.unit_cost,
                source=receipt,
            )
        )
    if found:
        await ledger.post(ctx, found)


RECEIPTS = _Receipts(Receipt)
_CREATED = RECEIPTS.told("created")
RECEIPTS.told("deleted")  # of a sandbox, by its purge

receipts = RECEIPTS.page("List receipts.")
receipt = RECEIPTS.get("One receipt by its id; null when there is none.")
update_receipt = RECEIPTS.update(
    "Change tags, notes, custom fields and external ids of a receipt; what came is corrected by voiding it.",
    "What to change of a receipt: null clears, what is left out stays.",
)
void_receipt = RECEIPTS.move(
    "void",
    (ReceiptStatus.POSTED,),
    ReceiptStatus.VOIDED,
    "Void a receipt: its stock is taken out again by opposite movements, and the states of its order, of the"
    " requirements and of their jobs are what they would be without it. Lines of it that were closed short, and an"
    " order that was closed, are open again.\n\n"
    "It is a `conflict` when the stock is not there any more, and when the receipt is voided already.",
    arrange=_take_back,
)
