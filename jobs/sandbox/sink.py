"""The sink: what a webhook endpoint of a sandbox is owed is handed over here, answered with 200 and kept.

It stands where a request would be sent, so all before and after it is as of a live endpoint: claims, signatures, tries,
attempts. Nothing leaves the machine: neither is a connection made, nor a name resolved.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from core.database.pool import Connection
from core.values.ids import new_id
from jobs.sending import Reply
from models import SandboxRequest

MOST: Final = 1_000
"""Requests that are kept of a workspace, the newest."""
LARGEST: Final = 65_536
"""Bytes that are kept of a body."""
_TRIMMED: Final = 100
_ANSWER: Final = {"content-type": "application/json"}
_BODY: Final = '{"received":true}'
_KEEP: Final = """
insert into sandbox_requests (workspace_id, id, delivery_id, endpoint_id, event_type, at, url, headers, body, size)
values ($1, $2, $3, $4, $5, clock_timestamp(), $6, $7::jsonb, $8, $9)
"""
_TRIM: Final = f"""
with old as (
  select id from sandbox_requests where workspace_id = $1 order by at desc, id desc offset {MOST} limit {_TRIMMED}
)
delete from sandbox_requests r using old where r.workspace_id = $1 and r.id = old.id
"""


class Sink:
    """Takes what a `Sender` would send."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, hurried: bool = True) -> Reply:  # noqa: ARG002  # as a `Sender` does
        """Answer 200, whatever the URL; nothing is sent to it."""
        began = time.monotonic()
        return Reply(status=200, headers=_ANSWER, body=_BODY, seconds=time.monotonic() - began)


async def keep(
    connection: Connection,
    workspace_id: UUID,
    delivery_id: UUID,
    endpoint_id: UUID,
    request: tuple[str, str, str, str, int],
) -> None:
    """Keep a request in the transaction that records its try, and forget the oldest ones over `MOST`.

    `request` is the event's name, the URL, the headers as JSON, the body as it is kept, and the body's size in bytes.
    """
    event_type, *rest = request
    await connection.execute(_KEEP, workspace_id, new_id(SandboxRequest), delivery_id, endpoint_id, event_type, *rest)
    await connection.execute(_TRIM, workspace_id)
