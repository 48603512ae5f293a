"""Issuing material to jobs, and taking it back: stock moves, and what a job has got is counted for each need."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from core.errors import Conflict, Invalid
from core.record import Record
from core.values import exact
from core.values.checked import QUANTITY
from core.values.marks import LOT
from engine.declare.inputs import input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Job, JobPart, JobStatus, MovementReason, Requirement, RequirementStatus
from resolvers.job_materials import ENDED, material_status, reserved_for, settle_ready
from resolvers.jobs import JOBS
from resolvers.ledger import Posting, post
from resolvers.requirements import settle
from resolvers.states import called
from resolvers.versions import ExpectedVersion

_ISSUED: Final = (JobStatus.RELEASED, JobStatus.IN_PROGRESS)
_RETURNED: Final = (*_ISSUED, JobStatus.ON_HOLD, JobStatus.COMPLETED, JobStatus.CANCELLED)
_AN_ID: Final = "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44"
_LINES: Final = [{"requirement_id": _AN_ID, "location_id": _AN_ID, "quantity": "3"}]
"""An example: a line names a need, though either kind will do."""


@input_type
class MaterialLine:
    """Some of the stock in one place, for one need of a job."""

    requirement_id: Annotated[UUID, "The requirement that it is for."] | None = None
    sub_job_id: Annotated[UUID, "In place of a requirement, the sub-job that makes it."] | None = None
    location_id: Annotated[UUID, "Where it lies, or is put back."]
    quantity: Annotated[Decimal, QUANTITY, "How many, in the part's own unit."]
    lot: Annotated[str, LOT, "Its lot, where the part is tracked by lot."] | None = None
    serial: Annotated[str, LOT, "Its serial number, where the part is tracked so."] | None = None


@input_type
class MoveMaterial:
    """What goes to a job, or comes back from it."""

    lines: Annotated[list[MaterialLine], Field(min_length=1, max_length=500, examples=[_LINES]), "What moves."]


async def issue_material(
    ctx: Command, id: UUID, input: MoveMaterial, expected_version: ExpectedVersion = None
) -> Rows[Job]:
    """Issue material to a job that is released or in progress: stock goes out, at what it costs there.

    More than a requirement asks for may be issued; what is reserved for the job is used first. A requirement of which
    as much was issued as it asks for, and that nobody buys, is received.
    """
    job = await JOBS.lock(ctx, id, expected_version)
    JOBS.check_state(job, _ISSUED, "material is issued only while it is released or in progress")
    needs = await _needs(ctx, job, input.lines)
    out = [_posting(job, need, line, MovementReason.ISSUE) for need, line in zip(needs, input.lines, strict=True)]
    items = await post(ctx, out)
    for need, line, item in zip(needs, input.lines, items, strict=True):
        cost = None if item.unit_cost is None else exact.times(item.unit_cost, line.quantity)
        _count(job, need, line.quantity, cost)
    return await _stage(ctx, job, needs)


async def return_material(
    ctx: Command, id: UUID, input: MoveMaterial, expected_version: ExpectedVersion = None
) -> Rows[Job]:
    """Take material back from a job that is not closed: at most what was issued, at the average of its cost then."""
    job = await JOBS.lock(ctx, id, expected_version)
    JOBS.check_state(job, _RETURNED, "material comes back only from what was released and is not closed")
    needs = await _needs(ctx, job, input.lines)
    back = []
    for place, (need, line) in enumerate(zip(needs, input.lines, strict=True)):
        cost = _returned(job, need, line, f"lines.{place}.quantity")
        each = None if cost is None else exact.divided(cost, line.quantity)
        back.append(_posting(job, need, line, MovementReason.RETURN, unit_cost=each))
    await post(ctx, back)
    return await _stage(ctx, job, needs)


_Need = tuple[Record, UUID]
"""A requirement or a sub-job, and the part that it is about."""


async def _needs(ctx: Command, job: Job, lines: Sequence[MaterialLine]) -> list[_Need]:
    """What each line is for; Invalid for what is not of the job, or is no stock."""
    wanted = [each.requirement_id for each in lines if each.requirement_id is not None]
    below = [each.sub_job_id for each in lines if each.sub_job_id is not None]
    found: dict[UUID, Record] = {}
    for model, ids, column in ((Requirement, wanted, "job_id"), (Job, below, "parent_job_id")):
        rows = await ctx.unit.find(model, id=ids, deleted_at=None, **{column: job.id}) if ids else []
        found |= {each.id: each for each in rows}
    made = await ctx.unit.find(JobPart, job_id=below, position=1) if below else []
    parts = {each.job_id: each.part_id for each in made}
    needs = []
    for place, each in enumerate(lines):
        where = f"lines.{place}.{'requirementId' if each.sub_job_id is None else 'subJobId'}"
        if (each.requirement_id is None) == (each.sub_job_id is None):
            raise Invalid(f"{where}: name either a requirement or a sub-job", field=where)
        need = found.get(each.requirement_id or each.sub_job_id or job.id)
        part_id = need.part_id if isinstance(need, Requirement) else parts.get(each.sub_job_id or job.id)
        if need is None or part_id is None:
            why = "not of this job" if need is None else "names no part, so no stock is issued for it"
            raise Invalid(f"{where}: {why}", field=where)
        needs.append((need, part_id))
    return needs


def _posting(
    job: Job, need: _Need, line: MaterialLine, reason: MovementReason, unit_cost: Decimal | None = None
) -> Posting:
    quantity = line.quantity if reason is MovementReason.RETURN else -line.quantity
    return Posting(
        need[1], line.location_id, quantity, reason, lot=line.lot, serial=line.serial, unit_cost=unit_cost, source=job
    )


def _issued(job: Job, need: _Need) -> tuple[Decimal, Decimal | None]:
    """How many a job has got for a need, and what they cost; None when nobody knows."""
    quantity, cost = job.issued.get(str(need[0].id), ("0", "0"))
    return Decimal(quantity), None if cost is None else Decimal(cost)


def _count(job: Job, need: _Need, quantity: Decimal, cost: Decimal | None) -> None:
    before, worth = _issued(job, need)
    after = exact.plus(before, quantity)
    total = None if cost is None or worth is None else exact.plus(worth, cost)
    if not after:
        total = Decimal(0)
    entry = [f"{after:f}", None if total is None else f"{exact.stored(total):f}"]
    job.issued = job.issued | {str(need[0].id): entry}


def _returned(job: Job, need: _Need, line: MaterialLine, where: str) -> Decimal | None:
    """Count what comes back; returns what it cost. Conflict when that is more than was issued."""
    quantity, worth = _issued(job, need)
    if line.quantity > quantity:
        message = f"{where}: {line.quantity:f} is more than the {quantity:f} that were issued"
        raise Conflict(message, field=where)
    cost = None if worth is None else exact.divided(exact.times(worth, line.quantity), quantity)
    _count(job, need, -line.quantity, None if cost is None else -cost)
    return cost


async def _stage(ctx: Command, job: Job, needs: Sequence[_Need]) -> Rows[Job]:
    """Note what was issued on the requirements, and what follows on the job."""
    ids = sorted({need.id for need, _ in needs if isinstance(need, Requirement)})
    for need in await ctx.unit.lock(Requirement, ids) if ids else ():
        if need.status == RequirementStatus.CANCELLED and job.status in _ISSUED:
            raise Conflict(f"{called(need)} is cancelled", field="requirementId")
        need.issued_quantity = _issued(job, (need, need.id))[0]
        settle(need, {}, job_has_ended=job.status in ENDED)
        ctx.save(need, event="requirement.updated")
    known = [Decimal(cost) for _, cost in job.issued.values() if cost is not None]
    job.material_cost = exact.stored(exact.sum_of(known)) if known else None
    every: Any = await ctx.unit.find_staged(Requirement, job_id=job.id, deleted_at=None)
    kept = await reserved_for(ctx.unit, [each.id for each in every])
    job.material_status = material_status(every, kept)
    await settle_ready(ctx.unit, job, every, kept)
    return ctx.save(job, event="job.updated")
