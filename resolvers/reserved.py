"""What is reserved of stock: used by what it is reserved for, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from engine.run.context import Command
from models import InventoryItem, Reservation, ReservationStatus

Taken = tuple[InventoryItem, UUID | None, Decimal]
"""An item, the job that something of it goes out for, and how much goes out (less than 0: comes in)."""


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


def open_quantity(reservation: Reservation) -> Decimal:
    """How many are still kept by a reservation."""
    if reservation.status != ReservationStatus.ACTIVE or reservation.deleted_at is not None:
        return Decimal(0)
    return reservation.quantity - reservation.consumed_quantity
