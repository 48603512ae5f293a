"""Purchase orders as the graph shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, computed, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import ordering, purchase_orders
from schema.addresses import AddressSnapshot
from schema.jobs import Job
from schema.locations import StockLocation
from schema.parts import Part
from schema.records import Record
from schema.requirements import Requirement
from schema.rfqs import Rfq
from schema.suppliers import Supplier, SupplierAddress, SupplierContact

if TYPE_CHECKING:
    from schema.receipts import Receipt, ReceiptLine

VIEW, EDIT, SEND = Scope.PURCHASING_VIEW, Scope.PURCHASING_EDIT, Scope.PURCHASING_SEND

describe_enum(
    models.PurchaseOrderStatus,
    "Where a purchase order is in its life; the two received states follow from its lines.",
    {
        "DRAFT": "The shop still writes it.",
        "SENT": "The supplier has it; its content is locked.",
        "ACKNOWLEDGED": "The supplier has confirmed it.",
        "PARTIALLY_RECEIVED": "Something came, and more is to come.",
        "RECEIVED": "Nothing more is to come.",
        "CLOSED": "It is done.",
        "CANCELLED": "The shop has withdrawn it.",
    },
)


@type_for(models.PurchaseOrderLine, VIEW, "What is ordered.", by="position")
class PurchaseOrderLine(Node):
    """What is ordered."""

    position: int = field("The place in the order, from 1.")
    supplier_part_number: str | None = field("The supplier's number for it.")
    description: str = field("What is ordered, in words.")
    quantity: Decimal = field("How many units are ordered.")
    unit: str = field(
        "The unit's UN/ECE Recommendation 20 code; where it is left out that in which the part is bought."
    )
    factor: Decimal = field(
        "How many of the part's own unit one of these units is; needed only where nobody has said it before."
    )
    unit_price: Decimal | None = field("The price of one unit, in the order's currency; null where nobody has told it.")
    total: Decimal = field("Quantity times price, rounded once to the currency's minor unit; 0 without a price.")
    required_on: date | None = field("When it is needed.")
    over_receipt_tolerance: Decimal | None = field(
        "How much more may come than was ordered, as a fraction: 0.05 is 5 %. Null stands for the order's."
    )
    received_quantity: Decimal = field("How many units came.")
    closed_short: bool = field("Whether nothing more is expected, although fewer came than were ordered.")
    notes: str | None = field("Free text.")
    purchase_order: Annotated[PurchaseOrder, strawberry.lazy("schema.purchase_orders")] = one(
        "purchase_order_id", "The order that it is a line of."
    )
    requirement: Requirement | None = one("requirement_id", "What it is for.")
    part: Part | None = one("part_id", "The part that is ordered.")
    receipt_lines: Connection[Annotated[ReceiptLine, strawberry.lazy("schema.receipts")]] = many(
        "purchase_order_line_id", "What came of it; rows of voided receipts are among them."
    )


@type_for(models.PurchaseOrder, VIEW, "An order to a supplier.")
class PurchaseOrder(Record):
    """An order to a supplier."""

    number: str = field("The shop's own number: `PO-17`.")
    revision: int = field("Counts the revisions of this number, from 1.")
    status: models.PurchaseOrderStatus = field("Where it is in its life.")
    currency: str = field("The ISO 4217 currency of all its money.")
    ordered_on: date | None = field("When it was ordered.")
    required_on: date | None = field("When it is needed.")
    promised_on: date | None = field("When the supplier has promised it.")
    supplier_reference: str | None = field("The supplier's number for the order.")
    payment_terms: str | None = field("When it is paid, in words: `Net 30`.")
    payment_days: int | None = field("When it is paid, in days after the invoice.")
    delivery_terms: str | None = field("How it is delivered: `FOB`, `EXW`.")
    over_receipt_tolerance: Decimal = field(
        "How much more may come of a line than was ordered, as a fraction: 0.05 is 5 %."
    )
    sent_at: datetime | None = field("When this revision was sent.")
    acknowledged_at: datetime | None = field("When the supplier confirmed it.")
    subtotal: Decimal = field("The sum of its lines.")
    tax_rate: Decimal | None = field("The tax as a fraction: 0.2 is 20 %.")
    tax: Decimal = field("The tax on the subtotal, rounded once.")
    total: Decimal = field("What it comes to.")
    supplier: Supplier | None = one("supplier_id", "Who is to deliver.")
    contact: SupplierContact | None = one("contact_id", "Who is asked there.")
    supplier_address: SupplierAddress | None = one(
        "supplier_address_id", "The supplier's address to send it to; a copy of it is kept when the order is sent."
    )
    location: StockLocation | None = one("location_id", "Where its goods are put, unless a receipt says otherwise.")
    job: Job | None = one("job_id", "The job that it is for.")
    rfq: Rfq | None = one("rfq_id", "The request for quotation that it was made of.")
    lines: Connection[PurchaseOrderLine] = many("purchase_order_id", "What is ordered, in order.", order="position")
    receipts: Connection[Annotated[Receipt, strawberry.lazy("schema.receipts")]] = many(
        "purchase_order_id", "What came for it; voided ones are among them."
    )

    @computed("ship_to", description="Where the goods are to be sent.", column="ship_to")
    def ship_to(self) -> AddressSnapshot | None:
        """Read the copy."""
        return AddressSnapshot.of(self.ship_to)

    @computed("sent_to", description="The supplier's address as it was when the order was sent.", column="sent_to")
    def sent_to(self) -> AddressSnapshot | None:
        """Read the copy."""
        return AddressSnapshot.of(self.sent_to)


@strawberry.type
class Query:
    """What can be read of purchase orders."""

    purchase_order: PurchaseOrder | None = operation(purchase_orders.purchase_order, VIEW)
    purchase_orders: Connection[PurchaseOrder] = operation(purchase_orders.purchase_orders, VIEW)


@strawberry.type
class Mutation:
    """What can be done to purchase orders."""

    create_purchase_order: PurchaseOrder = operation(purchase_orders.create_purchase_order, Scope.PURCHASING_CREATE)
    create_purchase_order_from_requirements: PurchaseOrder = operation(
        ordering.create_purchase_order_from_requirements,
        Scope.PURCHASING_CREATE,
        path="/purchase-orders/from-requirements",
        status=201,
    )
    update_purchase_order: PurchaseOrder = operation(purchase_orders.update_purchase_order, EDIT)
    delete_purchase_order: PurchaseOrder = operation(purchase_orders.delete_purchase_order, Scope.PURCHASING_DELETE)
    send_purchase_order: PurchaseOrder = operation(purchase_orders.send_purchase_order, SEND)
    acknowledge_purchase_order: PurchaseOrder = operation(purchase_orders.acknowledge_purchase_order, SEND)
    revise_purchase_order: PurchaseOrder = operation(purchase_orders.revise_purchase_order, SEND)
    cancel_purchase_order: PurchaseOrder = operation(purchase_orders.cancel_purchase_order, SEND)
    close_purchase_order: PurchaseOrder = operation(purchase_orders.close_purchase_order, SEND)
    close_short_purchase_order: PurchaseOrder = operation(
        purchase_orders.close_short_purchase_order, SEND, path="/purchase-orders/{id}/close-short"
    )
    add_purchase_order_line: PurchaseOrderLine = operation(
        purchase_orders.add_purchase_order_line, EDIT, path="/purchase-orders/{id}/lines", status=201
    )
    update_purchase_order_line: PurchaseOrderLine = operation(
        purchase_orders.update_purchase_order_line, EDIT, path="/purchase-order-lines/{id}", method="PATCH"
    )
    delete_purchase_order_line: PurchaseOrder = operation(
        purchase_orders.delete_purchase_order_line, EDIT, path="/purchase-order-lines/{id}", method="DELETE"
    )
    close_short_purchase_order_line: PurchaseOrder = operation(
        purchase_orders.close_short_purchase_order_line, SEND, path="/purchase-order-lines/{id}/close-short"
    )
