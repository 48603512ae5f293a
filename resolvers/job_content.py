"""What belongs to a job: the work orders, requirements and sub-jobs that stand on it, locked in one order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.errors import Conflict
from core.record import Record
from engine.run.context import Command
from models import Job, Requirement, RequirementStatus, WorkOrder
from resolvers.states import standing

FREE = (RequirementStatus.PENDING, RequirementStatus.CANCELLED)
"""States in which a requirement stands on no line of a request or an order."""


@dataclass(slots=True)
class Content:
    """Locked jobs, a job before its sub-jobs, with their work orders and requirements; what is deleted is left out."""

    jobs: list[Job]
    work_orders: list[WorkOrder] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)

    def orders_of(self, job_id: UUID) -> list[WorkOrder]:
        """The work orders of one of the jobs, in their order."""
        found = [each for each in self.work_orders if each.job_id == job_id]
        return sorted(found, key=lambda each: (each.sequence, each.id))

    def needs_of(self, job_id: UUID) -> list[Requirement]:
        """The requirements of one of the jobs."""
        return [each for each in self.requirements if each.job_id == job_id]

    def below(self, job_id: UUID) -> list[Job]:
        """The sub-jobs of one of the jobs."""
        return [each for each in self.jobs if each.parent_job_id == job_id]


async def lock_content(ctx: Command, job: Job, *, requirements: bool = True) -> Content:
    """Lock what belongs to a locked job: its sub-jobs at all levels, then their work orders and requirements."""
    jobs, level = [job], [job.id]
    while level:
        found = await ctx.unit.find(Job, parent_job_id=level, deleted_at=None)
        level = sorted(each.id for each in found)
        jobs += [each for each in await ctx.unit.lock(Job, level) if each.deleted_at is None] if level else []
    ids = [each.id for each in jobs]
    content = Content(jobs)
    content.work_orders = await _lock(ctx, WorkOrder, ids)
    if requirements:
        await lock_requirements(ctx, content)
    return content


async def lock_requirements(ctx: Command, content: Content) -> None:
    """Lock the requirements of the jobs; a command that moves stock locks that first."""
    content.requirements = await _lock(ctx, Requirement, [each.id for each in content.jobs])


async def _lock(ctx: Command, model: Any, job_ids: Sequence[UUID]) -> list[Any]:
    found = sorted(each.id for each in await ctx.unit.find(model, job_id=list(job_ids), deleted_at=None))
    return [each for each in await ctx.unit.lock(model, found) if each.deleted_at is None] if found else []


def remove(ctx: Command, rows: Iterable[Record]) -> None:
    """Delete work orders, requirements and sub-jobs; Conflict for a requirement that is being bought."""
    for row in rows:
        if isinstance(row, Requirement):
            check_free(row)
            row.job_part_id = row.work_order_id = None
        if isinstance(row, WorkOrder):
            row.job_part_id = None
        if isinstance(row, Job):
            forget_explosion(row)
        ctx.delete(row, event=f"{_NAMES[type(row)]}.deleted")


def forget_explosion(job: Job) -> None:
    """Let a job that is deleted come back as one that is to be exploded again: what belonged to it does not."""
    if job.exploded:
        job.exploded = job.exploded | {"parts": {}}


def check_free(requirement: Requirement) -> None:
    """Raise Conflict when a requirement stands on a line of a request or an order."""
    if requirement.status not in FREE:
        what = f"The requirement {requirement.description[:80]!r} is {standing(requirement.status)}"
        raise Conflict(f"{what}: take it off its request or order first", field="status")


_NAMES = {Job: "job", WorkOrder: "work_order", Requirement: "requirement"}
