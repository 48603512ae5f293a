"""The one transaction of a command: opened when it is first needed, in one round trip, and never left dirty."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg

from core.claim import Claim, Replayed, settle
from core.errors import Unavailable
from core.pool import FAILURES, Connection, Pool, is_dead
from core.turns import FORGE, Share
from core.violations import translate

T = TypeVar("T")
Answer = dict[str, Any]
_CLAIM: Final = "select * from claim($1, $2, $3)"


class Transaction:
    """A transaction in one workspace, or a single statement instead of one; PostgreSQL's refusals come as ours."""

    def __init__(self, pool: Pool, workspace_id: UUID, claim: Claim | None, share: Share = FORGE) -> None:
        self._pool = pool
        self._workspace_id = workspace_id
        self._claim = claim
        self._share = share
        self._connection: Connection | None = None

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
        self._connection = await self._pool.acquire(self._share)
        await self._command(f"begin; set local app.workspace_id = '{self._workspace_id}'")  # a UUID's own text
        if self._claim is not None:
            [answer] = await self.ask(_CLAIM, self._workspace_id, self._claim.key, self._claim.fingerprint)
            if outcome := settle(answer["state"], answer):
                raise Replayed(outcome)

    async def ask(self, sql: str, *args: Any) -> list[Answer]:
        """Run a statement and return its rows."""
        assert self._connection is not None
        records = await self._translated(self._connection.fetch(sql, *args))
        return [dict(record) for record in records]

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
        try:
            return await answer
        except FAILURES as error:
            if is_dead(connection, error):
                self._connection = None
                self._pool.discard(connection)
                raise Unavailable("The connection to the database was lost", retry_after=1) from error
            ours = translate(error) if isinstance(error, asyncpg.PostgresError) else None
            if ours is None:
                raise
            raise ours from error

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        self._pool.release(connection)
