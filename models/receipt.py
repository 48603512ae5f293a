"""Receipts: what came for a purchase order."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.facts import choice, day, decimal, moment, reference, text
from core.record import Line, Record
from core.values.checked import QUANTITY, REFERENCE
from core.values.marks import LOT


class ReceiptStatus(StrEnum):
    """Whether a receipt counts."""

    POSTED = "posted"
    VOIDED = "voided"


class Receipt(Record, table=True):
    """What came for a purchase order on one day; posted when it is made, and voided rather than changed."""

    __tablename__ = "receipts"
    series, prefix = "receipt", "RC-"

    number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=(), derived=True)
    status: str = choice(ReceiptStatus, ReceiptStatus.POSTED, filterable=True, derived=True)
    purchase_order_id: UUID = reference("purchase_orders", filterable=True, fixed=True)
    received_on: date = day(filterable=True, sortable=True, fixed=True)
    delivery_note: str | None = text(REFERENCE, filterable=True, searchable=True, fixed=True)
    voided_at: datetime | None = moment(derived=True)


class ReceiptLine(Line, table=True):
    """How many of an order's line came, and where they lie; lives inside the receipt."""

    __tablename__ = "receipt_lines"
    parent_column = "receipt_id"

    receipt_id: UUID = reference("receipts")
    purchase_order_line_id: UUID = reference("purchase_order_lines")
    location_id: UUID | None = reference("stock_locations")
    quantity: Decimal = decimal(QUANTITY)
    lot: str | None = text(LOT)
    serial: str | None = text(LOT)
    stock_quantity: Decimal | None = decimal(derived=True)
    """How much stock moved, in the part's own unit; None where the line has no part."""
    unit_cost: Decimal | None = decimal(derived=True)
    """What one of the part's own unit cost, in the workspace's currency; None where the order has another."""
