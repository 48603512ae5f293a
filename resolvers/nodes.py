"""Nodes: anything by its id, whose type the id itself carries."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from engine.declare.rows import Rows
from engine.run.context import Reading


async def node(ctx: Reading, id: Annotated[UUID, "The `id` of anything that is a `Node`."]) -> Rows[Any] | None:
    """Anything by its id; null when there is nothing of this id here."""
    return ctx.node(id)


async def nodes(ctx: Reading, ids: Annotated[list[UUID], "The `id` of each."]) -> list[Rows[Any] | None]:
    """Several things by their ids, in the order asked for; null where there is nothing."""
    return [ctx.node(each) for each in ids]
