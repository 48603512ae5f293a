"""A shop as the demo has it, written by the commands that every caller uses: stage by stage, some rows at a time.

What a row is follows from its stage and its number, so the demo is always the same; its dates lie before the day on
which it is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from engine.declare.inputs import read_input
from engine.run.context import Command
from jobs.demo import supply
from jobs.demo.data import CLIENTS, DemoData
from models import Part, PurchaseOrderLine, RfqInvitation, RfqLine
from resolvers.aggregate import input_of
from resolvers.clients import create_client
from resolvers.job_completion import complete_job
from resolvers.jobs import close_job, hold_job, release_job, start_job
from resolvers.locations import create_location
from resolvers.parts import create_part, release_part
from resolvers.purchase_orders import acknowledge_purchase_order, create_purchase_order, send_purchase_order
from resolvers.quote_conversion import convert_quote
from resolvers.quotes import approve_quote, cancel_quote, create_quote, lose_quote, send_quote
from resolvers.receipts import receive_purchase_order
from resolvers.rfq_answers import respond_rfq_invitation
from resolvers.rfqs import cancel_rfq, create_rfq, send_rfq
from resolvers.stock_movements import adjust_stock
from resolvers.suppliers import create_supplier, create_supplier_part
from resolvers.work_centers import create_work_center

SYSTEM: Final = "demo"
"""The system whose external ids the demo's records have: `quotes-17`."""
TWO_YEARS: Final = 730
BOUGHT: Final = 700
_REASONS: Final = ("Price", "Lead time", "The project was stopped", "Made in house")
_IDS: Final = "select id from {} where workspace_id = $1 and deleted_at is null and ({}) order by id limit 3000"


def said(given: Any) -> Any:
    """An input without what is not said."""
    if isinstance(given, dict):
        return {name: said(value) for name, value in given.items() if value is not None}
    return [said(each) for each in given] if isinstance(given, list) else given


@dataclass
class Shop:
    """One transaction in the demo's workspace."""

    ctx: Command
    stage: str

    def draw(self, number: int) -> Random:
        """The dice of one row."""
        return Random(f"850/{self.stage}/{number}")  # noqa: S311  # a demo, no secret

    async def write(self, command: Callable[..., Awaitable[Any]], given: dict[str, Any], number: int) -> UUID:
        """Write a record with the external id of its number."""
        name = {"external_ids": [{"system": SYSTEM, "external_id": f"{self.stage}-{number}"}]}
        made = await command(self.ctx, read_input(input_of(command), said({**given, **name})))
        return UUID(str(made.row_id))

    async def act(
        self, command: Callable[..., Awaitable[Any]], row_id: UUID, given: dict[str, Any] | None = None
    ) -> Any:
        """Do something with a record."""
        if given is None:
            return await command(self.ctx, row_id)
        return await command(self.ctx, row_id, read_input(input_of(command), said(given)))

    async def ids(self, table: str, where: str = "true") -> list[UUID]:
        """The ids of the records of a table, in the order in which they were made."""
        return [row["id"] for row in await self.ctx.unit.ask(_IDS.format(table, where))]

    async def flush(self) -> None:
        """Write what is staged, for what follows reads it."""
        await self.ctx.unit.flush()


async def _centers(shop: Shop, numbers: range) -> None:
    for number in numbers:
        code, name, process, rate = supply.CENTERS[number]
        given = {"code": code, "name": name, "process": process, "rate_per_hour": rate, "hours_per_day": 8}
        await shop.write(create_work_center, given, number)


async def _locations(shop: Shop, numbers: range) -> None:
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


async def _suppliers(shop: Shop, numbers: range) -> None:
    for number in numbers:
        await shop.write(create_supplier, supply.supplier(shop.draw(number), number), number)


async def _clients(shop: Shop, numbers: range) -> None:
    for number in numbers:
        code, name, terms, days = CLIENTS[number % len(CLIENTS)]
        plant = number // len(CLIENTS) + 1
        data = DemoData(f"850/clients/{number}")
        await shop.write(create_client, data.client(f"{code}{plant}", f"{name}, plant {plant}", terms, days), number)


async def _bought(shop: Shop, numbers: range) -> None:
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


async def _made(shop: Shop, numbers: range) -> None:
    components = await shop.ids("parts", "kind in ('material', 'purchased')")
    centers = await shop.ids("work_centers")
    made = [
        await shop.write(create_part, supply.made(shop.draw(number), number, components, centers), number)
        for number in numbers
    ]
    await shop.flush()
    for part_id in made:
        await shop.act(release_part, part_id)


async def _stock(shop: Shop, numbers: range) -> None:
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
                "note": "Opening stock",
            }
            await adjust_stock(shop.ctx, read_input(input_of(adjust_stock), said(given)))
            await shop.flush()
            given |= {"quantity": draw.choice((-2, -1, 1)), "unit_cost": None, "note": "Counted"}
            await adjust_stock(shop.ctx, read_input(input_of(adjust_stock), said(given)))


async def _quotes(shop: Shop, numbers: range) -> None:
    """Quotes of two years: the older a quote is, the likelier it is decided."""
    clients, parts = await shop.ids("clients"), await shop.ids("parts", "kind = 'manufactured' and status = 'active'")
    made: list[tuple[int, UUID]] = []
    for number in numbers:
        draw = shop.draw(number)
        given = DemoData(f"850/quotes/{number}", TWO_YEARS).quote(draw.choice(clients), "USD")
        given["parts"][0] |= {"part_id": draw.choice(parts)}
        if draw.random() < 0.1:  # noqa: PLR2004
            given["expires_on"] = datetime.now(UTC).date() + timedelta(days=draw.randint(1, 60))
        made.append((number, await shop.write(create_quote, given, number)))
    await shop.flush()
    fates = {row_id: shop.draw(number).choices(_FATES, _SHARES)[0] for number, row_id in made}
    for row_id, fate in fates.items():
        if fate != "draft":
            await shop.act(send_quote, row_id)
    await shop.flush()
    for number, row_id in made:
        fate = fates[row_id]
        if fate == "lost":
            await shop.act(lose_quote, row_id, {"lost_reason": shop.draw(number).choice(_REASONS)})
        elif fate == "cancelled":
            await shop.act(cancel_quote, row_id)
        elif fate in {"approved", "converted"}:
            await shop.act(approve_quote, row_id)
    await shop.flush()
    jobs = [
        (number, (await shop.act(convert_quote, row_id)).row_id)
        for number, row_id in made
        if fates[row_id] == "converted"
    ]
    await shop.flush()
    await _move_jobs(shop, jobs)


_FATES: Final = ("draft", "sent", "approved", "lost", "cancelled", "converted")
_SHARES: Final = (8, 22, 25, 30, 5, 10)
_STEPS: Final = (release_job, start_job, complete_job, close_job)
"""What becomes of a job, one after the other; how far each has come its dice say."""


async def _move_jobs(shop: Shop, jobs: Sequence[tuple[int, UUID]]) -> None:
    """Move jobs on: some stay drafts, some are on hold, the most are closed."""
    [finished] = await shop.ids("stock_locations", "code = 'FG-01'")
    steps = {job_id: shop.draw(number).choice((0, 1, 2, 2, 2, 3, 4, 4, 4)) for number, job_id in jobs}
    for place, step in enumerate(_STEPS):
        for number, job_id in jobs:
            if steps[job_id] > place:
                await shop.act(step, job_id, {"location_id": finished} if step is complete_job else None)
            elif steps[job_id] == place == 2 and not number % 3:  # noqa: PLR2004
                await shop.act(hold_job, job_id)
        await shop.flush()


async def _rfqs(shop: Shop, numbers: range) -> None:
    """Requests in each state: written, sent, answered by some, answered by all, withdrawn."""
    suppliers = await shop.ids("suppliers")
    parts = await shop.ctx.unit.find(Part, kind=["material", "purchased"], deleted_at=None)
    made = []
    for number in numbers:
        draw = shop.draw(number)
        lines = [
            {
                "part_id": part.id,
                "description": part.name,
                "unit": part.unit,
                "quantities": [{"quantity": quantity} for quantity in (50, 250)],
            }
            for part in draw.sample(parts, draw.randint(1, 4))
        ]
        given = {
            "title": f"Material for lot {100 + number}",
            "due_on": datetime.now(UTC).date() + timedelta(days=draw.randint(1, 21)),
            "lines": lines,
            "invitations": [{"supplier_id": each} for each in draw.sample(suppliers, 3)],
        }
        made.append((number, await shop.write(create_rfq, given, number)))
    await shop.flush()
    for number, rfq_id in made:
        if number % 5:
            await shop.act(send_rfq, rfq_id)
    await shop.flush()
    for number, rfq_id in made:
        if number % 5 == 1:
            await shop.act(cancel_rfq, rfq_id)
        for place in range((0, 0, 0, 1, 3)[number % 5]):
            await _answer(shop, rfq_id, place, shop.draw(number * 10 + place))


async def _answer(shop: Shop, rfq_id: UUID, place: int, draw: Random) -> None:
    """Have one of the suppliers answer, line by line and quantity by quantity."""
    invitation = (await shop.ctx.unit.find(RfqInvitation, rfq_id=rfq_id))[place]
    lines = await shop.ctx.unit.find(RfqLine, rfq_id=rfq_id)
    prices = [
        {
            "line_id": line.id,
            "quantity": quantity,
            "unit_price": draw.randint(100, 4_000) * factor,
            "lead_time_days": draw.choice((5, 10, 15, 30)),
        }
        for line in lines
        for quantity, factor in ((50, 1), (250, 1))
    ]
    await shop.act(respond_rfq_invitation, invitation.id, {"prices": prices})
    await shop.flush()


async def _orders(shop: Shop, numbers: range) -> None:
    """Purchase orders: written, on their way, late, come in part and come whole."""
    suppliers, today = await shop.ids("suppliers"), datetime.now(UTC).date()
    parts = await shop.ctx.unit.find(Part, kind="purchased", deleted_at=None)
    [dock] = await shop.ids("stock_locations", "code = 'RCV-01'")
    made = []
    for number in numbers:
        draw = shop.draw(number)
        ordered = today - timedelta(days=draw.randint(5, 90))
        lines = [
            {
                "part_id": part.id,
                "description": part.name,
                "unit": part.unit,
                "quantity": draw.choice((25, 50, 100, 500)),
                "unit_price": part.unit_cost,
                "required_on": ordered + timedelta(days=20),
            }
            for part in draw.sample(parts, draw.randint(1, 4))
        ]
        given = {
            "supplier_id": draw.choice(suppliers),
            "currency": "USD",
            "ordered_on": ordered,
            "required_on": ordered + timedelta(days=20),
            "location_id": dock,
            "lines": lines,
        }
        made.append((number, await shop.write(create_purchase_order, given, number)))
    await shop.flush()
    for command, least in ((send_purchase_order, 1), (acknowledge_purchase_order, 3)):
        for number, order_id in made:
            if number % 8 >= least:
                await shop.act(command, order_id)
        await shop.flush()
    for number, order_id in made:
        if number % 8 >= 6:  # noqa: PLR2004
            await shop.act(receive_purchase_order, order_id)
        elif number % 8 == 5:  # noqa: PLR2004
            [one, *_] = await shop.ctx.unit.find(PurchaseOrderLine, purchase_order_id=order_id)
            await shop.act(receive_purchase_order, order_id, {"lines": [{"line_id": one.id, "quantity": 10}]})
        await shop.flush()


@dataclass(frozen=True, slots=True)
class Stage:
    """What is written, how many rows of it, and how many in one transaction."""

    name: str
    about: str
    write: Callable[[Shop, range], Awaitable[None]]
    rows: int
    batch: int = 25
    first: int = 0
    """The number of the first row: those before it are there already."""
    grows: bool = False
    """Whether a large demo has ten times as many."""


STAGES: Final = (
    Stage("work_centers", "work centers", _centers, len(supply.CENTERS)),
    Stage("locations", "locations", _locations, 1 + len(supply.AREAS) * (supply.BINS + 1), 50),
    Stage("suppliers", "suppliers", _suppliers, 60, 30),
    Stage("clients", "clients", _clients, 300, 50, first=len(CLIENTS)),
    Stage("bought", "parts that are bought", _bought, BOUGHT, 25),
    Stage("made", "parts that are made", _made, 2_000 - BOUGHT, 25, grows=True),
    Stage("stock", "lots of stock", _stock, 600, 10, grows=True),
    Stage("quotes", "quotes", _quotes, 5_000, 20, first=300, grows=True),
    Stage("rfqs", "requests for quotation", _rfqs, 60, 10, grows=True),
    Stage("orders", "purchase orders", _orders, 200, 10, grows=True),
)
