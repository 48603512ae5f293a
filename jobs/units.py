"""Units of work of the worker: changes like any other, with versions and events, made by nobody's key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from access.transaction import transaction
from core.database.database import Database
from core.origin import FORGE_ITSELF, Origin
from core.record import Record
from core.writing.attempt import attempt
from core.writing.claim import Outcome, StaleAccess
from core.writing.unit_of_work import UnitOfWork
from core.writing.writes import Projection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Units:
    """Runs what stages changes, to their commit; `database` acts as `forge_api`.

    `wake` is told the workspace of each commit, so that its events leave soon; it must neither wait nor raise.
    """

    database: Database
    projections: Mapping[type[Record], Projection]
    wake: Callable[[UUID], None]

    async def run(
        self,
        workspace_id: UUID,
        work: Callable[[UnitOfWork], Awaitable[T]],
        actor_id: UUID | None = None,
        origin: Origin = FORGE_ITSELF,
    ) -> T:
        """Run `work` and commit what it staged, all of it again when it lost a race; returns what the last run did.

        `actor_id` is the key that new rows are said to be made by, `origin` the request that led to it.
        Raises Unavailable when the database is away, and what `work` raises: then nothing is written.
        """
        found: list[T] = []

        async def once() -> Outcome:
            unit = UnitOfWork(
                self.database,
                workspace_id=workspace_id,
                epoch=await self._epoch(workspace_id),
                claim=None,
                projections=self.projections,
                actor_id=actor_id,
                origin=origin,
            )
            async with unit:
                found[:] = [await work(unit)]
                return await unit.finish_with(b"")
            raise AssertionError("unreachable")

        try:
            await attempt(once)
        except StaleAccess:  # a right was lost since the epoch was read: it was nobody's that acts here
            await attempt(once)
        self.wake(workspace_id)
        return found[0]

    async def _epoch(self, workspace_id: UUID) -> int:
        async with transaction(self.database) as connection:
            await connection.execute("select set_config('app.workspace_id', $1, true)", str(workspace_id))
            sql = "select access_epoch from clocks where workspace_id = $1"
            return int(await connection.fetchval(sql, workspace_id))
