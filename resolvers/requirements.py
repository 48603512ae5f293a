"""Requirements: what is needed, and how far buying it has come, which follows from orders, requests and receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.errors import Conflict, Invalid
from core.record import WRITTEN_BY_CALLERS, Record
from core.values import exact
from engine.run.context import Command
from models import Job, JobStatus, Requirement, RequirementStatus
from resolvers.aggregate import Aggregate
from resolvers.bought import bought_for, free_status
from resolvers.job_materials import ENDED, reserved_for, settle_materials
from resolvers.line_units import fit_given
from resolvers.lines import Inside
from resolvers.states import called
from resolvers.versions import ExpectedVersion

_LOCKED: Final = (JobStatus.CLOSED, JobStatus.CANCELLED)


class _Requirements(Aggregate[Requirement]):
    """Requirements, from which the material status of their jobs follows."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> Requirement:
        """Lock the job before the requirement, as everywhere."""
        job_id = await ctx.unit.look(Requirement, row_id, "job_id")
        if job_id is not None:
            await ctx.unit.lock(Job, [job_id])
        found = await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)
        if editing:
            await _check_job(ctx, job_id, (JobStatus.CLOSED,))
        return found

    async def follow(self, ctx: Command, record: Requirement) -> None:
        """Derive the material status of the job; Conflict when the job needs nothing any more, and this is needed."""
        if record.deleted_at is None and record.status == RequirementStatus.PENDING:
            await _check_job(ctx, record.job_id, ENDED)
        if record.job_id is not None:
            await settle_materials(ctx.unit, [record.job_id])


def settle(requirement: Requirement, _inside: Inside, *, job_has_ended: bool = False) -> None:
    """Note that what came or was issued is enough, or no more enough, for one that stands on no line."""
    if requirement.status in {RequirementStatus.PENDING, RequirementStatus.RECEIVED}:
        requirement.status = free_status(requirement, job_has_ended=job_has_ended)


async def _prepare(ctx: Command, requirement: Requirement, given: dict[str, Any]) -> None:
    """Without a unit it has that of its part; of a job that is closed or cancelled nothing changes."""
    if requirement.description is not None and not given.keys() <= set(WRITTEN_BY_CALLERS):
        await _check_job(ctx, requirement.job_id, _LOCKED)
    await fit_given(ctx, requirement, given)


async def _check_job(ctx: Command, job_id: UUID | None, states: Sequence[JobStatus]) -> None:
    """Raise Conflict when the job of a requirement is in one of some states."""
    if job_id is None:
        return
    for job in await ctx.unit.find(Job, id=job_id):
        if job.status in states:
            raise Conflict(f"{called(job)} is {job.status}: what it needs does not change any more", field="jobId")


REQUIREMENTS = _Requirements(
    Requirement, prepare=_prepare, settle=settle, editable=(RequirementStatus.PENDING, RequirementStatus.CANCELLED)
)

requirements = REQUIREMENTS.page("List requirements: what is needed, and how far buying it has come.")
requirement = REQUIREMENTS.get("One requirement by its id; null when there is none.")
create_requirement = REQUIREMENTS.create(
    "Add a requirement by hand; one of a job counts in its material status.", "What a new requirement is made of."
)
update_requirement = REQUIREMENTS.update(
    "Change a requirement that is pending; its status follows from requests, orders and receipts.",
    "What to change of a requirement: null clears, what is left out stays.",
)
delete_requirement = REQUIREMENTS.delete("Delete a requirement that is pending, or whose job is cancelled.")


async def settle_requirements(ctx: Command, ids: Iterable[UUID | None], by: Record | None = None) -> None:
    """Derive the states of requirements from lines and receipts as they are staged, and then those of their jobs.

    `by` is the document that is being changed. Conflict when a requirement would stand on two open lines: it names the
    other document. Invalid when there is no such requirement. Their jobs should be locked before (`lock_jobs`).
    """
    wanted = sorted({each for each in ids if each is not None})
    if not wanted:
        return
    found = await _locked(ctx, wanted)
    bought = await bought_for(ctx, found)
    for each in found:
        bought[each.id].check(each, by)
    jobs = sorted({each.job_id for each in found if each.job_id is not None})
    ended = {each.id for each in await ctx.unit.find_staged(Job, id=jobs, status=[*ENDED])} if jobs else set()
    for each in found:
        before = dict(vars(each))
        bought[each.id].settle(each, job_has_ended=each.job_id in ended)
        if vars(each) != before:
            ctx.save(each, event=REQUIREMENTS.told("updated"))
    await settle_materials(ctx.unit, jobs)


async def outstanding(ctx: Command, needs: Sequence[Requirement]) -> dict[UUID, Decimal]:
    """How many of each requirement are still needed: less what came or is issued or reserved, whichever is more."""
    kept = await reserved_for(ctx.unit, [each.id for each in needs])
    left = {}
    for each in needs:
        in_hand = exact.plus(each.issued_quantity, kept.get(each.id, Decimal(0)))
        left[each.id] = exact.minus(each.quantity, max(each.received_quantity, in_hand))
    return left


async def lock_jobs(ctx: Command, ids: Iterable[UUID | None]) -> None:
    """Lock the jobs that requirements are of; jobs are locked before everything that buying locks."""
    wanted = sorted({each for each in ids if each is not None})
    if wanted and (jobs := await ctx.unit.column(Requirement, "job_id", id=wanted)):
        await ctx.unit.lock(Job, sorted(jobs))


async def _locked(ctx: Command, wanted: Sequence[UUID]) -> list[Requirement]:
    found = {each.id: each for each in await ctx.unit.lock(Requirement, wanted)}
    if len(found) < len(wanted):
        found |= {each.id: each for each in ctx.unit.staged(Requirement, id=list(wanted))}
    for each in wanted:
        if each not in found:
            raise Invalid("requirementId: no such requirement", field="requirementId")
    return [found[each] for each in wanted]
