"""What the demo's shop begins with: work centers, places, suppliers, clients, parts, and stock."""

from __future__ import annotations

from engine.declare.inputs import read_input
from jobs.demo import supply
from jobs.demo.data import CLIENTS, DemoData
from jobs.demo.shop import Shop, said
from models import Part
from resolvers.aggregate import input_of
from resolvers.clients import create_client
from resolvers.locations import create_location
from resolvers.parts import create_part, release_part
from resolvers.stock_movements import adjust_stock
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
    """More plants of the clients that are there."""
    for number in numbers:
        code, name, terms, days = CLIENTS[number % len(CLIENTS)]
        plant = number // len(CLIENTS) + 1
        data = DemoData(f"850/clients/{number}")
        await shop.write(create_client, data.client(f"{code}{plant}", f"{name}, plant {plant}", terms, days), number)


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
    """Parts that are made, with a bill of materials and a routing, released."""
    components = await shop.ids("parts", "kind in ('material', 'purchased')")
    centers = await shop.ids("work_centers")
    made = [
        await shop.write(create_part, supply.made(shop.draw(number), number, components, centers), number)
        for number in numbers
    ]
    await shop.flush()
    for part_id in made:
        await shop.act(release_part, part_id)


async def write_stock(shop: Shop, numbers: range) -> None:
    """Stock of what is bought, in two lots where it is told apart by lots, each counted again once."""
    parts = await shop.ids("parts", "kind in ('material', 'purchased')")
    bins = await shop.ids("stock_locations", "code like 'RAW-%'")
    known = {each.id: each for each in await shop.ctx.unit.find(Part, id=[parts[n % len(parts)] for n in numbers])}
    for number in numbers:
        draw, part = shop.draw(number), known[parts[number % len(parts)]]
        for lot in ("A", "B") if part.tracking == "lot" else (None,):
            given = {
                "part_id": part.id,
                "location_id": bins[number % len(bins)],
                "lot": lot and f"L{number:04d}{lot}",
                "quantity": draw.randint(20, 400),
                "unit_cost": part.unit_cost,
                "note": opening_note(number),
            }
            await adjust_stock(shop.ctx, read_input(input_of(adjust_stock), said(given)))
            await shop.flush()
            given |= {"quantity": draw.choice((-2, -1, 1)), "unit_cost": None, "note": "Counted"}
            await adjust_stock(shop.ctx, read_input(input_of(adjust_stock), said(given)))


def opening_note(number: int) -> str:
    """What the movement says that brings a row of stock."""
    return f"Opening stock, row {number}"
