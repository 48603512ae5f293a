"""The ledger of stock: every change of stock is a movement, and what lies somewhere is the sum of its movements.

    items = await post(ctx, [Posting(part_id, location_id, Decimal(5), MovementReason.RECEIPT, unit_cost=price)])

A command posts once, with all that it moves: all items are locked by one statement in the order of their ids, so
commands that move the same stock never wait for each other in a circle. Lock what comes before items (jobs, orders)
earlier, and what comes after them (requirements, reservations) later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.errors import Invalid
from core.record import Record
from core.values.average import average_without, moving_average
from core.values.ids import new_id
from engine.declare.names import snake
from engine.run.context import Command
from models import InventoryItem, Job, MovementReason, Part, Requirement, StockLocation, StockMovement
from resolvers.aggregate import now
from resolvers.balances import settle_item
from resolvers.low_stock import tell_low_stock
from resolvers.replaying import Replayed, without_receipt
from resolvers.reserved import consume
from resolvers.stock_rules import check_place, check_posting, check_serials

OUT_OF_USE = frozenset({MovementReason.ISSUE, MovementReason.SHIPMENT})
"""What only stock that is `available` may be used for."""
_COLUMNS = ("part_id", "location_id", "lot", "serial")


@dataclass(frozen=True, slots=True)
class Place:
    """Where stock of a part lies, told apart by lot and serial number: there is one item for each."""

    part_id: UUID
    location_id: UUID
    lot: str | None = None
    serial: str | None = None

    @property
    def key(self) -> tuple[UUID, UUID, str | None, str | None]:
        """The columns of the item."""
        return self.part_id, self.location_id, self.lot, self.serial


@dataclass(frozen=True, slots=True)
class Posting:
    """A movement to be made: `quantity`, in the part's unit, comes in (more than 0) or goes out (less).

    `unit_cost` moves the average of what comes in; without it that costs what is there. A receipt that is taken back
    (less than 0) leaves the average as if it had not come. A leg of a transfer that comes
    in without a cost has the cost of the leg before it. `source` is the record that it is for: what goes out for a job,
    or for a job's requirement, may use what is reserved for the job.
    """

    part_id: UUID
    location_id: UUID
    quantity: Decimal
    reason: MovementReason
    lot: str | None = None
    serial: str | None = None
    unit_cost: Decimal | None = None
    source: Record | None = None
    note: str | None = None

    @property
    def place(self) -> Place:
        """Where it comes in or goes out."""
        return Place(self.part_id, self.location_id, self.lot, self.serial)

    @property
    def is_taken_back(self) -> bool:
        """Whether it takes a receipt back."""
        return self.quantity < 0 and self.reason is MovementReason.RECEIPT

    @property
    def job_id(self) -> UUID | None:
        """The job that it is for."""
        if isinstance(self.source, Job):
            return self.source.id
        return self.source.job_id if isinstance(self.source, Requirement) else None


@dataclass
class Stock:
    """Locked items, each with the part it is of."""

    parts: dict[UUID, Part]
    items: dict[Place, InventoryItem]


async def post(ctx: Command, postings: Sequence[Posting]) -> list[InventoryItem]:
    """Move stock: lock the items, make those that are missing, write a movement for each posting, stage the events.

    Returns the item of each posting. Raises Conflict where less is there than goes out, unless the workspace allows
    negative stock; Invalid for a lot or serial number that is missing or not the part's.
    """
    stock = await open_stock(ctx, [each.place for each in postings])
    await book(ctx, stock, postings)
    return [stock.items[each.place] for each in postings]


async def open_stock(ctx: Command, places: Iterable[Place]) -> Stock:
    """Lock the items of places, and make those that are missing; a new item is staged when something is booked on it.

    Raises Invalid for a part or a location that is not there, and for a lot or serial number that does not fit.
    """
    wanted = list(dict.fromkeys(places))
    items = await _locked(ctx, wanted)
    part_ids = list(dict.fromkeys(each.part_id for each in wanted))
    parts = {each.id: each for each in await ctx.unit.find(Part, id=part_ids, deleted_at=None)}
    missing = [each for each in wanted if each not in items]
    if missing:  # from the first stock of a part on its unit and tracking stay
        await ctx.unit.lock(Part, sorted({each.part_id for each in missing} & parts.keys()))
    for place in wanted:
        check_place(parts.get(place.part_id), place.lot, place.serial)
    stock = Stock(parts, items)
    if missing:
        await _add(ctx, stock, missing)
    return stock


async def stock_of(ctx: Command, items: Sequence[InventoryItem]) -> Stock:
    """The stock of items that are locked already."""
    part_ids = list(dict.fromkeys(each.part_id for each in items))
    parts = {each.id: each for each in await ctx.unit.find(Part, id=part_ids)}
    return Stock(parts, {place_of(each): each for each in items})


def place_of(item: InventoryItem) -> Place:
    """Where an item lies."""
    return Place(item.part_id, item.location_id, item.lot, item.serial)


async def _locked(ctx: Command, places: Sequence[Place]) -> dict[Place, InventoryItem]:
    found = await ctx.unit.lock_matching(InventoryItem, _COLUMNS, [each.key for each in places])
    return {place_of(each): each for each in found}


async def _add(ctx: Command, stock: Stock, missing: Sequence[Place]) -> None:
    """Make the items of places, one after another with whoever makes the same: the second finds that of the first."""
    await ctx.unit.queue("inventory_items:" + ":".join(map(str, each.key)) for each in missing)
    stock.items |= await _locked(ctx, missing)
    made: dict[Place, InventoryItem] = await ctx.once(Stock, _no_items)  # what is staged is in no table yet
    stock.items |= {each: made[each] for each in missing if each in made and each not in stock.items}
    missing = [each for each in missing if each not in stock.items]
    location_ids = list(dict.fromkeys(each.location_id for each in missing))
    there = {each.id for each in await ctx.unit.find(StockLocation, id=location_ids, deleted_at=None)}
    for place in missing:
        if place.location_id not in there:
            raise Invalid("locationId: no such location", field="locationId")
        item = InventoryItem(id=new_id(InventoryItem), part_id=place.part_id, location_id=place.location_id)
        item.lot, item.serial = place.lot, place.serial
        stock.items[place] = made[place] = item


async def _no_items() -> dict[Place, InventoryItem]:
    return {}


async def book(ctx: Command, stock: Stock, postings: Sequence[Posting]) -> list[StockMovement]:
    """Move stock of items that are locked, as `post` does; returns the movements in the order of the postings."""
    before = {item.part_id: Decimal(0) for item in stock.items.values()}
    await consume(ctx, [(stock.items[each.place], each.job_id, -each.quantity) for each in postings])
    averages = await _averages(ctx, stock, postings)
    moved: list[StockMovement] = []
    carried: Decimal | None = None
    for each in postings:
        item = stock.items[each.place]
        await check_posting(ctx, stock.parts[item.part_id], item, each.quantity, used=each.reason in OUT_OF_USE)
        cost = carried if each.reason is MovementReason.TRANSFER and each.unit_cost is None else each.unit_cost
        moved.append(_move(ctx, item, each, cost, averages.get(item.id)))
        carried = item.unit_cost if each.quantity < 0 else None
        before[item.part_id] += each.quantity
    of_item: dict[UUID, list[StockMovement]] = {}
    for movement in moved:
        of_item.setdefault(movement.inventory_item_id, []).append(movement)
    items = [each for each in stock.items.values() if each.id in of_item]
    await check_serials(ctx, items)
    for item in items:
        is_first = item.movement_count == len(of_item[item.id])
        ctx.save(item, event="inventory_item.created" if is_first else "inventory_item.updated")
        ctx.inside(item, put=of_item[item.id])
    await tell_low_stock(ctx, stock.parts, items, before)
    return moved


async def _averages(ctx: Command, stock: Stock, postings: Sequence[Posting]) -> dict[UUID, Replayed]:
    """What items would cost without the receipts that are taken back, as far as their movements say."""
    found: dict[UUID, Replayed] = {}
    for each in postings:
        if each.is_taken_back and each.source is not None:
            item = stock.items[each.place]
            replayed = None if item.id in found else await without_receipt(ctx, item, each.source.id)
            found |= {} if replayed is None else {item.id: replayed}
    return found


def _move(
    ctx: Command, item: InventoryItem, posting: Posting, cost: Decimal | None, without: Replayed | None
) -> StockMovement:
    """Change an item, and return the entry of it; `without` is what it costs without a receipt that is taken back."""
    taken_back, comes_in = posting.is_taken_back, posting.quantity > 0
    if comes_in and cost is not None:
        item.unit_cost = moving_average(item.on_hand, item.unit_cost, posting.quantity, cost)
    elif taken_back and without is not None:
        item.unit_cost = without.average
    elif taken_back and cost is not None:
        item.unit_cost = average_without(item.on_hand, item.unit_cost, -posting.quantity, cost)
    item.on_hand += posting.quantity
    item.movement_count += 1
    settle_item(item)
    source = posting.source
    return StockMovement(
        id=new_id(StockMovement),
        inventory_item_id=item.id,
        number=item.movement_count,
        moved_at=now(),
        part_id=item.part_id,
        location_id=item.location_id,
        reason=posting.reason,
        quantity=posting.quantity,
        balance_after=item.on_hand,
        unit_cost=cost if cost is not None and (comes_in or taken_back) else item.unit_cost,
        told_cost=cost if comes_in else None,
        average_after=item.unit_cost,
        source_type=None if source is None else snake(type(source).__name__),
        source_id=None if source is None else source.id,
        note=posting.note,
        moved_by_id=ctx.principal.actor_id,
    )
