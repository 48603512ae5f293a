"""Resetting a sandbox: everything in it is deleted, then the data that a sandbox begins with is written again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.writing.unit_of_work import UnitOfWork
from jobs.sandbox.purge import Purge
from jobs.sandbox.seed import seed
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work
from resolvers.sandbox import RESET


async def reset(tools: Tools, work: Work) -> Next:
    """Delete some of what was there when the task began; at the end seed. The cursor is that moment."""
    purging = Purge(tools.units)
    before = work.cursor or await _clock(tools, work)
    buried = await purging.bury(
        work.workspace_id, datetime.fromisoformat(before), everything=True, actor_id=work.created_by_id
    )
    forgotten = await purging.forget(work.workspace_id, datetime.fromisoformat(before))
    if buried or forgotten:
        return Next(before, done=work.done + buried)
    seeded = await seed(tools, work.workspace_id, work.created_by_id)
    return Next(None, done=work.done, result={"purged": work.done, "seeded": seeded})


async def _clock(tools: Tools, work: Work) -> str:
    """The moment of the last change in the workspace: what is written from now on has a later one."""

    async def look(unit: UnitOfWork) -> str:
        [row] = await unit.ask("select clock from clocks where workspace_id = $1")
        return str(row["clock"].isoformat())

    return await tools.units.run(work.workspace_id, look)


RESET_SANDBOX: Final = RepeatableKind(RESET, "Deletes everything in a sandbox, then seeds it.", reset)
