"""Webhooks: endpoints, the deliveries owed to them, and every attempt that was made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, UniqueConstraint, literal_column
from sqlmodel import Field

from core.facts import binary, choice, decimal, document, flag, moment, reference, text, words
from core.outbound import LONGEST_URL
from core.record import Record, Row
from core.values.checked import NOTE, REFERENCE, Documented, Text
from core.values.lengths import LongText
from models.events import SUBSCRIPTIONS

ENDPOINT_URL: Final = Documented(
    Text(LONGEST_URL, blank=False),
    (
        ("format", "uri"),
        ("pattern", r"^[Hh][Tt][Tt][Pp][Ss]://[^\s/?#@%]+"),
        ("examples", ("https://example.com/hook",)),
    ),
    "WebhookUrl",
)
EVENT: Final = Documented(REFERENCE, (("enum", SUBSCRIPTIONS), ("examples", ("quote.sent",))), "Subscription")
OWN_SECRET: Final = Documented(LongText(32, 256), (("examples", ("correct horse battery staple, 32",)),))
"""A secret that a customer has chosen."""
SIGNED_WITH: Final = (
    "The signing secret: whole in the answer that makes it, masked ever after. Of the style forg it may be one of your"
    " own, of 32 to 256 characters, which is never shown."
)
SEALED_FOR: Final = "webhook secrets"
"""The purpose under which `core.secrets` seals an endpoint's secrets; the context is the endpoint's id."""


class EndpointStyle(StrEnum):
    """Which of the two documented webhook contracts an endpoint speaks."""

    MRP = "mrp"
    FORG = "forg"


class EndpointStatus(StrEnum):
    """Whether events are sent: `disabled` by its owner or by a 410, `paused` by its owner or after days of failures.

    What is for a paused endpoint is kept for it, what is for a disabled one is not.
    """

    ENABLED = "enabled"
    DISABLED = "disabled"
    PAUSED = "paused"


class DeliveryStatus(StrEnum):
    """What became of a delivery; `exhausted` had all its tries."""

    PENDING = "pending"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class AttemptStatus(StrEnum):
    """Whether a receiver took what it was sent."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Endpoint(Record, table=True):
    """Where a customer wants events. Secrets and own headers are encrypted; at most two secrets live at a time."""

    __tablename__ = "endpoints"
    id_prefix = "wh"
    lasting = True

    url: str = text(ENDPOINT_URL, fixed=True)
    style: str = choice(EndpointStyle, EndpointStyle.MRP, fixed=True)
    status: str = choice(EndpointStatus, EndpointStatus.ENABLED)
    description: str | None = text(NOTE)
    events: list[str] = words(EVENT, length=(1, 100), distinct=True)
    """Event names, `family.*` or `*`."""
    secret: bytes = binary()
    secret_hint: str = text(derived=True)
    """The secret as it may be shown."""
    old_secret: bytes | None = binary()
    old_secret_until: datetime | None = moment(derived=True)
    headers: bytes | None = binary()
    payload_document: str | None = text(derived=True)
    rate_per_second: Decimal | None = decimal(derived=True)
    ordered: bool = flag(derived=True)
    failing_since: datetime | None = moment(derived=True)
    """The first of its failures since it last answered well; workers write it, and it is no change of the record."""
    resumed_at: datetime | None = moment(derived=True)
    """What was due before goes out first, one delivery after another."""
    pace: str = text(default="new", derived=True, server_default="new")
    """How it answered last, a word of `jobs.lanes.Pace`; workers write it, and it is no change of the record."""


class Delivery(Row, table=True):
    """One event owed to one endpoint: its retry state and, while a worker sends it, that worker's lease."""

    __tablename__ = "deliveries"

    endpoint_id: UUID = reference("endpoints", filterable=True, unindexed=True)
    sequence: int | None = Field(default=None, sa_type=BigInteger)
    """The event's place in the outbox; null of a ping, which is of no event."""
    event_type: str = text()
    record_id: UUID
    status: str = choice(DeliveryStatus, DeliveryStatus.PENDING, filterable=True, unindexed=True)
    data: str | None = text()
    """What the endpoint's payload document made of the event; null: the outbox row's own data."""
    attempts: int = 0
    due_at: datetime | None = moment()
    leased_until: datetime | None = moment()
    leased_by: str | None = text()
    created_at: datetime = moment(filterable=True, sortable=True, unindexed=True)
    finished_at: datetime | None = moment()

    __table_args__ = (
        UniqueConstraint("workspace_id", "endpoint_id", "sequence"),
        Index("deliveries_created", "workspace_id", "created_at", "id"),
        Index("deliveries_endpoint", "workspace_id", "endpoint_id", "created_at", "id"),
        Index(
            "deliveries_due",
            "workspace_id",
            "endpoint_id",
            "due_at",
            "id",
            postgresql_where=literal_column("status = 'pending'"),
        ),
        Index(
            "deliveries_order",
            "workspace_id",
            "endpoint_id",
            "record_id",
            "sequence",
            postgresql_where=literal_column("status = 'pending'"),
        ),
    )


class Attempt(Row, table=True):
    """One try of a delivery, as it went over the wire; bodies are cut at 16 KiB, what is secret is masked."""

    __tablename__ = "attempts"

    delivery_id: UUID = reference("deliveries", filterable=True, unindexed=True)
    endpoint_id: UUID = reference("endpoints", filterable=True, unindexed=True)
    event_type: str = text()
    status: str = choice(AttemptStatus, filterable=True, unindexed=True)
    number: int = Field(sa_type=SmallInteger)
    at: datetime = moment(filterable=True, sortable=True, unindexed=True)
    duration_ms: int
    address: str | None = text()
    """The address it connected to, after resolving."""
    status_code: int | None = Field(default=None, sa_type=SmallInteger)
    error: str | None = text()
    request_headers: dict[str, Any] = document()
    request_body: str = text()
    response_headers: dict[str, Any] = document()
    response_body: str | None = text()

    __table_args__ = (
        UniqueConstraint("workspace_id", "delivery_id", "number"),
        Index("attempts_at", "workspace_id", "at", "id"),
        Index("attempts_endpoint", "workspace_id", "endpoint_id", "at", "id"),
        Index("attempts_status", "workspace_id", "status", "at", "id"),
    )
