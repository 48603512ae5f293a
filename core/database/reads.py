"""Connections for reading: one guarded statement at a time, its text as the bytes that PostgreSQL sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import asyncpg

from core.database.pool import Connection, Pool, is_dead
from core.database.sqlstates import input_error, passing
from core.database.turns import FORGE, Share
from core.errors import Unavailable

Text = Callable[[str, Sequence[Any]], Awaitable[bytes | None]]


class Stopped(Exception):
    """PostgreSQL stopped a statement at the limit of its connection."""


class Reads(Pool):
    """Connections for reading, in autocommit."""

    async def text(self, sql: str, args: Sequence[Any], share: Share = FORGE) -> bytes | None:
        """Run a statement of one row and one text column and return its bytes; None when it is null.

        Raises Stopped when it reaches its limit, Unavailable when the database is away or busy.
        """
        return (await self.timed(sql, args, share))[0]

    async def timed(self, sql: str, args: Sequence[Any], share: Share = FORGE) -> tuple[bytes | None, float]:
        """Like `text`, with the seconds it took: by a second column, in seconds, or else by our own clock.

        It runs once more when its connection turns out dead.
        """
        connection = self.take_idle(share) or await self.acquire(share)
        again = True
        while True:
            began = perf_counter()
            try:
                rows = await connection.fetch(sql, *args)
            except BaseException as error:
                lost = self._failed(connection, error)
                if not lost:
                    raise
                if not again:
                    raise Unavailable("The database does not answer", retry_after=1) from error
            else:
                took = perf_counter() - began
                self.statements.observe(took)
                self.release(connection)
                if not rows:
                    return None, took
                row = rows[0]
                return row[0], took if len(row) == 1 else row[1]
            again = False
            connection = await self.acquire(share, fresh=True)

    @asynccontextmanager
    async def snapshot(self, share: Share = FORGE) -> AsyncIterator[Text]:
        """Run several guarded statements of one workspace on one snapshot: yields a function like `text`."""
        connection = await self.acquire(share)
        try:
            await connection.execute("begin isolation level repeatable read, read only")

            async def text(sql: str, args: Sequence[Any]) -> bytes | None:
                try:
                    rows = await connection.fetch(sql, *args)
                except asyncpg.QueryCanceledError as error:
                    raise Stopped from error
                return rows[0][0] if rows else None

            yield text
            await connection.execute("commit")
        except BaseException as error:
            self.discard(connection)
            if isinstance(error, Exception) and is_dead(connection, error):
                raise Unavailable("The database does not answer", retry_after=1) from error
            if ours := passing(error, reading=True) or input_error(error):
                raise ours from error
            raise
        self.release(connection)

    def _failed(self, connection: Connection, error: BaseException) -> bool:
        """Give back the connection of a statement that failed; whether it failed because the connection is lost.

        Raises Stopped, or the answer of `core.database.sqlstates`, where that is what the error means.
        """
        if not isinstance(error, Exception):
            self.discard(connection)
            return False
        lost = is_dead(connection, error)
        in_order = isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError)) and not lost
        self.release(connection) if in_order else self.discard(connection)
        if not lost and isinstance(error, asyncpg.QueryCanceledError):
            raise Stopped from error
        if not lost and isinstance(error, TimeoutError):
            raise Unavailable("The database took too long to answer", retry_after=1) from error
        if not lost and (ours := passing(error, reading=True) or input_error(error)):
            raise ours from error
        return lost
