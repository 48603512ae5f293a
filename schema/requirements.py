"""Requirements as the graph shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import requirements
from schema.jobs import Job
from schema.parts import Part
from schema.records import Record
from schema.suppliers import Supplier

if TYPE_CHECKING:
    from schema.purchase_orders import PurchaseOrderLine
    from schema.rfqs import RfqLine

describe_enum(
    models.RequirementKind,
    "What is needed.",
    {
        "MATERIAL": "What a part is made of.",
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

    kind: models.RequirementKind = field("Whether it is material, work or a bought item.")
    status: models.RequirementStatus = field("How far buying has come.")
    job_part_id: strawberry.ID | None = field("The part of the job that it is for.")
    work_order_id: strawberry.ID | None = field("The work order that it is for.")
    description: str = field("What is needed, in words.")
    quantity: Decimal = field("How many are needed.")
    unit: str = field("The unit's UN/ECE Recommendation 20 code; by default its part's.")
    required_on: date | None = field("When it is needed.")
    ordered_quantity: Decimal = field("How many are ordered, in its unit: those that came are among them.")
    received_quantity: Decimal = field("How many came, in its unit.")
    issued_quantity: Decimal = field("How many were issued to the job.")
    job: Job | None = one("job_id", "The job that needs it.")
    part: Part | None = one("part_id", "The part that is needed.")
    supplier: Supplier | None = one("supplier_id", "Who is to deliver it, if that is known.")
    rfq_lines: Connection[Annotated[RfqLine, strawberry.lazy("schema.rfqs")]] = many(
        "requirement_id", "The lines of requests for quotation that are for it."
    )
    purchase_order_lines: Connection[Annotated[PurchaseOrderLine, strawberry.lazy("schema.purchase_orders")]] = many(
        "requirement_id", "The lines of purchase orders that are for it."
    )


@strawberry.type
class Query:
    """What can be read of requirements."""

    requirement: Requirement | None = operation(requirements.requirement, Scope.PURCHASING_VIEW)
    requirements: Connection[Requirement] = operation(requirements.requirements, Scope.PURCHASING_VIEW)


@strawberry.type
class Mutation:
    """What can be done to requirements."""

    create_requirement: Requirement = operation(requirements.create_requirement, Scope.PURCHASING_CREATE)
    update_requirement: Requirement = operation(requirements.update_requirement, Scope.PURCHASING_EDIT)
    delete_requirement: Requirement = operation(requirements.delete_requirement, Scope.PURCHASING_DELETE)
