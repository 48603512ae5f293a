"""The sink of a sandbox: what webhook endpoints of a test workspace were sent, instead of being sent it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index

from core.facts import document, moment, reference, text, whole
from core.record import Row
from core.values.checked import COUNT


class SandboxRequest(Row, table=True):
    """One request that the sink took, and answered with 200. The newest of a workspace are kept (`jobs.sink`)."""

    __tablename__ = "sandbox_requests"

    delivery_id: UUID = reference("deliveries", filterable=True, unindexed=True)
    endpoint_id: UUID = reference("endpoints", filterable=True, unindexed=True)
    event_type: str = text()
    at: datetime = moment(filterable=True, sortable=True, unindexed=True)
    url: str = text()
    """The endpoint's, which nothing was sent to."""
    headers: dict[str, Any] = document()
    """What is secret is masked."""
    body: str = text()
    size: int = whole(COUNT)
    """Bytes of the body, which is kept up to a limit."""

    __table_args__ = (
        Index("sandbox_requests_at", "workspace_id", "at", "id"),
        Index("sandbox_requests_endpoint", "workspace_id", "endpoint_id", "at", "id"),
        Index("sandbox_requests_delivery", "workspace_id", "delivery_id", "at", "id"),
    )
