"""Rights given and taken beside the doors, by SQL as `forge_access`: for tests that are about what follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from access.companies import Companies
from access.keys import Keys
from access.new_company import born
from access.rights import tell
from access.transaction import transaction
from app.wiring import Access, open_access
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


class KitKeys(Keys):
    """Keys that are revoked and ended at once."""

    access: Access

    async def revoke(self, public_id: str) -> None:
        """Revoke a key, and tell everybody."""
        await self.access.companies._change(  # type: ignore[attr-defined]
            "update api_keys set revoked_at = now(), status = 'revoked' where public_id = $1",
            public_id,
            which="k.public_id = $1",
        )

    async def expire(self, public_id: str, at: datetime | None) -> None:
        """Change when a key ends by itself (None: never)."""
        await self.access.companies._change(  # type: ignore[attr-defined]
            "update api_keys set expires_at = $2 where public_id = $1", public_id, at, which="k.public_id = $1"
        )


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
        async with transaction(self._database) as connection:
            assert await connection.execute(sql, *args) == "UPDATE 1"
            lost = dict(map(tuple, await connection.fetch(_LOST + which, args[0])))
        await tell(self._limiter, lost)


@asynccontextmanager
async def open_kit(settings: Settings) -> AsyncIterator[Access]:
    """Open company tables as `open_access` does, with rights that can be changed beside the doors."""
    async with open_access(settings) as opened:
        companies = KitCompanies(opened.companies._database, opened.companies._limiter)
        keys = KitKeys(opened.keys._database, opened.keys._pepper)
        keys.access = replace(opened, companies=companies, keys=keys)
        yield keys.access
