"""Companies and their people: who may make keys, and what they may grant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from access.limiter import Limiter
from access.plans import check_limits
from access.rights import tell, withdraw
from access.scopes import Scope
from access.transaction import transaction
from core.database.database import Database
from core.database.pool import Connection
from core.errors import Invalid, NotFound
from core.values.currencies import currency as check_currency
from core.values.ids import new_id
from models import Company, Environment, Plan, Role, User, UserStatus, Workspace

OWNER: Final = "Owner"


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company that was just made, its two workspaces, and its owner, who holds every scope."""

    id: UUID
    live_id: UUID
    test_id: UUID
    role_id: UUID
    owner_id: UUID


class Companies:
    """All companies; `database` acts as `forge_access`."""

    def __init__(self, database: Database, limiter: Limiter) -> None:
        self._database = database
        self._limiter = limiter

    async def any(self) -> bool:
        """Whether there is a company at all."""
        async with transaction(self._database) as connection:
            return bool(await connection.fetchval("select exists (select from companies)"))

    async def find(self, name: str | None = None) -> UUID:
        """Return the company of this name or id; without one, the only company. Raises NotFound or Invalid."""
        async with transaction(self._database) as connection:
            rows = await connection.fetch(
                "select id, name from companies where $1::text is null or name = $1 or id::text = $1 order by id", name
            )
        if not rows:
            raise NotFound("No such company" if name else "There is no company yet", field="company")
        if len(rows) > 1:
            raise Invalid(f"company: say which one: {', '.join(row['name'] for row in rows[:20])}", field="company")
        found: UUID = rows[0]["id"]
        return found

    async def find_user(self, company_id: UUID, email: str | None = None) -> UUID:
        """Return a person of a company by e-mail address; without one, its first. Raises NotFound."""
        async with transaction(self._database) as connection:
            found: UUID | None = await connection.fetchval(
                "select id from users where company_id = $1 and ($2::text is null or lower(email) = lower($2))"
                " order by id limit 1",
                company_id,
                email,
            )
        if found is None:
            raise NotFound("No such person in this company", field="creator")
        return found

    async def create(
        self,
        name: str,
        *,
        owner: str,
        currency: str = "USD",
        plan: Plan = Plan.STARTER,
        limits: Mapping[str, int] | None = None,
    ) -> NewCompany:
        """Make a company with a live and a test workspace; `owner` is its first user's e-mail address.

        `limits` override the plan's figures one by one; 0 requests are unlimited. Raises Invalid.
        """
        check_currency(currency)
        check_limits(limits or {})
        made = NewCompany(new_id(Company), new_id(Workspace), new_id(Workspace), new_id(Role), new_id(User))
        async with transaction(self._database) as connection:
            await connection.execute(
                "insert into companies (id, name, plan, limits) values ($1, $2, $3, $4)",
                *(made.id, name, plan.value, orjson.dumps(limits or {}).decode()),
            )
            await connection.executemany(
                "insert into workspaces (id, company_id, environment, name, currency, time_zone)"
                " values ($1, $2, $3, $4, $5, 'UTC')",
                [
                    (made.live_id, made.id, Environment.LIVE.value, name, currency),
                    (made.test_id, made.id, Environment.TEST.value, f"{name} (test)", currency),
                ],
            )
            await _add_role(connection, made.role_id, made.id, OWNER, list(Scope))
            await _add_user(connection, made.owner_id, made.id, made.role_id, owner, name)
        return made

    async def add_role(self, company_id: UUID, name: str, scopes: Collection[str]) -> UUID:
        """Make a role; raises Invalid for a scope that does not exist."""
        role_id = new_id(Role)
        async with transaction(self._database) as connection:
            await _add_role(connection, role_id, company_id, name, scopes)
        return role_id

    async def add_user(self, company_id: UUID, role_id: UUID, email: str, name: str) -> UUID:
        """Add a person."""
        user_id = new_id(User)
        async with transaction(self._database) as connection:
            await _add_user(connection, user_id, company_id, role_id, email, name)
        return user_id

    async def set_role_scopes(self, role_id: UUID, scopes: Collection[str]) -> None:
        """Change what a role may do; keys of its people lose at once what it loses."""
        _check_scopes(scopes)
        await self._change("update roles set scopes = $2 where id = $1", role_id, sorted(scopes), keys="u.role_id = $1")

    async def set_user_role(self, user_id: UUID, role_id: UUID) -> None:
        """Give a person another role of the same company; their keys lose at once what they lose."""
        await self._change("update users set role_id = $2 where id = $1", user_id, role_id, keys="u.id = $1")

    async def set_user_status(self, user_id: UUID, status: UserStatus) -> None:
        """Let a person act, or act no more; the keys of a disabled person are good for nothing."""
        await self._change("update users set status = $2 where id = $1", user_id, status.value, keys="u.id = $1")

    async def _change(self, sql: str, row_id: UUID, value: Any, *, keys: str) -> None:
        async with transaction(self._database) as connection:
            if await connection.execute(sql, row_id, value) != "UPDATE 1":
                raise NotFound("Not found", field="id")
            lost = await withdraw(connection, f"{keys} and k.revoked_at is null", row_id)
        await tell(self._limiter, lost)


async def _add_role(
    connection: Connection, role_id: UUID, company_id: UUID, name: str, scopes: Collection[str]
) -> None:
    _check_scopes(scopes)
    await connection.execute(
        "insert into roles (id, company_id, name, scopes) values ($1, $2, $3, $4)",
        *(role_id, company_id, name, sorted(scopes)),
    )


async def _add_user(
    connection: Connection, user_id: UUID, company_id: UUID, role_id: UUID, email: str, name: str
) -> None:
    await connection.execute(
        "insert into users (id, company_id, role_id, email, name, status) values ($1, $2, $3, $4, $5, 'active')",
        *(user_id, company_id, role_id, email, name),
    )


def _check_scopes(scopes: Collection[str]) -> None:
    unknown = sorted(set(scopes) - set(Scope))
    if unknown:
        raise Invalid(f"scopes: unknown scope {unknown[0][:50]!r}", field="scopes")
