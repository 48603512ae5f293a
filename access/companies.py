"""Companies: made, found, listed, and put on other plans and limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from access.keys import Keys, NewKey, WantedKey
from access.limiter import Limiter
from access.new_company import NewCompany, WantedCompany, add_company
from access.plans import check_limits
from access.rights import refresh
from access.transaction import transaction
from core.database.database import Database
from core.errors import Invalid, NotFound
from models import Plan

_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(8502)"
_EXISTS: Final = "select exists (select from companies where name = $1)"
_LIST: Final = """
select c.id, c.name, c.plan, c.limits, l.currency, l.time_zone, l.allow_negative_stock, l.id as live_workspace_id,
  t.id as test_workspace_id, c.created_at
from companies c
join workspaces l on l.company_id = c.id and l.environment = 'live'
join workspaces t on t.company_id = c.id and t.environment = 'test'
where $1::uuid is null or c.id = $1 order by c.created_at, c.id
"""
_SET: Final = """
update companies set plan = coalesce($2, plan), limits = (limits - $3::text[]) || $4::jsonb where id = $1
"""
_NEGATIVE: Final = "update workspaces set allow_negative_stock = $2 where company_id = $1"
_MOVE: Final = "select move_epochs(id) from workspaces where company_id = $1 and environment = 'live'"
_KEYS: Final = """
select k.public_id from api_keys k join workspaces w on w.id = k.workspace_id
where w.company_id = $1 and k.revoked_at is null
"""
_KEY: Final = """
select w.company_id, k.id from api_keys k join workspaces w on w.id = k.workspace_id where k.public_id = $1
"""
_USER: Final = """
select u.id from users u join workspaces w on w.id = u.workspace_id
where w.company_id = $1 and case when $2::text is null then u.is_owner and u.status = 'active'
  else lower(u.email) = lower($2) end
order by u.id limit 1
"""


class Companies:
    """All companies; `database` acts as `forge_access`."""

    def __init__(self, database: Database, limiter: Limiter) -> None:
        self._database = database
        self._limiter = limiter

    async def any(self) -> bool:
        """Whether there is a company at all."""
        async with transaction(self._database) as connection:
            return bool(await connection.fetchval("select exists (select from companies)"))

    async def exists(self, name: str) -> bool:
        """Whether there is a company of this name."""
        async with transaction(self._database) as connection:
            return bool(await connection.fetchval(_EXISTS, name))

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
        """Return a person of a company by e-mail address; without one, its first owner. Raises NotFound."""
        async with transaction(self._database) as connection:
            found: UUID | None = await connection.fetchval(_USER, company_id, email)
        if found is None:
            raise NotFound("No such person in this company", field="creator")
        return found

    async def find_key(self, public_id: str) -> tuple[UUID, UUID]:
        """Return the company and the id of the key of this public id; raises NotFound."""
        async with transaction(self._database) as connection:
            found = await connection.fetchrow(_KEY, public_id)
        if found is None:
            raise NotFound("Key not found", field="id")
        return found["company_id"], found["id"]

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
        wanted = WantedCompany(name=name, owner=owner, currency=currency, plan=plan, limits=limits or {})
        wanted.check()
        async with transaction(self._database) as connection:
            return await add_company(connection, wanted)

    async def create_once(
        self, wanted: WantedCompany, keys: Keys, scopes: Collection[str], keep: Callable[[str], None]
    ) -> tuple[NewCompany, NewKey] | None:
        """Make a company and its first key unless a company of this name exists, then None; processes wait in turn.

        `keep` is called with the key before the commit, so that the key can be put where it outlives this process.
        Raises Invalid.
        """
        wanted.check()
        async with transaction(self._database) as connection:
            await connection.execute(_ONE_AT_A_TIME)
            if await connection.fetchval(_EXISTS, wanted.name):
                return None
            made = await add_company(connection, wanted)
            key = await keys.add(connection, WantedKey(creator_id=made.owner_id, name="first key", scopes=scopes))
            keep(key.text)
        return made, key

    async def list(self, company_id: UUID | None = None) -> list[dict[str, Any]]:
        """Return companies in the order they were made, or one; `limits` are their own alone."""
        async with transaction(self._database) as connection:
            rows = await connection.fetch(_LIST, company_id)
        return [dict(row) | {"limits": orjson.loads(row["limits"])} for row in rows]

    async def allow_negative_stock(self, company_id: UUID, *, allowed: bool) -> None:
        """Say whether more may be taken from stock than is there, in both workspaces; for commands from now on."""
        async with transaction(self._database) as connection:
            await connection.execute(_NEGATIVE, company_id, allowed)

    async def set_terms(self, company_id: UUID, plan: Plan | None, limits: Mapping[str, int | None]) -> None:
        """Change a company's plan (None: it stays) and limits (None: the plan's again), for all its keys at once.

        Limits that are not named stay. Raises Invalid, and NotFound.
        """
        own = {name: figure for name, figure in limits.items() if figure is not None}
        check_limits(limits)
        async with transaction(self._database) as connection:
            args = (None if plan is None else plan.value, list(limits), orjson.dumps(own).decode())
            if await connection.execute(_SET, company_id, *args) != "UPDATE 1":
                raise NotFound("No such company", field="company")
            await connection.execute(_MOVE, company_id)
            keys = [row["public_id"] for row in await connection.fetch(_KEYS, company_id)]
        await refresh(self._limiter, keys)
