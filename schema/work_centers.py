"""Work centers as the graph shows them."""

from __future__ import annotations

from decimal import Decimal

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, one, type_for
from engine.graph.operations import operation
from resolvers import work_centers
from schema.locations import StockLocation
from schema.records import Record

describe_enum(
    models.WorkCenterStatus,
    "Whether work can be planned at a work center.",
    {"ACTIVE": "Work is planned there.", "INACTIVE": "No work is planned there any more."},
)


@type_for(models.WorkCenter, Scope.PARTS_VIEW, "A machine, or a group of equal ones.")
class WorkCenter(Record):
    """A machine, or a group of equal ones."""

    code: str = field("The shop's own short name for it, unique.")
    name: str = field("What it is called.")
    status: models.WorkCenterStatus = field("Whether work can be planned there.")
    process: str | None = field("What is done there: `milling`.")
    rate_per_hour: Decimal | None = field(
        "What an hour there costs, in the workspace's currency.", scope=Scope.COSTS_VIEW
    )
    hours_per_day: Decimal | None = field("How many hours of work it takes a day.")
    machines: int = field("How many equal machines stand there: as many work orders run at a time.")
    location: StockLocation | None = one("location_id", "Where it stands.")


@strawberry.type
class Query:
    """What can be read of work centers."""

    work_center: WorkCenter | None = operation(work_centers.work_center, Scope.PARTS_VIEW)
    work_centers: Connection[WorkCenter] = operation(work_centers.work_centers, Scope.PARTS_VIEW)


@strawberry.type
class Mutation:
    """What can be done to work centers."""

    create_work_center: WorkCenter = operation(work_centers.create_work_center, Scope.PARTS_CREATE)
    update_work_center: WorkCenter = operation(work_centers.update_work_center, Scope.PARTS_EDIT)
    delete_work_center: WorkCenter = operation(work_centers.delete_work_center, Scope.PARTS_DELETE)
