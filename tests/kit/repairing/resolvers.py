"""What can be done with repair orders. In a real resource this is `resolvers/repair_orders.py`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, cast
from uuid import UUID

from core.absent import given_fields
from core.errors import Conflict
from core.values import money
from core.values.checked import Quantity
from core.values.ids import new_id
from engine.declare.inputs import input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from resolvers.aggregate import Aggregate, now
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.lines import Inside, Lines
from resolvers.moves import input_of
from tests.kit.repairing.model import Arrival, OrderStatus, RepairOrder, RepairOrderLine, Schedule

ORDERED = (OrderStatus.SENT, OrderStatus.ACKNOWLEDGED, OrderStatus.PARTIALLY_RECEIVED)


def settle(order: RepairOrder, inside: Inside) -> None:
    """Work out the totals, and how far an order has come from what its lines received."""
    lines = cast("list[RepairOrderLine]", inside["lines"])
    for line in lines:
        line.total = money.line_total(line.quantity, line.unit_price, order.currency)
    order.total = money.total([line.total for line in lines], order.currency)
    if any(line.received_quantity for line in lines):
        whole = all(line.received_quantity >= line.quantity for line in lines)
        order.status = OrderStatus.RECEIVED if whole else OrderStatus.PARTIALLY_RECEIVED


def _sent(order: RepairOrder) -> None:
    order.sent_at = now()


LINES = Lines("lines", RepairOrderLine, (Lines("schedules", Schedule),))
ORDERS = Aggregate(RepairOrder, lines=(LINES,), settle=settle, editable=(OrderStatus.DRAFT,))
ARRIVALS = Aggregate(Arrival)

repair_orders = ORDERS.page("List repair orders.")
repair_order = ORDERS.get("One repair order.")
create_repair_order = ORDERS.create("Write a draft order.", "What a new order is made of.")
update_repair_order = ORDERS.update("Change a draft order.", "What to change of a draft order.")
delete_repair_order = ORDERS.delete("Delete a draft order.")
send_repair_order = ORDERS.move("send", (OrderStatus.DRAFT,), OrderStatus.SENT, "Send a draft order.", effect=_sent)
acknowledge_repair_order = ORDERS.move(
    "acknowledge", (OrderStatus.SENT,), OrderStatus.ACKNOWLEDGED, "Note that the supplier took the order."
)
cancel_repair_order = ORDERS.move(
    "cancel", (OrderStatus.DRAFT, *ORDERED[:2]), OrderStatus.CANCELLED, "Cancel an order of which nothing came."
)
add_order_line = add_line(ORDERS, "lines", "Add a line to a draft order.")
update_order_line = update_line(ORDERS, "lines", "Change a line of a draft order.")
delete_order_line = delete_line(ORDERS, "lines", "Take a line out of a draft order.")
add_schedule = add_line(ORDERS, "schedules", "Add a schedule to a line of a draft order.")
arrivals = ARRIVALS.page("List arrivals.")
arrival = ARRIVALS.get("One arrival.")
CreateRepairOrder = input_of(create_repair_order)


@input_type
class ReceiveLine:
    """How many of a line came; without a quantity the remainder."""

    line_id: Annotated[UUID, "The line of the order that they are of."]
    quantity: Annotated[Quantity, "How many came."]
    received_on: Annotated[date | None, "The day on which they came."] = None


async def receive_repair_order(ctx: Command, id: UUID, input: ReceiveLine) -> Rows[Arrival]:
    """Take in goods of one line: raises what it received, moves the order, and answers the arrival."""
    order = await ORDERS.lock(ctx, id, None)
    ORDERS.check_state(order, ORDERED, "only what was sent can be received")
    inside = await ORDERS.load(ctx, order)
    lines = cast("list[RepairOrderLine]", inside["lines"])
    line = next((each for each in lines if each.id == input.line_id), None)
    if line is None or line.received_quantity + input.quantity > line.quantity:
        message = f"{order.number}: no line has {input.quantity:f} outstanding under this id"
        raise Conflict(message, field="lineId")
    line.received_quantity += input.quantity
    await ORDERS.stage(ctx, order, inside, {line.id}, event="repair_order.received")
    given = {name: value for name, value in given_fields(input).items() if name != "line_id"}
    made = Arrival(id=new_id(Arrival), repair_order_id=order.id, **given)
    return await ARRIVALS.stage(ctx, made, {}, event="created")


async def create_repair_orders(
    ctx: Command,
    orders: Annotated[list[CreateRepairOrder], "What each is made of."],  # type: ignore[valid-type]
) -> list[Rows[RepairOrder] | None]:
    """Write several draft orders at once."""
    return [await ORDERS.make(ctx, each) for each in orders]
