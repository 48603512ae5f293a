"""Companies, their workspaces, people, roles and keys: who is who, outside every workspace.

These tables have no row-level security: the role that serves the API's data has no right to them at all. `access`
reads and writes them as `forge_access` (docs/decisions/0002-company-tables.md).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, INET
from sqlmodel import Field

from core.facts import binary, choice, document, moment, text, words
from core.record import Entity


class Plan(StrEnum):
    """What a company pays for; its limits are in `access`."""

    STARTER = "starter"
    PRO = "pro"
    TEAM = "team"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"


class Environment(StrEnum):
    """Whether a workspace holds real business or is the company's sandbox."""

    LIVE = "live"
    TEST = "test"


class UserStatus(StrEnum):
    """Whether a person may act."""

    ACTIVE = "active"
    DISABLED = "disabled"


class KeyFormat(StrEnum):
    """Which of the three documented key formats a key has."""

    FMRP = "fmrp"
    FJE = "fje"
    FORG = "forg"


class Company(Entity, table=True):
    """A customer of Forge. `limits` overrides its plan's figures one by one."""

    __tablename__ = "companies"

    name: str = text()
    plan: str = choice(Plan, Plan.STARTER)
    limits: dict[str, Any] = document()


class Workspace(Entity, table=True):
    """One company's data in one environment; nothing refers from one workspace to another."""

    __tablename__ = "workspaces"

    company_id: UUID = Field(foreign_key="companies.id")
    environment: str = choice(Environment)
    name: str = text()
    currency: str = text()
    time_zone: str = text(default="UTC")

    __table_args__ = (
        UniqueConstraint("company_id", "environment"),
        UniqueConstraint("company_id", "id"),
    )


class Role(Entity, table=True):
    """A named set of scopes that people have."""

    __tablename__ = "roles"

    company_id: UUID = Field(foreign_key="companies.id")
    name: str = text()
    scopes: list[str] = words()

    __table_args__ = (UniqueConstraint("company_id", "name"), UniqueConstraint("company_id", "id"))


class User(Entity, table=True):
    """A person of a company."""

    __tablename__ = "users"

    company_id: UUID
    role_id: UUID
    email: str = text()
    name: str = text()
    status: str = choice(UserStatus, UserStatus.ACTIVE)

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(["company_id", "role_id"], ["roles.company_id", "roles.id"]),
        UniqueConstraint("company_id", "id"),
        Index("users_email", "company_id", func.lower(sql("email")), unique=True),
        Index("users_role", "company_id", "role_id"),
    )


class ApiKey(Entity, table=True):
    """A key to one workspace: only the digest of its secret is kept, `public_id` is the part that may be shown."""

    __tablename__ = "api_keys"

    company_id: UUID
    workspace_id: UUID
    created_by_id: UUID | None = None
    public_id: str = text()
    digest: bytes = binary()
    format: str = choice(KeyFormat, KeyFormat.FMRP)
    name: str = text()
    scopes: list[str] = words()
    expires_at: datetime | None = moment()
    revoked_at: datetime | None = moment()
    allowed_cidrs: list[str] = Field(
        default_factory=list, sa_column_kwargs={"server_default": "{}"}, sa_type=ARRAY(CIDR), nullable=False
    )
    last_used_at: datetime | None = moment()
    last_used_address: str | None = Field(default=None, sa_type=INET, nullable=True)
    last_used_route: str | None = text()
    registered_only: bool = Field(default=False, sa_column_kwargs={"server_default": sql("false")})
    """Whether GraphQL answers it registered documents alone."""

    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_sha256"),
        ForeignKeyConstraint(["company_id", "workspace_id"], ["workspaces.company_id", "workspaces.id"]),
        ForeignKeyConstraint(["company_id", "created_by_id"], ["users.company_id", "users.id"]),
        Index("api_keys_public_id", "public_id", unique=True),
        Index("api_keys_digest", "digest", unique=True),
        Index("api_keys_workspace", "company_id", "workspace_id", "id"),
        Index("api_keys_creator", "company_id", "created_by_id"),
    )
