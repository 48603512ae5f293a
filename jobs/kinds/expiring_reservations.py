"""Expiring reservations: what is reserved until a moment that has passed is free again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from access.transaction import transaction
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work
from models import ReservationStatus
from resolvers.reserved import free

EVERY: Final = timedelta(minutes=5)
AT_ONCE: Final = 100
"""Reservations that are ended in one transaction."""
_DUE: Final = "status = 'active' and expires_at <= now() and deleted_at is null"
_NEXT: Final = f"select workspace_id from reservations where {_DUE} order by expires_at limit 1"
_THESE: Final = f"select id from reservations where workspace_id = $1 and {_DUE} order by expires_at limit {AT_ONCE}"


async def expire(tools: Tools, work: Work) -> Next:
    """End some reservations of one workspace; done when none is due."""
    async with transaction(tools.access) as connection:
        workspace_id = await connection.fetchval(_NEXT)
    if workspace_id is None:
        return Next(None, done=work.done)

    async def end(unit: UnitOfWork) -> int:
        due = await unit.ask(_THESE)
        return await free(unit, [row["id"] for row in due], ReservationStatus.EXPIRED)

    return Next(str(workspace_id), done=work.done + await tools.units.run(workspace_id, end))


EXPIRE_RESERVATIONS: Final = RepeatableKind(
    "expire_reservations", "Ends reservations of stock whose time is over.", expire, every=EVERY
)
