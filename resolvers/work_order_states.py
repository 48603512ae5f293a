"""Which work orders of a job are ready: those of a released job before which everything is done."""

from __future__ import annotations

from collections.abc import Sequence

from engine.run.context import Command
from models import Job, JobStatus, WorkOrder, WorkOrderStatus

OVER = (WorkOrderStatus.DONE, WorkOrderStatus.CANCELLED)
UNDER_WAY = (JobStatus.RELEASED, JobStatus.IN_PROGRESS, JobStatus.ON_HOLD)


def settle_work_orders(job: Job, orders: Sequence[WorkOrder]) -> list[WorkOrder]:
    """Set which of a job's work orders are ready and which wait; returns those that changed.

    `orders` are all that the job has: a predecessor that is not among them holds nobody up.
    """
    open_ids = {str(each.id) for each in orders if each.status not in OVER}
    changed = []
    for each in orders:
        if each.status not in {WorkOrderStatus.WAITING, WorkOrderStatus.READY}:
            continue
        is_ready = job.status in UNDER_WAY and open_ids.isdisjoint(each.predecessor_ids)
        status = WorkOrderStatus.READY if is_ready else WorkOrderStatus.WAITING
        if each.status != status:
            each.status = status
            changed.append(each)
    return changed


async def stage_work_orders(
    ctx: Command, job: Job, orders: Sequence[WorkOrder], moved: WorkOrder | None = None
) -> None:
    """Settle the work orders of a job, which are locked, and stage those that changed but for the one that moved."""
    for each in settle_work_orders(job, orders):
        if each is not moved:
            ctx.save(each, event="work_order.updated")


def end_work_orders(ctx: Command, orders: Sequence[WorkOrder], to: WorkOrderStatus) -> list[WorkOrder]:
    """End the work orders that are not over yet, as done or cancelled."""
    ended = [each for each in orders if each.status not in OVER]
    for each in ended:
        each.status = to
        ctx.save(each, event="work_order.completed" if to is WorkOrderStatus.DONE else "work_order.cancelled")
    return ended
