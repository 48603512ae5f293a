"""What the demo's shop begins with: work centers, places, suppliers, clients, parts, and stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from engine.declare.inputs import read_input
from jobs.demo import supply
from jobs.demo.data import CLIENTS, DemoData
from jobs.demo.shop import Shop
from models import InventoryItem, Part
from resolvers.clients import create_client
from resolvers.inventory import update_inventory_item
from resolvers.locations import create_location
from resolvers.moves import input_of
from resolvers.parts import create_part, release_part
from resolvers.stock_counts import create_stock_count, finish_stock_count, post_stock_count
from resolvers.stock_movements import adjust_stock, scrap_stock, transfer_stock
from resolvers.suppliers import create_supplier, create_supplier_part
from resolvers.work_centers import create_work_center


async def write_centers(shop: Shop, numbers: range) -> None:
    """Work centers, each with what an hour there costs."""
    for number in numbers:
        code, name, process, rate = supply.CENTERS[number]
        given = {"code": code, "name": name, "process": process, "rate_per_hour": rate, "hours_per_day": 8}
        await shop.write(create_work_center, given, number)


async def write_locations(shop: Shop, numbers: range) -> None:
    """A building with areas, and bins in each."""
    for number in numbers:
        if not number:
            await shop.write(create_location, {"code": "MAIN", "name": "Main building", "kind": "warehouse"}, 0)
            await shop.flush()
            continue
        area, place = divmod(number - 1, supply.BINS + 1)
        code, name = supply.AREAS[area]
        if not place:
            [main] = await shop.ids("stock_locations", "code = 'MAIN'")
            await shop.write(create_location, {"code": code, "name": name, "kind": "area", "parent_id": main}, number)
            await shop.flush()
            continue
        [parent] = await shop.ids("stock_locations", f"code = '{code}'")
        await shop.write(create_location, {"code": f"{code}-{place:02d}", "kind": "bin", "parent_id": parent}, number)


async def write_suppliers(shop: Shop, numbers: range) -> None:
    """Suppliers of metals, fasteners and bearings, and those who treat surfaces."""
    for number in numbers:
        await shop.write(create_supplier, supply.supplier(shop.draw(number), number), number)


async def write_clients(shop: Shop, numbers: range) -> None:
    """Clients, and then more plants of theirs."""
    for number in numbers:
        code, name, terms, days = CLIENTS[number % len(CLIENTS)]
        plant = number // len(CLIENTS) + 1
        data = DemoData(f"850/clients/{number}")
        if plant > 1:
            code, name = f"{code}{plant}", f"{name}, plant {plant}"
        await shop.write(create_client, data.client(code, name, terms, days), number)


async def write_bought(shop: Shop, numbers: range) -> None:
    """Material and bought parts, released, each with one or two suppliers and their prices."""
    suppliers, made = await shop.ids("suppliers"), []
    for number in numbers:
        given = supply.bought(shop.draw(number), number)
        made.append((number, given, await shop.write(create_part, given, number)))
    await shop.flush()
    for number, given, part_id in made:
        draw = shop.draw(number)
        await shop.act(release_part, part_id)
        for place, supplier_id in enumerate(draw.sample(suppliers, draw.choice((1, 2)))):
            sold = {
                "supplier_id": supplier_id,
                "part_id": part_id,
                "supplier_part_number": f"{given['part_number']}/{place + 1}",
                "lead_time_days": given["lead_time_days"],
                "price_breaks": supply.prices(draw, given["unit_cost"]),
            }
            await create_supplier_part(shop.ctx, read_input(input_of(create_supplier_part), sold))


async def write_made(shop: Shop, numbers: range) -> None:
    """Parts that are made, with bills of materials of up to three levels and routings, released."""
    centers = await shop.ids("work_centers")
    treaters = await shop.ids("suppliers", "processes <> '{}'")
    bought = await shop.ids("parts", "kind in ('material', 'purchased')")
    for level in (supply.LEAF, supply.SUB, supply.TOP):
        leaves = await shop.ids("parts", f"part_number like '{supply.LEAF}-%'")
        subs = await shop.ids("parts", f"part_number like '{supply.SUB}-%'")
        shelf = supply.Shelf(bought, leaves, subs, centers, treaters)
        made = [
            await shop.write(create_part, supply.made(shop.draw(number), number, shelf), number)
            for number in numbers
            if supply.level_of(number) == level
        ]
        await shop.flush()
        for part_id in made:
            await shop.act(release_part, part_id)
        await shop.flush()


async def write_stock(shop: Shop, numbers: range) -> None:
    """Stock of what is bought, with what became of it over months: counted, used up, moved nearer, scrapped."""
    parts = await shop.ids("parts", "kind in ('material', 'purchased')")
    bins = await shop.ids("stock_locations", "code like 'RAW-%'")
    known = {each.id: each for each in await shop.ctx.unit.find(Part, id=[parts[n % len(parts)] for n in numbers])}
    lots = [
        _Lot(number, known[parts[number % len(parts)]], bins[number % len(bins)], lot)
        for number in numbers
        for lot in _lots(number, known[parts[number % len(parts)]])
    ]
    for each in lots:
        came: dict[str, Any] = {"quantity": shop.draw(each.number).randint(60, 400), "unit_cost": each.part.unit_cost}
        came |= {"note": opening_note(each.number), **each.place}
        await shop.make(adjust_stock, came, each.at(shop, 0))
    await shop.flush()
    for step, note in enumerate(("Counted", "Used up in the tool room", "Counted"), 1):
        for each in lots:
            draw = each.draw(step)
            if draw.random() < _MOVES:
                away = draw.choice((-3, -2, -1, 1)) if note == "Counted" else -draw.randint(2, 9)
                await shop.make(adjust_stock, {"quantity": away, "note": note, **each.place}, each.at(shop, step))
        await shop.flush()
    await _move_nearer(shop, lots)


_MOVES: Final = 0.7
"""How many lots each of the steps moves."""


@dataclass(frozen=True, slots=True)
class _Lot:
    """Stock of one row: of a part in one bin, of one lot where it has lots."""

    number: int
    part: Part
    location_id: UUID
    lot: str | None

    @property
    def place(self) -> dict[str, Any]:
        """Where it lies, as an input says it."""
        return {"part_id": self.part.id, "location_id": self.location_id, "lot": self.lot}

    def draw(self, step: int) -> Random:
        """The dice of one of its movements."""
        return Random(f"850/stock/{self.number}/{self.lot}/{step}")  # noqa: S311  # a demo, no secret

    def at(self, shop: Shop, step: int) -> datetime:
        """When one of its movements was: the first long ago, the others one after the other."""
        draw = Random(f"850/stock/{self.number}")  # noqa: S311  # a demo, no secret
        days = draw.randint(120, 420)
        return shop.at(shop.today - timedelta(days=days - step * days // 5 - draw.randint(0, 9)), draw)


def _lots(number: int, part: Part) -> tuple[str | None, ...]:
    return (f"L{number:04d}A", f"L{number:04d}B") if part.tracking == "lot" else (None,)


async def _move_nearer(shop: Shop, lots: list[_Lot]) -> None:
    """Bring some of the stock to the machines, scrap a little, and say until when it keeps."""
    near = await shop.ids("stock_locations", "code like 'WIP-%'")
    items = await shop.ctx.unit.find(InventoryItem, part_id=sorted({each.part.id for each in lots}))
    known = {(each.part_id, each.location_id, each.lot): each.id for each in items}
    for each in lots:
        item_id = known[each.part.id, each.location_id, each.lot]
        keeps = supply.AGES.get(each.part.part_number[:3])
        if keeps is not None:
            expires = each.at(shop, 0).date() + timedelta(days=keeps)
            await shop.act(update_inventory_item, item_id, {"expires_on": expires})
    await shop.flush()
    for each in lots:
        item_id = known[each.part.id, each.location_id, each.lot]
        if each.number % 3 == 0:
            moved = {"inventory_item_id": item_id, "location_id": near[each.number % len(near)], "quantity": 10}
            await shop.make(transfer_stock, moved, each.at(shop, 4))
        elif each.number % 7 == 1:
            gone = {"inventory_item_id": item_id, "quantity": 1, "note": "Dropped"}
            await shop.make(scrap_stock, gone, each.at(shop, 4))
    await shop.flush()


_COMPARED, _COUNTING = 3, 4
"""The counts that are not posted."""


async def write_counts(shop: Shop, numbers: range) -> None:
    """Counts of a bin each: the most posted, one compared and not posted yet, one still being counted."""
    *bins, apart = await shop.ids("stock_locations", "code like 'RAW-%'")
    for number in numbers:
        draw, day = shop.draw(number), shop.today - timedelta(days=3 + 25 * (shop.span.stop - 1 - number))
        place = apart if number == _COMPARED else bins[number % len(bins)]
        there = await shop.ctx.unit.find(InventoryItem, "created_at", location_id=place, deleted_at=None)
        lines = [
            {"inventory_item_id": each.id, "counted": max(each.on_hand + draw.choice((0, 0, 0, -1, 2)), each.reserved)}
            for each in there[:12]
        ]
        if not lines:
            continue
        count_id = await shop.write(create_stock_count, {"counted_on": day, "lines": lines}, number)
        await shop.flush()
        if number == _COUNTING:
            continue
        at = shop.at(day, draw)
        await shop.act(finish_stock_count, count_id, at=at)
        await shop.flush()
        if number != _COMPARED:
            await shop.act(post_stock_count, count_id, at=at + timedelta(minutes=30))
            await shop.flush()


def opening_note(number: int) -> str:
    """What the movement says that brings a row of stock."""
    return f"Opening stock, row {number}"
