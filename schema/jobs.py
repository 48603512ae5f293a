"""Jobs as the graph shows them."""

from __future__ import annotations

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, field, type_for
from engine.graph.operations import operation
from resolvers import jobs
from schema.records import Record


@type_for(models.Job, Scope.JOBS_VIEW, "An order of a client in the shop, or a part of one.")
class Job(Record):
    """An order of a client in the shop, or a part of one."""

    number: str = field("The shop's own number: `J-17`.")


@strawberry.type
class Query:
    """What can be read of jobs."""

    job: Job | None = operation(jobs.job, Scope.JOBS_VIEW)
    jobs: Connection[Job] = operation(jobs.jobs, Scope.JOBS_VIEW)
