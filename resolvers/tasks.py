"""Tasks: what runs in the background; commands start one, callers follow and cancel it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.values.ids import new_id
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Task, TaskStatus
from models.task import UNFINISHED
from resolvers.aggregate import Aggregate, now


def _finish(task: Task) -> None:
    task.finished_at = now()
    task.leased_by = None


TASKS = Aggregate(Task, events={"task.deleted"})  # told where a sandbox is purged

tasks = TASKS.page("List tasks: what was started to run in the background, whether it has ended or not.")
task = TASKS.get(
    "One task: how far it is, and once it has ended what came of it. In REST the answer has `Retry-After` as long as it"
    " has not ended, then a `Link` to its result if it has one."
)
cancel_task = TASKS.move(
    "cancel",
    UNFINISHED,
    TaskStatus.CANCELLED,
    "Cancel a task that has not ended. What it has done stays done, a step under way is rolled back, no other begins.",
    effect=_finish,
    tells="finished",
)


def start_task(ctx: Command, kind: str, parameters: Mapping[str, Any], once: str | None = None) -> Rows[Task]:
    """Stage a task of a kind (`jobs.kinds`) in this command: it runs when the command is committed, else never.

    `parameters` are what the kind takes, as JSON has it. Of one `once` there is one task in the workspace: of two
    commands at the same time one is run again, and finds it. Answer it from a root field with `status=202`: REST then
    says where to ask for it.
    """
    made = Task(id=new_id(Task), kind=kind, parameters=dict(parameters), due_at=now(), once=once)
    return ctx.save(made, event="task.created")
