"""Transactions on company tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from core.database.database import Database
from core.database.pool import Connection, is_dead
from core.database.sqlstates import passing
from core.errors import Unavailable


@asynccontextmanager
async def transaction(database: Database) -> AsyncIterator[Connection]:
    """Commit what is done inside, or nothing of it; raises Unavailable when PostgreSQL is away or cannot do it now."""
    connection = await database.writes.acquire()
    try:
        async with connection.transaction():
            yield connection
    except Exception as error:
        lost = is_dead(connection, error)
        database.writes.discard(connection) if lost else database.writes.release(connection)
        if lost or isinstance(error, asyncpg.InterfaceError):
            raise Unavailable("The database does not answer", retry_after=1) from error
        if ours := passing(error):
            raise ours from error
        raise
    except BaseException:
        database.writes.discard(connection)
        raise
    database.writes.release(connection)
