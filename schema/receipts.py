"""Receipts as the graph shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import receipts
from schema.locations import StockLocation
from schema.purchase_orders import PurchaseOrder, PurchaseOrderLine
from schema.records import Record

VIEW, RECEIVE = Scope.PURCHASING_VIEW, Scope.PURCHASING_RECEIVE

describe_enum(
    models.ReceiptStatus,
    "Whether a receipt counts.",
    {"POSTED": "What it says came.", "VOIDED": "It was wrong; its stock was taken out again."},
)


@type_for(models.ReceiptLine, VIEW, "How many of an order's line came.", by="position")
class ReceiptLine(Node):
    """How many of an order's line came."""

    position: int = field("The place in the receipt, from 1.")
    quantity: Decimal = field("How many came, in the unit of the order's line.")
    lot: str | None = field("Their lot.")
    serial: str | None = field("The serial number.")
    stock_quantity: Decimal | None = field("How much went into stock, in the part's own unit; null if nothing did.")
    unit_cost: Decimal | None = field(
        "What one of the part's own unit cost, in the workspace's currency; null when the order has another.",
        scope=Scope.COSTS_VIEW,
    )
    purchase_order_line: PurchaseOrderLine | None = one("purchase_order_line_id", "What was ordered.")
    location: StockLocation | None = one("location_id", "Where they were put.")
    receipt: Annotated[Receipt, strawberry.lazy("schema.receipts")] = one("receipt_id", "What came together.")


@type_for(models.Receipt, VIEW, "What came for a purchase order on one day.")
class Receipt(Record):
    """What came for a purchase order on one day."""

    number: str = field("The shop's own number: `RC-17`.")
    status: models.ReceiptStatus = field("Whether it counts.")
    received_on: date = field("The day on which it came.")
    delivery_note: str | None = field("The number of the supplier's delivery note.")
    voided_at: datetime | None = field("When it was voided.")
    purchase_order: PurchaseOrder | None = one("purchase_order_id", "The order that it came for.")
    lines: Connection[ReceiptLine] = many("receipt_id", "What came, in order.", order="position")


@strawberry.type
class Query:
    """What can be read of receipts."""

    receipt: Receipt | None = operation(receipts.receipt, VIEW)
    receipts: Connection[Receipt] = operation(receipts.receipts, VIEW)


@strawberry.type
class Mutation:
    """What can be done about receipts."""

    receive_purchase_order: Receipt = operation(
        receipts.receive_purchase_order, RECEIVE, path="/purchase-orders/{id}/receive", status=201
    )
    update_receipt: Receipt = operation(receipts.update_receipt, Scope.PURCHASING_EDIT)
    void_receipt: Receipt = operation(receipts.void_receipt, RECEIVE)
