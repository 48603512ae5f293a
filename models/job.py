"""Jobs: what a shop has been ordered to make, and the work orders that make it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.facts import choice, day, decimal, document, moment, reference, text, whole, words
from core.record import Line, Record
from core.values.checked import COUNT, CURRENCY, NAME, NOTE, PIECE, PRICE, QUANTITY, REFERENCE, UNIT
from models.part import OperationKind


class JobStatus(StrEnum):
    """Where a job is in its life."""

    DRAFT = "draft"
    RELEASED = "released"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class MaterialStatus(StrEnum):
    """Whether what a job needs is there: a function of its requirements."""

    NONE = "none"
    MISSING = "missing"
    ORDERED = "ordered"
    READY = "ready"


class Job(Record, table=True):
    """An order of a client in the shop, or a part of one."""

    __tablename__ = "jobs"
    series, prefix = "job", "J-"
    orders = (("status", "due_on"), ("client_id", "due_on"))

    number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=(), derived=True)
    status: str = choice(JobStatus, JobStatus.DRAFT, filterable="often", derived=True)
    client_id: UUID | None = reference("clients", filterable=True)
    quote_id: UUID | None = reference("quotes", filterable=True, derived=True, unique_with=())
    parent_job_id: UUID | None = reference("jobs", filterable=True, fixed=True)
    """The job that what this one makes goes into."""
    title: str | None = text(NAME, filterable=True, searchable=True)
    customer_po_number: str | None = text(REFERENCE, filterable=True, searchable=True)
    ordered_on: date | None = day(filterable=True)
    due_on: date | None = day(filterable=True, sortable=True)
    promised_on: date | None = day(filterable=True, sortable=True)
    priority: int = whole(COUNT, default=0, filterable=True, sortable=True)
    currency: str = text(CURRENCY, filterable=True, filled=True)
    price: Decimal | None = decimal(filterable=True, derived=True)
    """What it is sold for, before tax: the sum of what it makes."""
    material_status: str = choice(MaterialStatus, MaterialStatus.NONE, filterable=True, derived=True)
    ship_to: dict[str, Any] = document()
    quantity: Decimal = decimal(default=Decimal(0), derived=True)
    completed_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    scrapped_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    material_cost: Decimal | None = decimal(derived=True)
    released_at: datetime | None = moment(filterable=True, derived=True)
    started_at: datetime | None = moment(derived=True)
    completed_at: datetime | None = moment(filterable=True, sortable=True, derived=True)
    closed_at: datetime | None = moment(derived=True)
    hold_reason: str | None = text(NOTE, derived=True)
    exploded: dict[str, Any] = document()
    """What was made of released parts: `parts` by the id of the job part, `rows` by the id of what was made."""
    issued: dict[str, Any] = document()
    """What is issued for each requirement or sub-job, by its id: quantity and cost, as text."""


class JobPart(Line, table=True):
    """What a job makes; lives inside it."""

    __tablename__ = "job_parts"
    parent_column = "job_id"

    job_id: UUID = reference("jobs")
    part_id: UUID | None = reference("parts")
    quote_part_id: UUID | None = reference("quote_parts", derived=True)
    description: str = text(NAME)
    quantity: Decimal = decimal(QUANTITY)
    unit: str = text(UNIT, default=PIECE, filled=True)
    unit_price: Decimal | None = decimal(PRICE)
    due_on: date | None = day()
    completed_quantity: Decimal = decimal(default=Decimal(0), derived=True)
    scrapped_quantity: Decimal = decimal(default=Decimal(0), derived=True)


class WorkOrderStatus(StrEnum):
    """Where a work order is in its life; `waiting` until all before it are done and its material is there."""

    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class WorkOrder(Record, table=True):
    """One step of a job."""

    __tablename__ = "work_orders"
    series, prefix = "work_order", "WO-"
    orders = (("job_id", "sequence"),)

    number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=(), derived=True)
    status: str = choice(WorkOrderStatus, WorkOrderStatus.WAITING, filterable="often", derived=True)
    job_id: UUID = reference("jobs", filterable=True, fixed=True)
    job_part_id: UUID | None = reference("job_parts", filterable=True, fixed=True)
    sequence: int = whole(COUNT, default=0, filterable=True, sortable=True)
    predecessor_ids: list[str] = words(ids_of="work_orders")
    name: str = text(NAME, filterable=True, searchable=True)
    kind: str = choice(OperationKind, OperationKind.INTERNAL, filterable=True)
    work_center_id: UUID | None = reference("work_centers", filterable=True)
    supplier_id: UUID | None = reference("suppliers", filterable=True)
    quantity: Decimal = decimal(QUANTITY)
    programming_hours: Decimal | None = decimal(PRICE)
    setup_hours: Decimal | None = decimal(PRICE)
    cycle_hours: Decimal | None = decimal(PRICE)
    rate: Decimal | None = decimal(PRICE)
    good_quantity: Decimal = decimal(PRICE, default=Decimal(0), derived=True)
    scrap_quantity: Decimal = decimal(PRICE, default=Decimal(0), derived=True)
    started_at: datetime | None = moment(derived=True)
    done_at: datetime | None = moment(derived=True)
