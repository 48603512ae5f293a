"""The activity log: requests of keys, collected in memory and written in batches, so that no request waits for it.

What was collected and not yet written when a process is killed is lost; a second's worth at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, NamedTuple, Self
from uuid import UUID

from access.seen import Seen
from access.transaction import transaction
from core.database.database import Database
from core.errors import Unavailable
from core.instruments import ACTIVITY_DROPPED
from core.values.ids import new_id
from models import ActivityEntry

EVERY: Final = 1.0
"""Seconds between two writes."""
AT_ONCE: Final = 1_000
"""Entries of one statement."""
MOST: Final = 20_000
"""Entries that wait at most, about 10 MB; more are dropped, and counted."""
LONGEST: Final = 200
"""Characters of a request id, and of a method, that are kept."""

_WRITE: Final = """
insert into activity
  (workspace_id, id, at, key_id, method, route, operation, status, address, request_id, ms, points, dropped)
select workspace_id, id, to_timestamp(at), key_id, method, route, operation, status, address, request_id,
  hundredths * 0.01, points, dropped
from unnest(
  $1::uuid[], $2::uuid[], $3::float8[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::text[],
  $10::text[], $11::bigint[], $12::integer[], $13::integer[]
) as e(
  workspace_id, id, at, key_id, method, route, operation, status, address, request_id, hundredths, points, dropped
)
"""
log = logging.getLogger("forge")


class Entry(NamedTuple):
    """The parameters of one row, in the order of the statement."""

    workspace_id: UUID
    id: UUID
    at: float
    key_id: UUID
    method: str
    route: str
    operation: str | None
    status: int
    address: str | None
    request_id: str
    hundredths: int
    """Of a millisecond."""
    points: int
    dropped: int


class Activity:
    """Collects entries, and writes them in the background while it is entered; `database` acts as `forge_access`."""

    def __init__(self, database: Database, *, every: float = EVERY, most: int = MOST) -> None:
        self._database, self._every, self._most = database, every, most
        self._waiting: deque[Entry] = deque()
        self._dropped: dict[UUID, int] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        with suppress(Unavailable):
            await self.write()

    def add(self, seen: Iterable[Seen]) -> None:
        """Collect those of these requests that came with a good key."""
        for each in seen:
            caller = each.caller
            if caller is None:
                continue
            if len(self._waiting) >= self._most:
                self._drop(caller.key_id)
                continue
            self._waiting.append(
                Entry(
                    caller.workspace_id,
                    new_id(ActivityEntry),
                    each.began,
                    caller.key_id,
                    each.method[:LONGEST],
                    each.route,
                    each.operation or None,
                    each.status,
                    each.address or None,
                    each.request_id[:LONGEST],
                    int(each.seconds * 100_000),
                    each.points or 0,
                    self._dropped.pop(caller.key_id, 0),
                )
            )

    def _drop(self, key_id: UUID, before: int = 0) -> None:
        """Leave one out, which would have told of those that were left out before it."""
        self._dropped[key_id] = self._dropped.get(key_id, 0) + before + 1
        ACTIVITY_DROPPED.inc()

    async def write(self) -> None:
        """Write what waits; raises Unavailable when PostgreSQL is away, and then keeps it for the next time.

        What PostgreSQL refuses for another reason is dropped: it would be refused again, and hold up all that follows.
        """
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            try:
                async with transaction(self._database) as connection:
                    await connection.execute(_WRITE, *map(list, zip(*batch, strict=True)))
            except (Unavailable, asyncio.CancelledError):
                self._waiting.extendleft(reversed(batch))
                raise
            except Exception:
                for each in batch:
                    self._drop(each.key_id, each.dropped)
                raise

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.write()
            except Unavailable:
                log.info("PostgreSQL is away: the activity log waits for it")
            except Exception:
                log.exception("writing the activity log")
