"""Expiring quotes: a sent quote expires when the last day that it holds is over where the shop is."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.errors import Unavailable
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work
from resolvers.quotes import expire

EVERY: Final = timedelta(minutes=15)
"""Midnights of all time zones fall on quarters of an hour."""
AT_ONCE: Final = 200
"""Quotes that expire in one transaction."""
_SPENT: Final = 1.0
"""Seconds after which a step ends: a task that others wait for is given back between two steps."""
log = logging.getLogger("forge")
_NEXT: Final = """
select id, (now() at time zone time_zone)::date as today from workspaces
where $1::uuid is null or id > $1 order by id limit 100
"""
_LATE: Final = f"""
select id from quotes
where workspace_id = $1 and status = 'sent' and deleted_at is null and expires_on < $2
order by expires_on, id limit {AT_ONCE}
"""


async def expire_quotes(tools: Tools, work: Work) -> Next:
    """Expire what is late in some workspaces; the cursor is the last one that needs no more in this round."""
    done, after = work.done, UUID(work.cursor) if work.cursor else None
    ends = time.monotonic() + _SPENT
    while found := await _next(tools, after):
        for workspace_id, today in found:
            expired = AT_ONCE
            while expired == AT_ONCE:
                expired = await _expire(tools, workspace_id, today)
                done += expired
            after = workspace_id
            if time.monotonic() > ends:
                return Next(str(after), done=done)
    return Next(None, done=done)


async def _next(tools: Tools, after: UUID | None) -> Sequence[tuple[UUID, date]]:
    async with transaction(tools.access) as connection:
        return [(row["id"], row["today"]) for row in await connection.fetch(_NEXT, after)]


async def _expire(tools: Tools, workspace_id: UUID, today: date) -> int:
    """Expire some of the late quotes of a workspace; what goes wrong is left to the next round."""

    async def work(unit: UnitOfWork) -> int:
        late = [row["id"] for row in await unit.ask(_LATE, today)]
        return await expire(unit, late, today) if late else 0

    try:
        return await tools.units.run(workspace_id, work)
    except Unavailable:
        raise
    except Exception:
        log.exception("quotes of the workspace %s did not expire", workspace_id)
        return 0


EXPIRE_QUOTES: Final = RepeatableKind(
    "expire_quotes",
    "Expires sent quotes whose last day is over in the workspace's time zone.",
    expire_quotes,
    every=EVERY,
)
