"""Purging sandboxes: what nobody has changed for 7 days is deleted there, and what is long deleted is taken away."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.errors import Unavailable
from core.feed import KEPT_DAYS
from jobs.sandbox.purge import OLD_DAYS, Purge, too_old
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work

EVERY: Final = timedelta(hours=1)
_SPENT: Final = 1.0
"""Seconds after which a step ends: a task that others wait for is given back between two steps."""
log = logging.getLogger("forge")
_NEXT: Final = """
select id from workspaces where environment = 'test' and ($1::uuid is null or id > $1) order by id limit 100
"""


async def purge(tools: Tools, work: Work) -> Next:
    """Purge some sandboxes; the cursor is the last one that needs no more in this round."""
    purging, done = Purge(tools.units), work.done
    after = UUID(work.cursor) if work.cursor else None
    ends = time.monotonic() + _SPENT
    while found := await _next(tools, after):
        for workspace_id in found:
            purged = await _purge(purging, workspace_id)
            done += purged
            after = after if purged else workspace_id
            if time.monotonic() > ends:
                return Next(str(after or ""), done=done)
            if purged:
                break
    return Next(None, done=done)


async def _next(tools: Tools, after: UUID | None) -> list[UUID]:
    async with transaction(tools.access) as connection:
        return [row["id"] for row in await connection.fetch(_NEXT, after)]


async def _purge(purging: Purge, workspace_id: UUID) -> int:
    """Do a batch of what is to be done in a sandbox; returns how much. What goes wrong is left to the next round."""
    try:
        if not await purging.is_due(workspace_id):
            return 0
        buried = await purging.bury(workspace_id, too_old())
        cleared = await purging.clear(workspace_id)
        condensed = await purging.condense(workspace_id, too_old())
        return buried + cleared + condensed + await purging.forget(workspace_id, too_old())
    except Unavailable:
        raise
    except Exception:
        log.exception("the sandbox %s was not purged", workspace_id)
        return 0


_ABOUT: Final = (
    f"Deletes what nobody has changed for {OLD_DAYS} days in sandboxes, and takes what was deleted {KEPT_DAYS} days ago"
    " away."
)
PURGE_SANDBOXES: Final = RepeatableKind("purge_sandboxes", _ABOUT, purge, every=EVERY)
