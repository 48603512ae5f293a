"""Completing a job: what was made is put into stock, and what is open of its work orders is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, cast
from uuid import UUID

from pydantic import Field

from core.errors import Conflict, Invalid
from core.values.checked import PRICE
from core.values.marks import LOT
from engine.declare.inputs import input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import (
    Job,
    JobPart,
    JobStatus,
    MovementReason,
    Part,
    PartKind,
    Requirement,
    Tracking,
    WorkOrder,
    WorkOrderStatus,
)
from resolvers.aggregate import now
from resolvers.job_ends import cancel_needs
from resolvers.job_materials import ENDED, material_status
from resolvers.jobs import JOBS
from resolvers.ledger import Posting, post
from resolvers.reservations import release_for_jobs
from resolvers.states import Move, called
from resolvers.versions import ExpectedVersion
from resolvers.work_order_states import end_work_orders

MAX_SERIALS: Final = 10_000
JOBS.moves.append(
    Move("complete", (JobStatus.IN_PROGRESS,), JobStatus.COMPLETED, "Put what was made into stock; the job is made.")
)
_COMPLETED: Final = JOBS.told("completed")


@input_type
class CompletedPart:
    """How many of a part of a job were made."""

    job_part_id: Annotated[UUID, "The row of the job that says what is made."]
    quantity: (
        Annotated[Decimal, PRICE, "How many are good, at most as many as the job says; left out, that many."] | None
    ) = None
    scrapped_quantity: Annotated[Decimal, PRICE, "How many were scrapped."] = Decimal(0)
    location_id: Annotated[UUID, "Where they are put, in place of the job's location."] | None = None
    lot: Annotated[str, LOT, "Their lot, where the part is tracked by lot."] | None = None
    serials: Annotated[
        list[Annotated[str, LOT]],
        Field(max_length=MAX_SERIALS),
        "Their serial numbers, one each, where the part is tracked so.",
    ] = Field(default_factory=list)


@input_type
class CompleteJob:
    """What came of a job."""

    location_id: Annotated[UUID, "Where what was made is put; needed when anything is a part of the shop's."] | None = (
        None
    )
    parts: Annotated[list[CompletedPart], Field(max_length=1_000), "How many of which parts; the rest is all good."] = (
        Field(default_factory=list)
    )


async def complete_job(
    ctx: Command, id: UUID, input: CompleteJob | None = None, expected_version: ExpectedVersion = None
) -> Rows[Job]:
    """Complete a job that is in progress: what was made of each part is put into stock by a production movement.

    What is open of its work orders is done with it, what is still reserved for it is released, and requirements that
    nobody buys, and of which not enough was issued, are cancelled. A part that is not
    named was made as often as the job says. Stock is taken in at the part's own unit cost.
    """
    job = await JOBS.lock(ctx, id, expected_version)
    JOBS.check_state(job, (JobStatus.IN_PROGRESS,), "it can be completed only while it is in progress")
    await _check_below(ctx, job)
    inside = await JOBS.load(ctx, job, JOBS.lines)
    lines = cast("list[JobPart]", inside["parts"])
    made = _made(input, lines)
    open_ids = [each.id for each in await ctx.unit.find(WorkOrder, job_id=job.id, deleted_at=None)]
    orders = await ctx.unit.lock(WorkOrder, sorted(open_ids)) if open_ids else []
    part_ids = sorted({each.part_id for each in lines if each.part_id is not None})
    parts = {each.id: each for each in await ctx.unit.find(Part, id=part_ids)} if part_ids else {}
    postings: list[Posting] = []
    for line in lines:
        given = made[line.id]
        line.completed_quantity, line.scrapped_quantity = _quantity(line, given), given.scrapped
        if line.part_id is not None and line.completed_quantity > 0 and parts[line.part_id].kind != PartKind.SERVICE:
            postings += _postings(job, line, parts[line.part_id], given)
    job.status, job.completed_at = JobStatus.COMPLETED, now()
    await release_for_jobs(ctx, [job.id])
    if postings:
        await post(ctx, postings)
    for order in end_work_orders(ctx, orders, WorkOrderStatus.DONE):
        order.done_at = now()
    needs = await _needs(ctx, job)
    cancel_needs(ctx, needs)
    job.material_status = material_status(needs, {})
    return await JOBS.stage(ctx, job, inside, {each.id for each in lines}, event=_COMPLETED)


async def _needs(ctx: Command, job: Job) -> list[Requirement]:
    found = sorted(each.id for each in await ctx.unit.find(Requirement, job_id=job.id, deleted_at=None))
    return [each for each in await ctx.unit.lock(Requirement, found) if each.deleted_at is None] if found else []


async def _check_below(ctx: Command, job: Job) -> None:
    for each in await ctx.unit.find(Job, "number", parent_job_id=job.id, deleted_at=None):
        if each.status not in ENDED:
            raise Conflict(f"{called(job)} takes what {each.number} makes, which is {each.status}", field="status")


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of a part of a job; without a quantity as many as it says."""

    quantity: Decimal | None = None
    scrapped: Decimal = Decimal(0)
    location_id: UUID | None = None
    lot: str | None = None
    serials: Sequence[str] = ()
    where: str = "parts"
    """Where it was told."""

    def at(self, field: str) -> str:
        """Where one of its fields was told; the list itself when nothing of it was."""
        return f"{self.where}.{field}" if self.where != "parts" else self.where


def _made(told: CompleteJob | None, lines: Sequence[JobPart]) -> Mapping[UUID, _Made]:
    """What came of each part; Invalid for one that is not of the job, or stands twice."""
    place = None if told is None else told.location_id
    made = {each.id: _Made(location_id=place) for each in lines}
    named: set[UUID] = set()
    for nth, each in enumerate(told.parts if told is not None else ()):
        where = f"parts.{nth}.jobPartId"
        if each.job_part_id not in made or each.job_part_id in named:
            why = "stands twice" if each.job_part_id in named else "not a part of this job"
            raise Invalid(f"{where}: {why}", field=where)
        named.add(each.job_part_id)
        made[each.job_part_id] = _Made(
            each.quantity, each.scrapped_quantity, each.location_id or place, each.lot, each.serials, f"parts.{nth}"
        )
    return made


def _quantity(line: JobPart, given: _Made) -> Decimal:
    if given.quantity is None:
        return line.quantity
    if given.quantity > line.quantity:
        where = given.at("quantity")
        message = f"{where}: {given.quantity:f} is more than the {line.quantity:f} that are to be made"
        raise Conflict(message, field=where)
    return given.quantity


def _postings(job: Job, line: JobPart, part: Part, given: _Made) -> list[Posting]:
    """What is put into stock of a line: at the part's own cost, for what hours cost is not counted yet."""
    location = given.location_id
    if location is None:
        raise Invalid("locationId: say where what was made is put", field="locationId")
    if part.tracking != Tracking.SERIAL:
        return [_posting(job, part, location, line.completed_quantity, lot=given.lot)]
    if len(set(given.serials)) != len(given.serials) or len(given.serials) != line.completed_quantity:
        where = given.at("serials")
        raise Invalid(f"{where}: {line.completed_quantity:f} are made, and each needs one of its own", field=where)
    return [_posting(job, part, location, Decimal(1), serial=each, lot=given.lot) for each in given.serials]


def _posting(
    job: Job, part: Part, location: UUID, quantity: Decimal, *, lot: str | None = None, serial: str | None = None
) -> Posting:
    return Posting(
        part.id,
        location,
        quantity,
        MovementReason.PRODUCTION,
        lot=lot,
        serial=serial,
        unit_cost=part.unit_cost,
        source=job,
    )
