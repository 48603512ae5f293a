"""Expiring quotes: a sent quote expires when the last day that it holds is over where the shop is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from core.writing.unit_of_work import UnitOfWork
from jobs.rounds import AT_ONCE, go_round
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work
from resolvers.quotes import expire

EVERY: Final = timedelta(minutes=15)
_DUE: Final = """
select workspace_id, expires_on as day from quotes
where status = 'sent' and deleted_at is null and expires_on < (now() at time zone 'Pacific/Kiritimati')::date"""
"""Where the day begins first."""
_LATE: Final = f"""
select id from quotes
where workspace_id = $1 and status = 'sent' and deleted_at is null and expires_on < $2
order by expires_on, id limit {AT_ONCE}"""


async def expire_quotes(tools: Tools, work: Work) -> Next:
    """Expire what is late in some workspaces."""
    return await go_round(tools, work, _DUE, _expire)


async def _expire(unit: UnitOfWork, today: date) -> int:
    late = [row["id"] for row in await unit.ask(_LATE, today)]
    return await expire(unit, late, today) if late else 0


EXPIRE_QUOTES: Final = RepeatableKind(
    "expire_quotes",
    "Expires sent quotes whose last day is over in the workspace's time zone.",
    expire_quotes,
    every=EVERY,
)
