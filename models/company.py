"""Companies and their workspaces: who is who, outside every workspace.

These tables have no row-level security: the role that serves the API's data has no right to them at all. `access`
reads and writes them as `forge_access` (docs/decisions/0002-company-tables.md). People and keys are records:
`models/people.py`, `models/api_key.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from core.facts import choice, document, flag, text
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
    allow_negative_stock: bool = flag(default=False, server_default="false")
    """Whether more may be taken from stock than the books say is there."""

    __table_args__ = (
        UniqueConstraint("company_id", "environment"),
        UniqueConstraint("company_id", "id"),
    )
