"""Stock as a large shop has it, written straight into the tables."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg

from tests.kit.many import identity

LOCATIONS: Final = 500
_COMMON: Final = "workspace_id, id, created_at, updated_at, version"
_AT: Final = "timestamptz '2026-01-01' + n * interval '1 second'"
_PARTS: Final = f"""
insert into parts ({_COMMON}, part_number, revision, name, kind, status, unit, tracking)
select $1, {identity("n", "{part}")}, {_AT}, {_AT}, 1, 'P-' || n, 'A', 'Part ' || n, 'purchased', 'active', 'C62',
  'none'
from generate_series(1, $2::int) n
"""
_PLACES: Final = f"""
insert into stock_locations ({_COMMON}, code, kind, path)
select $1, {identity("n", "{location}")}, {_AT}, {_AT}, 1, 'L-' || n, 'bin', 'L-' || n
from generate_series(1, $2::int) n
"""
_ITEMS: Final = f"""
insert into inventory_items ({_COMMON}, part_id, location_id, status, on_hand, reserved, available, unit_cost, value,
  movement_count)
select $1, {identity("n", "{item}")}, {_AT}, {_AT}, 1, {identity("n", "{part}")},
  {identity(f"1 + n % {LOCATIONS}", "{location}")}, 'available', $3::int, 3, $3::int - 3, 2.5, $3::int * 2.5, $3::int
from generate_series(1, $2::int) n
"""
_RESERVATIONS: Final = f"""
insert into reservations ({_COMMON}, inventory_item_id, status, quantity, consumed_quantity)
select $1, {identity("3 * n + k", "{reservation}")}, {_AT}, {_AT}, 1, {identity("n", "{item}")}, 'active', 1, 0
from generate_series(1, $2::int) n, generate_series(0, 2) k
"""
_MOVEMENTS: Final = f"""
insert into stock_movements (workspace_id, id, inventory_item_id, number, moved_at, part_id, location_id, reason,
  quantity, balance_after, unit_cost)
select $1, {identity("$3::int * n + k", "{movement}")}, {identity("n", "{item}")}, k, {_AT}, {identity("n", "{part}")},
  {identity(f"1 + n % {LOCATIONS}", "{location}")}, 'receipt', 1, k, 2.5
from generate_series(1, $2::int) n, generate_series(1, $3::int) k
"""


async def write(
    owner: asyncpg.Connection[Any], workspace_id: UUID, items: int, movements: int, tags: dict[str, str]
) -> None:
    """Write so many items, each with three reservations and so many movements of one unit."""
    named = {name: sql.format(**tags) for name, sql in _STATEMENTS.items()}
    await owner.execute("set session_replication_role = replica")
    await owner.execute(named["parts"], workspace_id, items)
    await owner.execute(named["places"], workspace_id, LOCATIONS)
    await owner.execute(named["items"], workspace_id, items, movements)
    await owner.execute(named["reservations"], workspace_id, items)
    await owner.execute(named["movements"], workspace_id, items, movements, timeout=900)
    await owner.execute("set session_replication_role = origin")
    await owner.execute("vacuum analyze")


_STATEMENTS: Final = {
    "parts": _PARTS,
    "places": _PLACES,
    "items": _ITEMS,
    "reservations": _RESERVATIONS,
    "movements": _MOVEMENTS,
}
