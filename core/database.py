"""The two ways to PostgreSQL: `reads` answer one guarded statement as bytes, `writes` are for the unit of work.

Every connection acts as one role that row-level security binds; opening refuses any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import asyncpg

from core.errors import Unavailable
from core.moments import exact_times
from core.pool import FAILURES, PATIENCE, Connection, Pool, is_dead
from core.sqlstates import input_error, passing

READ_TIMEOUT: Final = 10
"""Seconds one read may take in the server."""
_HUNG: Final = 5
"""Seconds after the server's own limit when we stop believing that it answers."""
_READ_SETTINGS: Final = {"statement_timeout": f"{READ_TIMEOUT}s", "default_transaction_read_only": "on"}
_WRITE_SETTINGS: Final = {
    "lock_timeout": "5s",
    "transaction_timeout": "30s",
    "idle_in_transaction_session_timeout": "5s",
}
_CONNECT: Final = 5
"""Seconds a new connection may take."""
_STATEMENTS: Final = 512
"""Prepared statements kept for each connection."""
_MAY_SET = "select has_parameter_privilege('deadlock_timeout', 'set')"
_ROLE = "select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user"

Text = Callable[[str, Sequence[Any]], Awaitable[bytes | None]]


class UnsafeRole(Exception):
    """The database role could read every workspace: row-level security does not bind it."""


def guarded(expression: str) -> str:
    """Make the one statement that reads in one workspace: `expression` is a scalar, `$1` the workspace's uuid.

    A scalar sub-select inside CASE runs only after the condition, so every policy sees the setting; the setting ends
    with the statement's own transaction. As a CTE or a join the order would not be certain.
    """
    return (
        f"select case when set_config('app.workspace_id', ($1::uuid)::text, true) is not null then ({expression}) end"
    )


class Reads(Pool):
    """Connections for reading: autocommit, text as the bytes PostgreSQL sent."""

    async def text(self, sql: str, args: Sequence[Any]) -> bytes | None:
        """Run a statement of one row and one text column and return its bytes; None when it is null.

        It runs once more when its connection turns out dead. Raises Unavailable when it takes longer than
        READ_TIMEOUT or the database is away.
        """
        connection = self._idle.pop() if self._idle and not self._idle[-1].is_closed() else await self.acquire()
        try:
            return await self._once(connection, sql, args)
        except _ConnectionLost:
            pass
        try:
            return await self._once(await self.acquire(fresh=True), sql, args)
        except _ConnectionLost as error:
            raise Unavailable("The database does not answer", retry_after=1) from error.__cause__

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Text]:
        """Run several guarded statements of one workspace on one snapshot: yields a function like `text`."""
        connection = await self.acquire()
        try:
            await connection.execute("begin isolation level repeatable read, read only")

            async def text(sql: str, args: Sequence[Any]) -> bytes | None:
                rows = await connection.fetch(sql, *args)
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

    async def _once(self, connection: Connection, sql: str, args: Sequence[Any]) -> bytes | None:
        try:
            rows = await connection.fetch(sql, *args)
        except Exception as error:
            lost = is_dead(connection, error)
            in_order = isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError)) and not lost
            self.release(connection) if in_order else self.discard(connection)
            if lost:
                raise _ConnectionLost from error
            if isinstance(error, TimeoutError):
                raise Unavailable("The database took too long to answer", retry_after=1) from error
            if ours := passing(error, reading=True) or input_error(error):
                raise ours from error
            raise
        except BaseException:
            self.discard(connection)
            raise
        self.release(connection)
        return rows[0][0] if rows else None


class Database:
    """One database as one role; close it when done."""

    def __init__(self, reads: Reads, writes: Pool) -> None:
        self.reads = reads
        self.writes = writes

    @classmethod
    async def open(cls, dsn: str, *, role: str = "forge_api", size: int = 10, patience: float = PATIENCE) -> Self:
        """Connect as `role` with at most `size` connections for reading and as many for writing.

        Raises Unavailable when the database is away, UnsafeRole when the role could pass by row-level security.
        """
        settings = {"role": role, "timezone": "UTC", "jit": "off", "application_name": f"forge {role}"}
        write_settings = settings | _WRITE_SETTINGS | await _deadlock_setting(dsn)

        async def connect_to_read() -> Connection:
            connection = await _connect(dsn, settings | _READ_SETTINGS, READ_TIMEOUT + _HUNG)
            await exact_times(connection)
            await connection.set_type_codec(
                "text", schema="pg_catalog", encoder=str.encode, decoder=_untouched, format="binary"
            )
            return connection

        async def connect_to_write() -> Connection:
            connection = await _connect(dsn, write_settings, None)
            await exact_times(connection)
            return connection

        database = cls(
            Reads(connect_to_read, size=size, patience=patience), Pool(connect_to_write, size=size, patience=patience)
        )
        await database._refuse_unsafe_role()
        return database

    async def close(self) -> None:
        """Close both pools; what is under way ends first."""
        await asyncio.gather(self.reads.close(), self.writes.close())

    async def _refuse_unsafe_role(self) -> None:
        connection = await self.writes.acquire()
        try:
            role, unbound = (await connection.fetch(_ROLE))[0]
        finally:
            self.writes.release(connection)
        if unbound:
            await self.close()
            raise UnsafeRole(f"role {role} is a superuser or has BYPASSRLS: row-level security would not bind it")


class _ConnectionLost(Exception):
    """The connection was gone before the answer."""


async def _connect(dsn: str, settings: dict[str, str], limit: float | None) -> Connection:
    return await asyncpg.connect(
        dsn,
        timeout=_CONNECT,
        command_timeout=limit,
        statement_cache_size=_STATEMENTS,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings=settings,
    )


async def _deadlock_setting(dsn: str) -> dict[str, str]:
    """Look early for deadlocks where we may: a retry costs this time, not the work."""
    try:
        connection = await _connect(dsn, {}, None)
        allowed = await connection.fetchval(_MAY_SET)
        await connection.close()
    except FAILURES as error:
        raise Unavailable("The database does not answer", retry_after=1) from error
    return {"deadlock_timeout": "100ms"} if allowed else {}


def _untouched(data: bytes) -> bytes:
    return data
