"""Purging sandboxes: what nobody has changed for 7 days is deleted there, and what is long deleted is taken away."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.feed import KEPT_DAYS
from jobs.sandbox.purge import OLD_DAYS, Purge, too_old
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work

EVERY: Final = timedelta(hours=1)
_SPENT: Final = 1.0
"""Seconds after which a step ends: a task that others wait for is given back between two steps."""
_NEXT: Final = """
select id from workspaces where environment = 'test' and ($1::uuid is null or id > $1) order by id limit 100
"""


async def purge(tools: Tools, work: Work) -> Next:
    """Purge some sandboxes; the cursor is the last one that has nothing more to purge."""
    purging, done = Purge(tools.units), work.done
    after = UUID(work.cursor) if work.cursor else None
    ends = time.monotonic() + _SPENT
    while time.monotonic() < ends:
        async with transaction(tools.access) as connection:
            found = [row["id"] for row in await connection.fetch(_NEXT, after)]
        if not found:
            return Next(None, done=done)
        for workspace_id in found:
            while await purging.is_due(workspace_id):
                purged = await _purge(purging, workspace_id)
                done += purged
                if not purged:
                    break
                if time.monotonic() > ends:
                    return Next(str(after) if after else "", done=done)
            after = workspace_id
            if time.monotonic() > ends:
                break
    return Next(str(after) if after else "", done=done)


async def _purge(purging: Purge, workspace_id: UUID) -> int:
    """Do a batch of what is to be done in one sandbox; returns how much."""
    return (
        await purging.bury(workspace_id, too_old())
        + await purging.clear(workspace_id)
        + await purging.forget(workspace_id, too_old())
    )


_ABOUT: Final = (
    f"Deletes what nobody has changed for {OLD_DAYS} days in sandboxes, and takes what was deleted {KEPT_DAYS} days ago"
    " away."
)
PURGE_SANDBOXES: Final = RepeatableKind("purge_sandboxes", _ABOUT, purge, every=EVERY)
