"""Ticks: which workspaces moved on, asked for all of them in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import orjson

from core.database.database import Database

_MOVED: Final = """
select json_agg(c.workspace_id)::text
from unnest($1::uuid[], $2::bigint[]) as seen(workspace_id, tick) join clocks c using (workspace_id)
where c.tick <> seen.tick
"""


class Ticks:
    """Looks at the clocks of any workspace; `database` acts as `forge_access`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def moved(self, seen: Mapping[UUID, int]) -> list[UUID]:
        """Of workspaces and the tick they were seen at: those that are at another now.

        Raises Unavailable when the database is away.
        """
        text = await self._database.text(_MOVED, (list(seen), list(seen.values())))
        found: list[str] = [] if text is None else orjson.loads(text)
        return [UUID(each) for each in found]
