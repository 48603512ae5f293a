"""Partitions of a table by time, which the database's own functions make ahead and drop one at a time."""

from __future__ import annotations

import contextlib
from typing import Any

from access.transaction import transaction
from core.database.database import Database
from core.errors import ForgeError


async def make_ahead(database: Database, sql: str, ahead: int) -> None:
    """Make what is needed ahead; raises Unavailable when the database is away."""
    async with transaction(database) as connection:
        await connection.fetchval(sql, ahead)


async def drop_old(database: Database, sql: str, *args: Any) -> None:
    """Drop what is too old; `sql` drops one and returns its name. One that is in use stays for the next round."""
    dropped: str | None = ""
    with contextlib.suppress(ForgeError):
        while dropped is not None:
            async with transaction(database) as connection:
                dropped = await connection.fetchval(sql, *args)
