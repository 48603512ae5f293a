"""The material status of jobs: derived from their requirements."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from engine.run.context import Command
from models import Job, MaterialStatus, Requirement, RequirementStatus

_ORDERED = {RequirementStatus.HAS_PO, RequirementStatus.RECEIVED}


async def settle_materials(ctx: Command, job_ids: Iterable[UUID]) -> None:
    """Derive the material status of jobs, and stage those whose status is another one."""
    ids = sorted(set(job_ids))
    jobs = await ctx.unit.lock(Job, ids) if ids else []
    needs = await ctx.unit.find_staged(Requirement, job_id=ids, deleted_at=None) if jobs else []
    for job in jobs:
        found = _status({each.status for each in needs if each.job_id == job.id} - {RequirementStatus.CANCELLED})
        if job.material_status != found:
            job.material_status = found
            ctx.save(job, event="job.updated")


def _status(states: set[str]) -> MaterialStatus:
    if not states:
        return MaterialStatus.NONE
    if states == {RequirementStatus.RECEIVED}:
        return MaterialStatus.READY
    return MaterialStatus.ORDERED if states <= _ORDERED else MaterialStatus.MISSING
