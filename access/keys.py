"""The life of a key: made with no more rights than its maker has, shown once, listed masked, revoked at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from access.credentials import Pepper, make_key, public_id_of
from access.limiter import Limiter
from access.plans import check_new_key, limits_of
from access.rights import tell, withdraw
from access.scopes import Scope, expand
from access.transaction import transaction
from core.database.database import Database
from core.database.pool import Connection
from core.errors import Conflict, Invalid, NotFound
from core.values.ids import new_id
from models import ApiKey, Environment, KeyFormat

LONGEST_NAME: Final = 200
MAX_NETWORKS: Final = 100
_WOULD_REGISTER: Final = "scopes: a key limited to registered documents cannot hold settings.integrations, to register"
_LIST: Final = """
select k.public_id, k.name, k.format, w.environment, k.scopes, k.created_at, k.expires_at, k.revoked_at,
  k.allowed_cidrs::text[] as allowed_cidrs, k.last_used_at, host(k.last_used_address) as last_used_address,
  k.last_used_route, k.registered_only, u.email as created_by
from api_keys k join workspaces w on w.id = k.workspace_id left join users u on u.id = k.created_by_id
where k.company_id = $1 order by k.id
"""
_GOOD: Final = """
select exists (select from api_keys where public_id = $1 and digest = $2 and company_id = $3 and revoked_at is null)
"""


_PLAN: Final = "select plan, limits from companies where id = $1 for no key update"
_COUNT_GOOD: Final = """
select count(*) from api_keys where company_id = $1 and revoked_at is null
  and (expires_at is null or expires_at > now())
"""


def _nowhere(_: str) -> None:
    """Keep nothing."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `text` is the key itself, which nobody can show again."""

    id: UUID
    public_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKey:
    """A key that is to be made, to a workspace of its creator's company."""

    creator_id: UUID
    name: str
    scopes: Collection[str]
    environment: Environment = Environment.LIVE
    form: KeyFormat = KeyFormat.FMRP
    expires_at: datetime | None = None
    allowed_cidrs: Sequence[str] = ()
    registered_only: bool = False

    def check(self) -> None:
        """Raise Invalid for what no key can have."""
        _check(self.name, self.scopes, self.expires_at)
        if self.registered_only and Scope.SETTINGS_INTEGRATIONS in expand(self.scopes):
            raise Invalid(_WOULD_REGISTER, field="scopes")
        _networks(self.allowed_cidrs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """A key as it may be shown; times are UTC."""

    public_id: str
    name: str
    format: str
    environment: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    allowed_cidrs: list[str]
    last_used_at: datetime | None
    last_used_address: str | None
    last_used_route: str | None
    registered_only: bool
    created_by: str | None


class Keys:
    """The keys of all companies; `database` acts as `forge_access`."""

    def __init__(self, database: Database, pepper: Pepper, limiter: Limiter) -> None:
        self._database = database
        self._pepper = pepper
        self._limiter = limiter

    async def create(self, *, keep: Callable[[str], None] = _nowhere, **wanted: Any) -> NewKey:
        """Make a key as `WantedKey` says; `keep` is called with it before the commit, to put it where it outlives us.

        Raises Invalid for a scope that does not exist or that the creator lacks, an expiry that is past, a network
        that is none, a key limited to registered documents that could register some; NotFound for a creator who is not
        active.
        """
        async with transaction(self._database) as connection:
            made = await self.add(connection, WantedKey(**wanted))
            keep(made.text)
        return made

    async def add(self, connection: Connection, wanted: WantedKey) -> NewKey:
        """Make a key in a transaction of the caller's; raises as `create` does."""
        wanted.check()
        company_id, workspace_id = await _workspace_for(connection, wanted)
        text = make_key(wanted.form, wanted.environment)
        made = NewKey(new_id(ApiKey), public_id_of(text) or "", text)
        await connection.execute(
            "insert into api_keys (id, company_id, workspace_id, created_by_id, public_id, digest, format, name,"
            " scopes, expires_at, allowed_cidrs, registered_only)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            *(made.id, company_id, workspace_id, wanted.creator_id, made.public_id, self._pepper.digest(text)),
            *(wanted.form.value, wanted.name, sorted(set(wanted.scopes)), wanted.expires_at),
            *(_networks(wanted.allowed_cidrs), wanted.registered_only),
        )
        return made

    async def is_good(self, text: str, company_id: UUID) -> bool:
        """Whether this text is a key of the company that has not been revoked."""
        credential = self._pepper.read(text)
        if credential is None:
            return False
        async with transaction(self._database) as connection:
            return bool(await connection.fetchval(_GOOD, credential.public_id, credential.digest, company_id))

    async def list(self, company_id: UUID) -> list[ListedKey]:
        """Return a company's keys, oldest first, revoked ones too."""
        async with transaction(self._database) as connection:
            return [ListedKey(**dict(row)) for row in await connection.fetch(_LIST, company_id)]

    async def revoke(self, public_id: str, *, company_id: UUID | None = None) -> None:
        """Revoke a key at once, everywhere; raises NotFound, or Conflict when it was revoked before."""
        async with transaction(self._database) as connection:
            key = await _lock(connection, public_id, company_id)
            if key["revoked_at"] is not None:
                raise Conflict("The key is revoked already", field="id")
            lost = await withdraw(connection, "k.id = $1", key["id"])
            await connection.execute("update api_keys set revoked_at = now() where id = $1", key["id"])
        await tell(self._limiter, lost)

    async def expire(self, public_id: str, at: datetime | None, *, company_id: UUID | None = None) -> None:
        """Change when a key ends by itself (None: never); raises NotFound."""
        async with transaction(self._database) as connection:
            key = await _lock(connection, public_id, company_id)
            lost = await withdraw(connection, "k.id = $1", key["id"])
            await connection.execute("update api_keys set expires_at = $2 where id = $1", key["id"], at)
        await tell(self._limiter, lost)


async def _workspace_for(connection: Connection, wanted: WantedKey) -> tuple[UUID, UUID]:
    """Return the company and workspace of a new key, its creator locked so that no right is lost meanwhile."""
    row = await connection.fetchrow(
        "select u.company_id, w.id as workspace_id, r.scopes from users u join roles r on r.id = u.role_id"
        " join workspaces w on w.company_id = u.company_id and w.environment = $2"
        " where u.id = $1 and u.status = 'active' for share of u, r",
        wanted.creator_id,
        wanted.environment.value,
    )
    if row is None:
        raise NotFound("No such active user, or the company has no such environment", field="creator")
    lacking = sorted(set(wanted.scopes) - expand(row["scopes"]))
    if lacking:
        raise Invalid(f"scopes: the creator does not hold {', '.join(lacking)}", field="scopes")
    await _check_plan(connection, row["company_id"], wanted)
    return row["company_id"], row["workspace_id"]


async def _check_plan(connection: Connection, company_id: UUID, wanted: WantedKey) -> None:
    """Raise when the company's plan allows no such key. Keys are made one after another, so none passes by."""
    row = await connection.fetchrow(_PLAN, company_id)
    assert row is not None
    good = await connection.fetchval(_COUNT_GOOD, company_id)
    check_new_key(limits_of(row["plan"], orjson.loads(row["limits"])), wanted.form, wanted.environment, good)


async def _lock(connection: Connection, public_id: str, company_id: UUID | None) -> asyncpg.Record:
    row: asyncpg.Record | None = await connection.fetchrow(
        "select id, revoked_at from api_keys where public_id = $1 and ($2::uuid is null or company_id = $2)"
        " for no key update",
        public_id,
        company_id,
    )
    if row is None:
        raise NotFound("Key not found", field="id")
    return row


def _check(name: str, scopes: Collection[str], expires_at: datetime | None) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise Invalid(f"name: 1 to {LONGEST_NAME} characters", field="name")
    unknown = sorted(set(scopes) - set(Scope))
    if unknown:
        raise Invalid(f"scopes: unknown scope {unknown[0][:50]!r}", field="scopes")
    if not scopes:
        raise Invalid("scopes: at least one", field="scopes")
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= datetime.now(UTC)):
        raise Invalid("expires_at: a time in the future, with its zone", field="expires_at")


def _networks(texts: Sequence[str]) -> list[Any]:
    if len(texts) > MAX_NETWORKS:
        raise Invalid(f"allowed_cidrs: at most {MAX_NETWORKS}", field="allowed_cidrs")
    try:
        return [ip_network(text) for text in texts]
    except ValueError as error:
        raise Invalid(f"allowed_cidrs: {error}", field="allowed_cidrs") from None
