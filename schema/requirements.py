"""Requirements as the graph shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import field, one, type_for
from schema.jobs import Job
from schema.parts import Part
from schema.records import Record

describe_enum(
    models.RequirementKind,
    "What is needed.",
    {
        "MATERIAL": "Material.",
        "OUTSIDE_OPERATION": "Work that a supplier does.",
        "PURCHASED_ITEM": "Something bought as it is.",
    },
)
describe_enum(
    models.RequirementStatus,
    "How far buying has come; it follows from open lines and receipts, and no command sets it.",
    {
        "PENDING": "It stands on no open line.",
        "RFQ_IN_PROGRESS": "It stands on a line of an open request for quotation.",
        "HAS_PO": "It stands on an open line of a purchase order.",
        "RECEIVED": "As many as are needed came.",
        "CANCELLED": "Its job is cancelled, and it stands on no open line.",
    },
)


@type_for(models.Requirement, Scope.PURCHASING_VIEW, "Something that is needed, by a job as a rule.")
class Requirement(Record):
    """Something that is needed, by a job as a rule."""

    kind: models.RequirementKind = field("What it is.")
    status: models.RequirementStatus = field("How far buying has come.")
    job_part_id: strawberry.ID | None = field("The part of the job that it is for.")
    work_order_id: strawberry.ID | None = field("The work order that it is for.")
    description: str = field("What is needed, in words.")
    quantity: Decimal = field("How many are needed.")
    unit: str = field("The unit's UN/ECE Recommendation 20 code.")
    required_on: date | None = field("When it is needed.")
    issued_quantity: Decimal = field("How many were issued to the job.")
    job: Job | None = one("job_id", "The job that needs it.")
    part: Part | None = one("part_id", "The part that is needed.")
