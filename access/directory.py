"""The directory: keys as PostgreSQL knows them, read as `forge_access`, which alone sees those of all companies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from access.credentials import Pepper
from access.gate import NamedKey
from access.principal import NO_KEY
from access.scopes import Scope
from access.transaction import transaction
from core.database.database import Database

PRINCIPAL: Final = """
select json_build_object(
  'key_id', k.id, 'public_id', k.public_id, 'digest', encode(d.digest, 'hex'), 'company_id', o.id,
  'workspace_id', w.id, 'home_id', h.id, 'environment', w.environment, 'currency', w.currency, 'scopes', k.scopes,
  'user_id', u.id, 'is_owner', coalesce(u.is_owner, false),
  'held', case when not (u.is_owner or r.holds_all) then r.scopes end, 'epoch', c.access_epoch,
  'plan', o.plan, 'limits', o.limits, 'expires', extract(epoch from k.expires_at), 'networks', k.allowed_cidrs,
  'registered_only', k.registered_only
)::text
from api_keys k
join key_digests d on d.key_id = k.id
join workspaces h on h.id = k.workspace_id
join workspaces w on w.company_id = h.company_id and w.environment = k.environment
join companies o on o.id = h.company_id
join clocks c on c.workspace_id = w.id
left join users u on u.workspace_id = k.workspace_id and u.id = k.user_id
left join roles r on r.workspace_id = k.workspace_id and r.id = u.role_id
where k.public_id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
  and (u.id is null or u.status = 'active')
"""
"""One statement, one snapshot: rights and epoch belong together. No row for a key that is good no more.

`held` is null where every scope is held: by owners, by administrators, and by keys of nobody in particular.
"""

_VERIFY: Final = f"{PRINCIPAL} and d.digest = any($2::bytea[])"
"""The same for a key of one of these digests: a wrong one takes as long as an id that there is not."""

_PERSON: Final = f"""
select json_build_object(
  'key_id', '{NO_KEY}', 'public_id', '', 'company_id', o.id, 'workspace_id', h.id, 'home_id', h.id,
  'environment', h.environment, 'currency', h.currency, 'scopes', array['{Scope.ADMIN}'], 'user_id', u.id,
  'is_owner', u.is_owner, 'held', case when not (u.is_owner or r.holds_all) then r.scopes end, 'epoch', c.access_epoch,
  'plan', o.plan, 'limits', o.limits, 'expires', null, 'networks', array[]::text[], 'registered_only', false
)::text
from users u
join roles r on r.workspace_id = u.workspace_id and r.id = u.role_id
join workspaces h on h.id = u.workspace_id
join companies o on o.id = h.company_id
join clocks c on c.workspace_id = h.id
where u.id = $1 and u.status = 'active'
"""
"""What a person may do without a key: all that their role holds."""

_DIGESTS: Final = """
select json_object_agg(k.public_id, encode(d.digest, 'hex'))::text from api_keys k join key_digests d on d.key_id = k.id
where k.public_id = any($1) and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
"""

_EPOCHS: Final = """
from api_keys k
join workspaces h on h.id = k.workspace_id
join workspaces w on w.company_id = h.company_id and w.environment = k.environment
join clocks c on c.workspace_id = w.id
"""
_MOVED: Final = f"""
select json_object_agg(k.public_id, c.access_epoch)::text {_EPOCHS}
join unnest($1::text[], $2::bigint[]) as seen(public_id, epoch) on seen.public_id = k.public_id
where c.access_epoch > seen.epoch
"""
_OF_COMPANY: Final = f"select json_object_agg(k.public_id, c.access_epoch)::text {_EPOCHS} where h.company_id = $1"

_HOLDERS: Final = """
select json_object_agg(k.id, json_build_array(k.name, u.email))::text
from api_keys k join workspaces h on h.id = k.workspace_id
left join users u on u.workspace_id = k.workspace_id and u.id = k.user_id
where h.company_id = $1 and k.id = any($2::uuid[])
"""

_REDIGEST: Final = """
update key_digests d set digest = $3 from api_keys k where k.public_id = $1 and d.key_id = k.id and d.digest = $2
"""


class Found(NamedTuple):
    """A principal as JSON, and the digest of its key."""

    text: bytes
    digest: bytes


class Directory:
    """Reads keys; every method raises Unavailable when PostgreSQL is away."""

    def __init__(self, database: Database, pepper: Pepper) -> None:
        self._database = database
        self._pepper = pepper

    async def find(self, public_id: str) -> Found | None:
        """Return the principal of a key that is good now, whoever asks."""
        text = await self._database.text(PRINCIPAL, (public_id,))
        return None if text is None else Found(text, bytes.fromhex(orjson.loads(text)["digest"]))

    async def person(self, user_id: UUID) -> bytes | None:
        """Return the principal of a person who may act, whoever says so: for the command line."""
        return await self._database.text(_PERSON, (user_id,))

    async def verify(self, public_id: str, key: str) -> bytes | None:
        """Return the principal of a key that is good now, when this is that key.

        A digest that an older secret made is made again, so that this secret can be dropped when all keys were used.
        """
        text = await self._database.text(_VERIFY, (public_id, self._pepper.digests(key)))
        if text is None:
            return None
        found = Found(text, bytes.fromhex(orjson.loads(text)["digest"]))
        fresh = self._pepper.digest(key)
        if fresh != found.digest:
            async with transaction(self._database) as connection:
                await connection.execute(_REDIGEST, public_id, found.digest, fresh)
        return found.text

    async def digests(self, public_ids: Sequence[str]) -> dict[str, bytes]:
        """Of these keys the digests of those that are neither revoked nor expired."""
        text = await self._database.text(_DIGESTS, (list(public_ids),))
        found: dict[str, str] = {} if text is None else orjson.loads(text)
        return {public_id: bytes.fromhex(digest) for public_id, digest in found.items()}

    async def named(self, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, NamedKey]:
        """Return what keys of a company are called, revoked ones too, and in whose name they act."""
        text = await self._database.text(_HOLDERS, (company_id, list(ids)))
        found: dict[str, list[Any]] = {} if text is None else orjson.loads(text)
        return {UUID(key_id): NamedKey(*each) for key_id, each in found.items()}

    async def epochs(self, company_id: UUID, public_ids: Collection[str] | None = None) -> dict[str, int]:
        """Return the epoch at which the workspaces of a company's keys are: of all keys, or of these."""
        text = await self._database.text(_OF_COMPANY, (company_id,))
        found: dict[str, int] = {} if text is None else orjson.loads(text)
        return {name: epoch for name, epoch in found.items() if public_ids is None or name in public_ids}

    async def moved(self, seen: Mapping[str, int]) -> dict[str, int]:
        """Of keys and the epoch they were seen at: those whose workspace is at a later epoch now, and which."""
        text = await self._database.text(_MOVED, (list(seen), list(seen.values())))
        found: dict[str, int] = {} if text is None else orjson.loads(text)
        return found
