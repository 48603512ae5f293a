"""Work orders: the steps of a job, in sequence and after one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from core.errors import Conflict, Invalid
from core.record import WRITTEN_BY_CALLERS
from engine.declare.names import spaced
from engine.run.context import Command
from models import (
    Job,
    JobPart,
    JobStatus,
    Requirement,
    RequirementKind,
    RequirementStatus,
    WorkCenter,
    WorkOrder,
    WorkOrderStatus,
)
from resolvers.aggregate import Aggregate, now
from resolvers.job_materials import stage_work_orders
from resolvers.states import called
from resolvers.versions import ExpectedVersion

_OPEN: Final = (JobStatus.DRAFT, JobStatus.RELEASED, JobStatus.IN_PROGRESS, JobStatus.ON_HOLD)

_ENDED: Final = (JobStatus.CLOSED, JobStatus.CANCELLED)


async def _prepare(ctx: Command, order: WorkOrder, given: dict[str, Any]) -> None:
    """Look at the job of a work order, which is locked, and at what comes before the order."""
    is_new = order.number is None
    if not is_new and given.keys() <= set(WRITTEN_BY_CALLERS):
        [job] = await ctx.unit.lock(Job, [order.job_id])
        if job.status in _ENDED:
            raise Conflict(f"{called(job)} is {job.status}: nothing of it changes any more", field="status")
        return
    job = await _lock_job(ctx, given["job_id"] if is_new else order.job_id)
    part_id = given.get("job_part_id") if is_new else None
    if part_id is not None and not await ctx.unit.find(JobPart, id=part_id, job_id=job.id):
        raise Invalid("jobPartId: not a part of this job", field="jobPartId")
    if wanted := given.get("predecessor_ids"):
        given["predecessor_ids"] = list(dict.fromkeys(each.lower() for each in wanted))
        others = await ctx.unit.find(WorkOrder, job_id=job.id, deleted_at=None)
        _check_predecessors(order, given["predecessor_ids"], others)


async def _lock_job(ctx: Command, job_id: UUID) -> Job:
    found = await ctx.unit.lock(Job, [job_id])
    if not found or found[0].deleted_at is not None:
        raise Invalid("jobId: no such job", field="jobId")
    if found[0].status not in _OPEN:
        message = f"{called(found[0])} is {found[0].status}: its work orders change only until it is completed"
        raise Conflict(message, field="jobId")
    return found[0]


def _check_predecessors(order: WorkOrder, wanted: Sequence[str], others: Sequence[WorkOrder]) -> None:
    """Raise Invalid for a predecessor that is not of the same job, and for an order that would come before itself."""
    before = {str(each.id): each.predecessor_ids for each in others if each.id != order.id}
    for place, each in enumerate(wanted):
        if each not in before:
            where = f"predecessorIds.{place}"
            raise Invalid(f"{where}: no other work order of this job", field=where)
    if _comes_before_itself(order, wanted, others):
        raise Invalid("predecessorIds: the work order would come before itself", field="predecessorIds")


def _comes_before_itself(order: WorkOrder, wanted: Sequence[str], others: Sequence[WorkOrder]) -> bool:
    """Whether one of the work orders that are wanted before an order waits for it, at whatever distance."""
    before = {str(each.id): each.predecessor_ids for each in others if each.id != order.id}
    ahead, seen = list(wanted), set(wanted)
    while ahead:
        for each in before.get(ahead.pop(), ()):
            if each == str(order.id):
                return True
            if each not in seen:
                seen.add(each)
                ahead.append(each)
    return False


class _WorkOrders(Aggregate[WorkOrder]):
    """Work orders, which are locked after their job, and after which others become ready."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> WorkOrder:
        """Lock the job, all its work orders, and return one of them."""
        job_id = await ctx.unit.look(WorkOrder, row_id, "job_id")
        if job_id is not None:
            await ctx.unit.lock(Job, [job_id])
            found = await ctx.unit.find(WorkOrder, job_id=job_id)
            await ctx.unit.lock(WorkOrder, sorted(each.id for each in found))
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)

    async def check_back(self, ctx: Command, record: WorkOrder) -> None:
        """Refuse to bring one back into a job that has ended, or after what has come to wait for it meanwhile."""
        [job] = await ctx.unit.lock(Job, [record.job_id])
        if job.deleted_at is not None or job.status not in _OPEN:
            state = "deleted" if job.deleted_at is not None else spaced(job.status)
            raise Conflict(f"{called(job)} is {state}: its work orders stay as they are", field="job_id")
        others = await ctx.unit.find(WorkOrder, job_id=job.id, deleted_at=None)
        if _comes_before_itself(record, record.predecessor_ids, others):
            raise Conflict("predecessor_ids: the work order would come before itself", field="predecessor_ids")

    async def follow(self, ctx: Command, record: WorkOrder) -> None:
        """Settle which of the job's work orders are ready."""
        [job] = await ctx.unit.lock(Job, [record.job_id])
        if record.deleted_at is not None:
            if job.status not in _OPEN:
                raise Conflict(f"{called(job)} is {job.status}: its work orders stay", field="status")
            record.job_part_id = None
        orders = await ctx.unit.find_staged(WorkOrder, job_id=job.id, deleted_at=None)
        await ctx.unit.lock(WorkOrder, sorted(each.id for each in orders if each is not record))
        await stage_work_orders(ctx.unit, job, orders, record)


WORK_ORDERS = _WorkOrders(WorkOrder, prepare=_prepare, editable=(WorkOrderStatus.WAITING, WorkOrderStatus.READY))


async def _runs(ctx: Command, order: WorkOrder) -> None:
    [job] = await ctx.unit.lock(Job, [order.job_id])
    if job.status != JobStatus.IN_PROGRESS:
        raise Conflict(f"{called(job)} is {job.status}: work goes on only while it is in progress", field="status")
    if order.work_center_id is not None:
        await _check_machines(ctx, order, order.work_center_id)


async def _check_machines(ctx: Command, order: WorkOrder, center_id: UUID) -> None:
    """Raise Conflict when as many work orders run at a work center as it has machines; its row is their lock."""
    [center] = await ctx.unit.lock(WorkCenter, [center_id])
    there = await ctx.unit.find(WorkOrder, work_center_id=center_id, status=WorkOrderStatus.RUNNING, deleted_at=None)
    busy = [str(each.number) for each in there if each.id != order.id]
    if len(busy) >= center.machines:
        named = f"{', '.join(busy[:5])} {'runs' if len(busy) == 1 else 'run'} there"
        raise Conflict(f"Work center {center.code} is taken: {named}", field="work_center_id")


async def _stops(ctx: Command, order: WorkOrder) -> None:
    [job] = await ctx.unit.lock(Job, [order.job_id])
    if job.status not in _OPEN:
        raise Conflict(f"{called(job)} is {job.status}: its work orders stay", field="status")


async def _ends(ctx: Command, order: WorkOrder) -> None:
    """Refuse more good ones than are to be made, and to end what a supplier does before it is back."""
    await _stops(ctx, order)
    if order.good_quantity > order.quantity:
        message = f"good_quantity: {order.good_quantity:f} is more than the {order.quantity:f} that are to be made"
        raise Conflict(message, field="good_quantity")
    done = (RequirementStatus.RECEIVED, RequirementStatus.CANCELLED)
    for need in await ctx.unit.find(Requirement, work_order_id=order.id, deleted_at=None):
        if need.kind == RequirementKind.OUTSIDE_OPERATION and need.status not in done:
            what = f"{need.description[:80]!r} is done outside, and its requirement is {spaced(need.status)}"
            raise Conflict(f"{called(order)}: {what}: receive it first", field="status")


def _started(order: WorkOrder) -> None:
    order.started_at = now()


def _done(order: WorkOrder) -> None:
    order.done_at = now()
    if not order.good_quantity and not order.scrap_quantity:
        order.good_quantity = order.quantity


work_orders = WORK_ORDERS.page("List work orders.")
work_order = WORK_ORDERS.get("One work order, looked up with its id; null when there is none.")
create_work_order = WORK_ORDERS.create(
    "Add a work order to a job that is not completed.",
    "What a new work order is made of; it is ready once the job is released, its predecessors are done and its material"
    " is there.",
)
update_work_order = WORK_ORDERS.update(
    "Change a work order that has not begun.", "What to change of a work order: null clears, what is left out stays."
)
delete_work_order = WORK_ORDERS.delete("Delete a work order that has not begun.")
start_work_order = WORK_ORDERS.move(
    "start",
    (WorkOrderStatus.READY,),
    WorkOrderStatus.RUNNING,
    "Begin a work order that is ready, of a job that is in progress. At a work center as many run at a time as it has"
    " machines.",
    arrange=_runs,
    effect=_started,
    past="started",
)
pause_work_order = WORK_ORDERS.move(
    "pause", (WorkOrderStatus.RUNNING,), WorkOrderStatus.PAUSED, "Stop a work order for a while.", arrange=_stops
)
resume_work_order = WORK_ORDERS.move(
    "resume",
    (WorkOrderStatus.PAUSED,),
    WorkOrderStatus.RUNNING,
    "Go on with a work order.",
    arrange=_runs,
    past="resumed",
)
finish_work_order = WORK_ORDERS.move(
    "finish",
    (WorkOrderStatus.RUNNING, WorkOrderStatus.PAUSED),
    WorkOrderStatus.DONE,
    "Finish a work order: those that only waited for it are ready. Without quantities all are good, and never more than"
    " are to be made. What a supplier does is received first.",
    takes=("good_quantity", "scrap_quantity"),
    arrange=_ends,
    effect=_done,
    past="completed",
)
cancel_work_order = WORK_ORDERS.move(
    "cancel",
    (WorkOrderStatus.WAITING, WorkOrderStatus.READY),
    WorkOrderStatus.CANCELLED,
    "Leave a work order out; those after it do not wait for it.",
    arrange=_stops,
)
