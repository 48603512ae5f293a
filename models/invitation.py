"""Invitations and passwords of people: what only `forge_access` can read.

The role that serves the API's data adds to these tables by functions of the database, and reads neither
(docs/decisions/0105-invitations.md).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel


class Invitation(SQLModel, table=True):
    """The one link by which a person may set a password: the SHA-256 of its token, and until when it is good."""

    __tablename__ = "invitations"

    workspace_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary, nullable=False)
    email: str = Field(sa_type=Text, nullable=False)
    """The address that the person had when it was made."""
    expires_at: datetime = Field(sa_type=DateTime(timezone=True), nullable=False)

    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="sha256"),
        Index("invitations_digest", "digest", unique=True),
    )


class UserPassword(SQLModel, table=True):
    """A person's password, as Argon2id keeps it."""

    __tablename__ = "user_passwords"

    workspace_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    hash: str = Field(sa_type=Text, nullable=False)
    set_at: datetime = Field(sa_type=DateTime(timezone=True), nullable=False)
