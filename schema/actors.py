"""Who did something, as the graph shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import strawberry

from engine.declare.types import computed
from engine.run.context import Reading


@strawberry.type(description="Who did something.")
class Actor:
    """Who did something."""

    name: str = strawberry.field(description="What the API key is called.")


def created_by() -> Any:
    """Declare the field that tells which API key made a row."""
    return actor("created_by_id", "The API key that made it; null when Forge itself did.")


def actor(column: str, description: str, *, in_rest: bool = False) -> Any:
    """Declare a field that tells which API key a column names; keys are not the workspace's, so Python fetches them."""

    async def resolve(self: Any, ctx: Reading) -> Actor | None:
        key_id: UUID | None = getattr(self, column)
        if key_id is None:
            return None
        name = await ctx.load(ctx.key_names, key_id)
        return None if name is None else Actor(name=name)

    return computed(column, description=description, in_rest=in_rest)(resolve)
