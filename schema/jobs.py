"""Jobs as the graph shows them."""

from __future__ import annotations

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import field, type_for
from schema.records import Record

describe_enum(
    models.MaterialStatus,
    "Whether what a job needs is there.",
    {
        "NONE": "It needs nothing.",
        "MISSING": "Something is neither there nor ordered.",
        "ORDERED": "What is not there is ordered.",
        "READY": "All is there.",
    },
)


@type_for(models.Job, Scope.JOBS_VIEW, "An order of a client in the shop, or a part of one.")
class Job(Record):
    """An order of a client in the shop, or a part of one."""

    number: str = field("The shop's own number: `J-17`.")
    material_status: models.MaterialStatus = field("Whether what it needs is there.")
