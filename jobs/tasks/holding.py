"""Leases of tasks: which task a worker has, until when, and the fence that lets only that worker commit its steps.

A worker that is killed leaves its lease, and when that has run out another one goes on after the last step committed.
A worker that lost its lease, or whose task was cancelled meanwhile, cannot commit: the step it ran is rolled back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any, Final, Self
from uuid import UUID, uuid4

import orjson

from access.transaction import transaction
from core.database.database import Database
from core.database.pool import Connection
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks.kinds import Next, Work
from models.task import UNFINISHED_SQL

_OF_EACH: Final = 8
"""Due tasks of one workspace that a claim chooses from: several, for other workers claim at the same time."""
_OF_ALL: Final = 64
"""Due tasks of all workspaces that a claim chooses from."""
_DUE: Final = f"""
with recursive w(id) as (
  (select workspace_id from tasks where {UNFINISHED_SQL} order by workspace_id limit 1)
  union all
  select (select t.workspace_id from tasks t where t.{UNFINISHED_SQL} and t.workspace_id > w.id
          order by t.workspace_id limit 1)
  from w where w.id is not null
), due as materialized (
  select t.workspace_id, t.id, t.due_at, t.place + (
    select count(*) from tasks r
    where r.workspace_id = w.id and r.{UNFINISHED_SQL} and r.due_at > now() and r.leased_by is not null
  ) as place
  from w cross join lateral (
    select t.*, row_number() over (order by t.due_at, t.id) as place from tasks t
    where t.workspace_id = w.id and t.{UNFINISHED_SQL} and t.due_at <= now() and t.kind = any($1)
    order by t.due_at, t.id limit {_OF_EACH}
  ) t
  order by place, t.due_at limit {_OF_ALL}
)
"""
"""A few steps of an index for each workspace that has anything unfinished; who has the fewest running comes first."""
_COUNT: Final = f"{_DUE} select count(*) from due"
_CLAIM: Final = f"""{_DUE}, mine as (
  select t.workspace_id, t.id from tasks t join due using (workspace_id, id)
  where t.{UNFINISHED_SQL} and t.due_at <= now()
  order by due.place, due.due_at limit 1 for update of t skip locked
)
update tasks t set attempts = t.attempts + (t.leased_by is not null)::integer, leased_by = $2,
  due_at = clock_timestamp() + $3 * interval '1 second'
from mine where t.workspace_id = mine.workspace_id and t.id = mine.id
returning t.workspace_id, t.id, t.kind, t.status, t.parameters, t.position, t.attempts, t.created_by_id, t.leased_by
"""
"""A task that is due and has a lease still was left by a worker that died: that counts as a try."""
_IS_DUE: Final = (
    f"select exists (select from tasks where workspace_id = $1 and {UNFINISHED_SQL} and due_at <= clock_timestamp()"
    " and kind = any($2))"
)
_ADVANCE: Final = """
update tasks set position = $3::jsonb, attempts = 0, due_at = clock_timestamp() + $4::float8 * interval '1 second'
where workspace_id = $1 and id = $2 and leased_by = $5 and status = 'running' returning id
"""
_RETRY: Final = """
update tasks set attempts = attempts + $3, due_at = clock_timestamp() + $4::float8 * interval '1 second',
  leased_by = null
where workspace_id = $1 and id = $2 and leased_by = $5
"""
_RELEASE: Final = """
update tasks t set due_at = clock_timestamp(), leased_by = null
from unnest($1::uuid[], $2::uuid[], $3::text[]) as held(workspace_id, id, lease)
where t.workspace_id = held.workspace_id and t.id = held.id and t.leased_by = held.lease
"""


class LostLease(Exception):
    """The task is no longer this worker's: it was cancelled, or another worker has it."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the steps of a task stand: what the last one returned. `ended` says that there is no other."""

    cursor: Any = None
    done: int = 0
    total: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    result_url: str | None = None
    ended: bool = False

    @classmethod
    def after(cls, step: Next) -> Self:
        """The position after a step."""
        ended = step.cursor is None
        return cls(step.cursor, step.done, step.total, step.result, step.result_url, ended)


@dataclass(frozen=True, slots=True)
class Held:
    """A task that is this worker's until its lease runs out."""

    workspace_id: UUID
    id: UUID
    kind: str
    status: str
    parameters: Mapping[str, Any]
    position: Position
    attempts: int
    created_by_id: UUID | None
    lease: str

    def work(self, position: Position) -> Work:
        """What the step after a position is told."""
        return Work(self.workspace_id, self.id, self.parameters, position.cursor, position.done, self.created_by_id)


class Holding:
    """The leases of one worker; `database` acts as `forge_worker`, a claim is good for `seconds`.

    Tasks of other kinds than these are left to workers that know them: a newer version may have started them.
    """

    def __init__(self, database: Database, seconds: float, kinds: Iterable[str]) -> None:
        self._kinds = list(kinds)
        self._database = database
        self._seconds = seconds
        self._name = uuid4().hex
        self._numbers = count(1)

    async def claim(self) -> Held | None:
        """Take a task that is due, of the workspace that has the fewest running; None when nothing is due."""
        lease = f"{self._name}/{next(self._numbers)}"
        async with transaction(self._database) as connection:
            row = await connection.fetchrow(_CLAIM, self._kinds, lease, self._seconds)
        if row is None:
            return None
        position = Position(**orjson.loads(row["position"]))
        found = (row["workspace_id"], row["id"], row["kind"], row["status"], orjson.loads(row["parameters"]), position)
        return Held(*found, row["attempts"], row["created_by_id"], lease)

    async def count_due(self) -> int:
        """Count what is due, up to a limit."""
        async with transaction(self._database) as connection:
            return int(await connection.fetchval(_COUNT, self._kinds))

    async def is_due(self, workspace_id: UUID) -> bool:
        """Whether a workspace has something due."""
        async with transaction(self._database) as connection:
            return bool(await connection.fetchval(_IS_DUE, workspace_id, self._kinds))

    async def advance(self, held: Held, position: Position, lease: float, within: UnitOfWork | Connection) -> None:
        """Move a task's position in the transaction of a step, and renew its lease; raises LostLease."""
        args = (held.id, orjson.dumps(asdict(position)).decode(), lease, held.lease)
        if isinstance(within, UnitOfWork):
            moved = bool(await within.ask(_ADVANCE, *args))
        else:
            moved = bool(await within.fetch(_ADVANCE, held.workspace_id, *args))
        if not moved:
            raise LostLease

    async def retry(self, held: Held, delay: float, *, counts: bool) -> None:
        """Give a task back to be taken after `delay` seconds; `counts` says that a try failed."""
        async with transaction(self._database) as connection:
            await connection.execute(_RETRY, held.workspace_id, held.id, int(counts), delay, held.lease)

    async def release(self, held: Collection[Held]) -> None:
        """Give tasks back to be taken at once."""
        if held:
            columns = [[each.workspace_id for each in held], [each.id for each in held], [each.lease for each in held]]
            async with transaction(self._database) as connection:
                await connection.execute(_RELEASE, *columns)
