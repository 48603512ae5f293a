"""Stock: where it lies, what lies there, and every movement of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, literal_column

from core.declaring import ALIVE
from core.facts import choice, day, decimal, identifier, moment, reference, text, whole
from core.record import Line, Record, Row
from core.values.checked import COUNT, NAME, NOTE, PRICE, QUANTITY, REFERENCE
from core.values.marks import LOT


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
    path: str = text(default="", derived=True)
    """The codes of the locations that it lies in, from the outermost, and its own: `MAIN/A/A-03`."""


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
    lot: str | None = text(LOT, filterable=True, searchable=True, fixed=True)
    serial: str | None = text(LOT, filterable=True, searchable=True, fixed=True)
    status: str = choice(ItemStatus, ItemStatus.AVAILABLE, filterable=True, derived=True)
    expires_on: date | None = day(filterable=True, sortable=True)
    on_hand: Decimal = decimal(default=Decimal(0), filterable=True, sortable=True, derived=True)
    reserved: Decimal = decimal(default=Decimal(0), derived=True)
    available: Decimal = decimal(default=Decimal(0), filterable=True, sortable=True, derived=True)
    unit_cost: Decimal | None = decimal(derived=True)
    """The moving average of what came in."""
    value: Decimal | None = decimal(filterable=True, derived=True)
    """What is on hand at that cost, to six decimals."""
    movement_count: int = whole(COUNT, default=0, derived=True)
    """How many movements it has had: the number of the last one."""

    __table_args__ = (
        Index(
            "inventory_items_place",
            *("workspace_id", "part_id", "location_id", "lot", "serial"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=ALIVE,
        ),
        CheckConstraint("serial is null or on_hand in (0, 1)", name="one_of_serial"),
    )


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


class StockMovement(Row, table=True):
    """A change of stock: one entry of the ledger. Entries are only ever added.

    Part and place are those of the item, and stand here because the ledger is read by them.
    """

    __tablename__ = "stock_movements"

    inventory_item_id: UUID = reference("inventory_items", filterable=True, unindexed=True)
    number: int = whole(COUNT)
    """Counts the movements of its item, from 1."""
    moved_at: datetime = moment(filterable=True, sortable=True, unindexed=True)
    part_id: UUID = reference("parts", filterable=True, unindexed=True)
    location_id: UUID = reference("stock_locations", filterable=True, unindexed=True)
    reason: str = choice(MovementReason, filterable=True, unindexed=True)
    quantity: Decimal = decimal()
    """More than 0 comes in, less goes out."""
    balance_after: Decimal = decimal()
    unit_cost: Decimal | None = decimal(PRICE)
    told_cost: Decimal | None = decimal(PRICE)
    """What it was said to cost when it came in, which moves the average; None where nobody said."""
    average_after: Decimal | None = decimal()
    """What a unit of the item costs after it."""
    source_type: str | None = text()
    source_id: UUID | None = identifier(filterable=True, unindexed=True)
    """The record that it is for: a receipt, a job, a count; of a leg of a transfer the other leg's item."""
    note: str | None = text(NOTE)
    moved_by_id: UUID | None = identifier()
    """The API key that acted; None for Forge itself."""

    __table_args__ = (
        Index("stock_movements_at", "workspace_id", "moved_at", "id"),
        Index("stock_movements_number", "workspace_id", "inventory_item_id", "number", unique=True),
        Index("stock_movements_item", "workspace_id", "inventory_item_id", "moved_at", "id"),
        Index("stock_movements_part", "workspace_id", "part_id", "moved_at", "id"),
        Index("stock_movements_location", "workspace_id", "location_id", "moved_at", "id"),
        Index("stock_movements_source", "workspace_id", "source_id", "moved_at", "id"),
    )


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
    consumed_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    """How many of it were issued."""
    expires_at: datetime | None = moment(filterable=True, sortable=True)

    __table_args__ = (Index("reservations_due", "expires_at", postgresql_where=literal_column("status = 'active'")),)


class CountStatus(StrEnum):
    """Where a count is in its life."""

    OPEN = "open"
    COUNTED = "counted"
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
    counted_at: datetime | None = moment(derived=True)
    """When counting ended: the books are compared as they were then."""
    posted_at: datetime | None = moment(derived=True)


class StockCountLine(Line, table=True):
    """What was counted of one item; lives inside the count."""

    __tablename__ = "stock_count_lines"
    parent_column = "stock_count_id"

    stock_count_id: UUID = reference("stock_counts")
    inventory_item_id: UUID = reference("inventory_items")
    counted: Decimal | None = decimal(PRICE)
    expected: Decimal | None = decimal(derived=True)
    """What the books said when counting ended."""
    note: str | None = text(NOTE)

    __table_args__ = (Index("stock_count_lines_item", "workspace_id", "inventory_item_id"),)
