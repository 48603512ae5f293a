"""The months of the audit: made ahead, and taken away when nobody's plan keeps them any longer.

What a workspace's own plan no longer keeps is deleted row by row; it has not been shown since the day it was too old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from access.retention import audit_days
from access.transaction import transaction
from core.database.database import Database
from jobs.partitions import drop_old, make_ahead
from jobs.patience import surviving

EVERY: Final = 3_600.0
"""Seconds between two rounds."""
AHEAD: Final = 2
"""Months that are made before they come: so long may no worker run before entries come into no month of their own."""
AT_ONCE: Final = 5_000
"""Entries taken away in one transaction."""
LONGEST: Final = 100_000
"""Days that dates are counted back at most: before there was any entry."""

_OLD: Final = """
select w.id, w.days from unnest($1::uuid[], $2::integer[]) w(id, days)
where exists (select from audit a where a.workspace_id = w.id and a.at < now() - w.days * interval '1 day')
"""
_DELETE: Final = f"""
with front as (
  select id, at from audit
  where workspace_id = $1 and at < now() - $2::integer * interval '1 day' order by at, id limit {AT_ONCE}
),
gone as (
  delete from audit a using front where a.workspace_id = $1 and a.id = front.id and a.at = front.at returning 1
)
select count(*) from gone
"""
_DROP: Final = "select audit_drop_month(now() - $1::integer * interval '1 day')"


class AuditMonths:
    """Makes and drops months; `database` acts as `forge_worker`, `access` as `forge_access`."""

    def __init__(self, database: Database, access: Database) -> None:
        self._database, self._access = database, access

    async def run(self) -> None:
        """Do it every hour, until cancelled."""
        while True:
            with surviving("the months of the audit"):
                await self.turn()
            await asyncio.sleep(EVERY)

    async def turn(self) -> None:
        """Make what is needed ahead, take away what is too old; raises Unavailable when the database is away."""
        await make_ahead(self._database, "select audit_make_months($1)", AHEAD)
        days = {each: min(kept, LONGEST) for each, kept in (await audit_days(self._access)).items()}
        if days:
            await drop_old(self._database, _DROP, max(days.values()))
            await self._delete(days)

    async def _delete(self, days: Mapping[UUID, int]) -> None:
        async with transaction(self._database) as connection:
            old = await connection.fetch(_OLD, list(days), list(days.values()))
        for row in old:
            deleted = AT_ONCE
            while deleted == AT_ONCE:
                async with transaction(self._database) as connection:
                    deleted = await connection.fetchval(_DELETE, row["id"], row["days"])
