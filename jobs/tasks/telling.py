"""Telling how a task stands: the changes that callers see, each with a version and an event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from core.instruments import TASKS
from core.values.ids import new_id
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks.holding import Held, LostLease, Position
from jobs.units import Units
from models import Task, TaskStatus
from models.task import UNFINISHED

Change = Callable[[Task], None]


@dataclass(frozen=True, slots=True)
class Telling:
    """Changes tasks as nobody's key. Each change takes the lease: raises LostLease when the task is another's by now.

    All raise Unavailable when the database is away.
    """

    units: Units

    async def started(self, held: Held) -> None:
        """Say that a task has begun."""

        async def work(unit: UnitOfWork) -> None:
            task = await _locked(unit, held)
            task.status, task.started_at = TaskStatus.RUNNING, _now()
            unit.save(task, "task.started")

        await self.units.run(held.workspace_id, work)

    async def progressed(self, held: Held, position: Position) -> None:
        """Say how much is done."""

        async def work(unit: UnitOfWork) -> None:
            task = await _locked(unit, held)
            task.done, task.total = position.done, position.total
            unit.save(task, "task.progressed")

        await self.units.run(held.workspace_id, work)

    async def finished(self, held: Held, status: TaskStatus, position: Position, *, error: str | None = None) -> None:
        """Say that a task has ended, and what came of it; `error` is why it failed."""

        async def work(unit: UnitOfWork) -> None:
            task = await _locked(unit, held)
            task.status, task.error, task.finished_at, task.leased_by = status, error, _now(), None
            task.done, task.total = position.done, position.total
            if status is TaskStatus.SUCCEEDED:
                task.result = dict(position.result)
                task.result_url = position.result_url
            unit.save(task, "task.finished")

        await self.units.run(held.workspace_id, work)
        TASKS.labels(held.kind, status.value).inc()

    async def stage(self, workspace_id: UUID, kind: str, once: str | None = None) -> UUID | None:
        """Start a task that no command starts; None when there is one with the same `once` already."""

        async def work(unit: UnitOfWork) -> UUID | None:
            if once is not None and await unit.find(Task, once=once):
                return None
            task = Task(id=new_id(Task), kind=kind, once=once, due_at=_now())
            return unit.save(task, "task.created").id

        return await self.units.run(workspace_id, work)


async def _locked(unit: UnitOfWork, held: Held) -> Task:
    for task in await unit.lock(Task, [held.id]):
        if task.leased_by == held.lease and task.status in UNFINISHED:
            return task
    raise LostLease


def _now() -> datetime:
    return datetime.now(UTC)
