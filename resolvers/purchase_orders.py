"""Purchase orders: written, sent, acknowledged, revised, closed and withdrawn; the receive states follow from lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, cast
from uuid import UUID

from core.absent import absent
from core.errors import Conflict, Invalid, NotFound
from core.values import money
from core.values.checked import LIMIT
from engine.declare.rows import Rows
from engine.run.context import Command
from models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Supplier, SupplierAddress
from resolvers.addresses import PostalAddress, snapshot
from resolvers.aggregate import now
from resolvers.buying import Orders
from resolvers.days import today
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.line_units import fit_bought, fit_requirements
from resolvers.lines import Inside, Lines, Written
from resolvers.suppliers import check_buys_from
from resolvers.versions import ExpectedVersion

RECEIVABLE: Final = (
    PurchaseOrderStatus.SENT,
    PurchaseOrderStatus.ACKNOWLEDGED,
    PurchaseOrderStatus.PARTIALLY_RECEIVED,
)
"""States in which goods are received."""
_DERIVED: Final = (*RECEIVABLE, PurchaseOrderStatus.RECEIVED)
"""States of which the lines say which one it is."""
_TERMS: Final = ("payment_terms", "payment_days", "delivery_terms")
_SHIP_TO: Final = Annotated[PostalAddress | None, "Where the goods are to be sent."]


async def _prepare(ctx: Command, order: PurchaseOrder, given: dict[str, Any]) -> None:
    """Fill currency and terms of a new order by its supplier's; with another supplier its contact and address go."""
    if "ship_to" in given:
        given["ship_to"] = snapshot(given["ship_to"])
    if order.supplier_id is None:
        await _fill(ctx, given)
    elif given.get("supplier_id", order.supplier_id) != order.supplier_id:
        given.setdefault("contact_id", None)
        given.setdefault("supplier_address_id", None)


async def _fill(ctx: Command, given: dict[str, Any]) -> None:
    supplier_id = given["supplier_id"]
    supplier = await ctx.once((Supplier, supplier_id), lambda: ctx.get(Supplier, supplier_id))
    if supplier is None:
        raise Invalid("supplierId: no such supplier", field="supplierId")
    if given.get("currency") is None:
        given["currency"] = supplier.currency
    for name in _TERMS:
        if given.get(name) is None:
            given[name] = getattr(supplier, name)


async def _fit(ctx: Command, order: PurchaseOrder, written: Sequence[Written]) -> None:
    """Lines take over the parts of their requirements, and the units in which the supplier sells the parts."""
    await fit_requirements(ctx, written)
    await fit_bought(ctx, written, order.supplier_id)


def settle(order: PurchaseOrder, inside: Inside) -> None:
    """Work out the totals, each line's and the tax rounded once, and the receive state from what the lines received."""
    lines = cast("list[PurchaseOrderLine]", inside["lines"])
    for line in lines:
        line.total = money.line_total(line.quantity, line.unit_price or Decimal(0), order.currency)
    order.subtotal = money.total([line.total for line in lines], order.currency)
    order.tax = money.line_total(order.subtotal, order.tax_rate or 0, order.currency)  # type: ignore[arg-type]  # 0 is exact
    order.total = money.total([order.subtotal, order.tax], order.currency)
    if order.total >= LIMIT:
        raise Invalid(f"lines: the order comes to {order.total:f}; it must be less than {LIMIT:f}", field="lines")
    if order.status in _DERIVED:
        order.status = _state(order, lines)


def _state(order: PurchaseOrder, lines: list[PurchaseOrderLine]) -> PurchaseOrderStatus:
    if not any(line.received_quantity for line in lines):
        return PurchaseOrderStatus.SENT if order.acknowledged_at is None else PurchaseOrderStatus.ACKNOWLEDGED
    return PurchaseOrderStatus.PARTIALLY_RECEIVED if any(map(is_open, lines)) else PurchaseOrderStatus.RECEIVED


def is_open(line: PurchaseOrderLine) -> bool:
    """Whether something of a line is still to come."""
    return not line.closed_short and line.received_quantity < line.quantity


def told(order: PurchaseOrder) -> str:
    """The event of an order whose lines received something, or were closed short."""
    states = {PurchaseOrderStatus.PARTIALLY_RECEIVED, PurchaseOrderStatus.RECEIVED}
    return f"purchase_order.{order.status if order.status in states else 'updated'}"


async def _send(ctx: Command, order: PurchaseOrder) -> None:
    """Note the day, and copy the supplier's address as it is now; refuse an order that cannot be sent."""
    if not await ctx.unit.find(PurchaseOrderLine, purchase_order_id=order.id):
        raise Conflict(f"Purchase order {order.number} has no line: add one first", field="status")
    await check_buys_from(ctx, [order.supplier_id])
    order.ordered_on = order.ordered_on or await today(ctx)
    chosen = {"supplier_id": order.supplier_id}
    if order.supplier_address_id is not None:
        chosen = {"id": order.supplier_address_id}
    found = await ctx.unit.find(SupplierAddress, "position", **chosen)
    order.sent_to = snapshot(found[0] if found else None)
    order.sent_at = now()


def _acknowledged(order: PurchaseOrder) -> None:
    order.acknowledged_at = now()


async def _revise(ctx: Command, order: PurchaseOrder) -> None:
    """Begin the next revision; lines that were closed short are open again."""
    inside = await ORDERS.load(ctx, order)
    await _check_nothing_came(ctx, order)
    reopened = [line for line in cast("list[PurchaseOrderLine]", inside["lines"]) if line.closed_short]
    for line in reopened:
        line.closed_short = False
    order.revision += 1
    order.sent_at = order.acknowledged_at = None
    if reopened:
        ctx.inside(order, put=reopened)


async def _check_nothing_came(ctx: Command, order: PurchaseOrder) -> None:
    lines = await ctx.unit.find(PurchaseOrderLine, purchase_order_id=order.id)
    if any(line.received_quantity for line in lines):
        raise Conflict(f"Purchase order {order.number}: something of it came; void its receipts first", field="status")


ORDERS = Orders(
    PurchaseOrder,
    lines=(Lines("lines", PurchaseOrderLine),),
    prepare=_prepare,
    fit=_fit,
    settle=settle,
    editable=(PurchaseOrderStatus.DRAFT,),
)

for _state_told in (PurchaseOrderStatus.PARTIALLY_RECEIVED, PurchaseOrderStatus.RECEIVED):
    ORDERS.told(_state_told)

purchase_orders = ORDERS.page("List purchase orders.")
purchase_order = ORDERS.get("The purchase order of this id; null when there is none.")
create_purchase_order = ORDERS.create(
    "Write a draft purchase order, with its lines; it gets the workspace's next number.",
    "What a new order is made of; without a currency or terms it has its supplier's.",
    ship_to=(_SHIP_TO, None),
)
update_purchase_order = ORDERS.update(
    "Change a draft purchase order; what the input does not name stays as it is.",
    "What to change of a draft order: null clears, what is left out stays; `lines` is the whole list.\n\n"
    "Another supplier clears the contact and the address unless they are named; the currency stays.",
    ship_to=(_SHIP_TO, absent()),
)
delete_purchase_order = ORDERS.delete("Delete a draft purchase order; its requirements are pending again.")
send_purchase_order = ORDERS.move(
    "send",
    (PurchaseOrderStatus.DRAFT,),
    PurchaseOrderStatus.SENT,
    "Send a draft purchase order to its supplier; from then on its content is locked.\n\n"
    "It keeps a copy of the supplier's address: the one it names, else the supplier's first. Without a day of the order"
    " it is today's.",
    arrange=_send,
)
acknowledge_purchase_order = ORDERS.move(
    "acknowledge",
    (PurchaseOrderStatus.SENT,),
    PurchaseOrderStatus.ACKNOWLEDGED,
    "Note that the supplier has confirmed a purchase order, with the day that it promises.",
    takes=("promised_on", "supplier_reference"),
    effect=_acknowledged,
)
revise_purchase_order = ORDERS.move(
    "revise",
    (PurchaseOrderStatus.SENT, PurchaseOrderStatus.ACKNOWLEDGED),
    PurchaseOrderStatus.DRAFT,
    "Take back a purchase order of which nothing came, to change it: it is a draft with the next revision.\n\n"
    "The number stays. What was sent before is in the audit.",
    arrange=_revise,
    past="revised",
)
cancel_purchase_order = ORDERS.move(
    "cancel",
    (PurchaseOrderStatus.DRAFT, PurchaseOrderStatus.SENT, PurchaseOrderStatus.ACKNOWLEDGED),
    PurchaseOrderStatus.CANCELLED,
    "Withdraw a purchase order of which nothing came; its requirements are pending again.",
    arrange=_check_nothing_came,
)
close_purchase_order = ORDERS.move(
    "close",
    (PurchaseOrderStatus.RECEIVED,),
    PurchaseOrderStatus.CLOSED,
    "Close a purchase order of which nothing more is to come.",
)
add_purchase_order_line = add_line(ORDERS, "lines", "Add a line to a draft purchase order.")
update_purchase_order_line = update_line(ORDERS, "lines", "Change a line of a draft purchase order.")
delete_purchase_order_line = delete_line(ORDERS, "lines", "Take a line out of a draft purchase order.")


async def close_short_purchase_order(
    ctx: Command, id: UUID, expected_version: ExpectedVersion = None
) -> Rows[PurchaseOrder]:
    """Close all lines of which something is still to come: nothing more of them is expected.

    The order is received then. One of which nothing came at all is cancelled instead.
    """
    return await _close_short(ctx, id, None, expected_version)


async def close_short_purchase_order_line(
    ctx: Command, id: UUID, expected_version: ExpectedVersion = None
) -> Rows[PurchaseOrder]:
    """Close a line of which something is still to come: nothing more of it is expected.

    Answers the order, which is received when this was its last open line. The last open line of an order of which
    nothing came is not closed short: cancel the order instead.
    """
    order_id = await ctx.unit.look(PurchaseOrderLine, id, "purchase_order_id")
    if order_id is None:
        raise NotFound("PurchaseOrderLine not found", field="id")
    return await _close_short(ctx, order_id, id, expected_version)


async def _close_short(
    ctx: Command, order_id: UUID, line_id: UUID | None, expected: ExpectedVersion
) -> Rows[PurchaseOrder]:
    order = await ORDERS.lock(ctx, order_id, expected)
    ORDERS.check_state(order, RECEIVABLE, "a line can be closed short only while something is to come")
    inside = await ORDERS.load(ctx, order)
    lines = cast("list[PurchaseOrderLine]", inside["lines"])
    closing = [line for line in lines if is_open(line) and line_id in {None, line.id}]
    if not closing:
        raise Conflict(f"Purchase order {order.number}: nothing of this is to come", field="id")
    for line in closing:
        line.closed_short = True
    if not any(is_open(line) or line.received_quantity for line in lines):
        raise Conflict(f"Purchase order {order.number}: nothing came of it; cancel it instead", field="id")
    before = order.status
    settle(order, inside)
    event = "updated" if order.status == before else told(order)
    return await ORDERS.stage(ctx, order, inside, {line.id for line in closing}, event=event)
