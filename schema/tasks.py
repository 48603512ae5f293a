"""Tasks as the graph shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, type_for
from engine.graph.operations import Polled, operation
from models.task import UNFINISHED
from resolvers import tasks
from schema.records import RecordBase

describe_enum(
    models.TaskStatus,
    "Where a task is in its life.",
    {
        "QUEUED": "No worker has begun it.",
        "RUNNING": "A worker has begun it, or it waits to be tried again.",
        "SUCCEEDED": "It is done, and has a `result`.",
        "FAILED": "It was given up; `error` says why.",
        "CANCELLED": "Somebody ended it before it was done.",
    },
)


@type_for(models.Task, Scope.TASKS_VIEW, "Something that takes longer than a request, done in the background.")
class Task(RecordBase):
    """Something that takes longer than a request."""

    kind: str = field("What it does.")
    status: models.TaskStatus = field("Where it is in its life.")
    done: int = field("How much is done, in units of the kind's own; brought up to date at most once a second.")
    total: int | None = field("How much there is to do; null while nobody knows.")
    result: JSON = field("What came of it: an object whose members depend on the kind; empty until it has succeeded.")
    result_url: str | None = field("Where what came of it can be fetched.")
    error: str | None = field("Why it failed.")
    started_at: datetime | None = field("When a worker began it.")
    finished_at: datetime | None = field("When it ended, whichever way.")


@strawberry.type
class Query:
    """What can be read of tasks."""

    task: Task | None = operation(
        tasks.task, Scope.TASKS_VIEW, polled=Polled("status", tuple(UNFINISHED), link="result_url")
    )
    tasks: Connection[Task] = operation(tasks.tasks, Scope.TASKS_VIEW)


@strawberry.type
class Mutation:
    """What can be done to tasks."""

    cancel_task: Task = operation(tasks.cancel_task, Scope.TASKS_CANCEL)
