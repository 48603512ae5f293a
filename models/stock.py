"""Stock: where it lies, what lies there, and every movement of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.facts import choice, day, decimal, identifier, moment, reference, text
from core.record import Line, Record
from core.values.checked import NAME, NOTE, QUANTITY, REFERENCE


class LocationKind(StrEnum):
    """What a location is."""

    WAREHOUSE = "warehouse"
    AREA = "area"
    BIN = "bin"
    FLOOR = "floor"
    QUARANTINE = "quarantine"
    TRANSIT = "transit"


class StockLocation(Record, table=True):
    """A place where stock lies; places lie in one another."""

    __tablename__ = "stock_locations"

    code: str = text(REFERENCE, filterable=True, sortable=True, searchable=True, unique_alive=True)
    name: str | None = text(NAME, filterable=True, searchable=True)
    kind: str = choice(LocationKind, LocationKind.BIN, filterable=True)
    parent_id: UUID | None = reference("stock_locations", filterable=True)


class ItemStatus(StrEnum):
    """Whether stock may be used."""

    AVAILABLE = "available"
    ON_HOLD = "on_hold"
    QUARANTINE = "quarantine"
    REJECTED = "rejected"


class InventoryItem(Record, table=True):
    """Stock of a part in one place, of one lot or one serial number where the part is tracked so."""

    __tablename__ = "inventory_items"

    part_id: UUID = reference("parts", filterable=True, fixed=True)
    location_id: UUID = reference("stock_locations", filterable=True, fixed=True)
    lot: str | None = text(REFERENCE, filterable=True, searchable=True, fixed=True)
    serial: str | None = text(REFERENCE, filterable=True, searchable=True, fixed=True)
    status: str = choice(ItemStatus, ItemStatus.AVAILABLE, filterable=True, derived=True)
    expires_on: date | None = day(filterable=True, sortable=True)
    on_hand: Decimal = decimal(default=Decimal(0), filterable=True, sortable=True, derived=True)
    reserved: Decimal = decimal(default=Decimal(0), derived=True)
    available: Decimal = decimal(default=Decimal(0), filterable=True, sortable=True, derived=True)
    unit_cost: Decimal | None = decimal(derived=True)
    """The moving average of what came in."""


class MovementReason(StrEnum):
    """Why stock changed."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    SCRAP = "scrap"
    PRODUCTION = "production"
    SHIPMENT = "shipment"
    OPENING = "opening"


class StockMovement(Line, table=True):
    """A change of stock; `position` counts the movements of its item. It is never changed, and never taken away."""

    __tablename__ = "stock_movements"
    parent_column = "inventory_item_id"

    inventory_item_id: UUID = reference("inventory_items")
    moved_at: datetime = moment(derived=True)
    reason: str = choice(MovementReason, derived=True)
    quantity: Decimal = decimal()
    """More than 0 comes in, less goes out."""
    balance_after: Decimal = decimal(derived=True)
    unit_cost: Decimal | None = decimal(derived=True)
    source_type: str | None = text(derived=True)
    source_id: UUID | None = identifier(derived=True)
    """The record that it is for: a receipt, a job, a count."""
    note: str | None = text(NOTE)


class ReservationStatus(StrEnum):
    """Where a reservation is in its life."""

    ACTIVE = "active"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


class Reservation(Record, table=True):
    """Stock that is kept for a job."""

    __tablename__ = "reservations"

    inventory_item_id: UUID = reference("inventory_items", filterable=True, fixed=True)
    job_id: UUID | None = reference("jobs", filterable=True, fixed=True)
    requirement_id: UUID | None = reference("requirements", filterable=True, fixed=True)
    status: str = choice(ReservationStatus, ReservationStatus.ACTIVE, filterable=True, derived=True)
    quantity: Decimal = decimal(QUANTITY)
    expires_at: datetime | None = moment(filterable=True, sortable=True)


class CountStatus(StrEnum):
    """Where a count is in its life."""

    OPEN = "open"
    POSTED = "posted"
    CANCELLED = "cancelled"


class StockCount(Record, table=True):
    """A count of what lies somewhere, against what the books say."""

    __tablename__ = "stock_counts"
    series, prefix = "stock_count", "SC-"

    number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=(), derived=True)
    status: str = choice(CountStatus, CountStatus.OPEN, filterable=True, derived=True)
    location_id: UUID | None = reference("stock_locations", filterable=True)
    counted_on: date | None = day(filterable=True, sortable=True)
    posted_at: datetime | None = moment(derived=True)


class StockCountLine(Line, table=True):
    """What was counted of one item; lives inside the count."""

    __tablename__ = "stock_count_lines"
    parent_column = "stock_count_id"

    stock_count_id: UUID = reference("stock_counts")
    inventory_item_id: UUID = reference("inventory_items")
    counted: Decimal | None = decimal()
    expected: Decimal | None = decimal(derived=True)
    """What the books said when the count was posted."""
