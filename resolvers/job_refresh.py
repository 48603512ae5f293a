"""Refreshing a draft job: its parts are exploded again, and what differs is changed."""

from __future__ import annotations

from uuid import UUID

from core.errors import Conflict
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Job, JobPart, JobStatus
from resolvers.explosion import Explosion, unreleased
from resolvers.job_content import lock_content
from resolvers.jobs import JOBS
from resolvers.recipes import read_recipes
from resolvers.states import called
from resolvers.versions import ExpectedVersion


async def refresh_job(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Job]:
    """Explode the released parts of a draft job again, at all levels.

    Work orders, requirements and sub-jobs that follow from parts are added, changed and deleted; what was added by hand
    stays. When nothing differs, nothing is written. A requirement that is on a request or an order does not change: it
    is a conflict if it would. So is a part that is made here whose revision is a draft; an obsolete one is made by the
    recipe that it was released with.
    """
    job = await JOBS.lock(ctx, id, expected_version)
    JOBS.check_state(job, (JobStatus.DRAFT,), "it can be refreshed only while it is draft")
    content = await lock_content(ctx, job)
    for each in content.jobs[1:]:
        JOBS.check_state(each, (JobStatus.DRAFT, JobStatus.CANCELLED), f"{job.number} cannot be refreshed with it")
    parts: dict[UUID, list[JobPart]] = {each.id: [] for each in content.jobs}
    for line in await ctx.unit.find(JobPart, "job_id", "position", job_id=list(parts)):
        parts[line.job_id].append(line)
    lines = [line for each in parts.values() for line in each]
    recipes = await read_recipes(ctx, [each.part_id for each in lines if each.part_id is not None])
    for part in unreleased(recipes, parts[job.id])[:1]:
        which = f"part {part.part_number} revision {part.revision}"
        raise Conflict(f"{called(job)}: {which} is {part.status}: release it first", field="id")
    await Explosion(ctx, recipes, content, parts).run(job)
    return ctx.rows(Job).by_id(job.id)
