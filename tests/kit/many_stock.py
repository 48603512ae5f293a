"""Many rows of stock, as `tests.kit.many` makes those of clients and quotes."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg

import models
from tests.kit.many import AT, OF, RARE, identity, rare

_PART, _LOCATION, _ITEM, _RESERVATION, _COUNT, _JOB, _REQUIREMENT = (
    f"{each.tag:03x}"
    for each in (
        *(models.Part, models.StockLocation, models.InventoryItem, models.Reservation),
        *(models.StockCount, models.Job, models.Requirement),
    )
)


async def fill_stock(owner: asyncpg.Connection[Any], workspace_id: UUID, count: int) -> None:
    """Write so many rows of each table of stock: more in one place than may lie there."""
    await owner.execute("set session_replication_role = replica")
    await owner.execute("drop index inventory_items_place")
    for name in ("serial", "one_of_serial"):
        await owner.execute(f"alter table inventory_items drop constraint inventory_items_{name}")
    for each in (_LOCATIONS, _ITEMS, _RESERVATIONS, _COUNTS):
        await owner.execute(each, workspace_id, count)
    await owner.execute("set session_replication_role = origin")
    await owner.execute("vacuum analyze stock_locations, inventory_items, reservations, stock_counts")


def _of(tag: str, *, nullable: bool = True) -> str:
    found = identity(f"({OF})", tag)
    return f"case n % {RARE} when 1 then null else {found} end" if nullable else found


def _one_of(common: str, scarce: str) -> str:
    return f"case n % {RARE} when 2 then '{scarce}' else '{common}' end"


_COMMON: Final = "workspace_id, id, created_at, updated_at, version"
_LOCATIONS: Final = f"""
insert into stock_locations ({_COMMON}, code, name, kind, parent_id, path)
select $1, {identity("n", _LOCATION)}, {AT}, {AT}, 1, 'C-' || n, {rare("text")}, {_one_of("bin", "area")},
  {_of(_LOCATION)}, 'C-' || n
from generate_series(1, $2::int) n
"""
_ITEMS: Final = f"""
insert into inventory_items ({_COMMON}, part_id, location_id, lot, serial, status, expires_on, on_hand, reserved,
  available, value, movement_count)
select $1, {identity("n", _ITEM)}, {AT}, {AT}, 1, {_of(_PART, nullable=False)}, {_of(_LOCATION, nullable=False)},
  {rare("text")}, {rare("text")}, {_one_of("available", "on_hold")}, {rare("date")}, {rare("decimal", nullable=False)},
  0, {rare("decimal", nullable=False)}, {rare("decimal")}, 1
from generate_series(1, $2::int) n
"""
_RESERVATIONS: Final = f"""
insert into reservations ({_COMMON}, inventory_item_id, job_id, requirement_id, status, quantity, consumed_quantity,
  expires_at)
select $1, {identity("n", _RESERVATION)}, {AT}, {AT}, 1, {_of(_ITEM, nullable=False)}, {_of(_JOB)}, {_of(_REQUIREMENT)},
  {_one_of("active", "released")}, 1, 0, {rare("moment")}
from generate_series(1, $2::int) n
"""
_COUNTS: Final = f"""
insert into stock_counts ({_COMMON}, number, status, location_id, counted_on)
select $1, {identity("n", _COUNT)}, {AT}, {AT}, 1, 'Q-' || n, {_one_of("open", "counted")},
  {_of(_LOCATION, nullable=False)}, {rare("date")}
from generate_series(1, $2::int) n
"""
