"""What is reserved of stock: used by what it is reserved for, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from uuid import UUID

from core.errors import Conflict
from core.values.decimals import shortest
from core.writing.unit_of_work import UnitOfWork
from engine.declare.names import spaced
from engine.run.context import Command
from models import InventoryItem, ItemStatus, Job, Reservation, ReservationStatus
from resolvers.balances import open_quantity, settle_item

Taken = tuple[InventoryItem, UUID | None, Decimal]
"""An item, the job that something of it goes out for, and how much goes out (less than 0: comes in)."""
Check = Callable[[InventoryItem, Decimal], None]
"""Told an item and how much more of it is to be reserved: raises Conflict when that cannot be."""


async def consume(ctx: Command, taken: Sequence[Taken]) -> None:
    """Use what is reserved for jobs, the oldest first: what they take more than that has to be free."""
    wanted = [each for each in taken if each[1] is not None and each[2] > 0 and each[0].reserved > 0]
    if not wanted:
        return
    items, jobs = [item.id for item, _, _ in wanted], [job_id for _, job_id, _ in wanted]
    found = await ctx.unit.find(
        Reservation, inventory_item_id=items, job_id=jobs, status=ReservationStatus.ACTIVE, deleted_at=None
    )
    locked = await ctx.unit.lock(Reservation, sorted(each.id for each in found))
    for item, job_id, quantity in wanted:
        left = quantity
        for each in locked:
            if (each.inventory_item_id, each.job_id) == (item.id, job_id) and left > 0:
                left -= _use(ctx, item, each, left)


def _use(ctx: Command, item: InventoryItem, reservation: Reservation, most: Decimal) -> Decimal:
    used = min(open_quantity(reservation), most)
    if not used:
        return used
    reservation.consumed_quantity += used
    item.reserved -= used
    if not open_quantity(reservation):
        reservation.status = ReservationStatus.CONSUMED
        ctx.save(reservation, event="reservation.consumed")
    else:
        ctx.save(reservation, event="reservation.updated")
    return used


async def settle_reserved(ctx: Command, reservation: Reservation, *, check: Check | None = None) -> None:
    """Work out and stage how much is reserved of the item of a reservation that is changed; the item is locked."""
    [item] = await ctx.unit.lock(InventoryItem, [reservation.inventory_item_id])
    new: dict[UUID, Reservation] = await ctx.once(settle_reserved, _no_reservations)  # they are in no table yet
    kept = await ctx.unit.find(Reservation, inventory_item_id=item.id, status=ReservationStatus.ACTIVE, deleted_at=None)
    known = {each.id: each for each in (*kept, *new.values(), reservation) if each.inventory_item_id == item.id}
    reserved = sum((open_quantity(each) for each in known.values()), Decimal(0))
    if check is not None and reserved > item.reserved:
        check(item, reserved - item.reserved)
    new[reservation.id] = reservation
    if reserved != item.reserved:
        item.reserved = reserved
        settle_item(item)
        ctx.save(item, event="inventory_item.updated")


async def _no_reservations() -> dict[UUID, Reservation]:
    return {}


def check_free(item: InventoryItem, more: Decimal) -> None:
    """Raise Conflict unless so much of an item may be reserved."""
    if item.status != ItemStatus.AVAILABLE:
        raise Conflict(f"inventoryItemId: the stock is {spaced(item.status)}", field="inventoryItemId")
    if more > item.available:
        raise Conflict(f"quantity: {shortest(max(item.available, Decimal(0)))} of it are available", field="quantity")


async def free(unit: UnitOfWork, ids: Sequence[UUID], status: ReservationStatus) -> list[Reservation]:
    """End reservations that are active; returns them.

    The jobs whose requirements they are for and the items are locked first: `settle_materials` those jobs then.
    """
    found = await unit.find(Reservation, id=list(ids))
    jobs = sorted({each.job_id for each in found if each.requirement_id is not None and each.job_id is not None})
    if jobs:
        await unit.lock(Job, jobs)
    items = {each.id: each for each in await unit.lock(InventoryItem, sorted({one.inventory_item_id for one in found}))}
    ended = [each for each in await unit.lock(Reservation, sorted(each.id for each in found)) if open_quantity(each)]
    for each in ended:
        item = items[each.inventory_item_id]
        item.reserved -= open_quantity(each)
        each.status = status
        settle_item(item)
        unit.save(item, "inventory_item.updated")
        unit.save(each, f"reservation.{status.value}")
    return ended
