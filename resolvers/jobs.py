"""Jobs: written by hand or made of quotes, exploded while they are drafts, then released, made, and closed."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import UUID

from core.errors import Conflict, Invalid
from core.record import WRITTEN_BY_CALLERS, Line
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Client, Job, JobPart, JobStatus
from resolvers.aggregate import Aggregate, now
from resolvers.job_content import lock_content
from resolvers.job_ends import cancel_content, delete_content, forget_parts
from resolvers.job_materials import ENDED
from resolvers.job_release import release_content
from resolvers.job_totals import settle_job
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.line_units import fit_units
from resolvers.lines import Inside, Lines, Written
from resolvers.states import called
from resolvers.versions import ExpectedVersion

OPEN: Final = (
    JobStatus.DRAFT, JobStatus.RELEASED, JobStatus.IN_PROGRESS, JobStatus.ON_HOLD, JobStatus.COMPLETED
)  # fmt: skip
_ALWAYS: Final = frozenset(
    {"title", "customer_po_number", "ordered_on", "due_on", "promised_on", "priority", *WRITTEN_BY_CALLERS}
)
"""What may change until a job is closed: the rest is frozen by its release."""


async def _prepare(ctx: Command, job: Job, given: dict[str, Any]) -> None:
    """Without a currency a job has its client's, or the workspace's; what a release freezes stays."""
    if job.number is None:
        await _check_above(ctx, given.get("parent_job_id"))
        if given.get("currency") is None:
            given["currency"] = await _currency(ctx, given.get("client_id"))
        return
    frozen = sorted(name for name, value in given.items() if name not in _ALWAYS and value != getattr(job, name))
    if frozen and job.status != JobStatus.DRAFT:
        raise Conflict(f"{called(job)} is {job.status}: {frozen[0]} changes only while it is draft", field=frozen[0])
    if frozen and job.quote_id is not None and not {"client_id", "currency"}.isdisjoint(frozen):
        raise Conflict(f"{called(job)} was made of a quote: {frozen[0]} is the quote's", field=frozen[0])


async def _check_above(ctx: Command, parent_id: UUID | None) -> None:
    """Lock the job that another one is made for; Conflict when it takes nothing any more."""
    for above in await ctx.unit.lock(Job, [parent_id]) if parent_id is not None else ():
        if above.deleted_at is None and above.status in ENDED:
            raise Conflict(f"{called(above)} is {above.status}: nothing is made for it any more", field="parent_job_id")


async def _currency(ctx: Command, client_id: UUID | None) -> str:
    if client_id is None:
        return ctx.principal.currency
    client = await ctx.once((Client, client_id), lambda: ctx.get(Client, client_id))
    if client is None:
        raise Invalid("clientId: no such client", field="clientId")
    return str(client.currency)


class _Jobs(Aggregate[Job]):
    """Jobs, whose parts change while they are drafts, and whose content goes with them."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> Job:
        """Lock a job; before one that is to come back, the job that it is made for."""
        above = await ctx.unit.look(Job, row_id, "parent_job_id") if deleted else None
        if above is not None:
            await ctx.unit.lock(Job, [above])
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)

    async def check_back(self, ctx: Command, record: Job) -> None:
        """Refuse to bring one back for a job that has ended."""
        await _check_above(ctx, record.parent_job_id)

    async def stage(
        self,
        ctx: Command,
        record: Job,
        inside: Inside,
        touched: AbstractSet[UUID] = frozenset(),
        gone: Sequence[Line] = (),
        *,
        event: str = "updated",
    ) -> Rows[Job]:
        """Refuse changes of the parts of what is no draft, take what was made of those that go, and stage."""
        if event in {"created", "updated"} and (touched or gone):
            if record.status != JobStatus.DRAFT:
                raise Conflict(f"{called(record)} is {record.status}: its parts change only while it is draft")
            if gone:
                await forget_parts(ctx, record, [each.id for each in gone])
        return await super().stage(ctx, record, inside, touched, gone, event=event)

    async def follow(self, ctx: Command, record: Job) -> None:
        """Delete what belongs to a job with it."""
        if record.deleted_at is not None:
            await delete_content(ctx, record)


async def _fit(ctx: Command, _job: Job, written: Sequence[Written]) -> None:
    """What is made of parts is counted in the unit of each part."""
    await fit_units(ctx, written)


JOBS = _Jobs(
    Job,
    lines=(Lines("parts", JobPart),),
    prepare=_prepare,
    fit=_fit,
    settle=settle_job,
    editable=OPEN,
    locked=(JobStatus.CLOSED, JobStatus.CANCELLED),
)


async def _release(ctx: Command, job: Job) -> None:
    await release_content(ctx, job, await lock_content(ctx, job, requirements=False))


async def _cancel(ctx: Command, job: Job) -> None:
    await cancel_content(ctx, job, await lock_content(ctx, job, requirements=False))


def _released(job: Job) -> None:
    job.released_at = now()


def _started(job: Job) -> None:
    job.started_at = now()


def _resumed(job: Job) -> None:
    job.hold_reason = None


def _closed(job: Job) -> None:
    job.closed_at = now()


jobs = JOBS.page("List jobs.")
job = JOBS.get("One job by its id; null when there is none.")
create_job = JOBS.create(
    "Write a draft job by hand, with what it makes; `refresh` then explodes the parts it names.",
    "What a new job is made of; without a currency it has its client's, or the workspace's.",
)
update_job = JOBS.update(
    "Change a job; what the input does not name stays as it is.\n\n"
    "What it makes, for whom and in which currency changes only while it is draft; nothing does once it is closed or"
    " cancelled. Changed quantities reach work orders and requirements with the next `refresh`.",
    "What to change of a job: null clears, what is left out stays; `parts` is the whole list.",
)
delete_job = JOBS.delete("Delete a draft job that was not made of a quote, with all that was exploded from it.")
add_job_part = add_line(JOBS, "parts", "Add something to what a draft job makes.")
update_job_part = update_line(JOBS, "parts", "Change something of what a draft job makes.")
delete_job_part = delete_line(
    JOBS, "parts", "Take something out of what a draft job makes, with what was exploded from it."
)
release_job = JOBS.move(
    "release",
    (JobStatus.DRAFT,),
    JobStatus.RELEASED,
    "Release a draft job to the shop, with its sub-jobs: from then on what it makes, its work orders and its"
    " requirements no longer follow the parts.",
    arrange=_release,
    effect=_released,
)
start_job = JOBS.move(
    "start",
    (JobStatus.RELEASED,),
    JobStatus.IN_PROGRESS,
    "Begin work on a released job.",
    effect=_started,
    past="started",
)
hold_job = JOBS.move(
    "hold",
    (JobStatus.IN_PROGRESS,),
    JobStatus.ON_HOLD,
    "Stop a job that is in progress for a while: no material is issued for it meanwhile.",
    takes=("hold_reason",),
    said="held",
)
resume_job = JOBS.move(
    "resume",
    (JobStatus.ON_HOLD,),
    JobStatus.IN_PROGRESS,
    "Go on with a job that is on hold.",
    effect=_resumed,
    past="resumed",
)
close_job = JOBS.move(
    "close",
    (JobStatus.COMPLETED,),
    JobStatus.CLOSED,
    "Close a completed job: nothing of it changes any more.",
    effect=_closed,
)
cancel_job = JOBS.move(
    "cancel",
    (JobStatus.DRAFT, JobStatus.RELEASED, JobStatus.IN_PROGRESS, JobStatus.ON_HOLD),
    JobStatus.CANCELLED,
    "Cancel a job that is not completed, with its work orders, its sub-jobs and the requirements that nobody buys yet.",
    arrange=_cancel,
)
