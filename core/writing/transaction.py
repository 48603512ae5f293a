"""The one transaction of a command: opened when it is first needed, in one round trip, and never left dirty."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
import orjson

from core.database.pool import FAILURES, Connection, Pool, is_dead
from core.database.turns import FORGE, Share
from core.errors import Unavailable
from core.writing.claim import Claim, Replayed, settle
from core.writing.violations import translate

T = TypeVar("T")
Answer = dict[str, Any]
_CLAIM: Final = "select * from claim($1, $2, $3)"
_GO: Final = "c.state = 'go'"
_QUIET: Final = 1.0
"""Seconds without a statement after which PostgreSQL is told that the transaction goes on."""


class Transaction:
    """A transaction in one workspace, or a single statement instead of one; PostgreSQL's refusals come as ours."""

    def __init__(self, pool: Pool, workspace_id: UUID, claim: Claim | None, share: Share = FORGE) -> None:
        self._pool = pool
        self._workspace_id = workspace_id
        self._claim = claim
        self._share = share
        self._connection: Connection | None = None
        self._heard = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it has begun."""
        return self._connection is not None

    async def alone(self, sql: str, *args: Any) -> Answer:
        """Run one statement that is the whole transaction and return its one row."""
        self._connection = await self._pool.acquire(self._share)
        [answer] = await self.ask(sql, *args)
        self._release()
        return answer

    async def open(self) -> None:
        """Begin, unless it has begun: set the workspace, and look up what is claimed.

        Raises Replayed when the claim was done before, Conflict when it is running, Invalid when it was another one.
        """
        if self._connection is not None:
            return
        await self._begin()
        if self._claim is not None:
            [answer] = await self.ask(_CLAIM, self._workspace_id, self._claim.key, self._claim.fingerprint)
            if outcome := settle(answer["state"], answer):
                raise Replayed(outcome)

    async def _begin(self) -> None:
        self._connection = await self._pool.acquire(self._share)
        await self._command(f"begin; set local app.workspace_id = '{self._workspace_id}'")  # a UUID's own text

    async def lock(self, sql: Callable[[str], str], *args: Any) -> list[Answer]:
        """Run a statement that locks rows and returns them; the first of a transaction looks up the claim as well.

        `sql` is given the condition under which anything may be locked; `$1` is the workspace. Raises as `open` does.
        """
        claim = self._claim
        if self._connection is not None or claim is None:
            await self.open()
            return await self.ask(sql("true"), self._workspace_id, *args)
        await self._begin()
        place = len(args) + 2
        rows = await self.ask(
            f"select case when not {_GO} then to_json(c)::text end as claimed, r.*"
            f" from claim($1, ${place}, ${place + 1}) c left join lateral ({sql(_GO)}) r on true",
            *(self._workspace_id, *args, claim.key, claim.fingerprint),
        )
        if told := rows[0]["claimed"]:
            answer = orjson.loads(told)
            if answer["record_id"] is not None:
                answer["record_id"] = UUID(answer["record_id"])
            if outcome := settle(answer["state"], answer):
                raise Replayed(outcome)
        for row in rows:
            del row["claimed"]
        return [row for row in rows if row["id"] is not None]

    async def ask(self, sql: str, *args: Any) -> list[Answer]:
        """Run a statement and return its rows."""
        assert self._connection is not None
        records = await self._translated(self._connection.fetch(sql, *args))
        return [dict(record) for record in records]

    async def mark(self) -> None:
        """Set a savepoint, to which `back` returns."""
        await self._command("savepoint part")

    async def back(self) -> None:
        """Undo what was written since `mark`; locks stay."""
        await self._command("rollback to savepoint part")

    async def stay(self) -> None:
        """Run a statement of nothing when the last one was a while ago: PostgreSQL ends a transaction that is idle."""
        if asyncio.get_running_loop().time() - self._heard > _QUIET:
            await self._command("select")

    async def commit(self) -> None:
        """Make it last; raises Unavailable when the connection is lost, and then nobody knows whether it did."""
        await self._command("commit")
        self._release()

    async def abandon(self, *, in_order: bool = True) -> None:
        """Roll back, if it has begun; `in_order=False` when a statement may still be running."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if not in_order or connection.is_closed():
            self._pool.discard(connection)
            return
        try:
            if connection.is_in_transaction():
                await connection.execute("rollback")
        except BaseException as error:
            self._pool.discard(connection)
            if not isinstance(error, FAILURES):
                raise
        else:
            self._pool.release(connection)

    async def _command(self, sql: str) -> None:
        assert self._connection is not None
        await self._translated(self._connection.execute(sql))

    async def _translated(self, answer: Awaitable[T]) -> T:
        connection = self._connection
        assert connection is not None
        self._heard = began = asyncio.get_running_loop().time()
        try:
            found = await answer
        except FAILURES as error:
            if is_dead(connection, error):
                self._connection = None
                self._pool.discard(connection)
                raise Unavailable("The connection to the database was lost", retry_after=1) from error
            ours = translate(error) if isinstance(error, asyncpg.PostgresError) else None
            if ours is None:
                raise
            raise ours from error
        self._pool.statements.observe(asyncio.get_running_loop().time() - began)
        return found

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        self._pool.release(connection)
