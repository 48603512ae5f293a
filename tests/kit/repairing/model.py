"""Repair orders, their lines and schedules, and arrivals. In a real resource this is `models/repair_order.py`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.declaring import declare
from core.facts import choice, day, decimal, moment, reference, text, whole
from core.record import Line, Record
from core.values.checked import COUNT, CURRENCY, NAME, PIECE, PRICE, QUANTITY, REFERENCE, UNIT


class OrderStatus(StrEnum):
    """Where a repair order is in its life; the last two follow from what was received."""

    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    CANCELLED = "cancelled"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"


class RepairOrder(Record, table=True):
    """An order to a supplier."""

    __tablename__ = "repair_orders"
    series, prefix = "repair_order", "RO-"
    orders = (("status", "-required_on"),)

    number: str = text(REFERENCE, filterable=True, unique_with=(), derived=True)
    status: str = choice(OrderStatus, OrderStatus.DRAFT, filterable="often", derived=True)
    supplier: str = text(NAME, filterable=True, sortable=True)
    currency: str = text(CURRENCY, filterable=True, fixed=True)
    ordered_on: date | None = day(filterable=True, sortable=True)
    required_on: date | None = day(filterable=True, sortable=True)
    sent_at: datetime | None = moment(derived=True)
    payment_terms: str | None = text(NAME)
    payment_days: int | None = whole(COUNT)
    delivery_terms: str | None = text(NAME)
    buyer: str | None = text(NAME, filterable=True)
    supplier_reference: str | None = text(REFERENCE)
    total: Decimal = decimal(filterable=True, sortable=True, derived=True)


class RepairOrderLine(Line, table=True):
    """A line of a repair order; lives inside it."""

    __tablename__ = "repair_order_lines"
    parent_column = "repair_order_id"

    repair_order_id: UUID = reference("repair_orders")
    description: str = text(NAME)
    quantity: Decimal = decimal(QUANTITY)
    unit: str = text(UNIT, default=PIECE)
    unit_price: Decimal = decimal(PRICE)
    received_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    total: Decimal = decimal(derived=True)


class Schedule(Line, table=True):
    """When how many of a line are to come; lives inside the line."""

    __tablename__ = "repair_order_schedules"
    parent_column = "repair_order_line_id"

    repair_order_line_id: UUID = reference("repair_order_lines")
    due_on: date = day()
    quantity: Decimal = decimal(QUANTITY)


class Arrival(Record, table=True):
    """Goods that came for a repair order."""

    __tablename__ = "arrivals"
    series, prefix = "arrival", "AR-"

    number: str = text(REFERENCE, filterable=True, unique_with=(), derived=True)
    repair_order_id: UUID = reference("repair_orders", filterable=True)
    received_on: date | None = day()
    quantity: Decimal = decimal(QUANTITY)


MODELS: tuple[type[Record | Line], ...] = (RepairOrder, RepairOrderLine, Schedule, Arrival)
for _tag, _model in enumerate(MODELS, 0xFF0):
    declare(_model, _tag)
