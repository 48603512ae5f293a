"""Telling, once, that the stock of a part has come down to its reorder point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from engine.run.context import Command
from models import InventoryItem, Part

LOW_STOCK = "inventory_item.low_stock"


async def tell_low_stock(
    ctx: Command, parts: Mapping[UUID, Part], moved: Sequence[InventoryItem], changes: Mapping[UUID, Decimal]
) -> None:
    """Tell of each part whose stock, over all its items, was above its reorder point and is not any more.

    `changes` is by how much the stock of each part changes now. The parts are locked: of two commands that take from
    different places of a part, the second sees what the first has left.
    """
    staged: dict[UUID, Decimal] = await ctx.once(tell_low_stock, _nothing)  # by this command, and in no table yet
    fewer = [each.id for each in parts.values() if changes[each.id] < 0 and each.reorder_point is not None]
    for part in await ctx.unit.lock(Part, sorted(fewer)) if fewer else ():
        before = await ctx.unit.call("part_on_hand", part.id) + staged.get(part.id, 0)
        if part.reorder_point is not None and before > part.reorder_point >= before + changes[part.id]:
            item = next(each for each in reversed(moved) if each.part_id == part.id)
            ctx.save(item, event=LOW_STOCK)
    for part_id, change in changes.items():
        staged[part_id] = staged.get(part_id, Decimal(0)) + change


async def _nothing() -> dict[UUID, Decimal]:
    return {}
