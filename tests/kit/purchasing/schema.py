"""Purchase orders as the graph shows them. In a real resource this is `schema/purchase_orders.py`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry

from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from schema.records import Record
from schema.standard import standard_commands
from tests.kit.purchasing import model
from tests.kit.purchasing import resolvers as orders

VIEW, CREATE, EDIT, DELETE = Scope.QUOTES_VIEW, Scope.QUOTES_CREATE, Scope.QUOTES_EDIT, Scope.QUOTES_DELETE
describe_enum(
    model.OrderStatus,
    "Where a purchase order is in its life.",
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


@type_for(model.PurchaseOrderLine, VIEW, "How much of one thing is ordered.", by="position")
class PurchaseOrderLine(Node):
    """How much of one thing is ordered."""

    position: int = field("The place in the order, from 1.")
    description: str = field("What is ordered, in words.")
    quantity: Decimal = field("How many units.")
    unit: str = field("The unit's code.")
    unit_price: Decimal = field("The price of one unit.")
    received_quantity: Decimal = field("How many came.")
    total: Decimal = field("Quantity times price.")
    schedules: Connection[Schedule] = many("purchase_order_line_id", "When they are to come.", order="position")


@type_for(model.PurchaseOrder, VIEW, "An order to a supplier.")
class PurchaseOrder(Record):
    """An order to a supplier."""

    number: str = field("The shop's own number: `PO-17`.")
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
    lines: Connection[PurchaseOrderLine] = many("purchase_order_id", "What is ordered.", order="position")


@type_for(model.Receipt, VIEW, "Goods that came.")
class Receipt(Record):
    """Goods that came for a purchase order."""

    number: str = field("The shop's own number: `RC-3`.")
    received_on: date | None = field("When they came.")
    quantity: Decimal = field("How many came.")
    purchase_order: PurchaseOrder | None = one("purchase_order_id", "What they were ordered by.")


@strawberry.type(description="What can be read.")
class Query:
    """What can be read of purchase orders."""

    purchase_order: PurchaseOrder | None = operation(orders.purchase_order, VIEW)
    purchase_orders: Connection[PurchaseOrder] = operation(orders.purchase_orders, VIEW)
    receipt: Receipt | None = operation(orders.receipt, VIEW)
    receipts: Connection[Receipt] = operation(orders.receipts, VIEW)


@strawberry.type
class Named:
    """What can be done with purchase orders, as far as it is named."""

    create_purchase_order: PurchaseOrder = operation(orders.create_purchase_order, CREATE)
    update_purchase_order: PurchaseOrder = operation(orders.update_purchase_order, EDIT)
    delete_purchase_order: PurchaseOrder = operation(orders.delete_purchase_order, DELETE)
    send_purchase_order: PurchaseOrder = operation(orders.send_purchase_order, Scope.QUOTES_SEND)
    acknowledge_purchase_order: PurchaseOrder = operation(orders.acknowledge_purchase_order, EDIT)
    cancel_purchase_order: PurchaseOrder = operation(orders.cancel_purchase_order, EDIT)
    add_purchase_order_line: PurchaseOrderLine = operation(
        orders.add_order_line, EDIT, path="/purchase-orders/{id}/lines", status=201
    )
    update_purchase_order_line: PurchaseOrderLine = operation(
        orders.update_order_line, EDIT, path="/purchase-order-lines/{id}", method="PATCH"
    )
    delete_purchase_order_line: PurchaseOrder = operation(
        orders.delete_order_line, EDIT, path="/purchase-order-lines/{id}", method="DELETE"
    )
    add_schedule: Schedule = operation(
        orders.add_schedule, EDIT, path="/purchase-order-lines/{id}/schedules", status=201
    )
    receive_purchase_order: Receipt = operation(
        orders.receive_purchase_order, CREATE, path="/purchase-orders/{id}/receive", status=201
    )
    create_purchase_orders: list[PurchaseOrder] = operation(
        orders.create_purchase_orders, CREATE, rest=False, why="bulk has a route of its own"
    )


TYPES = [PurchaseOrder, PurchaseOrderLine, Schedule, Receipt]


@strawberry.type(description="What can be done.")
class Mutation(Named, standard_commands(TYPES, Query, Named)):  # type: ignore[misc]  # made when the module is read
    """What can be done with purchase orders. In a real resource `schema/assembly.py` puts this together."""
