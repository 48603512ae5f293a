"""Disabling an endpoint whose receiver is gone: a change like any other, with its version and its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from access.transaction import transaction
from core.database.database import Database
from core.record import Record
from core.writing.attempt import attempt
from core.writing.claim import Outcome
from core.writing.unit_of_work import UnitOfWork
from core.writing.writes import Projection
from models import Endpoint, EndpointStatus


@dataclass(frozen=True, slots=True)
class Disabling:
    """Disables endpoints as nobody's key; `database` acts as `forge_api`."""

    database: Database
    projections: Mapping[type[Record], Projection]

    async def __call__(self, workspace_id: UUID, endpoint_id: UUID) -> None:
        """Disable an endpoint that is enabled; raises Unavailable when the database is away."""

        async def once() -> Outcome:
            epoch = await self._epoch(workspace_id)
            unit = UnitOfWork(
                self.database, workspace_id=workspace_id, epoch=epoch, claim=None, projections=self.projections
            )
            async with unit:
                for endpoint in await unit.lock(Endpoint, [endpoint_id]):
                    if endpoint.status == EndpointStatus.ENABLED and endpoint.deleted_at is None:
                        endpoint.status = EndpointStatus.DISABLED
                        unit.save(endpoint, "webhook_endpoint.disabled")
                return await unit.finish_with(b"")
            raise AssertionError("unreachable")

        await attempt(once)

    async def _epoch(self, workspace_id: UUID) -> int:
        async with transaction(self.database) as connection:
            await connection.execute("select set_config('app.workspace_id', $1, true)", str(workspace_id))
            sql = "select access_epoch from clocks where workspace_id = $1"
            return int(await connection.fetchval(sql, workspace_id))
