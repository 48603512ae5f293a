"""Endpoints that the worker stops: one whose receiver is gone is disabled, one that fails for days is paused.

Each is a change like any other, with its version and its event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from core.writing.unit_of_work import UnitOfWork
from jobs.units import Units
from models import Endpoint, EndpointStatus

PATIENCE: Final = timedelta(days=5)
"""How long an endpoint may do nothing but fail before it is paused."""


def is_hopeless(failing_since: datetime | None) -> bool:
    """Whether an endpoint has failed for so long that it is paused."""
    return failing_since is not None and datetime.now(UTC) - failing_since >= PATIENCE


@dataclass(frozen=True, slots=True)
class Disabling:
    """Disables and pauses endpoints as nobody's key."""

    units: Units

    async def __call__(self, workspace_id: UUID, endpoint_id: UUID) -> None:
        """Disable an endpoint that is enabled; raises Unavailable when the database is away."""

        async def disable(unit: UnitOfWork) -> None:
            for endpoint in await unit.lock(Endpoint, [endpoint_id]):
                if endpoint.status == EndpointStatus.ENABLED and endpoint.deleted_at is None:
                    endpoint.status = EndpointStatus.DISABLED
                    unit.save(endpoint, "webhook_endpoint.disabled")

        await self.units.run(workspace_id, disable)

    async def pause(self, workspace_id: UUID, endpoint_id: UUID) -> None:
        """Pause an endpoint that has failed for days; raises Unavailable when the database is away."""

        async def pause(unit: UnitOfWork) -> None:
            for endpoint in await unit.lock(Endpoint, [endpoint_id]):
                known = endpoint.status == EndpointStatus.ENABLED and endpoint.deleted_at is None
                if known and is_hopeless(endpoint.failing_since):
                    endpoint.status = EndpointStatus.PAUSED
                    unit.save(endpoint, "webhook_endpoint.paused")

        await self.units.run(workspace_id, pause)
