"""Which work orders of a job are ready: those of a released job before which everything is done, with material."""

from __future__ import annotations

from collections.abc import Sequence

from engine.run.context import Command
from models import Job, JobStatus, Requirement, RequirementKind, WorkOrder, WorkOrderStatus

OVER = (WorkOrderStatus.DONE, WorkOrderStatus.CANCELLED)
UNDER_WAY = (JobStatus.RELEASED, JobStatus.IN_PROGRESS, JobStatus.ON_HOLD)


def settle_work_orders(job: Job, orders: Sequence[WorkOrder], missing: Sequence[Requirement]) -> list[WorkOrder]:
    """Set which of a job's work orders are ready and which wait; returns those that changed.

    `orders` are all that the job has: a predecessor that is not among them holds nobody up. `missing` are those of its
    requirements that are not there.
    """
    open_ids = {str(each.id) for each in orders if each.status not in OVER}
    changed = []
    for each in orders:
        if each.status not in {WorkOrderStatus.WAITING, WorkOrderStatus.READY}:
            continue
        is_ready = job.status in UNDER_WAY and open_ids.isdisjoint(each.predecessor_ids)
        is_ready = is_ready and not any(_waits_for(each, need) for need in missing)
        status = WorkOrderStatus.READY if is_ready else WorkOrderStatus.WAITING
        if each.status != status:
            each.status = status
            changed.append(each)
    return changed


def _waits_for(order: WorkOrder, need: Requirement) -> bool:
    """Whether a requirement is the material of a work order: one for it, or for no work order but its part of the job.

    What is done outside is no material: it is what a work order of its own does.
    """
    if need.kind == RequirementKind.OUTSIDE_OPERATION:
        return False
    if need.work_order_id is not None:
        return need.work_order_id == order.id
    return need.job_part_id is None or order.job_part_id in {None, need.job_part_id}


def end_work_orders(ctx: Command, orders: Sequence[WorkOrder], to: WorkOrderStatus) -> list[WorkOrder]:
    """End the work orders that are not over yet, as done or cancelled."""
    ended = [each for each in orders if each.status not in OVER]
    for each in ended:
        each.status = to
        ctx.save(each, event="work_order.completed" if to is WorkOrderStatus.DONE else "work_order.cancelled")
    return ended
