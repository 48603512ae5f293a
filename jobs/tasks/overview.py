"""Tasks as the operator of an installation sees them: of all workspaces, with what callers are not shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from access.transaction import transaction
from core.database.database import Database
from core.errors import Conflict, Invalid, NotFound
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks.kinds import Kinds
from jobs.tasks.telling import Telling
from models import Task, TaskStatus
from models.task import INSTALLATION, UNFINISHED

_LIST: Final = """
select id, workspace_id, kind, status, done, total, attempts, leased_by is not null and due_at > now() as held, due_at,
  created_at, started_at, finished_at, error, result_url
from tasks where ($1::text[] is null or status = any($1)) and ($2::uuid[] is null or id = any($2))
order by created_at desc, id desc limit $3
"""
_WHOSE: Final = "select workspace_id from tasks where id = $1"


@dataclass(frozen=True, slots=True)
class Seen:
    """A task; `attempts` are failed tries of its present step, `held` says that a worker has it."""

    id: UUID
    workspace_id: UUID
    kind: str
    status: str
    done: int
    total: int | None
    attempts: int
    held: bool
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    result_url: str | None

    @property
    def ended(self) -> bool:
        """Whether it has ended, whichever way."""
        return self.status not in UNFINISHED


class Overview:
    """Lists, cancels and starts tasks; `database` acts as `forge_worker`. All raise Unavailable."""

    def __init__(self, database: Database, telling: Telling, kinds: Kinds) -> None:
        self._database, self._telling, self._kinds = database, telling, kinds

    async def list(
        self, *, statuses: Sequence[str] | None = None, ids: Collection[UUID] | None = None, most: int = 50
    ) -> list[Seen]:
        """List tasks of all workspaces, the newest first."""
        args: list[Any] = [None if statuses is None else list(statuses), None if ids is None else list(ids), most]
        async with transaction(self._database) as connection:
            return [Seen(**dict(row)) for row in await connection.fetch(_LIST, *args)]

    async def cancel(self, task_id: UUID) -> None:
        """Cancel a task of whichever workspace; raises NotFound, and Conflict when it has ended."""
        async with transaction(self._database) as connection:
            workspace_id = await connection.fetchval(_WHOSE, task_id)
        if workspace_id is None:
            raise NotFound(f"no task {task_id}", field="id")

        async def work(unit: UnitOfWork) -> None:
            [task] = await unit.lock(Task, [task_id])
            if task.status not in UNFINISHED:
                raise Conflict(f"task {task_id} has {task.status} already")
            task.status, task.finished_at, task.leased_by = TaskStatus.CANCELLED, datetime.now(UTC), None
            unit.save(task, "task.finished")

        await self._telling.units.run(workspace_id, work)

    async def start(self, kind: str) -> UUID:
        """Start a task that belongs to no company; raises Invalid for a kind of which there are no such tasks."""
        known = [each.name for each in self._kinds.systems()]
        if kind not in known:
            raise Invalid(f"kind: one of {', '.join(sorted(known))}", field="kind")
        made = await self._telling.stage(INSTALLATION, kind)
        assert made is not None
        return made
