"""The material status of jobs: whether what they need is there, which follows from their requirements.

A requirement is *there* when as much as it asks for was received for it, or is issued or reserved; it is *ordered*
when it stands on an open purchase order, and *missing* otherwise. Work orders are ready when their material is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.values.exact import plus, sum_of
from core.writing.unit_of_work import UnitOfWork
from models import (
    Job,
    JobStatus,
    MaterialStatus,
    Requirement,
    RequirementStatus,
    Reservation,
    ReservationStatus,
    WorkOrder,
    WorkOrderStatus,
)
from resolvers.balances import open_quantity
from resolvers.work_order_states import UNDER_WAY, settle_work_orders

ENDED: Final = (JobStatus.COMPLETED, JobStatus.CLOSED, JobStatus.CANCELLED)
"""States of a job that needs nothing any more."""


async def settle_materials(unit: UnitOfWork, job_ids: Iterable[UUID]) -> None:
    """Derive the material status of jobs, and which of their work orders are ready; stage what differs."""
    ids = sorted(set(job_ids))
    if not ids:
        return
    jobs = {each.id: each for each in await unit.lock(Job, ids)}
    jobs |= {each.id: each for each in unit.staged(Job, id=ids)}
    needs = await unit.find_staged(Requirement, job_id=ids, deleted_at=None)
    kept = await reserved_for(unit, [each.id for each in needs])
    for job in jobs.values():
        own = [each for each in needs if each.job_id == job.id]
        found = material_status(own, kept)
        if job.material_status != found:
            job.material_status = found
            unit.save(job, "job.updated")
        await settle_ready(unit, job, own, kept)


async def settle_ready(unit: UnitOfWork, job: Job, needs: Iterable[Requirement], kept: Mapping[UUID, Decimal]) -> None:
    """Stage which work orders of a locked job are ready, by its requirements and how much is reserved for each.

    Work orders change under the lock of their job alone, so they can be locked after requirements here.
    """
    if job.status not in UNDER_WAY:
        return
    orders = await unit.find_staged(WorkOrder, job_id=job.id, deleted_at=None)
    begin = [each.id for each in orders if each.status in {WorkOrderStatus.WAITING, WorkOrderStatus.READY}]
    await unit.lock(WorkOrder, sorted(begin))
    _stage(unit, settle_work_orders(job, orders, _missing(needs, kept)))


async def stage_work_orders(
    unit: UnitOfWork, job: Job, orders: Sequence[WorkOrder], moved: WorkOrder | None = None
) -> None:
    """Settle the work orders of a job, which are locked, and stage those that changed but for the one that moved."""
    needs = await unit.find_staged(Requirement, job_id=job.id, deleted_at=None) if job.status in UNDER_WAY else []
    missing = _missing(needs, await reserved_for(unit, [each.id for each in needs]))
    _stage(unit, [each for each in settle_work_orders(job, orders, missing) if each is not moved])


def _stage(unit: UnitOfWork, orders: Iterable[WorkOrder]) -> None:
    for each in orders:
        unit.save(each, "work_order.updated")


def _missing(needs: Iterable[Requirement], kept: Mapping[UUID, Decimal]) -> list[Requirement]:
    wanted = (each for each in needs if each.status != RequirementStatus.CANCELLED)
    return [each for each in wanted if _standing(each, kept) is not MaterialStatus.READY]


async def reserved_for(unit: UnitOfWork, requirement_ids: Iterable[UUID]) -> Mapping[UUID, Decimal]:
    """How much stock is kept for each of some requirements."""
    ids = sorted(requirement_ids)
    kept: dict[UUID, list[Decimal]] = {}
    if ids:
        found = await unit.find_staged(
            Reservation, requirement_id=ids, status=ReservationStatus.ACTIVE, deleted_at=None
        )
        for each in found:
            assert each.requirement_id is not None
            kept.setdefault(each.requirement_id, []).append(open_quantity(each))
    return {requirement_id: sum_of(each) for requirement_id, each in kept.items()}


def material_status(needs: Iterable[Requirement], kept: Mapping[UUID, Decimal]) -> MaterialStatus:
    """Return what follows from the requirements of a job, with how much is reserved for each."""
    found = {_standing(each, kept) for each in needs if each.status != RequirementStatus.CANCELLED}
    worst = (MaterialStatus.MISSING, MaterialStatus.ORDERED, MaterialStatus.READY)
    return next((each for each in worst if each in found), MaterialStatus.NONE)


def _standing(need: Requirement, kept: Mapping[UUID, Decimal]) -> MaterialStatus:
    in_hand = plus(need.issued_quantity, kept.get(need.id, Decimal(0)))
    if need.status == RequirementStatus.RECEIVED or in_hand >= need.quantity:
        return MaterialStatus.READY
    return MaterialStatus.ORDERED if need.status == RequirementStatus.HAS_PO else MaterialStatus.MISSING
