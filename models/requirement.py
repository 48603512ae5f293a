"""Requirements: what jobs need, and how far buying it has come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.facts import choice, day, decimal, reference, text
from core.record import Record
from core.values.checked import NAME, PIECE, QUANTITY, UNIT


class RequirementKind(StrEnum):
    """What is needed."""

    MATERIAL = "material"
    OUTSIDE_OPERATION = "outside_operation"
    PURCHASED_ITEM = "purchased_item"


class RequirementStatus(StrEnum):
    """How far buying has come: a function of the open lines that are for it, and of what came."""

    PENDING = "pending"
    RFQ_IN_PROGRESS = "rfq_in_progress"
    HAS_PO = "has_po"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Requirement(Record, table=True):
    """Something that is needed, by a job as a rule, and is taken from stock or bought."""

    __tablename__ = "requirements"
    orders = (("status", "required_on"),)

    kind: str = choice(RequirementKind, RequirementKind.MATERIAL, filterable=True, fixed=True)
    status: str = choice(RequirementStatus, RequirementStatus.PENDING, filterable="often", derived=True)
    job_id: UUID | None = reference("jobs", filterable=True, fixed=True)
    job_part_id: UUID | None = reference("job_parts", fixed=True)
    work_order_id: UUID | None = reference("work_orders", filterable=True)
    part_id: UUID | None = reference("parts", filterable=True, fixed=True)
    supplier_id: UUID | None = reference("suppliers", filterable=True)
    description: str = text(NAME, filterable=True, searchable=True)
    quantity: Decimal = decimal(QUANTITY)
    unit: str = text(UNIT, default=PIECE, filled=True)
    required_on: date | None = day(filterable=True, sortable=True)
    ordered_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    received_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    issued_quantity: Decimal = decimal(default=Decimal(0), derived=True)
