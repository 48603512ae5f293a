"""Rights given and taken beside the doors, by SQL as `forge_access`: for tests that are about what follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from access.companies import Companies
from access.keys import Keys
from access.limiter import Limiter
from access.new_company import born
from access.rights import tell
from access.transaction import transaction
from app.wiring import Access, open_access
from core.database.database import Database
from core.settings import Settings
from core.values.ids import new_id
from models import Role, User, UserStatus

_ROLE = born("roles", "name", "scopes", "is_default", "holds_all")
_USER = born("users", "email", "name", "role_id", "status", "is_owner", "joined_at")
_HOME = "select id from workspaces where company_id = $1 and environment = 'live'"
_LOST = """
select k.public_id, c.access_epoch
from api_keys k join workspaces h on h.id = k.workspace_id
join workspaces w on w.company_id = h.company_id and w.environment = k.environment
join clocks c on c.workspace_id = w.id left join users u on u.workspace_id = h.id and u.id = k.user_id
where """


_LIST = """
select k.public_id, k.name, k.format, k.environment, k.scopes, k.expires_at, k.revoked_at, k.allowed_cidrs,
  k.last_used_at, k.last_used_address, k.last_used_route, k.registered_only, u.email as created_by
from api_keys k join workspaces w on w.id = k.workspace_id
left join users u on u.workspace_id = k.workspace_id and u.id = k.user_id
where w.company_id = $1 order by k.id
"""


@dataclass(frozen=True, kw_only=True)
class ListedKey:
    """A key as it is kept."""

    public_id: str
    name: str
    format: str
    environment: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    allowed_cidrs: list[str]
    last_used_at: datetime | None
    last_used_address: str | None
    last_used_route: str | None
    registered_only: bool
    created_by: str | None


async def change(database: Database, limiter: Limiter, sql: str, *args: Any, which: str) -> None:
    """Change one row, and tell everybody whose keys are named by `which` (of keys `k` and people `u`)."""
    async with transaction(database) as connection:
        assert await connection.execute(sql, *args) == "UPDATE 1"
        lost = dict(map(tuple, await connection.fetch(_LOST + which, args[0])))
    await tell(limiter, lost)


class KitKeys(Keys):
    """Keys that are listed, revoked and ended."""

    limiter: Limiter

    async def list(self, company_id: UUID) -> list[ListedKey]:
        """A company's keys, oldest first."""
        async with transaction(self._database) as connection:
            return [ListedKey(**dict(row)) for row in await connection.fetch(_LIST, company_id)]

    async def revoke(self, public_id: str) -> None:
        """Revoke a key, and tell everybody."""
        sql = "update api_keys set revoked_at = now(), status = 'revoked' where public_id = $1"
        await change(self._database, self.limiter, sql, public_id, which="k.public_id = $1")

    async def expire(self, public_id: str, at: datetime | None) -> None:
        """Change when a key ends by itself (None: never)."""
        sql = "update api_keys set expires_at = $2 where public_id = $1"
        await change(self._database, self.limiter, sql, public_id, at, which="k.public_id = $1")


class KitCompanies(Companies):
    """Companies whose people get other rights."""

    async def add_role(self, company_id: UUID, name: str, scopes: Collection[str]) -> UUID:
        """Make a role."""
        role_id = new_id(Role)
        async with transaction(self._database) as connection:
            home = await connection.fetchval(_HOME, company_id)
            await connection.execute(_ROLE, home, role_id, 0, name, sorted(scopes), False, False)
        return role_id

    async def add_user(self, company_id: UUID, role_id: UUID, email: str, name: str) -> UUID:
        """Add a person who may act."""
        user_id = new_id(User)
        async with transaction(self._database) as connection:
            home = await connection.fetchval(_HOME, company_id)
            await connection.execute(_USER, home, user_id, 0, email, name, role_id, "active", False, None)
        return user_id

    async def set_role_scopes(self, role_id: UUID, scopes: Collection[str]) -> None:
        """Change what a role may do; keys of its people lose at once what it loses."""
        await self._change(
            "update roles set scopes = $2 where id = $1", role_id, sorted(scopes), which="u.role_id = $1"
        )

    async def set_user_role(self, user_id: UUID, role_id: UUID) -> None:
        """Give a person another role of the same company; their keys lose at once what they lose."""
        await self._change("update users set role_id = $2 where id = $1", user_id, role_id, which="u.id = $1")

    async def set_user_status(self, user_id: UUID, status: UserStatus) -> None:
        """Let a person act, or act no more; the keys of a deactivated person are good for nothing."""
        await self._change("update users set status = $2 where id = $1", user_id, status.value, which="u.id = $1")

    async def _change(self, sql: str, *args: Any, which: str) -> None:
        await change(self._database, self._limiter, sql, *args, which=which)


@dataclass(frozen=True, slots=True)
class KitAccess(Access):
    """Company tables, with rights that can be changed beside the doors."""

    keys: KitKeys
    companies: KitCompanies


@asynccontextmanager
async def open_kit(settings: Settings) -> AsyncIterator[KitAccess]:
    """Open company tables as `open_access` does."""
    async with open_access(settings) as opened:
        companies = KitCompanies(opened.companies._database, opened.companies._limiter)
        keys = KitKeys(opened.keys._database, opened.keys._pepper)
        keys.limiter = opened.companies._limiter
        yield KitAccess(keys, companies, opened.gate, opened.ticks, opened.valkey, opened.activity)
