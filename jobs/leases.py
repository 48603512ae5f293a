"""Leases: which deliveries this worker holds, for how long, and how each one ends.

A delivery is claimed by a lease that outlives its try. A worker that is killed leaves it, and when it has run out
another one sends again, with the same `webhook-id`; what a worker knows no more to be its own it does not record.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import orjson

from access.transaction import transaction
from core.database.database import Database
from core.values.ids import new_id
from jobs.lanes import Pace
from jobs.sandbox.sink import LARGEST, keep
from jobs.sending import LARGEST_KEPT, Reply
from models import Attempt, AttemptStatus, DeliveryStatus

_FREE: Final = "d.status = 'pending' and (d.leased_until is null or d.leased_until <= now())"
_DUE_BY: Final = "case when e.status = 'paused' and e.deleted_at is null then 'epoch'::timestamptz else now() end"
"""What an endpoint may be sent: a paused one only pings, until it is deleted and what it was owed is given up."""
_DUE: Final = f"""
with recursive owed as (
  (select workspace_id, endpoint_id from deliveries where status = 'pending'
   order by workspace_id, endpoint_id limit 1)
  union all
  select n.workspace_id, n.endpoint_id from owed cross join lateral (
    select d.workspace_id, d.endpoint_id from deliveries d where d.status = 'pending'
    and (d.workspace_id, d.endpoint_id) > (owed.workspace_id, owed.endpoint_id)
    order by d.workspace_id, d.endpoint_id limit 1
  ) n
)
select o.workspace_id, o.endpoint_id, e.pace
from owed o join endpoints e on e.workspace_id = o.workspace_id and e.id = o.endpoint_id
where exists (
  select from deliveries d where d.workspace_id = o.workspace_id and d.endpoint_id = o.endpoint_id
    and d.due_at <= {_DUE_BY} and {_FREE}
)
"""
"""One step of the index for each endpoint that is owed anything, however much that is."""
_CLAIM: Final = f"""
with mine as (
  select d.workspace_id, d.id
  from unnest($1::uuid[], $2::uuid[], $3::integer[]) as w(workspace_id, endpoint_id, most)
  join endpoints e on e.workspace_id = w.workspace_id and e.id = w.endpoint_id
  left join lateral (
    select d.due_at, d.id from deliveries d
    where d.workspace_id = w.workspace_id and d.endpoint_id = w.endpoint_id and d.status = 'pending'
      and d.due_at <= e.resumed_at
    order by d.due_at, d.id limit 1
  ) head on true
  cross join lateral (
    select d.workspace_id, d.id from deliveries d
    where d.workspace_id = w.workspace_id and d.endpoint_id = w.endpoint_id
      and d.due_at <= least({_DUE_BY}, head.due_at) and (head.id is null or d.id = head.id) and {_FREE}
    order by d.due_at, d.id limit case when head.id is null then w.most else 1 end for update skip locked
  ) d
), leased as (
  update deliveries d set leased_until = clock_timestamp() + $4 * interval '1 second', leased_by = $5
  from mine where d.workspace_id = mine.workspace_id and d.id = mine.id returning d.*
)
select d.workspace_id, d.id, d.endpoint_id, d.sequence, d.event_type, d.attempts, coalesce(d.data, o.data) as data,
  coalesce(o.at, case when d.sequence is null then d.created_at end) as at, e.url, e.style,
  (e.status = 'enabled' or d.sequence is null) and e.deleted_at is null as wanted, e.secret,
  case when e.old_secret_until > now() then e.old_secret end as old_secret, e.pace, e.failing_since,
  coalesce(d.due_at <= e.resumed_at, false) as in_line
from leased d
join endpoints e on e.workspace_id = d.workspace_id and e.id = d.endpoint_id
left join outbox o on o.workspace_id = d.workspace_id and o.sequence = d.sequence
order by d.due_at, d.id
"""
"""Of what was due when an endpoint was resumed only the first is claimed, and nothing while that is under way."""
_END: Final = """
update deliveries set status = $4, attempts = attempts + $5, due_at = clock_timestamp() + $6 * interval '1 second',
  finished_at = case when $4 <> 'pending' then clock_timestamp() end, leased_until = null, leased_by = null
where workspace_id = $1 and id = $2 and leased_by = $3
"""
_RECORD: Final = f"""
with ended as ({_END} returning workspace_id, id, attempts, endpoint_id, event_type)
insert into attempts (workspace_id, id, delivery_id, number, at, duration_ms, address, status_code, error,
  request_headers, request_body, response_headers, response_body, endpoint_id, event_type, status)
select workspace_id, $7, id, attempts, clock_timestamp() - $8::integer * interval '1 millisecond', $8::integer, $9, $10,
  $11, $12::jsonb, $13, $14::jsonb, $15, endpoint_id, event_type, $16
from ended
"""
_REMEMBER: Final = """
update endpoints e set pace = $3, failing_since = case when $4 then coalesce(e.failing_since, clock_timestamp()) end
from (
  select workspace_id, id from endpoints where workspace_id = $1 and id = $2
  for no key update skip locked
) found where e.workspace_id = found.workspace_id and e.id = found.id
"""
"""Without waiting for a command that holds the endpoint: the next try says it again."""
_UNSTORABLE: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, TypeError)
"""What storing a try raises for the sake of its data, whether PostgreSQL finds it or the client before."""
_RELEASE: Final = (
    "update deliveries set leased_until = null, leased_by = null where leased_by = any($1) and id = any($2)"
)
log = logging.getLogger("forge")


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that is ours to send until the lease runs out; secrets are still sealed."""

    workspace_id: UUID
    id: UUID
    endpoint_id: UUID
    sequence: int | None
    """None of a ping, which is of no event, and is tried once."""
    event_type: str
    attempts: int
    data: str | None
    at: datetime | None
    url: str
    style: str
    wanted: bool
    secret: bytes
    old_secret: bytes | None
    pace: str
    failing_since: datetime | None
    in_line: bool
    """Whether it was due when its endpoint was resumed: then the next one waits for its end."""
    lease: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a try ended: the delivery's status from now on, and when it is due again if it is still pending.

    `pace` is how its endpoint answered; None says nothing of it.
    """

    status: DeliveryStatus
    due_in: float | None = None
    pace: Pace | None = None

    @property
    def failed(self) -> bool:
        """Whether the receiver did not take it."""
        return self.status is not DeliveryStatus.DELIVERED


class Owed(NamedTuple):
    """An endpoint to which something is due."""

    workspace_id: UUID
    endpoint_id: UUID
    pace: Pace


class Leases:
    """The leases of one worker; `seconds` must be longer than any try takes."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._name = uuid4().hex
        self._numbers = count(1)

    async def due(self) -> list[Owed]:
        """Return the endpoints to which something is due that nobody is sending."""
        async with transaction(self._database) as connection:
            rows = await connection.fetch(_DUE)
        return [Owed(row["workspace_id"], row["endpoint_id"], Pace(row["pace"])) for row in rows]

    async def claim(self, wanted: Sequence[tuple[UUID, UUID, int]]) -> list[Leased]:
        """Claim due deliveries, of each endpoint (workspace, id) at most so many, the longest due first."""
        lease = f"{self._name}/{next(self._numbers)}"
        columns = [list(column) for column in zip(*wanted, strict=True)]
        async with transaction(self._database) as connection:
            rows = await connection.fetch(_CLAIM, *columns, self._seconds, lease)
        return [Leased(**dict(row), lease=lease) for row in rows]

    async def record(
        self, held: Leased, ended: Ended, headers: dict[str, str], body: bytes, reply: Reply, *, sandbox: bool = False
    ) -> None:
        """End a try; keep how it went and how its endpoint answered. Without effect when the lease is no longer ours.

        Of a `sandbox` the request is kept as the sink's, when it reached that.

        A try whose log cannot be stored is counted all the same, without it.
        """
        try:
            async with transaction(self._database) as connection:
                recorded = await connection.execute(
                    _RECORD,
                    *(held.workspace_id, held.id, held.lease, ended.status.value, 1, ended.due_in),
                    *(new_id(Attempt), round(reply.seconds * 1000), reply.address, reply.status, _plain(reply.error)),
                    *(_json(headers), _plain(body[:LARGEST_KEPT].decode(errors="replace"))),
                    *(_json(reply.headers), _plain(reply.body)),
                    (AttemptStatus.SUCCEEDED if reply.arrived else AttemptStatus.FAILED).value,
                )
                if sandbox and reply.arrived and recorded == "INSERT 0 1":
                    kept = _plain(body[:LARGEST].decode(errors="replace"))
                    request = (held.event_type, held.url, _json(headers), kept or "", len(body))
                    await keep(connection, held.workspace_id, held.id, held.endpoint_id, request)
                news = (ended.pace, ended.failed) != (held.pace, held.failing_since is not None)
                if ended.pace is not None and news:
                    await connection.execute(_REMEMBER, held.workspace_id, held.endpoint_id, ended.pace, ended.failed)
        except _UNSTORABLE:
            log.exception("delivery %s: its try is counted, but cannot be kept", held.id)
            await self._end(held, ended.status, 1, ended.due_in)

    async def cancel(self, held: Leased) -> None:
        """Give a delivery up that nobody wants any more, without a try."""
        await self._end(held, DeliveryStatus.CANCELLED, 0, None)

    async def _end(self, held: Leased, status: DeliveryStatus, tries: int, due_in: float | None) -> None:
        async with transaction(self._database) as connection:
            await connection.execute(_END, held.workspace_id, held.id, held.lease, status.value, tries, due_in)

    async def release(self, held: Sequence[Leased]) -> None:
        """Give leases back, so that another worker need not wait for them to run out."""
        if held:
            async with transaction(self._database) as connection:
                await connection.execute(_RELEASE, [each.lease for each in held], [each.id for each in held])


def _plain(text: str | None) -> str | None:
    """Return text as PostgreSQL can hold it: without NUL, without halves of surrogate pairs."""
    if text is None:
        return None
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _json(headers: Mapping[str, str]) -> str:
    return orjson.dumps({_plain(name): _plain(value) for name, value in headers.items()}).decode()
