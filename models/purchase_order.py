"""Purchase orders: what is ordered of a supplier."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index

from core.facts import choice, day, decimal, document, flag, moment, reference, text, whole
from core.record import Line, Record
from core.values.checked import COUNT, CURRENCY, FRACTION, NAME, NOTE, PIECE, PRICE, QUANTITY, REFERENCE, UNIT
from models.supplier import FACTOR


class PurchaseOrderStatus(StrEnum):
    """Where a purchase order is in its life; the receive states follow from its lines."""

    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class PurchaseOrder(Record, table=True):
    """An order to a supplier."""

    __tablename__ = "purchase_orders"
    series, prefix = "purchase_order", "PO-"
    orders = (("status", "required_on"), ("supplier_id", "required_on"))

    number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=("revision",), derived=True)
    revision: int = whole(COUNT, default=1, derived=True)
    status: str = choice(PurchaseOrderStatus, PurchaseOrderStatus.DRAFT, filterable="often", derived=True)
    supplier_id: UUID = reference("suppliers", filterable=True)
    contact_id: UUID | None = reference("supplier_contacts", through="supplier_id")
    supplier_address_id: UUID | None = reference("supplier_addresses", through="supplier_id")
    location_id: UUID | None = reference("stock_locations")
    """Where its goods are put away, unless a receipt says otherwise."""
    job_id: UUID | None = reference("jobs", filterable=True)
    rfq_id: UUID | None = reference("rfqs", filterable=True, derived=True)
    currency: str = text(CURRENCY, filterable=True, filled=True)
    ordered_on: date | None = day(filterable=True, sortable=True)
    required_on: date | None = day(filterable=True, sortable=True)
    promised_on: date | None = day(filterable=True, sortable=True)
    supplier_reference: str | None = text(REFERENCE, filterable=True, searchable=True)
    payment_terms: str | None = text(NAME)
    payment_days: int | None = whole(COUNT)
    delivery_terms: str | None = text(NAME)
    over_receipt_tolerance: Decimal = decimal(FRACTION, default=Decimal(0))
    ship_to: dict[str, Any] = document()
    sent_to: dict[str, Any] = document()
    sent_at: datetime | None = moment(filterable=True, derived=True)
    acknowledged_at: datetime | None = moment(derived=True)
    subtotal: Decimal = decimal(derived=True)
    tax_rate: Decimal | None = decimal(FRACTION)
    tax: Decimal = decimal(derived=True)
    total: Decimal = decimal(filterable=True, sortable=True, derived=True)


class PurchaseOrderLine(Line, table=True):
    """What is ordered; lives inside the order."""

    __tablename__ = "purchase_order_lines"
    parent_column = "purchase_order_id"

    purchase_order_id: UUID = reference("purchase_orders")
    requirement_id: UUID | None = reference("requirements")
    rfq_response_id: UUID | None = reference("rfq_responses", derived=True)
    part_id: UUID | None = reference("parts")
    supplier_part_number: str | None = text(REFERENCE)
    description: str = text(NAME)
    quantity: Decimal = decimal(QUANTITY)
    unit: str = text(UNIT, default=PIECE, filled=True)
    factor: Decimal = decimal(FACTOR, default=Decimal(1), filled=True)
    """How many of the part's own unit one of `unit` is."""
    unit_price: Decimal | None = decimal(PRICE)
    """None where nobody has told it; 0 is a price, too."""
    total: Decimal = decimal(derived=True)
    required_on: date | None = day()
    over_receipt_tolerance: Decimal | None = decimal(FRACTION)
    """In place of the order's."""
    received_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    closed_short: bool = flag(derived=True)
    notes: str | None = text(NOTE)

    __table_args__ = (Index("purchase_order_lines_requirement_id", "workspace_id", "requirement_id"),)
