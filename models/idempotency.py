"""Idempotency records: what was answered to a key, kept in the same transaction as the effect."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, Text
from sqlmodel import Field, SQLModel

from core.facts import binary, moment, text, words


class IdempotencyRecord(SQLModel, table=True):
    """The committed answer to one idempotency key of a workspace; kept for at least 24 hours.

    `body` is null when it was longer than 64 KiB: then the answer is rendered again from `record_id`. `scopes` are
    those the answer used: who lacks one of them does not get it replayed.
    """

    __tablename__ = "idempotency"

    workspace_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    fingerprint: bytes = binary()
    status: int = Field(sa_type=SmallInteger)
    location: str | None = text()
    body: str | None = text()
    record_id: UUID | None = None
    scopes: list[str] = words()
    created_at: datetime = moment()

    __table_args__ = (Index("idempotency_created", "created_at"), {"info": {"run_again_on_duplicate": True}})
