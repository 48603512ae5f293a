"""One command, one transaction, one commit: the only way anything is written.

A command locks what it will change, reads, decides, stages with `save`, and ends with `finish`. Nothing reaches the
database before that: the workspace's clock ticks last, once, by the number of events, and is held for two or three
round trips only. A command that only adds rows is a single statement. docs: `docs/decisions/0001-workspace-clock.md`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import UUID

import asyncpg

from core.claim import Claim, Outcome, Render, Replayed, StaleAccess, State, settle
from core.columns import columns_of
from core.database import Database
from core.errors import Conflict, Unavailable
from core.ids import new_id
from core.pool import Connection, is_dead
from core.record import Part, Record, Row
from core.staging import Staging
from core.statements import Ending, parts_of, recorded_args, rendering, ticking, whole
from core.violations import RunAgain, translate
from core.writes import Delete, Projection, Update

TRIES: Final = 3
RowT = TypeVar("RowT", bound=Row)
RecordT = TypeVar("RecordT", bound=Record)

_CLAIM: Final = "select * from claim($1, $2, $3)"


class UnitOfWork:
    """The writes of one command in one workspace; use it as `async with`, or call `abandon` when `finish` was not.

    `epoch` is the workspace's `access_epoch` when the principal was loaded; `projections` gives, for each record, the
    SQL text of its JSON as events carry it; `actor_id` is the key that acts and `request_id` the request.
    """

    def __init__(
        self,
        database: Database,
        *,
        workspace_id: UUID,
        epoch: int,
        claim: Claim | None,
        projections: Mapping[type[Record], Projection],
        actor_id: UUID | None = None,
        request_id: str | None = None,
    ) -> None:
        self.workspace_id = workspace_id
        self._database = database
        self._epoch = epoch
        self._claim = claim
        self._projections = projections
        self._actor_id = actor_id
        self._request_id = request_id
        self._connection: Connection | None = None
        self._staging = Staging()
        self._loaded: dict[tuple[type[Row], UUID], Row] = {}
        self._locked: set[tuple[type[Row], UUID]] = set()
        self._finished = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.abandon(in_order=error is None or isinstance(error, Exception))

    async def lock(self, model: type[RowT], ids: Iterable[UUID], *, share: bool = False) -> list[RowT]:
        """Lock rows until the end and return those there are, in the order asked for; deleted ones are among them.

        `share` only keeps them from changing. Lock everything before deciding anything; of several models, always in
        the same order. Raises Replayed when the claim was done before, Conflict when it is running.
        """
        wanted = list(dict.fromkeys(ids))
        strength = "share" if share else "no key update"
        columns = columns_of(model)
        records = await self._read(
            f"select {columns.names} from {columns.table} where workspace_id = $1 and id = any($2)"
            f" order by id for {strength}",
            wanted,
        )
        for record in records:
            self._load(model, record, renew=True)
            if not share:
                self._locked.add((model, record["id"]))
        found = {record["id"] for record in records}
        return [self._row(model, row_id) for row_id in wanted if row_id in found]

    async def fetch(self, model: type[RowT], where: str, *args: Any, order: str = "id") -> list[RowT]:
        """Read rows inside the command without locking them: `$1` is the workspace, `args` begin at `$2`."""
        columns = columns_of(model)
        records = await self._read(
            f"select {columns.names} from {columns.table} where workspace_id = $1 and ({where}) order by {order}", *args
        )
        for record in records:
            self._load(model, record, renew=False)
        return [self._row(model, record["id"]) for record in records]

    def save(self, row: RecordT, event: str) -> RecordT:
        """Stage a new record, or a changed one that was locked, and an event of it.

        A new one gets its id here (if it has none), its number, times and version when the clock ticks.
        """
        new = self._is_new(row)
        if new:
            self._adopt(row)
            row.created_by_id = self._actor_id
        elif (type(row), row.id) not in self._locked:
            raise RuntimeError(f"{type(row).__name__} {row.id} was not locked before it was changed")
        self._staging.save(row, event, new=new)
        return row

    def inside(self, row: Record, *, put: Sequence[Row] = (), remove: Sequence[Row] = ()) -> None:
        """Stage rows inside a record that is saved too: `put` adds or changes, `remove` takes away."""
        if not self._staging.is_new(row) and (type(row), row.id) not in self._locked:
            raise RuntimeError(f"{type(row).__name__} {row.id} was neither saved nor locked before its inside changed")
        for part in put:
            if self._is_new(part):
                self._adopt(part)
            if isinstance(part, Part):
                setattr(part, part.within, row.id)
        self._staging.put([(part, self._is_new(part)) for part in put])
        self._staging.remove(remove)

    async def finish(self, render: Render, *, status: int = 200, location: str | None = None) -> Outcome:
        """Write everything, make the answer, record it under the claim, and commit.

        Raises StaleAccess when a right was lost meanwhile, Conflict, Invalid or Unavailable; then nothing is written.
        """
        if self._finished:
            raise RuntimeError("this unit of work is finished")
        ending = Ending(status, location, self._staging.first)
        if self._connection is None and self._staging.only_inserts:
            outcome = await self._finish_at_once(render, ending)
        else:
            outcome = await self._finish_in_steps(render, ending)
        self._finished = True
        return outcome

    async def abandon(self, *, in_order: bool = True) -> None:
        """Give everything up: nothing is written. Without effect after `finish`."""
        self._finished = True
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if not in_order or connection.is_closed():
            self._database.writes.discard(connection)
            return
        try:
            await connection.execute("rollback")
        except BaseException as error:
            self._database.writes.discard(connection)
            if not isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
                raise
        else:
            self._database.writes.release(connection)

    async def _finish_at_once(self, render: Render, ending: Ending) -> Outcome:
        staging, claim = self._staging, self._claim
        parts = parts_of(staging, self._projections, self._request_id)
        sql = whole(parts, staging, claim, render)
        args = [
            *(self.workspace_id, self._epoch),
            *((claim.key, claim.fingerprint) if claim else (None, None)),
            *(len(staging.events), *staging.series.values()),
            *recorded_args(claim, ending),
        ]
        for part in parts:
            args += part.args()
        self._connection = await self._database.writes.acquire()
        [answer] = await self._ask(sql, *args, *render.values)
        connection, self._connection = self._connection, None
        self._database.writes.release(connection)
        return settle(answer["state"], answer) or _done(answer["body"], ending, claim)

    async def _finish_in_steps(self, render: Render, ending: Ending) -> Outcome:
        await self._open()
        claim = self._claim
        if self._staging.events:
            await self._tick()
        claimed = (claim.key, claim.fingerprint, *recorded_args(claim, ending)) if claim else ()
        [answer] = await self._ask(rendering(claim, render), self.workspace_id, *claimed, *render.values)
        assert self._connection is not None
        await self._command("commit")
        connection, self._connection = self._connection, None
        self._database.writes.release(connection)
        return _done(answer["body"], ending, claim)

    async def _tick(self) -> None:
        staging = self._staging
        parts = parts_of(staging, self._projections, self._request_id)
        args = [self.workspace_id, self._epoch, len(staging.events), *staging.series.values()]
        for part in parts:
            args += part.args()
        [answer] = await self._ask(ticking(parts, staging), *args)
        if answer["state"] != "go":
            raise StaleAccess
        expected = sum(len(part.staged) for part in parts if isinstance(part, Update | Delete))
        if answer["changed"] != expected:
            raise RuntimeError(f"{answer['changed']} rows were changed, {expected} were staged")

    async def _open(self) -> None:
        if self._connection is not None:
            return
        if self._finished:
            raise RuntimeError("this unit of work is finished")
        self._connection = await self._database.writes.acquire()
        await self._command(f"begin; set local app.workspace_id = '{self.workspace_id}'")  # a UUID's own text
        if self._claim is not None:
            [answer] = await self._ask(_CLAIM, self.workspace_id, self._claim.key, self._claim.fingerprint)
            if outcome := settle(answer["state"], answer):
                raise Replayed(outcome)

    async def _read(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        await self._open()
        return await self._ask(sql, self.workspace_id, *args)

    async def _ask(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        assert self._connection is not None
        return [dict(record) for record in await self._translated(self._connection.fetch(sql, *args))]

    async def _command(self, sql: str) -> None:
        assert self._connection is not None
        await self._translated(self._connection.execute(sql))

    async def _translated(self, answer: Awaitable[Any]) -> Any:
        connection = self._connection
        assert connection is not None
        try:
            return await answer
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            if is_dead(connection, error):
                self._connection = None
                self._database.writes.discard(connection)
                raise Unavailable("The connection to the database was lost", retry_after=1) from error
            ours = translate(error) if isinstance(error, asyncpg.PostgresError) else None
            if ours is None:
                raise
            raise ours from error

    def _load(self, model: type[Row], record: Mapping[str, Any], *, renew: bool) -> None:
        known = self._loaded.get((model, record["id"]))
        if known is None:
            self._loaded[model, record["id"]] = model(**columns_of(model).values(record))
        elif renew and (model, record["id"]) not in self._locked:
            for name, value in columns_of(model).values(record).items():
                setattr(known, name, value)

    def _row(self, model: type[RowT], row_id: UUID) -> RowT:
        row = self._loaded[model, row_id]
        assert isinstance(row, model)
        return row

    def _is_new(self, row: Row) -> bool:
        return row.id is None or (type(row), row.id) not in self._loaded

    def _adopt(self, row: Row) -> None:
        row.workspace_id = self.workspace_id
        if row.id is None:
            row.id = new_id(row)


async def attempt(operation: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Run a whole operation, again (up to three times in all) when it lost a race; a replay is its outcome.

    Each run must make its own `UnitOfWork`. Raises what the last run raised.
    """
    for _ in range(TRIES - 1):
        try:
            return await operation()
        except Replayed as replayed:
            return replayed.outcome
        except RunAgain:
            await asyncio.sleep(random.uniform(0.001, 0.02))  # noqa: S311  # keeps two losers apart, nothing secret
    try:
        return await operation()
    except Replayed as replayed:
        return replayed.outcome


def check_version(row: Record, expected: int | None) -> None:
    """Raise Conflict when the caller has seen another version of the row than the one there is."""
    if expected is not None and row.version != expected:
        raise Conflict(f"It is at version {row.version}, not {expected}", field="expected_version")


def _done(body: bytes | None, ending: Ending, claim: Claim | None) -> Outcome:
    if body is None:
        raise RuntimeError("the answer of a command rendered as null")
    scopes = claim.scopes if claim else ()
    return Outcome(State.DONE, ending.status, body, ending.location, scopes, ending.record_id)
