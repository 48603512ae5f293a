"""Reservations: stock that is kept for a job, or for something else, until it is issued, released or too old.

What is reserved of an item is the sum of what its reservations still keep. The item is locked before them, as by
whoever moves stock, and what is there is looked at under that lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import UUID

from core.errors import Conflict, Invalid
from core.record import Line
from engine.declare.rows import Rows
from engine.run.context import Command
from models import InventoryItem, Job, Requirement, Reservation, ReservationStatus
from resolvers.aggregate import Aggregate, now
from resolvers.balances import open_quantity
from resolvers.job_materials import ENDED, settle_materials
from resolvers.lines import Inside
from resolvers.reserved import check_free, free, settle_reserved
from resolvers.versions import ExpectedVersion


class _Reservations(Aggregate[Reservation]):
    """Keeps what is reserved of items: every change of a reservation changes its item, too."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> Reservation:
        """Lock the job whose material status it counts in, then the item, before the reservation, as everywhere."""
        for found in await ctx.unit.find(Reservation, id=row_id):
            if found.requirement_id is not None and found.job_id is not None:
                await ctx.unit.lock(Job, [found.job_id])
            await ctx.unit.lock(InventoryItem, [found.inventory_item_id])
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)

    async def stage(
        self,
        ctx: Command,
        record: Reservation,
        inside: Inside,
        touched: AbstractSet[UUID] = frozenset(),
        gone: Sequence[Line] = (),
        *,
        event: str = "updated",
    ) -> Rows[Reservation]:
        await settle_reserved(ctx, record, check=check_free)
        return await super().stage(ctx, record, inside, touched, gone, event=event)

    async def follow(self, ctx: Command, record: Reservation) -> None:
        """Derive the material status of the job whose requirement it is for."""
        if record.requirement_id is not None and record.job_id is not None:
            await settle_materials(ctx.unit, [record.job_id])


async def _prepare(ctx: Command, reservation: Reservation, given: dict[str, Any]) -> None:
    """Refuse what does not fit together; what is for a job's requirement is for the job."""
    if reservation.inventory_item_id is None:
        await _check_new(ctx, given)
    until = given.get("expires_at")
    if until is not None and until <= now():
        raise Invalid("expiresAt: must be later than now", field="expiresAt")
    if given.get("quantity", reservation.quantity) <= reservation.consumed_quantity:
        raise Invalid("quantity: must be more than was issued of it; else release it", field="quantity")


async def _check_new(ctx: Command, given: dict[str, Any]) -> None:
    needs = await ctx.unit.find(Requirement, id=given["requirement_id"]) if given.get("requirement_id") else []
    if needs:
        if given.get("job_id") not in {None, needs[0].job_id}:
            raise Invalid("requirementId: is another job's", field="requirementId")
        given["job_id"] = needs[0].job_id
    jobs = await ctx.unit.lock(Job, [given["job_id"]], share=not needs) if given.get("job_id") else []
    if jobs and jobs[0].status in ENDED:
        raise Conflict(f"Job {jobs[0].number} is {jobs[0].status}: nothing is reserved for it", field="jobId")
    items = await ctx.unit.lock(InventoryItem, [given["inventory_item_id"]])
    if not items or items[0].deleted_at is not None:
        raise Invalid("inventoryItemId: no such stock", field="inventoryItemId")
    if needs and needs[0].part_id not in {None, items[0].part_id}:
        raise Invalid("requirementId: needs another part", field="requirementId")


async def _released(ctx: Command, reservation: Reservation) -> None:
    await settle_reserved(ctx, reservation)


RESERVATIONS: Final = _Reservations(Reservation, prepare=_prepare, editable=(ReservationStatus.ACTIVE,))

reservations = RESERVATIONS.page("List reservations of stock.")
reservation = RESERVATIONS.get("One reservation by its id; null when there is none.")
create_reservation = RESERVATIONS.create(
    "Reserve stock that is available: from then on only what it is reserved for takes it.",
    "What is reserved, and for what; with a `requirement_id` it is for that requirement's job.",
)
update_reservation = RESERVATIONS.update(
    "Change how much is reserved, or until when, as long as the reservation is active.",
    "What to change of a reservation: null clears, what is left out stays.",
)
release_reservation = RESERVATIONS.move(
    "release",
    (ReservationStatus.ACTIVE,),
    ReservationStatus.RELEASED,
    "Release what is reserved and was not issued: anybody may use it.",
    arrange=_released,
)
RESERVATIONS.told("deleted")
for each in ("consumed", "expired"):
    RESERVATIONS.told(each)


async def delete_reservation(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Reservation]:
    """Delete a reservation; what it still keeps is released."""
    found = await RESERVATIONS.lock(ctx, id, expected_version)
    if open_quantity(found):
        found.status = ReservationStatus.RELEASED
        await settle_reserved(ctx, found)
    deleted = ctx.delete(found, event="reservation.deleted")
    await RESERVATIONS.follow(ctx, found)
    return deleted


async def release_for_jobs(ctx: Command, job_ids: Sequence[UUID]) -> None:
    """Release what is reserved for jobs that need nothing any more and are locked; settle their materials then."""
    kept = await ctx.unit.find(Reservation, job_id=list(job_ids), status=ReservationStatus.ACTIVE, deleted_at=None)
    await free(ctx.unit, [each.id for each in kept], ReservationStatus.RELEASED)
