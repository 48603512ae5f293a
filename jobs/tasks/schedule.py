"""The schedule: in each period one task of every kind that has one, however many workers there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jobs.tasks.kinds import Kinds, Scheduled
from jobs.tasks.telling import Telling
from models.task import INSTALLATION

_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class Schedule:
    """Stages what is due by the clock. A period that passed while no worker ran is left out."""

    def __init__(self, kinds: Kinds, telling: Telling) -> None:
        self._kinds = [each for each in kinds.systems() if each.every is not None]
        self._telling = telling
        self._seen: dict[str, str] = {}

    async def stage(self) -> bool:
        """Stage the tasks of this period that are not there yet; returns whether there were any.

        Asks the database once for each kind and period. Raises Unavailable when it is away.
        """
        staged = False
        for kind in self._kinds:
            once = _period(kind, datetime.now(UTC))
            if self._seen.get(kind.name) != once:
                staged |= await self._telling.stage(INSTALLATION, kind.name, once) is not None
                self._seen[kind.name] = once
        return staged


def _period(kind: Scheduled, now: datetime) -> str:
    """The name of the period that a moment is in: the kind, and when the period began."""
    every = kind.every or timedelta()
    began = _1970 + (now - _1970) // every * every
    return f"{kind.name} {began:%Y-%m-%dT%H:%M:%SZ}"
