"""Disabling an endpoint whose receiver is gone: a change like any other, with its version and its event."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.writing.unit_of_work import UnitOfWork
from jobs.units import Units
from models import Endpoint, EndpointStatus


@dataclass(frozen=True, slots=True)
class Disabling:
    """Disables endpoints as nobody's key."""

    units: Units

    async def __call__(self, workspace_id: UUID, endpoint_id: UUID) -> None:
        """Disable an endpoint that is enabled; raises Unavailable when the database is away."""

        async def disable(unit: UnitOfWork) -> None:
            for endpoint in await unit.lock(Endpoint, [endpoint_id]):
                if endpoint.status == EndpointStatus.ENABLED and endpoint.deleted_at is None:
                    endpoint.status = EndpointStatus.DISABLED
                    unit.save(endpoint, "webhook_endpoint.disabled")

        await self.units.run(workspace_id, disable)
