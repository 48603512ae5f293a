"""Pruning: events are kept for 30 days, then taken away from the front, so that the feed never has a hole.

An event stays for as long as it was not relayed, or a delivery of it or of an older one is still to be made. Tasks that
belong to no company are taken away after as many days.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from core.database.pool import Connection
from core.feed import KEPT_DAYS
from jobs.tasks.kinds import Next, SystemKind, Work
from models.task import INSTALLATION

EVERY: Final = timedelta(hours=1)
AT_ONCE: Final = 5_000
"""Events taken away in one step."""

_NEXT_OLD: Final = f"""
with recursive w(id) as (
  (select workspace_id from outbox where $1::uuid is null or workspace_id > $1 order by workspace_id limit 1)
  union all
  select (select o.workspace_id from outbox o where o.workspace_id > w.id order by o.workspace_id limit 1)
  from w where w.id is not null
)
select w.id from w
where (select at from outbox o where o.workspace_id = w.id order by sequence limit 1)
  < now() - interval '{KEPT_DAYS} days'
limit 1
"""
_PRUNE: Final = f"""
with bound as (
  select least(p.sequence, (
    select min(d.sequence) - 1 from deliveries d where d.workspace_id = $1 and d.status = 'pending'
  )) as upto
  from relay_positions p where p.workspace_id = $1
),
front as (select sequence, at from outbox where workspace_id = $1 order by sequence limit $2),
gone as (
  delete from outbox o using front, bound
  where o.workspace_id = $1 and o.sequence = front.sequence
    and front.at < now() - interval '{KEPT_DAYS} days' and o.sequence <= bound.upto
  returning o.sequence
)
select count(*) from gone
"""
_OLD_TASKS: Final = f"delete from tasks where workspace_id = $1 and finished_at < now() - interval '{KEPT_DAYS} days'"


async def prune(connection: Connection, work: Work) -> Next:
    """Take some old events of one workspace away; the cursor is the last workspace that has no more."""
    after = work.cursor["after"] if work.cursor else None
    found = await connection.fetchval(_NEXT_OLD, after)
    if found is None:
        await connection.execute(_OLD_TASKS, INSTALLATION)
        return Next(None, done=work.done)
    gone = int(await connection.fetchval(_PRUNE, found, AT_ONCE))
    return Next({"after": after if gone == AT_ONCE else str(found)}, done=work.done + gone)


PRUNE_EVENTS: Final = SystemKind(
    "prune_events", f"Takes events away that are older than {KEPT_DAYS} days.", prune, every=EVERY
)
