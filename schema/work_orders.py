"""Work orders as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, one, type_for
from engine.graph.operations import operation
from resolvers import work_orders
from schema.jobs import Job, JobPart
from schema.records import Record
from schema.suppliers import Supplier
from schema.work_centers import WorkCenter

VIEW, RUN = Scope.PRODUCTION_VIEW, Scope.PRODUCTION_RUN
describe_enum(
    models.WorkOrderStatus,
    "Where a work order is in its life.",
    {
        "WAITING": "Its job is not released, or something before it is not done.",
        "READY": "It may begin.",
        "RUNNING": "The shop works on it.",
        "PAUSED": "It is stopped for a while.",
        "DONE": "It is finished.",
        "CANCELLED": "It is left out.",
    },
)


@type_for(models.WorkOrder, VIEW, "A step of a job.")
class WorkOrder(Record):
    """A step of a job."""

    number: str = field("The shop's own number: `WO-17`.")
    status: models.WorkOrderStatus = field("Where it is in its life.")
    sequence: int = field("The place in the job's order of work.")
    predecessor_ids: list[str] = field("The work orders of the job that must be done before it.")
    name: str = field("What is done.")
    kind: models.OperationKind = field("Where it is done.")
    quantity: Decimal = field("How many pieces it is done to.")
    programming_hours: Decimal | None = field("Hours of programming, once a batch.")
    setup_hours: Decimal | None = field("Hours of setting up, once a batch.")
    cycle_hours: Decimal | None = field("Hours for each piece.")
    rate: Decimal | None = field("What an hour costs, as it was when the job was exploded.", scope=Scope.COSTS_VIEW)
    good_quantity: Decimal = field("How many came out good.")
    scrap_quantity: Decimal = field("How many were scrapped.")
    started_at: datetime | None = field("When it was begun.")
    done_at: datetime | None = field("When it was finished.")
    job: Job | None = one("job_id", "The job that it is a step of.")
    job_part: JobPart | None = one("job_part_id", "What of the job it is a step of.")
    work_center: WorkCenter | None = one("work_center_id", "Where it is done.")
    supplier: Supplier | None = one("supplier_id", "Who does it, if that is a supplier.")


@strawberry.type
class Query:
    """What can be read of work orders."""

    work_order: WorkOrder | None = operation(work_orders.work_order, VIEW)
    work_orders: Connection[WorkOrder] = operation(work_orders.work_orders, VIEW)


@strawberry.type
class Mutation:
    """What can be done to work orders."""

    create_work_order: WorkOrder = operation(work_orders.create_work_order, Scope.PRODUCTION_CREATE)
    update_work_order: WorkOrder = operation(work_orders.update_work_order, Scope.PRODUCTION_EDIT)
    delete_work_order: WorkOrder = operation(work_orders.delete_work_order, Scope.PRODUCTION_DELETE)
    start_work_order: WorkOrder = operation(work_orders.start_work_order, RUN)
    pause_work_order: WorkOrder = operation(work_orders.pause_work_order, RUN)
    resume_work_order: WorkOrder = operation(work_orders.resume_work_order, RUN)
    finish_work_order: WorkOrder = operation(work_orders.finish_work_order, RUN)
    cancel_work_order: WorkOrder = operation(work_orders.cancel_work_order, RUN)
