"""Transactions on company tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from core.database import Database
from core.errors import Unavailable
from core.pool import Connection, is_dead


@asynccontextmanager
async def transaction(database: Database) -> AsyncIterator[Connection]:
    """Commit what is done inside, or nothing of it; raises Unavailable when PostgreSQL is away."""
    connection = await database.writes.acquire()
    try:
        async with connection.transaction():
            yield connection
    except Exception as error:
        lost = is_dead(connection, error)
        database.writes.discard(connection) if lost else database.writes.release(connection)
        away = isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError)  # that: a bad argument
        if lost or away:
            raise Unavailable("The database does not answer", retry_after=1) from error
        raise
    except BaseException:
        database.writes.discard(connection)
        raise
    database.writes.release(connection)
