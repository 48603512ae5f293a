"""The ledger of stock: every change of it is a movement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.errors import Conflict
from core.record import Record
from core.values.exact import plus
from core.values.ids import new_id
from engine.run.context import Command
from models import InventoryItem, MovementReason, StockMovement
from resolvers.aggregate import now


@dataclass(frozen=True, slots=True)
class Posting:
    """A change of stock: more than 0 comes in, less goes out."""

    part_id: UUID
    location_id: UUID
    quantity: Decimal
    reason: MovementReason
    lot: str | None = None
    serial: str | None = None
    unit_cost: Decimal | None = None
    source: Record | None = None
    note: str | None = None


async def post(ctx: Command, postings: Sequence[Posting]) -> list[InventoryItem]:
    """Write movements and settle the stock that they are of; Conflict when stock would be negative."""
    found = await ctx.unit.find_staged(InventoryItem, part_id=sorted({each.part_id for each in postings}))
    ids = sorted(each.id for each in found)
    known = {_place(each): each for each in await ctx.unit.lock(InventoryItem, ids)} if ids else {}
    for each in postings:
        item = known.get(_place(each))
        if item is None:
            key = {"part_id": each.part_id, "location_id": each.location_id, "lot": each.lot, "serial": each.serial}
            item = known[_place(each)] = InventoryItem(id=new_id(InventoryItem), **key)
        item.on_hand = item.available = plus(item.on_hand, each.quantity)
        if item.on_hand < 0:
            raise Conflict("There is not that much in stock", field="quantity")
        moved = StockMovement(
            id=new_id(StockMovement),
            inventory_item_id=item.id,
            position=1,
            moved_at=now(),
            reason=each.reason,
            quantity=each.quantity,
            balance_after=item.on_hand,
            unit_cost=each.unit_cost,
            source_type=None if each.source is None else each.source.__tablename__,
            source_id=None if each.source is None else each.source.id,
        )
        ctx.save(item, event="inventory_item.updated")
        ctx.inside(item, put=[moved])
    return list(known.values())


def _place(each: InventoryItem | Posting) -> tuple[UUID, UUID, str | None, str | None]:
    return each.part_id, each.location_id, each.lot, each.serial
