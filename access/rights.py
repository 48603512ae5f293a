"""Rights that are lost: the workspace's epoch goes up in the same transaction, and then everybody is told."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from access.limiter import Limiter
from core.database.pool import Connection
from core.valkey import ValkeyAway

log = logging.getLogger("forge")

Lost = Mapping[str, int]
"""Public ids of keys that lost a right, and the epoch it happened at."""


async def withdraw(connection: Connection, which: str, *args: Any) -> Lost:
    """Move the epoch of every workspace that has one of these keys; `which` is SQL about keys `k` and creators `u`.

    Every write under way in those workspaces is tried again with rights read afresh.
    """
    rows = await connection.fetch(
        f"select k.public_id, k.workspace_id from api_keys k left join users u on u.id = k.created_by_id where {which}",
        *args,
    )
    workspaces = {row["workspace_id"] for row in rows}
    await connection.execute(
        "select from clocks where workspace_id = any($1) order by workspace_id for no key update", list(workspaces)
    )
    moved = await connection.fetch(
        "update clocks set access_epoch = access_epoch + 1 where workspace_id = any($1)"
        " returning workspace_id, access_epoch",
        list(workspaces),
    )
    epochs = dict(map(tuple, moved))
    return {row["public_id"]: epochs[row["workspace_id"]] for row in rows}


async def tell(limiter: Limiter, lost: Lost) -> None:
    """After the commit: drop the principals from Valkey and publish; when it is away the sweeps find out."""
    try:
        for public_id, epoch in lost.items():
            await limiter.forget(public_id, epoch)
    except ValkeyAway:
        log.warning("Valkey is away: %d keys are withdrawn by the sweeps", len(lost))


async def refresh(limiter: Limiter, keys: Lost) -> None:
    """After the commit: have every process read these keys again, which lost no right; nobody is cut off.

    A process that was reading them meanwhile, or Valkey away, is put right by the sweeps, for their epochs have moved.
    """
    try:
        for public_id in keys:
            await limiter.drop(public_id)
    except ValkeyAway:
        log.warning("Valkey is away: %d keys are read again by the sweeps", len(keys))
