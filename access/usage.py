"""When, from where and for what a key was used last: noted in memory, written in batches."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.database.database import Database

LONGEST_ROUTE: Final = 200

_WRITE: Final = """
with used as (
  select workspace_id, id, to_timestamp(at) as at, address, route
  from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::text[], $5::text[]) as u(workspace_id, id, at, address, route)
), locked as (
  select k.id from api_keys k join used using (workspace_id, id)
  where k.last_used_at is null or k.last_used_at < used.at order by k.id for no key update of k
)
update api_keys k set last_used_at = used.at, last_used_address = used.address, last_used_route = used.route
from used, locked where k.workspace_id = used.workspace_id and k.id = used.id and k.id = locked.id
"""


class Usage:
    """Notes uses; what was noted since the last `write` is lost when the process is killed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[tuple[UUID, UUID], tuple[float, str, str]] = {}

    def note(self, home_id: UUID, key_id: UUID, at: float, address: str, route: str) -> None:
        """Note one use of a key; `home_id` is the workspace that holds its company's keys."""
        self._noted[home_id, key_id] = (at, address, route)

    async def write(self) -> None:
        """Write what was noted; raises Unavailable when PostgreSQL is away, and then keeps it for the next time."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        times, addresses, routes = zip(*noted.values(), strict=True)
        try:
            async with transaction(self._database) as connection:
                keys = map(list, zip(*noted, strict=True))
                columns = (*keys, list(times), [_address(each) for each in addresses])
                await connection.execute(_WRITE, *columns, [_plain(each[:LONGEST_ROUTE]) for each in routes])
        except BaseException:
            self._noted = noted | self._noted
            raise


def _plain(text: str) -> str:
    """Leave out what PostgreSQL cannot keep: a path may hold any character."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
