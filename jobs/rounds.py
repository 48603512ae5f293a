"""Rounds: something that is done in each workspace, one after the other, in steps of about a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.errors import Unavailable
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks.kinds import Next, Tools, Work

AT_ONCE: Final = 200
"""Records that are changed in one transaction at most."""
_SPENT: Final = 1.0
"""Seconds after which a step ends and the next one goes on."""
log = logging.getLogger("forge")
_NEXT: Final = """
select id, (now() at time zone time_zone)::date as today from workspaces
where $1::uuid is null or id > $1 order by id limit 100"""


async def go_round(tools: Tools, work: Work, end: Callable[[UnitOfWork, date], Awaitable[int]]) -> Next:
    """Take a step of a round: `end` changes up to `AT_ONCE` records of a workspace, whose day it is told.

    It is called again while it changes as many as that. What goes wrong in one workspace is left to the next round.
    The cursor is the last workspace that needs no more in this one.
    """
    done, after = work.done, UUID(work.cursor) if work.cursor else None
    ends = time.monotonic() + _SPENT
    while found := await _next(tools, after):
        for workspace_id, today in found:
            changed = AT_ONCE
            while changed == AT_ONCE:
                changed = await _change(tools, work, workspace_id, today, end)
                done += changed
            after = workspace_id
            if time.monotonic() > ends:
                return Next(str(after), done=done)
    return Next(None, done=done)


async def _next(tools: Tools, after: UUID | None) -> Sequence[tuple[UUID, date]]:
    async with transaction(tools.access) as connection:
        return [(row["id"], row["today"]) for row in await connection.fetch(_NEXT, after)]


async def _change(
    tools: Tools, work: Work, workspace_id: UUID, today: date, end: Callable[[UnitOfWork, date], Awaitable[int]]
) -> int:
    async def change(unit: UnitOfWork) -> int:
        return await end(unit, today)

    try:
        return await tools.units.run(workspace_id, change)
    except Unavailable:
        raise
    except Exception:
        log.exception("task %s in workspace %s", work.task_id, workspace_id)
        return 0
