"""Whether the servers behind a process are there and can be written to: really asked, at most once a second."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import (
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from app import revisions
from core.settings import Settings

FRESH = 1.0
PATIENCE = 2.0
NO_ANSWER: Final = "does not answer"
_LOCKED_OUT: Final = "does not let us in"
_NO_DISK: Final = "has no disk space left"
_NO_WRITES: Final = "takes no writes"
_POSTGRES: Final = {
    "28": _LOCKED_OUT,
    "3D000": "has no such database",
    "42501": _LOCKED_OUT,
    "53": "is short of resources",
    "53100": _NO_DISK,
    "53200": "is out of memory",
    "53300": "has no connection left",
    "57P03": "is starting or stopping",
    "58": "cannot reach its files",
}
"""What is wrong, by SQLSTATE or class, in words without details of the installation."""
_VALKEY: Final = (
    (NoPermissionError, _LOCKED_OUT),
    (BusyLoadingError, "is starting"),
    (OutOfMemoryError, "is out of memory"),
    ((ReadOnlyError, ResponseError), _NO_WRITES),  # MISCONF, above all: it cannot write to its disk
)
_REFUSED: Final = ("Authentication required", "invalid username-password")
"""What the client says of a password that is missing or wrong; it has no class of its own for either."""
_TAKES_WRITES: Final = (
    "select not pg_is_in_recovery() and not current_setting('default_transaction_read_only')::boolean"
)
_SPILL: Final = """
set work_mem = '64kB';
with lines as materialized (select repeat('x', 8000) || n as line from generate_series(1, 40) n)
select max(length(line)) from lines
"""
"""320 KB where 64 KB of memory are allowed: it writes a temporary file, leaves nothing behind, and takes 2 ms."""
_PROBE: Final = "forge:ready"


class Readiness:
    """Checks of one process; callers at the same time share one answer, so that asking costs the servers nothing."""

    def __init__(self, settings: Settings, valkey: Redis) -> None:
        assert settings.database_url is not None
        self._database_url = settings.database_url
        self._valkey = valkey
        self._newest = revisions.newest()
        self._lock = asyncio.Lock()
        self._known: dict[str, str | None] = {}
        self._until = 0.0

    async def problems(self) -> dict[str, str | None]:
        """Return for each check what is wrong, in words without details of the installation, or None."""
        async with self._lock:
            if time.monotonic() >= self._until:
                (postgres, migrated), valkey = await asyncio.gather(self._ask_postgres(), self._ask_valkey())
                self._known = {"postgres": postgres, "valkey": valkey, "migrations": migrated}
                self._until = time.monotonic() + FRESH
            return self._known

    async def _ask_postgres(self) -> tuple[str | None, str | None]:
        migrated: str | None = "not known"
        try:
            async with asyncio.timeout(PATIENCE):
                connection = await asyncpg.connect(self._database_url)
                try:
                    at = await _migration(connection)
                    migrated = None if at == self._newest else "not current: run `python -m app migrate`"
                    problem = None if await connection.fetchval(_TAKES_WRITES) else _NO_WRITES
                    await connection.execute(_SPILL)
                finally:
                    await connection.close()
        except asyncpg.PostgresError as error:
            state = error.sqlstate or ""
            return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or NO_ANSWER, migrated
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            return NO_ANSWER, migrated
        return problem, migrated

    async def _ask_valkey(self) -> str | None:
        try:
            await self._valkey.set(_PROBE, b"1", px=1000)
        except (OSError, TimeoutError, RedisError) as error:
            if any(words in str(error) for words in _REFUSED):
                return _LOCKED_OUT
            return next((words for kinds, words in _VALKEY if isinstance(error, kinds)), NO_ANSWER)
        return None


async def _migration(connection: asyncpg.Connection[asyncpg.Record]) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    return await connection.fetchval("SELECT version_num FROM alembic_version")  # type: ignore[no-any-return]  # a text
