"""Jobs as the graph shows them."""

from __future__ import annotations

from datetime import date

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, one, type_for
from engine.graph.operations import operation
from resolvers import jobs
from schema.clients import Client
from schema.records import Record

describe_enum(
    models.JobStatus, "Where a job is in its life.", {each.name: f"It is {each.value}." for each in models.JobStatus}
)


@type_for(models.Job, Scope.JOBS_VIEW, "An order of a client in the shop, or a part of one.")
class Job(Record):
    """An order of a client in the shop, or a part of one."""

    number: str = field("The shop's own number: `J-17`.")
    status: models.JobStatus = field("Where it is in its life.")
    due_on: date | None = field("When it is due.")
    client: Client | None = one("client_id", "Who ordered it.")


@strawberry.type
class Query:
    """What can be read of jobs."""

    job: Job | None = operation(jobs.job, Scope.JOBS_VIEW)
    jobs: Connection[Job] = operation(jobs.jobs, Scope.JOBS_VIEW)
