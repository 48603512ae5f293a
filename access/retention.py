"""How long the audit of each workspace is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import orjson

from access.plans import limits_of
from access.transaction import transaction
from core.database.database import Database

_FIND: Final = "select w.id, c.plan, c.limits from workspaces w join companies c on c.id = w.company_id"


async def audit_days(database: Database) -> Mapping[UUID, int]:
    """Return the days for every workspace; `database` acts as `forge_access`. Raises Unavailable when it is away."""
    async with transaction(database) as connection:
        rows = await connection.fetch(_FIND)
    return {row["id"]: limits_of(row["plan"], orjson.loads(row["limits"]))["audit_days"] for row in rows}
