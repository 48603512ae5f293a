"""Stock of a sandbox: what is old goes, and what stays agrees with its ledger and its reservations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.record import Record
from core.values.ids import new_id
from core.writing.unit_of_work import UnitOfWork
from models import InventoryItem, Reservation, ReservationStatus, StockMovement
from resolvers.balances import open_quantity, settle_item

AT_ONCE: Final = 100
"""Items whose old movements are taken away in one transaction."""
OLD_MOVEMENTS: Final = """
select from stock_movements where workspace_id = $1 and moved_at <= $2 and reason <> 'opening'
"""
_TAKE: Final = f"""
with chosen as (
  select distinct inventory_item_id as id from stock_movements
  where workspace_id = $1 and moved_at <= $2 and reason <> 'opening' order by 1 limit {AT_ONCE}
),
gone as (
  delete from stock_movements m using chosen
  where m.workspace_id = $1 and m.inventory_item_id = chosen.id and m.moved_at <= $2 returning m.*
)
select distinct on (inventory_item_id) inventory_item_id, number, moved_at, part_id, location_id, balance_after,
  average_after, count(*) over (partition by inventory_item_id) as gone
from gone order by inventory_item_id, number desc
"""
_OPEN: Final = """
insert into stock_movements (workspace_id, id, inventory_item_id, number, moved_at, part_id, location_id, reason,
  quantity, balance_after, unit_cost, told_cost, average_after)
select $1, o.id, o.item_id, o.number, o.moved_at, o.part_id, o.location_id, 'opening', o.balance, o.balance, o.cost,
  o.cost, o.cost
from unnest($2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[], $6::uuid[], $7::uuid[], $8::numeric[], $9::numeric[])
  as o(id, item_id, number, moved_at, part_id, location_id, balance, cost)
"""


async def condense(unit: UnitOfWork, before: datetime) -> int:
    """Put one opening balance in place of the movements until then, of some items; returns how many were taken away.

    It has the number and the time of the last of them, so what follows goes on from it.
    """
    last = await unit.ask(_TAKE, before)
    if last:
        columns = (
            "inventory_item_id",
            "number",
            "moved_at",
            "part_id",
            "location_id",
            "balance_after",
            "average_after",
        )
        await unit.ask(_OPEN, [new_id(StockMovement) for _ in last], *([row[each] for row in last] for each in columns))
    return sum(row["gone"] for row in last)


async def let_go(unit: UnitOfWork, records: Sequence[Record], all_going: datetime | None) -> None:
    """Release what reservations still keep that are about to be deleted; other records keep nothing.

    Items that are not changed since `all_going` are deleted next, and stay as they are: a change would keep them.
    """
    keeping = [each for each in records if isinstance(each, Reservation) and open_quantity(each)]
    items = await unit.lock(InventoryItem, sorted({each.inventory_item_id for each in keeping})) if keeping else []
    for item in items:
        if all_going is not None and item.updated_at <= all_going:
            continue
        item.reserved -= sum(open_quantity(each) for each in keeping if each.inventory_item_id == item.id)
        settle_item(item)
        unit.save(item, "inventory_item.updated")
    for each in keeping:
        each.status = ReservationStatus.RELEASED
