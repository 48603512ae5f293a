"""Requirements: what is needed, and how far buying it has come, which follows from orders, requests and receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from core.errors import Invalid
from core.record import Record
from core.values import exact
from engine.run.context import Command
from models import Job, JobStatus, Requirement, RequirementStatus
from resolvers.aggregate import Aggregate
from resolvers.bought import bought_for
from resolvers.job_materials import settle_materials
from resolvers.lines import Inside
from resolvers.versions import ExpectedVersion


class _Requirements(Aggregate[Requirement]):
    """Requirements, from which the material status of their jobs follows."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> Requirement:
        """Lock the job before the requirement, as everywhere."""
        job_id = await ctx.unit.look(Requirement, row_id, "job_id")
        if job_id is not None:
            await ctx.unit.lock(Job, [job_id])
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)

    async def follow(self, ctx: Command, record: Requirement) -> None:
        """Derive the material status of the job."""
        if record.job_id is not None:
            await settle_materials(ctx.unit, [record.job_id])


def settle(requirement: Requirement, _inside: Inside) -> None:
    """Note that what came is enough, or no more enough, when the quantity of one that stands on no line changes."""
    if requirement.status in {RequirementStatus.PENDING, RequirementStatus.RECEIVED}:
        enough = requirement.received_quantity >= requirement.quantity
        requirement.status = RequirementStatus.RECEIVED if enough else RequirementStatus.PENDING


REQUIREMENTS = _Requirements(
    Requirement, settle=settle, editable=(RequirementStatus.PENDING, RequirementStatus.CANCELLED)
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
    gone = await ctx.unit.find_staged(Job, id=jobs, status=JobStatus.CANCELLED) if jobs else []
    cancelled = {each.id for each in gone}
    for each in found:
        before = dict(vars(each))
        bought[each.id].settle(each, job_is_cancelled=each.job_id in cancelled)
        if vars(each) != before:
            ctx.save(each, event=REQUIREMENTS.told("updated"))
    await settle_materials(ctx.unit, jobs)


def outstanding(requirement: Requirement) -> Decimal:
    """How many of a requirement are still to come, in its unit: more than 0 as long as it is not received."""
    return exact.minus(requirement.quantity, requirement.received_quantity)


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
