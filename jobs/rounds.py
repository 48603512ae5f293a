"""Rounds: what is due in workspaces is done in each of them, one after the other, in steps of about a second.

One statement finds the workspaces in which anything is due. So a round costs what there is to do, however many
workspaces there are.
"""

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
select workspace_id, min(day) as day from ({due}) due
where $1::uuid is null or workspace_id > $1 group by workspace_id order by workspace_id limit 100"""
_TODAY: Final = "select id, (now() at time zone time_zone)::date as today from workspaces where id = any($1)"
End = Callable[[UnitOfWork, date], Awaitable[int]]
"""Changes up to `AT_ONCE` records of a workspace, whose day it is told; returns how many."""


async def go_round(tools: Tools, work: Work, due: str, end: End) -> Next:
    """Take a step of a round: `end` is called in a workspace again while it changes as many records as it may.

    `due` is a statement of `forge_worker` for the `workspace_id` of each record that may be due, and the `day` that has
    to be over there, null for none. What goes wrong in one workspace is left to the next round.
    The cursor is the last workspace that needs no more in this one.
    """
    done, after = work.done, UUID(work.cursor) if work.cursor else None
    ends = time.monotonic() + _SPENT
    while found := await _next(tools, due, after):
        today = await _today(tools, [workspace_id for workspace_id, _ in found])
        for workspace_id, day in found:
            if day is None or day < today[workspace_id]:
                done += await _all(tools, work, workspace_id, today[workspace_id], end)
            after = workspace_id
            if time.monotonic() > ends:
                return Next(str(after), done=done)
    return Next(None, done=done)


async def _next(tools: Tools, due: str, after: UUID | None) -> Sequence[tuple[UUID, date | None]]:
    async with transaction(tools.worker) as connection:
        rows = await connection.fetch(_NEXT.format(due=due), after)
    return [(row["workspace_id"], row["day"]) for row in rows]


async def _today(tools: Tools, workspaces: Sequence[UUID]) -> dict[UUID, date]:
    async with transaction(tools.access) as connection:
        return {row["id"]: row["today"] for row in await connection.fetch(_TODAY, workspaces)}


async def _all(tools: Tools, work: Work, workspace_id: UUID, today: date, end: End) -> int:
    done, changed = 0, AT_ONCE
    while changed == AT_ONCE:
        changed = await _change(tools, work, workspace_id, today, end)
        done += changed
    return done


async def _change(tools: Tools, work: Work, workspace_id: UUID, today: date, end: End) -> int:
    async def change(unit: UnitOfWork) -> int:
        return await end(unit, today)

    try:
        return await tools.units.run(workspace_id, change)
    except Unavailable:
        raise
    except Exception:
        log.exception("task %s in workspace %s", work.task_id, workspace_id)
        return 0
