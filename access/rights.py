"""Rights that are lost: the epoch of the company's workspaces goes up with them, and then everybody is told.

The epoch is moved by triggers on roles, users and keys (migration 0028), in the transaction that takes the right: every
write under way in those workspaces is tried again with rights read afresh.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

from access.limiter import Limiter
from core.valkey import ValkeyAway

log = logging.getLogger("forge")

Lost = Mapping[str, int]
"""Public ids of keys that lost a right, and the epoch it happened at."""


async def tell(limiter: Limiter, lost: Lost) -> None:
    """After the commit: drop the principals from Valkey and publish; when it is away the sweeps find out."""
    try:
        for public_id, epoch in lost.items():
            await limiter.forget(public_id, epoch)
    except ValkeyAway:
        log.warning("Valkey is away: %d keys are withdrawn by the sweeps", len(lost))


async def refresh(limiter: Limiter, keys: Collection[str]) -> None:
    """After the commit: have every process read these keys again, which lost no right; nobody is cut off.

    A process that was reading them meanwhile, or Valkey away, is put right by the sweeps, for their epochs have moved.
    """
    try:
        for public_id in keys:
            await limiter.drop(public_id)
    except ValkeyAway:
        log.warning("Valkey is away: %d keys are read again by the sweeps", len(keys))
