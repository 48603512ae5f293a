"""Who did something, as the graph shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import strawberry

from access.gate import NamedKey
from access.scopes import Scope
from engine.declare.types import computed
from engine.run.context import Reading


@strawberry.type(description="Who did something.")
class Actor:
    """Who did something."""

    id: strawberry.ID = strawberry.field(description="The API key's id.")
    name: str = strawberry.field(description="What the API key is called.")
    email: str | None = strawberry.field(
        description="The e-mail address of the person in whose name it acts; null without `read:users`."
    )


def created_by() -> Any:
    """Declare the field that tells which API key made a row."""
    return actor("created_by_id", "The API key that made it; null when Forge itself did.")


def actor(column: str, description: str, *, in_rest: bool = False) -> Any:
    """Declare a field that tells which API key a column names; keys of all companies are elsewhere, so Python asks."""

    async def resolve(self: Any, ctx: Reading) -> Actor | None:
        key_id: UUID | None = getattr(self, column)
        if key_id is None:
            return None
        found: NamedKey | None = await ctx.load(ctx.named_keys, key_id)
        if found is None:
            return None
        may_see = Scope.READ_USERS in ctx.principal.scopes
        return Actor(id=strawberry.ID(str(key_id)), name=found.name, email=found.email if may_see else None)

    return computed(column, description=description, in_rest=in_rest)(resolve)
