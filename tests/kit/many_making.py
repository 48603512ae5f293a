"""Many parts, work centers, jobs and work orders, as `tests.kit.many` makes clients and quotes."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg

import models
from tests.kit.many import AT, OF, RARE, identity, rare

_CLIENT, _QUOTE, _PART, _CENTER, _JOB, _JOB_PART, _ORDER, _SUPPLIER, _LOCATION = (
    f"{each.tag:03x}"
    for each in (
        *(models.Client, models.Quote, models.Part, models.WorkCenter, models.Job, models.JobPart),
        *(models.WorkOrder, models.Supplier, models.StockLocation),
    )
)


async def fill_making(owner: asyncpg.Connection[Any], workspace_id: UUID, count: int) -> None:
    """Write so many rows of each table of making: several jobs of a quote, and some work orders of no job."""
    await owner.execute("set session_replication_role = replica")
    await owner.execute("drop index jobs_quote_id")
    await owner.execute("create index jobs_quote_id on jobs (workspace_id, quote_id, id)")
    await owner.execute("alter table work_orders alter job_id drop not null")
    for each in (_PARTS, _CENTERS, _JOBS, _ORDERS):
        await owner.execute(each, workspace_id, count)
    await owner.execute("set session_replication_role = origin")
    await owner.execute("vacuum analyze parts, work_centers, jobs, work_orders")


def _of(tag: str, *, nullable: bool = True) -> str:
    found = identity(f"({OF})", tag)
    return f"case n % {RARE} when 1 then null else {found} end" if nullable else found


def _one_of(common: str, scarce: str) -> str:
    return f"case n % {RARE} when 2 then '{scarce}' else '{common}' end"


_COMMON: Final = "workspace_id, id, created_at, updated_at, version"
_CURRENCY: Final = f"case n % {RARE} when 2 then 'EUR' when 3 then 'XAF' else 'USD' end"
_NAME: Final = rare("text", nullable=False)
_PARTS: Final = f"""
insert into parts ({_COMMON}, part_number, revision, name, kind, status, unit, tracking, customer_part_number,
  drawing_reference, released_at, client_id)
select $1, {identity("n", _PART)}, {AT}, {AT}, 1, 'P-' || n, {_NAME}, {_NAME}, {_one_of("manufactured", "purchased")},
  {_one_of("active", "draft")}, 'C62', {_one_of("none", "lot")}, {rare("text")}, {rare("text")}, {rare("moment")},
  {_of(_CLIENT, nullable=False)}
from generate_series(1, $2::int) n
"""
_CENTERS: Final = f"""
insert into work_centers ({_COMMON}, code, name, status, process, location_id)
select $1, {identity("n", _CENTER)}, {AT}, {AT}, 1, 'C-' || n, {_NAME}, {_one_of("active", "inactive")}, {rare("text")},
  {_of(_LOCATION, nullable=False)}
from generate_series(1, $2::int) n
"""
_JOBS: Final = f"""
insert into jobs ({_COMMON}, number, status, title, customer_po_number, ordered_on, due_on, promised_on, priority,
  currency, price, material_status, released_at, completed_at, client_id, quote_id, parent_job_id, quantity,
  completed_quantity, scrapped_quantity)
select $1, {identity("n", _JOB)}, {AT}, {AT}, 1, 'Q-' || n, {_one_of("draft", "released")}, {rare("text")},
  {rare("text")}, {rare("date")}, {rare("date")}, {rare("date")}, {rare("integer", nullable=False)}, {_CURRENCY},
  {rare("decimal")}, {_one_of("none", "missing")}, {rare("moment")}, {rare("moment")}, {_of(_CLIENT, nullable=False)},
  {_of(_QUOTE)}, {_of(_JOB)}, 0, 0, 0
from generate_series(1, $2::int) n
"""
_ORDERS: Final = f"""
insert into work_orders ({_COMMON}, number, status, sequence, name, kind, job_id, job_part_id, work_center_id,
  supplier_id, quantity, good_quantity, scrap_quantity)
select $1, {identity("n", _ORDER)}, {AT}, {AT}, 1, 'Q-' || n, {_one_of("waiting", "ready")},
  {rare("integer", nullable=False)}, {_NAME}, {_one_of("internal", "outside")}, {_of(_JOB)}, {_of(_JOB_PART)},
  {_of(_CENTER)}, {_of(_SUPPLIER)}, 1, 0, 0
from generate_series(1, $2::int) n
"""
