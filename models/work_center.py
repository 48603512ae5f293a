"""Work centers: machines and benches where operations are done."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.facts import choice, decimal, reference, text, whole
from core.record import Record
from core.values.checked import NAME, PRICE, QUANTITY, REFERENCE, Whole

MACHINES = Whole(1, 10_000)


class WorkCenterStatus(StrEnum):
    """Whether work can be planned there."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class WorkCenter(Record, table=True):
    """A machine, or a group of equal ones, with a rate by the hour."""

    __tablename__ = "work_centers"

    code: str = text(REFERENCE, filterable=True, sortable=True, searchable=True, unique_alive=True)
    name: str = text(NAME, filterable=True, searchable=True)
    status: str = choice(WorkCenterStatus, WorkCenterStatus.ACTIVE, filterable=True)
    process: str | None = text(REFERENCE, filterable=True)
    rate_per_hour: Decimal | None = decimal(PRICE)
    hours_per_day: Decimal | None = decimal(QUANTITY)
    machines: int = whole(MACHINES, default=1)
    """How many work orders run there at a time."""
    location_id: UUID | None = reference("stock_locations", filterable=True)
