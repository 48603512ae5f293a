"""The outbox: every committed change as an event, numbered without gaps in commit order; and how far it was relayed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from core.facts import moment, text


class OutboxEvent(SQLModel, table=True):
    """One event, written by the transaction that caused it. `data` is the record's REST projection as JSON text."""

    __tablename__ = "outbox"

    workspace_id: UUID = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    type: str = text()
    record_type: str = text()
    """The record's table."""
    record_id: UUID
    at: datetime = moment()
    """The `updated_at` this event gave the record."""
    data: str = text()
    request_id: str | None = text()

    __table_args__ = (
        Index("outbox_at", "at", postgresql_using="brin"),
        Index("outbox_record", "workspace_id", "record_id", "sequence"),
    )


class RelayPosition(SQLModel, table=True):
    """The sequence up to which a workspace's events have become deliveries."""

    __tablename__ = "relay_positions"

    workspace_id: UUID = Field(primary_key=True)
    sequence: int = Field(default=0, sa_column_kwargs={"server_default": "0"}, sa_type=BigInteger)
