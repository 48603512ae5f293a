"""Attachments: files that belong to a record of any type, such as a drawing of a request for quotation."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index

from core.facts import choice, identifier, moment, text, whole
from core.record import Row
from core.values.checked import COUNT, NOTE, REFERENCE
from core.values.files import FILE_NAME, SHA256


class AttachmentStatus(StrEnum):
    """Whether its bytes are there."""

    PENDING = "pending"
    STORED = "stored"


class Attachment(Row, table=True):
    """A file of a record. Its bytes lie in a store; a row without them is taken away after a day."""

    __tablename__ = "attachments"
    of_any = True

    record_type: str = text(filterable=True, unindexed=True)
    """What kind of record it belongs to, as its events are named: `quote`."""
    record_id: UUID = identifier(filterable=True, unindexed=True)
    created_at: datetime = moment(filterable=True, sortable=True, unindexed=True)
    created_by_id: UUID | None = identifier()
    deleted_at: datetime | None = moment()
    status: str = choice(AttachmentStatus, AttachmentStatus.PENDING)
    filename: str = text(FILE_NAME)
    category: str | None = text(REFERENCE)
    description: str | None = text(NOTE)
    size: int | None = whole(COUNT)
    sha256: str | None = text(SHA256)
    media_type: str | None = text()
    """What the bytes say they are, once they are there."""
    blob: str | None = text()
    """Their key in the store."""

    __table_args__ = (
        Index("attachments_record", "workspace_id", "record_id", "created_at", "id"),
        Index("attachments_created", "workspace_id", "created_at", "id"),
    )
