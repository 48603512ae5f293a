"""Jobs as the graph shows them."""

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
from resolvers import job_completion, job_issues, job_refresh, jobs
from schema.addresses import AddressSnapshot
from schema.clients import Client
from schema.parts import Part
from schema.records import Record

if TYPE_CHECKING:
    from schema.quotes import Quote, QuotePart
    from schema.requirements import Requirement
    from schema.work_orders import WorkOrder

VIEW, EDIT = Scope.JOBS_VIEW, Scope.JOBS_EDIT
describe_enum(
    models.JobStatus,
    "Where a job is in its life.",
    {
        "DRAFT": "The shop still plans it.",
        "RELEASED": "The shop may begin; what it makes is frozen.",
        "IN_PROGRESS": "The shop works on it.",
        "ON_HOLD": "It is stopped for a while.",
        "COMPLETED": "It is made, and lies in stock.",
        "CLOSED": "Nothing of it changes any more.",
        "CANCELLED": "It is not made.",
    },
)
describe_enum(
    models.MaterialStatus,
    "Whether what a job needs is there.",
    {
        "NONE": "It needs nothing.",
        "MISSING": "Something is neither there nor ordered.",
        "ORDERED": "What is not there is ordered.",
        "READY": "All is there: received, issued or reserved.",
    },
)


@type_for(models.JobPart, VIEW, "What a job makes.", by="position")
class JobPart(Node):
    """What a job makes."""

    position: int = field("The place in the job, from 1.")
    description: str = field("The part, or the work, in words.")
    quantity: Decimal = field("How many are to be made.")
    unit: str = field("The unit's UN/ECE Recommendation 20 code; by default its part's.")
    unit_price: Decimal | None = field("What one is sold for, in the job's currency.")
    due_on: date | None = field("When it is wanted.")
    completed_quantity: Decimal = field("How many were made.")
    scrapped_quantity: Decimal = field("How many were scrapped.")
    part: Part | None = one("part_id", "The revision of a part that is made, if it is a part of the shop's.")
    quote_part: Annotated[QuotePart, strawberry.lazy("schema.quotes")] | None = one(
        "quote_part_id", "The line of the quote that it was offered on."
    )


@type_for(models.Job, VIEW, "An order in the shop, or a part of one.")
class Job(Record):
    """An order in the shop, or a part of one."""

    number: str = field("The shop's own number: `J-17`.")
    status: models.JobStatus = field("Where it is in its life.")
    title: str | None = field("What it is about.")
    customer_po_number: str | None = field("The client's purchase order number.")
    ordered_on: date | None = field("When the client ordered it.")
    due_on: date | None = field("When it is wanted.")
    promised_on: date | None = field("When the shop has promised it.")
    priority: int = field("What is done first: the higher, the sooner.")
    currency: str = field("The ISO 4217 currency of its price.")
    price: Decimal | None = field("What it is sold for, before tax; null unless all that it makes has a price.")
    material_status: models.MaterialStatus = field("Whether what it needs is there.")
    quantity: Decimal = field("How many pieces it makes, of all its parts together.")
    completed_quantity: Decimal = field("How many were made.")
    scrapped_quantity: Decimal = field("How many were scrapped.")
    material_cost: Decimal | None = field(
        "What the material issued to it cost, in the workspace's currency; null before anything is issued, and where"
        " nobody knows what any of it cost. What was issued for a need at a cost that nobody knows does not count.",
        scope=Scope.COSTS_VIEW,
    )
    released_at: datetime | None = field("When it was released.")
    started_at: datetime | None = field("When it was started.")
    completed_at: datetime | None = field("When it was completed.")
    closed_at: datetime | None = field("When it was closed.")
    hold_reason: str | None = field("Why it is on hold.")
    client: Client | None = one("client_id", "Who ordered it.")
    quote: Annotated[Quote, strawberry.lazy("schema.quotes")] | None = one("quote_id", "The quote that it was made of.")
    parent_job: Annotated[Job, strawberry.lazy("schema.jobs")] | None = one(
        "parent_job_id", "The job that what it makes goes into."
    )
    parts: Connection[JobPart] = many("job_id", "What it makes.", order="position")
    sub_jobs: Connection[Annotated[Job, strawberry.lazy("schema.jobs")]] = many(
        "parent_job_id", "The jobs that make what goes into it."
    )
    work_orders: Connection[Annotated[WorkOrder, strawberry.lazy("schema.work_orders")]] | None = many(
        "job_id", "Its steps.", order="sequence"
    )
    requirements: Connection[Annotated[Requirement, strawberry.lazy("schema.requirements")]] | None = many(
        "job_id", "What it needs from stock or from suppliers."
    )

    @computed("ship_to", description="Where to ship to, as it was when its quote was sent.", column="ship_to")
    def ship_to(self) -> AddressSnapshot | None:
        """Read the copy."""
        return AddressSnapshot.of(self.ship_to)


@strawberry.type
class Query:
    """What can be read of jobs."""

    job: Job | None = operation(jobs.job, VIEW)
    jobs: Connection[Job] = operation(jobs.jobs, VIEW)


@strawberry.type
class Mutation:
    """What can be done to jobs."""

    create_job: Job = operation(jobs.create_job, Scope.JOBS_CREATE)
    update_job: Job = operation(jobs.update_job, EDIT)
    delete_job: Job = operation(jobs.delete_job, Scope.JOBS_DELETE)
    add_job_part: JobPart = operation(jobs.add_job_part, EDIT, path="/jobs/{id}/parts", status=201)
    update_job_part: JobPart = operation(jobs.update_job_part, EDIT, path="/job-parts/{id}", method="PATCH")
    delete_job_part: Job = operation(jobs.delete_job_part, EDIT, path="/job-parts/{id}", method="DELETE")
    refresh_job: Job = operation(job_refresh.refresh_job, EDIT, path="/jobs/{id}/refresh")
    release_job: Job = operation(jobs.release_job, Scope.JOBS_RELEASE)
    start_job: Job = operation(jobs.start_job, Scope.JOBS_RELEASE)
    hold_job: Job = operation(jobs.hold_job, EDIT)
    resume_job: Job = operation(jobs.resume_job, EDIT)
    complete_job: Job = operation(job_completion.complete_job, Scope.JOBS_CLOSE)
    close_job: Job = operation(jobs.close_job, Scope.JOBS_CLOSE)
    cancel_job: Job = operation(jobs.cancel_job, Scope.JOBS_CLOSE)
    issue_material: Job = operation(job_issues.issue_material, Scope.PRODUCTION_RUN, path="/jobs/{id}/issue")
    return_material: Job = operation(job_issues.return_material, Scope.PRODUCTION_RUN, path="/jobs/{id}/return")
