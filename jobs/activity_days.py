"""The days of the activity log: made ahead, and taken away when they are over 30 days old."""

from __future__ import annotations

import asyncio
from typing import Final

from core.database.database import Database
from jobs.partitions import drop_old, make_ahead
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
        await make_ahead(self._database, "select activity_make_days($1)", AHEAD)
        await drop_old(self._database, _DROP)
