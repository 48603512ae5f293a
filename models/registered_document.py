"""Registered documents: GraphQL texts that a company vouches for, run by their hash."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql

from core.record import Record, sync_order, text


class RegisteredDocument(Record, table=True):
    """A GraphQL document as it was registered; the live ones of a workspace differ in their texts."""

    __tablename__ = "registered_documents"

    name: str | None = text(nullable=True)
    sha256: str = text()
    """The SHA-256 of the text in UTF-8, in lower-case hexadecimal digits."""
    document: str = text()

    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hexadecimal"),
        Index(
            "registered_documents_sha256",
            "workspace_id",
            "sha256",
            unique=True,
            postgresql_where=sql("deleted_at is null"),
        ),
        *sync_order("registered_documents"),
    )
