"""The days of the activity log: made ahead, and taken away when they are over 30 days old."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from access.transaction import transaction
from core.database.database import Database
from core.errors import ForgeError
from jobs.patience import surviving

EVERY: Final = 3_600.0
"""Seconds between two rounds."""
AHEAD: Final = 2
"""Days that are made before they come: so long may no worker run before entries come into no day of their own."""
KEPT: Final = 30
"""Days that entries are kept."""

_DROP: Final = f"select activity_drop_day(now() - {KEPT} * interval '1 day')"


class ActivityDays:
    """Makes and drops days; `database` acts as `forge_worker`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Do it every hour, until cancelled."""
        while True:
            with surviving("the days of the activity log"):
                await self.turn()
            await asyncio.sleep(EVERY)

    async def turn(self) -> None:
        """Make what is needed ahead, drop what is too old; raises Unavailable when the database is away."""
        async with transaction(self._database) as connection:
            await connection.fetchval("select activity_make_days($1)", AHEAD)
        dropped: str | None = ""
        with contextlib.suppress(ForgeError):  # a day that is in use stays for the next round
            while dropped is not None:
                async with transaction(self._database) as connection:
                    dropped = await connection.fetchval(_DROP)
