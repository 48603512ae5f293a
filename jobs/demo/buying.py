"""The demo's requests for quotation and purchase orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from jobs.demo.shop import Shop
from models import Part, PurchaseOrderLine, RfqInvitation, RfqLine
from resolvers.purchase_orders import acknowledge_purchase_order, create_purchase_order, send_purchase_order
from resolvers.receipts import receive_purchase_order
from resolvers.rfq_answers import respond_rfq_invitation
from resolvers.rfqs import cancel_rfq, create_rfq, send_rfq


async def write_rfqs(shop: Shop, numbers: range) -> None:
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


async def write_orders(shop: Shop, numbers: range) -> None:
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
