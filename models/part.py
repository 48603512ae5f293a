"""Parts: what a shop makes, buys and keeps, with what goes into each and how it is made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.facts import choice, decimal, moment, reference, text, whole
from core.record import Line, Record
from core.values.checked import COUNT, FRACTION, NAME, NOTE, PIECE, PRICE, QUANTITY, REFERENCE, UNIT


class PartKind(StrEnum):
    """What a part is to the shop."""

    MANUFACTURED = "manufactured"
    PURCHASED = "purchased"
    MATERIAL = "material"
    CONSUMABLE = "consumable"
    TOOL = "tool"
    SERVICE = "service"


class PartStatus(StrEnum):
    """Where a revision is in its life; what is active has been released, and does not change."""

    DRAFT = "draft"
    ACTIVE = "active"
    OBSOLETE = "obsolete"


class Tracking(StrEnum):
    """How stock of a part is told apart."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


class Part(Record, table=True):
    """One revision of a part; number and revision together are unique."""

    __tablename__ = "parts"
    orders = (("part_number", "revision"),)

    part_number: str = text(
        REFERENCE, filterable=True, searchable=True, contains=True, fixed=True, unique_with=("revision",)
    )
    revision: str = text(REFERENCE, default="A", filterable=True, fixed=True)
    name: str = text(NAME, filterable=True, searchable=True)
    description: str | None = text(NOTE, searchable=True)
    kind: str = choice(PartKind, PartKind.MANUFACTURED, filterable=True)
    status: str = choice(PartStatus, PartStatus.DRAFT, filterable="often", derived=True)
    client_id: UUID | None = reference("clients", filterable=True)
    customer_part_number: str | None = text(REFERENCE, filterable=True, searchable=True)
    unit: str = text(UNIT, default=PIECE)
    purchase_unit: str | None = text(UNIT)
    purchase_factor: Decimal | None = decimal(QUANTITY)
    """How many of `unit` one `purchase_unit` is."""
    tracking: str = choice(Tracking, Tracking.NONE, filterable=True)
    lead_time_days: int | None = whole(COUNT)
    reorder_point: Decimal | None = decimal(QUANTITY)
    safety_stock: Decimal | None = decimal(QUANTITY)
    unit_cost: Decimal | None = decimal(PRICE)
    drawing_reference: str | None = text(REFERENCE, filterable=True)
    released_at: datetime | None = moment(filterable=True, sortable=True, derived=True)


class BomLine(Line, table=True):
    """What goes into a part: a component and how many of it; lives inside the part."""

    __tablename__ = "bom_lines"
    parent_column = "part_id"

    part_id: UUID = reference("parts")
    component_id: UUID = reference("parts", filterable=True, sortable=True)
    """Never the part itself, or one that it goes into: the table refuses a circle."""
    quantity: Decimal = decimal(QUANTITY)
    scrap: Decimal = decimal(FRACTION, default=Decimal(0))
    """The fraction that is lost: 0.1 of 10 takes 11."""
    notes: str | None = text(NOTE)


class OperationKind(StrEnum):
    """Where an operation is done."""

    INTERNAL = "internal"
    OUTSIDE = "outside"


class RoutingOperation(Line, table=True):
    """A step in which a part is made; lives inside the part."""

    __tablename__ = "routing_operations"
    parent_column = "part_id"

    part_id: UUID = reference("parts")
    name: str = text(NAME)
    kind: str = choice(OperationKind, OperationKind.INTERNAL)
    work_center_id: UUID | None = reference("work_centers")
    programming_hours: Decimal | None = decimal(PRICE)
    setup_hours: Decimal | None = decimal(PRICE)
    cycle_hours: Decimal | None = decimal(PRICE)
    """Hours for each piece."""
    rate: Decimal | None = decimal(PRICE)
    """Money an hour, in place of the work center's."""
    supplier_id: UUID | None = reference("suppliers")
    fixed_charge: Decimal | None = decimal(PRICE)
    unit_price: Decimal | None = decimal(PRICE)
    lead_time_days: int | None = whole(COUNT)
    notes: str | None = text(NOTE)
