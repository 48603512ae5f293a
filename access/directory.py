"""The directory: keys as PostgreSQL knows them, read as `forge_access`, the only role that sees company tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from access.credentials import Pepper
from access.transaction import transaction
from core.database.database import Database

PRINCIPAL: Final = """
select json_build_object(
  'key_id', k.id, 'public_id', k.public_id, 'digest', encode(k.digest, 'hex'), 'company_id', k.company_id,
  'workspace_id', k.workspace_id, 'environment', w.environment, 'currency', w.currency, 'scopes', k.scopes,
  'held', r.scopes, 'epoch', c.access_epoch, 'plan', o.plan, 'limits', o.limits,
  'expires', extract(epoch from k.expires_at), 'networks', k.allowed_cidrs::text[],
  'registered_only', k.registered_only
)::text
from api_keys k
join workspaces w on w.id = k.workspace_id
join companies o on o.id = k.company_id
join clocks c on c.workspace_id = k.workspace_id
left join users u on u.id = k.created_by_id
left join roles r on r.id = u.role_id
where k.public_id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
  and (u.id is null or u.status = 'active')
"""
"""One statement, one snapshot: rights and epoch belong together. No row for a key that is good no more."""

_DIGESTS: Final = """
select json_object_agg(public_id, encode(digest, 'hex'))::text from api_keys
where public_id = any($1) and revoked_at is null and (expires_at is null or expires_at > now())
"""

_MOVED: Final = """
select json_object_agg(seen.public_id, c.access_epoch)::text
from unnest($1::text[], $2::bigint[]) as seen(public_id, epoch)
join api_keys k using (public_id)
join clocks c on c.workspace_id = k.workspace_id
where c.access_epoch > seen.epoch
"""

_NAMES: Final = "select json_object_agg(id, name)::text from api_keys where company_id = $1 and id = any($2::uuid[])"

_REDIGEST: Final = "update api_keys set digest = $3 where public_id = $1 and digest = $2"


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

    async def verify(self, public_id: str, key: str) -> bytes | None:
        """Return the principal of a key that is good now, when this is that key.

        A digest that an older secret made is made again, so that this secret can be dropped when all keys were used.
        """
        found = await self.find(public_id)
        if found is None or not self._pepper.matches(key, found.digest):
            return None
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

    async def names(self, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
        """Return what keys of a company are called, revoked ones too."""
        text = await self._database.text(_NAMES, (company_id, list(ids)))
        found: dict[str, str] = {} if text is None else orjson.loads(text)
        return {UUID(key_id): name for key_id, name in found.items()}

    async def moved(self, seen: Mapping[str, int]) -> dict[str, int]:
        """Of keys and the epoch they were seen at: those whose workspace is at a later epoch now, and which."""
        text = await self._database.text(_MOVED, (list(seen), list(seen.values())))
        found: dict[str, int] = {} if text is None else orjson.loads(text)
        return found
