"""Access: what the caller's key may do and see, told to the caller."""

from __future__ import annotations

from access.principal import Principal
from engine.run.context import Reading


async def my_access(ctx: Reading) -> Principal:
    """What this key is and may do: its scopes, what it may read of each type, and its limits."""
    return ctx.principal
