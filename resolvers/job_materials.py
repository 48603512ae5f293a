"""The material status of jobs: whether what they need is there, which follows from their requirements.

A requirement is *there* when as much as it asks for was received for it, or is issued or reserved; it is *ordered*
when it stands on an open purchase order, and *missing* otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.values.exact import plus, sum_of
from core.writing.unit_of_work import UnitOfWork
from models import Job, JobStatus, MaterialStatus, Requirement, RequirementStatus, Reservation, ReservationStatus
from resolvers.balances import open_quantity

ENDED: Final = (JobStatus.COMPLETED, JobStatus.CLOSED, JobStatus.CANCELLED)
"""States of a job that needs nothing any more."""


async def settle_materials(unit: UnitOfWork, job_ids: Iterable[UUID]) -> None:
    """Derive the material status of jobs, and stage those whose status is another one than before."""
    ids = sorted(set(job_ids))
    if not ids:
        return
    jobs = {each.id: each for each in await unit.lock(Job, ids)}
    jobs |= {each.id: each for each in unit.staged(Job, id=ids)}
    needs = await unit.find_staged(Requirement, job_id=ids, deleted_at=None)
    kept = await reserved_for(unit, [each.id for each in needs])
    for job in jobs.values():
        found = material_status((each for each in needs if each.job_id == job.id), kept)
        if job.material_status != found:
            job.material_status = found
            unit.save(job, "job.updated")


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
