"""What keys may see now, and whose a workspace is: for what was set up by a key and goes on without it (webhooks)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from access.scopes import effective
from access.transaction import transaction
from core.database.database import Database

_FIND: Final = """
with recursive followed as (
  select id as first, workspace_id, id, replaced_by_id from api_keys where id = any($1)
  union all
  select f.first, k.workspace_id, k.id, k.replaced_by_id
  from followed f join api_keys k on k.workspace_id = f.workspace_id and k.id = f.replaced_by_id
)
select f.first as id, k.scopes, case when not (u.is_owner or r.holds_all) then r.scopes end as held
from followed f
join api_keys k on k.workspace_id = f.workspace_id and k.id = f.id
left join users u on u.workspace_id = k.workspace_id and u.id = k.user_id
left join roles r on r.workspace_id = k.workspace_id and r.id = u.role_id
where f.replaced_by_id is null and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
  and (u.id is null or u.status = 'active')
"""
_OWNERS: Final = """
select id, company_id, environment = 'test' as is_sandbox from workspaces where id = any($1)
"""


class Owner(NamedTuple):
    """Whose a workspace is, and whether it is a sandbox."""

    company_id: UUID
    is_sandbox: bool


class Holders:
    """Asks for scopes as they are at this moment; `database` acts as `forge_access`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owners: dict[UUID, Owner] = {}

    async def owners(self, workspace_ids: Collection[UUID]) -> Mapping[UUID, Owner]:
        """Return whose each workspace is; asked once, for it never changes. Raises Unavailable."""
        unknown = [each for each in workspace_ids if each not in self._owners]
        if unknown:
            async with transaction(self._database) as connection:
                rows = await connection.fetch(_OWNERS, unknown)
            self._owners.update((row["id"], Owner(row["company_id"], row["is_sandbox"])) for row in rows)
        return self._owners

    async def scopes(self, key_ids: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
        """Return the scopes of each key, or of the one that rotations put in its place, if that is good now.

        They are cut to what the person behind it holds.

        Raises Unavailable when the database is away.
        """
        if not key_ids:
            return {}
        async with transaction(self._database) as connection:
            rows = await connection.fetch(_FIND, list(key_ids))
        return {row["id"]: effective(row["scopes"], row["held"]) for row in rows}
