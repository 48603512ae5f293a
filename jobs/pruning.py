"""Pruning: events are kept for 30 days, then taken away from the front, so that the feed never has a hole.

An event stays for as long as it was not relayed, or a delivery of it or of an older one is still to be made.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.database.database import Database
from core.feed import KEPT_DAYS
from jobs.patience import surviving

EVERY: Final = 3_600.0
"""Seconds between two rounds."""
AT_ONCE: Final = 5_000
"""Events taken away in one transaction."""

_OLD: Final = f"""
with recursive w(id) as (
  (select workspace_id from outbox order by workspace_id limit 1)
  union all
  select (select o.workspace_id from outbox o where o.workspace_id > w.id order by o.workspace_id limit 1)
  from w where w.id is not null
)
select w.id from w
where (select at from outbox o where o.workspace_id = w.id order by sequence limit 1)
  < now() - interval '{KEPT_DAYS} days'
"""
_PRUNE: Final = f"""
with bound as (
  select least(p.sequence, (
    select min(d.sequence) - 1 from deliveries d where d.workspace_id = $1 and d.status = 'pending'
  )) as upto
  from relay_positions p where p.workspace_id = $1
),
front as (select sequence, at from outbox where workspace_id = $1 order by sequence limit {AT_ONCE}),
gone as (
  delete from outbox o using front, bound
  where o.workspace_id = $1 and o.sequence = front.sequence
    and front.at < now() - interval '{KEPT_DAYS} days' and o.sequence <= bound.upto
  returning o.sequence
)
select count(*) from gone
"""


class Pruning:
    """Takes old events away; `database` acts as `forge_worker`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Take them away every hour, until cancelled."""
        while True:
            with surviving("pruning"):
                await self.prune()
            await asyncio.sleep(EVERY)

    async def prune(self) -> None:
        """Take away what is old now; raises Unavailable when the database is away."""
        async with transaction(self._database) as connection:
            old = [row["id"] for row in await connection.fetch(_OLD)]
        for workspace_id in old:
            while await self._batch(workspace_id) == AT_ONCE:
                pass

    async def _batch(self, workspace_id: UUID) -> int:
        async with transaction(self._database) as connection:
            return int(await connection.fetchval(_PRUNE, workspace_id))
