"""People of a company: users, the roles that say what they may do, and teams.

They are the company's: their rows are in its live workspace, and keys of its sandbox read the same rows
(docs/decisions/0100-people-and-keys-as-records.md).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy import text as sql

from core.facts import choice, document, flag, moment, reference, text, words
from core.record import Line, Record
from core.values.checked import NAME, NOTE, REFERENCE, Documented, Text
from core.values.people import EMAIL, USER_LIMITS, USER_SETTINGS
from models.scopes import Scope

SCOPE: Final = Documented(Text(50, blank=False), (("enum", tuple(Scope)), ("examples", ("quotes.view",))), name="Scope")
"""The name of a scope."""
MAX_SCOPES: Final = 500


class UserStatus(StrEnum):
    """Whether a person may act."""

    INVITED = "invited"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class Role(Record, table=True):
    """A named set of scopes that people have."""

    __tablename__ = "roles"
    of_company = True

    name: str = text(NAME, filterable=True, searchable=True, unique_alive=True)
    description: str | None = text(NOTE)
    scopes: list[str] = words(SCOPE, length=(0, MAX_SCOPES), distinct=True)
    is_default: bool = flag(derived=True)
    """One of those that each company begins with, which cannot be deleted."""
    holds_all: bool = flag(derived=True)
    """Whether it holds every scope there is, also those of later versions; `scopes` is empty then."""


class User(Record, table=True):
    """A person of a company."""

    __tablename__ = "users"
    of_company = True

    email: str = text(EMAIL, filterable=True, searchable=True, fixed=True)
    name: str = text(NAME, filterable=True, sortable=True, searchable=True)
    role_id: UUID = reference("roles", filterable=True)
    status: str = choice(UserStatus, UserStatus.INVITED, filterable=True, derived=True)
    is_owner: bool = flag(derived=True)
    """Owners hold every scope there is, whatever their role; a company has at least one who may act."""
    settings: dict[str, Any] = document(USER_SETTINGS)
    limits: dict[str, Any] = document(USER_LIMITS)
    joined_at: datetime | None = moment(derived=True)
    invitation_hint: str | None = text(derived=True)
    """The link by which the person may set a password, as it may be shown; None when it was mailed."""
    invitation_expires_at: datetime | None = moment(derived=True)
    """Until when that link is good; None when there is none."""

    __table_args__ = (Index("users_email", "workspace_id", func.lower(sql("email")), unique=True),)


class Team(Record, table=True):
    """People who work together."""

    __tablename__ = "teams"
    of_company = True

    name: str = text(NAME, filterable=True, searchable=True, unique_alive=True)
    description: str | None = text(NOTE)
    member_ids: list[str] = words(REFERENCE, derived=True, ids_of="users")
    """The ids of its people, in their order."""


class TeamMember(Line, table=True):
    """A person in a team; lives inside it."""

    __tablename__ = "team_members"
    of_company = True
    parent_column = "team_id"

    team_id: UUID = reference("teams")
    user_id: UUID = reference("users", filterable=True, unindexed=True)

    __table_args__ = (Index("team_members_user", "workspace_id", "user_id", "id"),)
