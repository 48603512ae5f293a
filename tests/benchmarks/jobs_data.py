"""Jobs as a shop has them, with all that belongs to them, written straight into the tables."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg

from models import Client, Job, JobPart, Part, Requirement, RoutingOperation, WorkOrder
from tests.kit.many import identity

PARTS, CLIENTS = 500, 100
TAGS: Final = {
    each.__name__.lower(): f"{each.tag:03x}"
    for each in (Client, Job, JobPart, Part, Requirement, RoutingOperation, WorkOrder)
}
_COMMON: Final = "workspace_id, id, created_at, updated_at, version"
_AT: Final = "timestamptz '2026-01-01' + n * interval '1 second'"
_CLIENTS: Final = f"""
insert into clients ({_COMMON}, name, status, currency, tax_exempt)
select $1, {identity("n", "{client}")}, {_AT}, {_AT}, 1, 'Client ' || n, 'active', 'USD', false
from generate_series(1, {CLIENTS}) n
"""
_PARTS: Final = f"""
insert into parts ({_COMMON}, part_number, revision, name, kind, status, unit, tracking)
select $1, {identity("n", "{part}")}, {_AT}, {_AT}, 1, 'P-' || n, 'A', 'Part ' || n, 'manufactured', 'active', 'C62',
  'none'
from generate_series(1, {PARTS}) n
"""
_STEPS: Final = f"""
insert into routing_operations (workspace_id, id, part_id, position, name, kind, cycle_hours)
select $1, {identity("3 * n + k", "{routingoperation}")}, {identity("n", "{part}")}, k, 'Step ' || k, 'internal', 0.25
from generate_series(1, {PARTS}) n, generate_series(1, 3) k
"""
_JOBS: Final = f"""
insert into jobs ({_COMMON}, number, status, client_id, title, priority, currency, price, material_status, quantity,
  completed_quantity, scrapped_quantity, due_on)
select $1, {identity("n", "{job}")}, {_AT}, {_AT}, 1, 'J-' || n, 'released',
  {identity(f"1 + n % {CLIENTS}", "{client}")}, 'Job ' || n, 0, 'USD', 125.5, 'missing', 20, 0, 0, date '2026-06-01'
from generate_series(1, $2::int) n
"""
_LINES: Final = f"""
insert into job_parts (workspace_id, id, job_id, position, part_id, description, quantity, unit, completed_quantity,
  scrapped_quantity)
select $1, {identity("2 * n + k", "{jobpart}")}, {identity("n", "{job}")}, k,
  {identity(f"1 + (n + k) % {PARTS}", "{part}")}, 'Part of ' || n, 10, 'C62', 0, 0
from generate_series(1, $2::int) n, generate_series(1, 2) k
"""
_ORDERS: Final = f"""
insert into work_orders ({_COMMON}, number, status, job_id, sequence, name, kind, quantity, good_quantity,
  scrap_quantity)
select $1, {identity("6 * n + k", "{workorder}")}, {_AT}, {_AT}, 1, 'WO-' || 6 * n + k, 'waiting',
  {identity("n", "{job}")}, 10 * k, 'Step ' || k, 'internal', 10, 0, 0
from generate_series(1, $2::int) n, generate_series(1, 6) k
"""
_NEEDS: Final = f"""
insert into requirements ({_COMMON}, kind, status, job_id, part_id, description, quantity, unit, ordered_quantity,
  received_quantity, issued_quantity)
select $1, {identity("4 * n + k", "{requirement}")}, {_AT}, {_AT}, 1, 'material', 'pending', {identity("n", "{job}")},
  {identity(f"1 + (n + k) % {PARTS}", "{part}")}, 'Material ' || k, 2.5, 'C62', 0, 0, 0
from generate_series(1, $2::int) n, generate_series(1, 4) k
"""


async def write(owner: asyncpg.Connection[Any], workspace_id: UUID, jobs: int) -> None:
    """Write so many jobs, each with two parts, six work orders and four requirements."""
    await owner.execute("set session_replication_role = replica")
    for sql in (_CLIENTS, _PARTS, _STEPS):
        await owner.execute(sql.format(**TAGS), workspace_id)
    for sql in (_JOBS, _LINES, _ORDERS, _NEEDS):
        await owner.execute(sql.format(**TAGS), workspace_id, jobs, timeout=300)
    await owner.execute("set session_replication_role = origin")
    await owner.execute("vacuum analyze")
