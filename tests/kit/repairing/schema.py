"""Repair orders as the graph shows them. In a real resource this is `schema/repair_orders.py`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry

from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from schema.attachments import Attachment
from schema.records import Record
from schema.standard import standard_commands
from tests.kit.repairing import model
from tests.kit.repairing import resolvers as orders

VIEW, CREATE, EDIT, DELETE = Scope.QUOTES_VIEW, Scope.QUOTES_CREATE, Scope.QUOTES_EDIT, Scope.QUOTES_DELETE
describe_enum(
    model.OrderStatus,
    "Where a repair order is in its life.",
    {
        "DRAFT": "The shop still writes it.",
        "SENT": "The supplier has it.",
        "ACKNOWLEDGED": "The supplier has confirmed it.",
        "CANCELLED": "The shop has withdrawn it.",
        "PARTIALLY_RECEIVED": "Some of what was ordered came.",
        "RECEIVED": "All of it came.",
    },
)


@type_for(model.Schedule, VIEW, "When how many of a line are to come.", by="position")
class Schedule(Node):
    """When how many of a line are to come."""

    position: int = field("The place in the line, from 1.")
    due_on: date = field("When they are to come.")
    quantity: Decimal = field("How many.")


@type_for(model.RepairOrderLine, VIEW, "How much of one thing is ordered.", by="position")
class RepairOrderLine(Node):
    """How much of one thing is ordered."""

    position: int = field("The place in the order, from 1.")
    description: str = field("What is ordered, in words.")
    quantity: Decimal = field("How many units.")
    unit: str = field("The unit's code.")
    unit_price: Decimal = field("The price of one unit.")
    received_quantity: Decimal = field("How many came.")
    total: Decimal = field("Quantity times price.")
    schedules: Connection[Schedule] = many("repair_order_line_id", "When they are to come.", order="position")


@type_for(model.RepairOrder, VIEW, "An order to a supplier.")
class RepairOrder(Record):
    """An order to a supplier."""

    number: str = field("The shop's own number: `RO-17`.")
    status: model.OrderStatus = field("Where it is in its life.")
    supplier: str = field("Who delivers.")
    currency: str = field("The currency of all its money.")
    ordered_on: date | None = field("When it was ordered.")
    required_on: date | None = field("When it is needed.")
    sent_at: datetime | None = field("When it was sent.")
    payment_terms: str | None = field("When it is paid, in words.")
    payment_days: int | None = field("When it is paid, in days.")
    delivery_terms: str | None = field("How it is delivered.")
    buyer: str | None = field("Who buys.")
    supplier_reference: str | None = field("The supplier's number for it.")
    total: Decimal = field("What it comes to.")
    lines: Connection[RepairOrderLine] = many("repair_order_id", "What is ordered.", order="position")


@type_for(model.Arrival, VIEW, "Goods that came.")
class Arrival(Record):
    """Goods that came for a repair order."""

    number: str = field("The shop's own number: `AR-3`.")
    received_on: date | None = field("When they came.")
    quantity: Decimal = field("How many came.")
    repair_order: RepairOrder | None = one("repair_order_id", "What they were ordered by.")


@strawberry.type(description="What can be read.")
class Query:
    """What can be read of repair orders."""

    repair_order: RepairOrder | None = operation(orders.repair_order, VIEW)
    repair_orders: Connection[RepairOrder] = operation(orders.repair_orders, VIEW)
    arrival: Arrival | None = operation(orders.arrival, VIEW)
    arrivals: Connection[Arrival] = operation(orders.arrivals, VIEW)


@strawberry.type
class Named:
    """What can be done with repair orders, as far as it is named."""

    create_repair_order: RepairOrder = operation(orders.create_repair_order, CREATE)
    update_repair_order: RepairOrder = operation(orders.update_repair_order, EDIT)
    delete_repair_order: RepairOrder = operation(orders.delete_repair_order, DELETE)
    send_repair_order: RepairOrder = operation(orders.send_repair_order, Scope.QUOTES_SEND)
    acknowledge_repair_order: RepairOrder = operation(orders.acknowledge_repair_order, EDIT)
    cancel_repair_order: RepairOrder = operation(orders.cancel_repair_order, EDIT)
    add_repair_order_line: RepairOrderLine = operation(
        orders.add_order_line, EDIT, path="/repair-orders/{id}/lines", status=201
    )
    update_repair_order_line: RepairOrderLine = operation(
        orders.update_order_line, EDIT, path="/repair-order-lines/{id}", method="PATCH"
    )
    delete_repair_order_line: RepairOrder = operation(
        orders.delete_order_line, EDIT, path="/repair-order-lines/{id}", method="DELETE"
    )
    add_schedule: Schedule = operation(orders.add_schedule, EDIT, path="/repair-order-lines/{id}/schedules", status=201)
    receive_repair_order: Arrival = operation(
        orders.receive_repair_order, CREATE, path="/repair-orders/{id}/receive", status=201
    )
    create_repair_orders: list[RepairOrder] = operation(
        orders.create_repair_orders, CREATE, rest=False, why="bulk has a route of its own"
    )


TYPES = [RepairOrder, RepairOrderLine, Schedule, Arrival, Attachment]


@strawberry.type(description="What can be done.")
class Mutation(Named, standard_commands(TYPES, Query, Named)):  # type: ignore[misc]  # made when the module is read
    """What can be done with repair orders. In a real resource `schema/assembly.py` puts this together."""
