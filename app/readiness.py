"""Whether the servers behind a process are there: really asked, at most once a second."""

from __future__ import annotations

import asyncio
import time

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app import migrations
from core.settings import Settings

FRESH = 1.0
PATIENCE = 2.0


class Readiness:
    """Checks of one process; callers at the same time share one answer, so that asking costs the servers nothing."""

    def __init__(self, settings: Settings, valkey: Redis) -> None:
        assert settings.database_url is not None
        self._database_url = settings.database_url
        self._valkey = valkey
        self._newest = migrations.newest()
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
        try:
            async with asyncio.timeout(PATIENCE):
                at = await _migration(self._database_url)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return "does not answer", "not known"
        return None, None if at == self._newest else "not current: run `python -m app migrate`"

    async def _ask_valkey(self) -> str | None:
        try:
            await self._valkey.ping()
        except (OSError, TimeoutError, RedisError):
            return "does not answer"
        return None


async def _migration(database_url: str) -> str | None:
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        return await connection.fetchval("SELECT version_num FROM alembic_version")  # type: ignore[no-any-return]  # a text
    finally:
        await connection.close()
