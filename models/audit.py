"""The audit: who did what to a record, and when; one entry for each record that a command wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint

from core.facts import document, identifier, moment, text
from core.record import Row


class AuditEntry(Row, table=True):
    """One entry. Entries are only ever added, and taken away when they are old; a month of them is a partition.

    The partitions are in the schema `audit_months`, which only the table's owner can reach into.
    """

    __tablename__ = "audit"
    referred_to = False
    id_prefix = "aud"

    at: datetime = moment(filterable=True, sortable=True, unindexed=True, in_key=True)
    """The `updated_at` that the command gave the record."""
    record_type: str = text(filterable=True, unindexed=True)
    """What kind of record it is, as its events are named: `quote`."""
    record_id: UUID = identifier(filterable=True, unindexed=True)
    action: str = text(filterable=True, unindexed=True)
    """`created`, `updated`, `deleted`, `restored`, or the last word of the event of a move: `sent`."""
    actor_id: UUID | None = identifier(filterable=True, unindexed=True)
    """The API key that acted; None for Forge itself."""
    request_id: str | None = text()
    address: str | None = text()
    user_agent: str | None = text()
    changes: dict[str, Any] = document()
    """As `core.writing.audit` writes it."""

    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "at", "id"),  # lists are read by it
        Index("audit_record", "workspace_id", "record_id", "at"),
        {"postgresql_partition_by": "RANGE (at)"},
    )
