"""Fan-out: each committed event becomes one delivery for every endpoint that subscribes to it and may see it.

A workspace's events are read in their order, behind the lock of its relay position; whoever finds it locked leaves, and
the holder looks once more after letting go. Nothing but PostgreSQL is needed to go on where another worker was killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from access.holders import Holders
from access.transaction import transaction
from core.database.database import Database
from core.values.ids import new_id
from engine.sql.projection import Guarded, without
from jobs.lanes import Pace
from models import Delivery
from models.events import subscribes

EVENTS_AT_ONCE: Final = 250
ROWS_AT_ONCE: Final = 1_000
"""Deliveries written in one transaction, about: one event's are never parted."""
BATCHES: Final = 3
"""Transactions under way at a time. Workspaces take turns at them, so that a long one holds up no other."""

_BEHIND: Final = """
with recursive w(id) as (
  (select workspace_id from outbox order by workspace_id limit 1)
  union all
  select (select o.workspace_id from outbox o where o.workspace_id > w.id order by o.workspace_id limit 1)
  from w where w.id is not null
)
select w.id from w left join relay_positions p on p.workspace_id = w.id
where (select sequence from outbox o where o.workspace_id = w.id order by sequence desc limit 1)
  > coalesce(p.sequence, 0)
"""
_IS_BEHIND: Final = """
select exists (
  select from outbox where workspace_id = $1
  and sequence > coalesce((select sequence from relay_positions where workspace_id = $1), 0)
)
"""
_LAG: Final = """
select coalesce(max(extract(epoch from clock_timestamp() - o.at)), 0)
from unnest($1::uuid[]) w(id)
left join relay_positions p on p.workspace_id = w.id
cross join lateral (
  select at from outbox where workspace_id = w.id and sequence > coalesce(p.sequence, 0) order by sequence limit 1
) o
"""
_MAKE_POSITION: Final = "insert into relay_positions (workspace_id) values ($1) on conflict do nothing"
_LOCK_POSITION: Final = "select sequence from relay_positions where workspace_id = $1 for update skip locked"
_EVENTS: Final = """
select sequence, type, record_type, record_id, at, data from outbox
where workspace_id = $1 and sequence > $2 order by sequence limit $3
"""
_ENDPOINTS: Final = """
select id, events, created_at, created_by_id, pace from endpoints
where workspace_id = $1 and status <> 'disabled' and deleted_at is null
"""
_INSERT: Final = """
insert into deliveries
  (workspace_id, id, endpoint_id, sequence, event_type, record_id, data, status, attempts, due_at, created_at)
select $1, id, endpoint_id, sequence, event_type, record_id, data, 'pending', 0,
  least(at, clock_timestamp()), clock_timestamp()
from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::text[], $8::timestamptz[])
  as d(id, endpoint_id, sequence, event_type, record_id, data, at)
on conflict (workspace_id, endpoint_id, sequence) do nothing
"""
"""What is due first is what happened first: an endpoint's deliveries are claimed in the order of their events."""
_MOVE: Final = "update relay_positions set sequence = $2 where workspace_id = $1"


Event = asyncpg.Record
"""A row of the outbox, as `_EVENTS` reads it."""


Told = Callable[[UUID, Mapping[UUID, Pace]], Awaitable[None]]
"""Hears of a workspace's endpoints that got deliveries, and how each answered last."""


class _Row(NamedTuple):
    """A delivery to write: its columns in the order of `_INSERT`."""

    id: UUID
    endpoint_id: UUID
    sequence: int
    event_type: str
    record_id: UUID
    data: str | None
    at: datetime


class FanOut:
    """Turns events into deliveries; `database` acts as `forge_worker`, `guarded` says what each table's data takes."""

    def __init__(
        self, database: Database, holders: Holders, guarded: Mapping[str, Guarded], told: Told | None = None
    ) -> None:
        self._database = database
        self._holders = holders
        self._guarded = guarded
        self._told = told
        self._turns = asyncio.Semaphore(BATCHES)

    async def behind(self) -> list[UUID]:
        """Return the workspaces that have events which are no deliveries yet; one look at an index for each."""
        async with transaction(self._database) as connection:
            return [row["id"] for row in await connection.fetch(_BEHIND)]

    async def lag(self, workspaces: Sequence[UUID]) -> float:
        """Return the age in seconds of the oldest event of these workspaces that is not relayed; 0 for none."""
        if not workspaces:
            return 0.0
        async with transaction(self._database) as connection:
            return float(await connection.fetchval(_LAG, workspaces))

    async def relay(self, workspace_id: UUID) -> None:
        """Relay a workspace's events until there are no more, or somebody else is at it."""
        while True:
            async with self._turns:
                paces = await self._batch(workspace_id) if await self._is_behind(workspace_id) else None
            if paces is None:
                return
            if paces and self._told is not None:
                await self._told(workspace_id, paces)

    async def _is_behind(self, workspace_id: UUID) -> bool:
        async with transaction(self._database) as connection:
            return bool(await connection.fetchval(_IS_BEHIND, workspace_id))

    async def _batch(self, workspace_id: UUID) -> dict[UUID, Pace] | None:
        """Relay some events and return the endpoints that got deliveries; None when somebody else is at it."""
        async with transaction(self._database) as connection:
            await connection.execute(_MAKE_POSITION, workspace_id)
            position = await connection.fetchval(_LOCK_POSITION, workspace_id)
            if position is None:
                return None
            events = await connection.fetch(_EVENTS, workspace_id, position, EVENTS_AT_ONCE)
            if not events:
                return {}
            # Read after the events: an endpoint that was there before one of them cannot be missed.
            endpoints = await connection.fetch(_ENDPOINTS, workspace_id)
            rows, last = await self._rows(events, endpoints)
            if rows:
                await connection.execute(_INSERT, workspace_id, *map(list, zip(*rows, strict=True)))
            await connection.execute(_MOVE, workspace_id, last)
        told = {row.endpoint_id for row in rows}
        return {each["id"]: Pace(each["pace"]) for each in endpoints if each["id"] in told}

    async def _rows(
        self, events: Sequence[asyncpg.Record], endpoints: Sequence[asyncpg.Record]
    ) -> tuple[list[_Row], int]:
        """Match events with endpoints, and return with the rows the last event that they cover."""
        makers = {each["created_by_id"] for each in endpoints if each["created_by_id"] is not None}
        scopes = await self._holders.scopes(makers)
        rows: list[_Row] = []
        for event in events:
            for endpoint in endpoints:
                if event["at"] > endpoint["created_at"] and subscribes(endpoint["events"], event["type"]):
                    maker = endpoint["created_by_id"]
                    rows += self._row(event, endpoint["id"], None if maker is None else scopes.get(maker, frozenset()))
            if len(rows) >= ROWS_AT_ONCE:
                return rows, event["sequence"]
        return rows, events[-1]["sequence"]

    def _row(self, event: Event, endpoint_id: UUID, scopes: frozenset[str] | None) -> list[_Row]:
        """The delivery of an event to an endpoint whose maker holds these scopes (None: all), if it may see it."""
        guarded = self._guarded.get(event["record_type"])
        if guarded is None or (scopes is not None and guarded.scope not in scopes):
            return []
        data = None if scopes is None else without(event["data"], guarded.fields, scopes)
        row = (endpoint_id, event["sequence"], event["type"], event["record_id"], data, event["at"])
        return [_Row(new_id(Delivery), *row)]
