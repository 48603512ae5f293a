"""Pruning the log of webhooks: attempts are kept for 90 days, and so are deliveries that have ended.

A delivery stays for as long as an attempt of it is kept, or it is still to be sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from core.database.pool import Connection
from jobs.tasks.kinds import Next, SystemKind, Work

KEPT_DAYS: Final = 90
EVERY: Final = timedelta(hours=1)
AT_ONCE: Final = 2_000
"""Attempts, and deliveries, taken away in one step."""

_OLD: Final = f"now() - interval '{KEPT_DAYS} days'"
_NEXT: Final = f"""
with recursive w(id) as (
  (select workspace_id from deliveries where $1::uuid is null or workspace_id > $1 order by workspace_id limit 1)
  union all
  select (select d.workspace_id from deliveries d where d.workspace_id > w.id order by d.workspace_id limit 1)
  from w where w.id is not null
)
select w.id from w
where (select created_at from deliveries d where d.workspace_id = w.id order by created_at limit 1) < {_OLD}
limit 1
"""
"""The next workspace that has an old delivery: an attempt is never older than its delivery."""
_ATTEMPTS: Final = f"""
with old as (
  select id from attempts where workspace_id = $1 and at < {_OLD} order by at, id limit $2
), gone as (
  delete from attempts a using old where a.workspace_id = $1 and a.id = old.id returning a.id
)
select count(*) from gone
"""
_DELIVERIES: Final = f"""
with old as (
  select d.id from deliveries d
  where d.workspace_id = $1 and d.created_at < {_OLD} and d.status <> 'pending' and d.finished_at < {_OLD}
    and not exists (select from attempts a where a.workspace_id = $1 and a.delivery_id = d.id)
  order by d.created_at, d.id limit $2
), gone as (
  delete from deliveries d using old where d.workspace_id = $1 and d.id = old.id and d.status <> 'pending'
  returning d.id
)
select count(*) from gone
"""


async def prune(connection: Connection, work: Work) -> Next:
    """Take some old attempts and deliveries of one workspace away; the cursor is the last one that has no more."""
    after = work.cursor["after"] if work.cursor else None
    found = await connection.fetchval(_NEXT, after)
    if found is None:
        return Next(None, done=work.done)
    gone = [int(await connection.fetchval(each, found, AT_ONCE)) for each in (_ATTEMPTS, _DELIVERIES)]
    more = AT_ONCE in gone
    return Next({"after": after if more else str(found)}, done=work.done + sum(gone))


PRUNE_ATTEMPTS: Final = SystemKind(
    "prune_attempts",
    f"Takes attempts of webhooks, and deliveries that have ended, away after {KEPT_DAYS} days.",
    prune,
    every=EVERY,
)
