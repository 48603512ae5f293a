"""Movements of stock: the ledger, and the commands that move stock by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from core.errors import Conflict, Invalid, NotFound
from core.values.checked import LIMIT, NOTE, PRICE, QUANTITY, Number
from core.values.marks import LOT
from engine.declare.inputs import input_type
from engine.declare.names import spaced
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command, Reading
from models import InventoryItem, MovementReason, StockLocation, StockMovement
from resolvers.ledger import Place, Posting, Stock, book, open_stock, place_of

CHANGE: Final = Number(-LIMIT, LIMIT, above=True, below=True)
"""A quantity that comes in (more than 0) or goes out (less)."""
_Note = Annotated[str, NOTE, "Why."] | None
_Item = Annotated[UUID, "The stock: an item of the inventory."]
_Out = Annotated[Decimal, QUANTITY, "How much of the part's unit."]


@input_type
class AdjustStock:
    """By how much stock of a part in one place is other than the books say."""

    part_id: Annotated[UUID, "What there is more or less of."]
    location_id: Annotated[UUID, "Where it lies."]
    lot: Annotated[str, LOT, "The lot, of a part that is tracked by lot."] | None = None
    serial: Annotated[str, LOT, "The serial number, of a part that is tracked so."] | None = None
    quantity: Annotated[Decimal, CHANGE, "How much more there is than the books say; less than 0: how much less."]
    unit_cost: Annotated[Decimal, PRICE, "What a unit that comes in costs; else the average that is there."] | None = (
        None
    )
    note: _Note = None


@input_type
class TransferStock:
    """What is moved from one location to another."""

    inventory_item_id: _Item
    location_id: Annotated[UUID, "Where it is brought."]
    quantity: _Out
    note: _Note = None


@input_type
class ScrapStock:
    """What is thrown away."""

    inventory_item_id: _Item
    quantity: _Out
    note: _Note = None


async def stock_movements(ctx: Reading, filter: Filter[StockMovement] | None, page: Page) -> Rows[StockMovement]:
    """List movements of stock, the latest first. They are never changed; what was wrong is moved back by another."""
    return ctx.rows(StockMovement).filter(filter).page(page)


async def stock_movement(ctx: Reading, id: UUID) -> Rows[StockMovement]:
    """One movement of stock by its id; null when there is none."""
    return ctx.rows(StockMovement).by_id(id)


async def adjust_stock(ctx: Command, input: AdjustStock) -> Rows[StockMovement]:
    """Correct how much of a part lies in a place. The first movement there makes the item of the inventory."""
    place = Place(input.part_id, input.location_id, input.lot, input.serial)
    posting = _posting(place, input.quantity, MovementReason.ADJUSTMENT, input.note, input.unit_cost)
    return await _move(ctx, await open_stock(ctx, [place]), [posting])


async def transfer_stock(ctx: Command, input: TransferStock) -> Rows[StockMovement]:
    """Bring stock to another location: one movement out and one in, at the same cost. Answers the one in.

    Each names the stock on the other side (`source_id`), at the same moment.

    Stock that is held back stays so: where it is brought there must be none, or stock that is held back the same way.
    """
    source = await _source(ctx, input.inventory_item_id)
    target = Place(source.part_id, input.location_id, source.lot, source.serial)
    if target == source:
        raise Invalid("locationId: it lies there already", field="locationId")
    stock = await open_stock(ctx, [source, target])
    item, there = stock.items[source], stock.items[target]
    if not there.on_hand:
        there.status, there.expires_on = item.status, item.expires_on
    elif there.status != item.status:
        code = await ctx.unit.look(StockLocation, target.location_id, "code")
        raise Conflict(
            f"locationId: the stock is {spaced(item.status)}, that at {code} is {spaced(there.status)}",
            field="locationId",
        )
    out = _posting(source, -input.quantity, MovementReason.TRANSFER, input.note)
    into = _posting(target, input.quantity, MovementReason.TRANSFER, input.note)
    moved = await book(ctx, stock, [replace(out, source=there), replace(into, source=item)])
    moved[1].moved_at = moved[0].moved_at
    return ctx.rows(StockMovement).by_id(moved[1].id)


async def scrap_stock(ctx: Command, input: ScrapStock) -> Rows[StockMovement]:
    """Throw stock away, whatever its status; what is reserved stays."""
    place = await _source(ctx, input.inventory_item_id)
    posting = _posting(place, -input.quantity, MovementReason.SCRAP, input.note)
    return await _move(ctx, await open_stock(ctx, [place]), [posting])


def _posting(
    place: Place, quantity: Decimal, reason: MovementReason, note: str | None, unit_cost: Decimal | None = None
) -> Posting:
    part_id, location_id, lot, serial = place.key
    return Posting(part_id, location_id, quantity, reason, lot, serial, unit_cost, note=note)


async def _move(ctx: Command, stock: Stock, postings: list[Posting]) -> Rows[StockMovement]:
    """Move stock of one part; answers the last movement."""
    moved = await book(ctx, stock, postings)
    return ctx.rows(StockMovement).by_id(moved[-1].id)


async def _source(ctx: Command, item_id: UUID) -> Place:
    """Where an item lies, which never changes."""
    found = await ctx.unit.find(InventoryItem, id=item_id, deleted_at=None)
    if not found:
        raise NotFound("InventoryItem not found", field="inventoryItemId")
    return place_of(found[0])
