"""What it takes to make a company: what is wanted of it, checked, and its rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

import orjson

from access.plans import check_limits
from access.scopes import Scope
from core.database.pool import Connection
from core.errors import Invalid
from core.values.checked import NAME
from core.values.currencies import currency as check_currency
from core.values.ids import new_id
from models import Company, Environment, Plan, Role, User, Workspace

OWNER: Final = "Owner"
_LONGEST_ADDRESS: Final = 254
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+")


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company that was just made, its two workspaces, and its owner, who holds every scope."""

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
        if len(self.owner) > _LONGEST_ADDRESS or not self.owner.isprintable() or not _ADDRESS.fullmatch(self.owner):
            raise Invalid("owner: an e-mail address such as ann@shop.example", field="owner")
        check_currency(self.currency)
        if self.time_zone not in available_timezones():
            raise Invalid("time_zone: a name of the IANA database such as America/Chicago", field="time_zone")
        check_limits(self.limits)


async def add_company(connection: Connection, wanted: WantedCompany) -> NewCompany:
    """Write a company that was checked, its two workspaces, its owner, and the owner's role with every scope."""
    made = NewCompany(new_id(Company), new_id(Workspace), new_id(Workspace), new_id(Role), new_id(User))
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
    await add_role(connection, made.role_id, made.id, OWNER, list(Scope))
    await add_user(connection, made.owner_id, made.id, made.role_id, wanted.owner, wanted.owner_name or wanted.name)
    return made


async def add_role(connection: Connection, role_id: UUID, company_id: UUID, name: str, scopes: Collection[str]) -> None:
    """Write a role; raises Invalid for a scope that does not exist."""
    check_scopes(scopes)
    await connection.execute(
        "insert into roles (id, company_id, name, scopes) values ($1, $2, $3, $4)",
        *(role_id, company_id, name, sorted(scopes)),
    )


async def add_user(
    connection: Connection, user_id: UUID, company_id: UUID, role_id: UUID, email: str, name: str
) -> None:
    """Write a person who may act."""
    await connection.execute(
        "insert into users (id, company_id, role_id, email, name, status) values ($1, $2, $3, $4, $5, 'active')",
        *(user_id, company_id, role_id, email, name),
    )


def check_scopes(scopes: Collection[str]) -> None:
    """Raise Invalid for a scope that does not exist."""
    unknown = sorted(set(scopes) - set(Scope))
    if unknown:
        raise Invalid(f"scopes: unknown scope {unknown[0][:50]!r}", field="scopes")


def _check_name(field_name: str, text: str) -> None:
    try:
        NAME.check(text)
    except ValueError as error:
        raise Invalid(f"{field_name}: {error}", field=field_name) from None
    if not text.isprintable() or text != text.strip():
        raise Invalid(f"{field_name}: no control characters, and no space around it", field=field_name)
