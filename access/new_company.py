"""What it takes to make a company: what is wanted of it, checked, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

import orjson

from access.default_roles import ADMIN, DEFAULT_ROLES
from access.plans import check_limits
from core.database.pool import Connection
from core.errors import Invalid
from core.values.checked import NAME
from core.values.currencies import currency as check_currency
from core.values.ids import new_id
from core.values.people import EMAIL
from models import Company, Environment, Plan, Role, User, UserStatus, Workspace

_FIRST: Final = 100
"""Microseconds before the clock's start from which the first records of a company are counted."""


def born(table: str, *columns: str) -> str:
    """SQL that writes one of the first records of a company: `$1` its live workspace, `$2` its id, `$3` its place.

    Each is of a moment of its own, all of them from before the workspace's clock began: a sync finds them in order.
    """
    values = ", ".join(f"${place}" for place in range(4, 4 + len(columns)))
    at = f"c.clock - ({_FIRST} - $3::integer) * interval '1 microsecond'"
    return (
        f"insert into {table} (workspace_id, id, created_at, updated_at, version, {', '.join(columns)})"
        f" select $1, $2, {at}, {at}, 1, {values} from clocks c where c.workspace_id = $1"
    )


_ROLE: Final = born("roles", "name", "description", "scopes", "is_default", "holds_all")
_OWNER: Final = born("users", "email", "name", "role_id", "status", "is_owner", "joined_at")


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company that was just made, its two workspaces, its role Admin, and its owner, who holds every scope."""

    id: UUID
    live_id: UUID
    test_id: UUID
    role_id: UUID
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCompany:
    """A company that is to be made; `owner` is the e-mail address of its first person.

    `limits` override the plan's figures one by one; 0 requests are unlimited.
    """

    name: str
    owner: str
    owner_name: str | None = None
    """Without, the company's name."""
    currency: str = "USD"
    time_zone: str = "UTC"
    plan: Plan = Plan.STARTER
    limits: Mapping[str, int] = field(default_factory=dict)

    def check(self) -> None:
        """Raise Invalid, naming the field, for what cannot be."""
        _check_name("name", self.name)
        if self.owner_name is not None:
            _check_name("owner_name", self.owner_name)
        try:
            EMAIL.check(self.owner)
        except ValueError:
            raise Invalid("owner: an e-mail address such as ann@shop.example", field="owner") from None
        check_currency(self.currency)
        if self.time_zone not in available_timezones():
            raise Invalid("time_zone: a name of the IANA database such as America/Chicago", field="time_zone")
        check_limits(self.limits)


async def add_company(connection: Connection, wanted: WantedCompany) -> NewCompany:
    """Write a company that was checked, its two workspaces, its default roles, and its owner."""
    roles = {each: new_id(Role) for each in DEFAULT_ROLES}
    made = NewCompany(new_id(Company), new_id(Workspace), new_id(Workspace), roles[ADMIN], new_id(User))
    await connection.execute(
        "insert into companies (id, name, plan, limits) values ($1, $2, $3, $4)",
        *(made.id, wanted.name, wanted.plan.value, orjson.dumps(dict(wanted.limits)).decode()),
    )
    await connection.executemany(
        "insert into workspaces (id, company_id, environment, name, currency, time_zone)"
        " values ($1, $2, $3, $4, $5, $6)",
        [
            (workspace_id, made.id, environment.value, name, wanted.currency, wanted.time_zone)
            for workspace_id, environment, name in (
                (made.live_id, Environment.LIVE, wanted.name),
                (made.test_id, Environment.TEST, f"{wanted.name} (test)"),
            )
        ],
    )
    await connection.executemany(
        _ROLE,
        [
            (made.live_id, role_id, place, each.name, each.description, each.scopes, True, each.holds_all)
            for place, (each, role_id) in enumerate(roles.items(), 1)
        ],
    )
    name = wanted.owner_name or wanted.name
    owner = (wanted.owner, name, made.role_id, UserStatus.ACTIVE.value, True, datetime.now(UTC))
    await connection.execute(_OWNER, made.live_id, made.owner_id, len(roles) + 1, *owner)
    return made


def _check_name(field_name: str, text: str) -> None:
    try:
        NAME.check(text)
    except ValueError as error:
        raise Invalid(f"{field_name}: {error}", field=field_name) from None
    if not text.isprintable() or text != text.strip():
        raise Invalid(f"{field_name}: no control characters, and no space around it", field=field_name)
