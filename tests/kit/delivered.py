"""Deliveries of webhooks and their attempts, written straight into the tables: as old as a test wants them."""

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from core.values.ids import new_id
from models import Attempt, Delivery, SandboxRequest

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def delivery(
    owner: Owner, workspace_id: UUID, endpoint_id: str, sequence: int = 1, status: str = "delivered", days: float = 0.0
) -> UUID:
    """Write a delivery that was made, and has ended, so many days ago."""
    made = new_id(Delivery)
    await owner.execute(
        "insert into deliveries (workspace_id, id, endpoint_id, sequence, event_type, record_id, status, attempts,"
        " created_at, finished_at) values ($1, $2, $3, $4, 'client.created', $3, $5, 1,"
        " now() - $6 * interval '1 day', case when $5 <> 'pending' then now() - $6 * interval '1 day' end)",
        *(workspace_id, made, endpoint_id, sequence, status, days),
    )
    return made


async def attempt(owner: Owner, workspace_id: UUID, endpoint_id: str, delivery_id: UUID, days: float = 0.0) -> Any:
    """Write the one attempt of a delivery, of so many days ago."""
    await owner.execute(
        "insert into attempts (workspace_id, id, delivery_id, endpoint_id, event_type, status, number, at,"
        " duration_ms, request_body) values ($1, $2, $3, $4, 'client.created', 'failed', 1,"
        " now() - $5 * interval '1 day', 1, '')",
        *(workspace_id, new_id(Attempt), delivery_id, endpoint_id, days),
    )


async def taken(owner: Owner, workspace_id: UUID, endpoint_id: str, delivery_id: UUID) -> UUID:
    """Write that the sink of a sandbox took a delivery."""
    made = new_id(SandboxRequest)
    await owner.execute(
        "insert into sandbox_requests (workspace_id, id, delivery_id, endpoint_id, event_type, at, url, body, size)"
        " values ($1, $2, $3, $4, 'client.created', now(), 'https://example.com/', '{}', 2)",
        *(workspace_id, made, delivery_id, endpoint_id),
    )
    return made
