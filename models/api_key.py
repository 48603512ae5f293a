"""API keys: what opens a workspace, in whose name, and with which scopes.

Keys are the company's, as people are (`models/people.py`). The digest of a key is not here but in `key_digests`, which
the role that serves the API's data can only add to: docs/decisions/0100-people-and-keys-as-records.md.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlmodel import Field, SQLModel

from core.facts import choice, flag, moment, reference, text, words
from core.record import Record
from core.values.checked import NAME
from core.values.people import NETWORK
from models.company import Environment
from models.people import MAX_SCOPES, SCOPE

MAX_NETWORKS: Final = 100


class KeyFormat(StrEnum):
    """Which of the three documented key formats a key has."""

    FMRP = "fmrp"
    FJE = "fje"
    FORG = "forg"


class KeyStatus(StrEnum):
    """Whether a key was revoked; one that has expired is `active` still, and opens nothing."""

    ACTIVE = "active"
    REVOKED = "revoked"


class ApiKey(Record, table=True):
    """A key to one of a company's workspaces, which acts in the name of a person."""

    __tablename__ = "api_keys"
    of_company = True
    written_beside = True

    name: str = text(NAME, filterable=True, searchable=True)
    format: str = choice(KeyFormat, KeyFormat.FMRP, filterable=True, fixed=True)
    environment: str = choice(Environment, Environment.LIVE, filterable=True, fixed=True)
    scopes: list[str] = words(SCOPE, length=(1, MAX_SCOPES), distinct=True, fixed=True)
    status: str = choice(KeyStatus, KeyStatus.ACTIVE, filterable=True, derived=True)
    user_id: UUID | None = reference("users", filterable=True, derived=True)
    """In whose name it acts: it holds no scope that this person lacks. None: in the company's."""
    public_id: str = text(derived=True)
    """The part of it by which it is found, and which may be shown."""
    key_hint: str = text(derived=True)
    """The key as it may be shown."""
    expires_at: datetime | None = moment(filterable=True)
    allowed_cidrs: list[str] = words(NETWORK, length=(0, MAX_NETWORKS), distinct=True)
    registered_only: bool = flag(fixed=True)
    """Whether GraphQL answers it registered documents alone."""
    revoked_at: datetime | None = moment(derived=True)
    replaced_by_id: UUID | None = reference("api_keys", derived=True)
    """The key that a rotation made in its place."""
    replaced_at: datetime | None = moment(derived=True)
    last_used_at: datetime | None = moment(derived=True)
    """The last use is written by the gate, in batches, and is no change of the record."""
    last_used_address: str | None = text(derived=True)
    last_used_route: str | None = text(derived=True)

    __table_args__ = (
        Index("api_keys_public_id", "public_id", unique=True),
        Index("api_keys_replaced", "workspace_id", "replaced_by_id", "id"),
    )


class KeyDigest(SQLModel, table=True):
    """The digest of a key: SHA-256 of a secret pepper and the key."""

    __tablename__ = "key_digests"

    key_id: UUID = Field(primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary, nullable=False)

    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="sha256"),
        Index("key_digests_digest", "digest", unique=True),
    )
