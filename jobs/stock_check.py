"""Comparing stock with its ledger: every balance is worked out anew from the movements, and what differs is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.database.pool import Connection
from core.values.decimals import shortest

_NEXT: Final = """
select workspace_id from inventory_items where $1::uuid is null or workspace_id > $1 order by workspace_id limit 1
"""
_CHECK: Final = """
with chain as (
  select inventory_item_id as id, number, quantity, balance_after, sum(quantity) over each_item as running
  from stock_movements where workspace_id = $1
  window each_item as (partition by inventory_item_id order by number)
),
moved as (
  select id, sum(quantity) as total, count(*) as many, max(number) as last, max(number) - min(number) + 1 as span,
    count(*) filter (where running <> balance_after) as broken
  from chain group by id
),
kept as (
  select inventory_item_id as id, sum(quantity - consumed_quantity) as total
  from reservations where workspace_id = $1 and status = 'active' and deleted_at is null group by 1
),
checked as (
  select i.id, i.on_hand, coalesce(m.total, 0) as moved, i.movement_count, coalesce(m.last, 0) as last,
    coalesce(m.many, 0) as many, coalesce(m.span - m.many, 0) as missing, coalesce(m.broken, 0) as broken,
    i.reserved, coalesce(k.total, 0) as kept, i.available,
    case when i.status = 'available' then i.on_hand - i.reserved else 0 end as usable
  from inventory_items i left join moved m on m.id = i.id left join kept k on k.id = i.id
  where i.workspace_id = $1 and (i.deleted_at is null or m.id is not null)
),
wrong as (
  select * from checked where on_hand <> moved or movement_count <> last or missing > 0 or broken > 0
    or reserved <> kept or available <> usable
  order by id limit $2
)
select (select count(*) from checked) as items, (select coalesce(sum(many), 0) from checked) as movements,
  array(select row_to_json(w)::text from wrong w) as wrong
"""
MOST: Final = 1_000
"""Items that are told of one workspace."""
_COMPARED: Final = (
    ("on_hand", "moved", "the movements come to"),
    ("movement_count", "last", "the last movement is number"),
    ("reserved", "kept", "the reservations keep"),
    ("available", "usable", "what is on hand and not reserved is"),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was compared in one workspace; `wrong` says of each item what differs, one line each."""

    workspace_id: UUID
    items: int
    movements: int
    wrong: list[str]


async def check_stock(connection: Connection, after: UUID | None) -> Checked | None:
    """Compare the stock of the next workspace after this one; None when there is none. It acts as `forge_worker`.

    One statement sees one moment, so commands that move stock meanwhile do not disturb it.
    """
    workspace_id = await connection.fetchval(_NEXT, after)
    if workspace_id is None:
        return None
    [found] = await connection.fetch(_CHECK, workspace_id, MOST)
    wrong = [line for each in found["wrong"] for line in _lines(_read(each))]
    return Checked(workspace_id, found["items"], int(found["movements"]), wrong)


async def check_all(connection: Connection) -> AsyncIterator[Checked]:
    """Compare the stock of every workspace, one after another."""
    after = None
    while found := await check_stock(connection, after):
        yield found
        after = found.workspace_id


def _lines(item: dict[str, Any]) -> list[str]:
    told = [
        f"{name} is {shortest(item[name])}, {what} {shortest(item[other])}"
        for name, other, what in _COMPARED
        if item[name] != item[other]
    ]
    if item["missing"]:
        told.append(f"{item['missing']} movements are missing between the first and the last")
    if item["broken"]:
        told.append(f"balance_after of {item['broken']} movements is not the sum up to them")
    return [f"item {item['id']}: {each}" for each in told]


def _read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return found
