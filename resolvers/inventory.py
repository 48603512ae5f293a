"""Stock: what lies where, and whether it may be used. Quantities change by movements alone."""

from __future__ import annotations

from uuid import UUID

from core.errors import Conflict
from core.values.decimals import shortest
from engine.declare.rows import Rows
from engine.run.context import Command
from models import InventoryItem, ItemStatus
from resolvers.aggregate import Aggregate
from resolvers.balances import settle_item
from resolvers.low_stock import LOW_STOCK
from resolvers.versions import ExpectedVersion

INVENTORY = Aggregate(InventoryItem)
INVENTORY.told("created")
INVENTORY.events.add(LOW_STOCK)


async def _not_reserved(_ctx: Command, item: InventoryItem) -> None:
    if item.reserved:
        raise Conflict(f"{shortest(item.reserved)} of the stock are reserved: release that first", field="status")


inventory = INVENTORY.page(
    "List stock: an item for each part, location, lot and serial number.\n\n"
    "An item is there once something has moved there, also when nothing lies there any more."
)
inventory_item = INVENTORY.get("Stock of a part in one place by its id; null when there is none.")
update_inventory_item = INVENTORY.update(
    "Change what is said of stock. How much there is changes by movements alone.",
    "What to change of stock: null clears, what is left out stays.",
)
hold_inventory_item = INVENTORY.move(
    "hold",
    (ItemStatus.AVAILABLE,),
    ItemStatus.ON_HOLD,
    "Put stock on hold: it is not used until it is released. Nothing of it may be reserved.",
    arrange=_not_reserved,
    effect=settle_item,
    past="put_on_hold",
)
quarantine_inventory_item = INVENTORY.move(
    "quarantine",
    (ItemStatus.AVAILABLE, ItemStatus.ON_HOLD),
    ItemStatus.QUARANTINE,
    "Put stock into quarantine until it is released or rejected. Nothing of it may be reserved.",
    arrange=_not_reserved,
    effect=settle_item,
    past="quarantined",
)
reject_inventory_item = INVENTORY.move(
    "reject",
    (ItemStatus.ON_HOLD, ItemStatus.QUARANTINE),
    ItemStatus.REJECTED,
    "Reject stock that was held back.",
    effect=settle_item,
)
release_inventory_item = INVENTORY.move(
    "release",
    (ItemStatus.ON_HOLD, ItemStatus.QUARANTINE, ItemStatus.REJECTED),
    ItemStatus.AVAILABLE,
    "Let stock that was held back be used again.",
    effect=settle_item,
    past="released",
)
INVENTORY.told("deleted")


async def delete_inventory_item(
    ctx: Command, id: UUID, expected_version: ExpectedVersion = None
) -> Rows[InventoryItem]:
    """Delete the item of a place where nothing lies any more; its movements stay."""
    item = await INVENTORY.lock(ctx, id, expected_version)
    if item.on_hand or item.reserved:
        raise Conflict(f"{shortest(item.on_hand)} are on hand: move or scrap them first", field="id")
    return ctx.delete(item, event="inventory_item.deleted")
