"""Releasing a job: what it makes is checked, its sub-jobs are released with it, and its first work orders are ready."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import Conflict
from engine.run.context import Command
from models import Job, JobPart, JobStatus, Part, PartKind, PartStatus
from resolvers.aggregate import now
from resolvers.job_content import Content
from resolvers.job_materials import stage_work_orders
from resolvers.states import called


async def release_content(ctx: Command, job: Job, content: Content) -> None:
    """Release what belongs to a job that is being released; Conflict when it does not fit what the job makes."""
    await _check_parent(ctx, job)
    drafts = [each for each in content.jobs[1:] if each.status == JobStatus.DRAFT]
    released = [job, *drafts]
    lines = await ctx.unit.find(JobPart, "job_id", "position", job_id=[each.id for each in released])
    part_ids = sorted({each.part_id for each in lines if each.part_id is not None})
    parts = {each.id: each for each in await ctx.unit.find(Part, id=part_ids)} if part_ids else {}
    for each in released:
        made = [(line, parts[line.part_id]) for line in lines if line.job_id == each.id and line.part_id is not None]
        _check_exploded(each, made)
    for each in drafts:
        each.status, each.released_at = JobStatus.RELEASED, now()
        ctx.save(each, event="job.released")
    for each in released:
        await stage_work_orders(ctx.unit, each, content.orders_of(each.id))


async def _check_parent(ctx: Command, job: Job) -> None:
    if job.parent_job_id is None:
        return
    parent = await ctx.get(Job, job.parent_job_id)
    if parent is not None and parent.status == JobStatus.DRAFT:
        raise Conflict(f"{called(job)} is a part of {parent.number}, which is draft: release that", field="status")


def _check_exploded(job: Job, made: Sequence[tuple[JobPart, Part]]) -> None:
    """Raise Conflict for a part that was not exploded as it is in the job now: a draft, a new one, a changed one."""
    known = job.exploded.get("parts", {})
    for line, part in made:
        as_it_was = known.get(str(line.id))
        if as_it_was == [str(part.id), f"{line.quantity:f}"]:
            continue
        which = f"{called(job)}: part {part.part_number} revision {part.revision}"
        if part.kind == PartKind.MANUFACTURED and part.status == PartStatus.DRAFT:
            raise Conflict(f"{which} is draft: release it, and refresh the job", field="status")
        raise Conflict(f"{which} was not exploded as it stands there now: refresh the job", field="status")
