"""What a job takes with it when it is cancelled or deleted, or when something goes out of what it makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from core.errors import Conflict
from engine.run.context import Command
from models import Job, JobStatus, Requirement, RequirementStatus, WorkOrderStatus
from resolvers.job_content import Content, forget_explosion, lock_content, lock_requirements, remove
from resolvers.job_materials import ENDED, material_status, reserved_for
from resolvers.reservations import release_for_jobs
from resolvers.states import called
from resolvers.work_order_states import end_work_orders


async def cancel_content(ctx: Command, job: Job, content: Content) -> None:
    """Cancel what belongs to a job that is being cancelled; what is being bought goes on until its line is."""
    below = [each for each in content.jobs[1:] if each.status not in ENDED]
    await release_for_jobs(ctx, sorted(each.id for each in (job, *below)))
    await lock_requirements(ctx, content)
    kept = await reserved_for(ctx.unit, [each.id for each in content.requirements])
    for each in (job, *below):
        end_work_orders(ctx, content.orders_of(each.id), WorkOrderStatus.CANCELLED)
        cancel_needs(ctx, content.needs_of(each.id))
        each.material_status = material_status(content.needs_of(each.id), kept)
    for each in below:
        each.status = JobStatus.CANCELLED
        ctx.save(each, event="job.cancelled")


def cancel_needs(ctx: Command, needs: Iterable[Requirement]) -> None:
    """Cancel those requirements of a job that ends which nobody buys, and of which not enough was issued."""
    for need in needs:
        if need.status == RequirementStatus.PENDING:
            need.status = RequirementStatus.CANCELLED
            ctx.save(need, event="requirement.updated")


async def delete_content(ctx: Command, job: Job) -> None:
    """Delete what belongs to a job that is being deleted; Conflict for one that is more than a draft."""
    if job.status != JobStatus.DRAFT or job.quote_id is not None:
        why = f"is {job.status}" if job.status != JobStatus.DRAFT else "was made of a quote"
        raise Conflict(f"{called(job)} {why}: it can be cancelled, not deleted", field="status")
    content = await lock_content(ctx, job)
    forget_explosion(job)
    remove(ctx, [*content.work_orders, *content.requirements, *reversed(content.jobs[1:])])


async def forget_parts(ctx: Command, job: Job, part_ids: Sequence[UUID]) -> None:
    """Delete what was made of lines that go out of a draft job."""
    content = await lock_content(ctx, job)
    lost = {str(each) for each in part_ids}
    rows = job.exploded.get("rows", {})
    jobs = {each.id for each in content.below(job.id) if rows.get(str(each.id), [None])[0] in lost}
    for each in content.jobs:  # a job stands before its sub-jobs
        if each.parent_job_id in jobs:
            jobs.add(each.id)
    remove(ctx, (each for each in content.work_orders if each.job_part_id in part_ids or each.job_id in jobs))
    remove(ctx, (each for each in content.requirements if each.job_part_id in part_ids or each.job_id in jobs))
    remove(ctx, (each for each in reversed(content.jobs) if each.id in jobs))
    job.exploded = {
        "parts": {key: value for key, value in job.exploded.get("parts", {}).items() if key not in lost},
        "rows": {key: value for key, value in rows.items() if value[0] not in lost},
    }
