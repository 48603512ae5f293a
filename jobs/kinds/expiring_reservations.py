"""Expiring reservations: what is reserved until a moment that has passed is free again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from core.writing.unit_of_work import UnitOfWork
from jobs.rounds import AT_ONCE, go_round
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work
from models import ReservationStatus
from resolvers.job_materials import settle_materials
from resolvers.reserved import free

EVERY: Final = timedelta(minutes=5)
_DUE: Final = """
select workspace_id, null::date as day from reservations
where status = 'active' and expires_at <= now() and deleted_at is null"""
_OVER: Final = f"""
select id from reservations
where workspace_id = $1 and status = 'active' and expires_at <= now() and deleted_at is null
order by expires_at, id limit {AT_ONCE}"""


async def expire(tools: Tools, work: Work) -> Next:
    """End what is due in some workspaces."""
    return await go_round(tools, work, _DUE, _end)


async def _end(unit: UnitOfWork, _today: date) -> int:
    due = [row["id"] for row in await unit.ask(_OVER)]
    ended = await free(unit, due, ReservationStatus.EXPIRED) if due else []
    await settle_materials(unit, (each.job_id for each in ended if each.requirement_id and each.job_id))
    return len(ended)


EXPIRE_RESERVATIONS: Final = RepeatableKind(
    "expire_reservations", "Ends reservations of stock whose time is over.", expire, every=EVERY
)
