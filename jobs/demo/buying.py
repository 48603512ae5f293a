"""The demo's requests for quotation, and purchase orders of what the shop keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from jobs.demo.shop import TWO_YEARS, Shop
from models import Part, PurchaseOrderLine, Rfq, RfqInvitation, RfqLine, RfqQuantity, RfqResponse
from resolvers.ordering import create_rfq_from_requirements
from resolvers.purchase_orders import (
    acknowledge_purchase_order,
    cancel_purchase_order,
    close_purchase_order,
    close_short_purchase_order,
    create_purchase_order,
    send_purchase_order,
)
from resolvers.receipts import receive_purchase_order
from resolvers.rfq_answers import respond_rfq_invitation
from resolvers.rfq_awards import award_rfq
from resolvers.rfqs import cancel_rfq, close_rfq, create_rfq, send_rfq

_RFQS: Final = ("draft", "cancelled", "sent", "partially_responded", "responded", "awarded", "closed")
_ASKED: Final = "r.status = 'pending' and r.part_id is not null and j.status in ('released', 'in_progress')"
_PENDING: Final = f"""select r.id from requirements r
join jobs j on j.workspace_id = r.workspace_id and j.id = r.job_id
where r.workspace_id = $1 and r.deleted_at is null and {_ASKED} and r.issued_quantity = 0 and not exists (
  select from reservations v where v.workspace_id = r.workspace_id and v.requirement_id = r.id and v.status = 'active')
order by r.created_at limit 3000"""
_ENOUGH: Final = 2
_ANSWERS: Final = {"partially_responded": 1, "responded": 2, "awarded": 2, "closed": 2}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, what becomes of it, and when it was sent."""

    number: int
    row_id: UUID
    state: str
    at: datetime
    draw: Random


async def write_rfqs(shop: Shop, numbers: range) -> None:
    """Requests in each state, of what jobs need where something is needed, else of what the shop keeps."""
    asked = []
    for number in numbers:
        draw, state = shop.draw(number), _RFQS[number % len(_RFQS)]
        days = draw.randint(2, 12) if state not in {"awarded", "closed"} else draw.randint(20, 200)
        at = shop.at(shop.today - timedelta(days=days), draw)
        asked.append(_Asked(number, await _ask(shop, number, draw, state), state, at, draw))
        await shop.flush()
    for each in asked:
        if each.state != "draft":
            await shop.act(send_rfq, each.row_id, at=each.at)
    await shop.flush()
    for each in asked:
        for place in range(_ANSWERS.get(each.state, 0)):
            await _answer(shop, each, place)
    for each in asked:
        if each.state in {"awarded", "closed"}:
            await _award(shop, each)
    await shop.flush()
    ends = {"cancelled": cancel_rfq, "closed": close_rfq}
    for each in asked:
        if each.state in ends:
            await shop.act(ends[each.state], each.row_id)
    await shop.flush()


async def _ask(shop: Shop, number: int, draw: Random, state: str) -> UUID:
    """Write a request to two suppliers."""
    suppliers = draw.sample(await shop.ids("suppliers", "processes = '{}'"), 2)
    due = shop.today + timedelta(days=draw.randint(1, 21))
    given: dict[str, Any] = {"title": f"Material, inquiry {100 + number}", "due_on": due}
    needs = [row["id"] for row in await shop.ctx.unit.ask(_PENDING)]
    if len(needs) > _ENOUGH and state not in {"draft", "closed"}:
        chosen = {"requirement_ids": draw.sample(needs, 1 + number % 2), "supplier_ids": suppliers}
        return await shop.make(create_rfq_from_requirements, given | chosen)
    parts = await shop.ctx.unit.find(Part, "part_number", kind=["material", "purchased"], deleted_at=None)
    given["lines"] = [
        {
            "part_id": part.id,
            "description": part.name,
            "unit": part.unit,
            "quantities": [{"quantity": quantity} for quantity in (50, 250)],
        }
        for part in draw.sample(parts, draw.randint(1, 4))
    ]
    given["invitations"] = [{"supplier_id": each} for each in suppliers]
    return await shop.write(create_rfq, given, number)


async def _answer(shop: Shop, asked: _Asked, place: int) -> None:
    """Have one of the suppliers answer, line by line and quantity by quantity."""
    unit = shop.ctx.unit
    invitation = (await unit.find(RfqInvitation, "position", rfq_id=asked.row_id))[place]
    lines = {each.id: each for each in await unit.find(RfqLine, rfq_id=asked.row_id)}
    quantities = await unit.find(RfqQuantity, "quantity", rfq_id=asked.row_id)
    quantities.sort(key=lambda each: (lines[each.rfq_line_id].position, each.quantity))
    found = await unit.find(Part, id=[each.part_id for each in lines.values()])
    costs: dict[UUID | None, Any] = {each.id: each.unit_cost for each in found}
    prices = []
    for each in quantities:
        cost = costs.get(lines[each.rfq_line_id].part_id) or 5
        factor = asked.draw.choice((0.92, 1, 1.07))
        price = f"{float(cost) * factor:.4f}"
        days = asked.draw.choice((5, 10, 15, 30))
        prices.append(
            {"line_id": each.rfq_line_id, "quantity": each.quantity, "unit_price": price, "lead_time_days": days}
        )
    await shop.act(respond_rfq_invitation, invitation.id, {"prices": prices}, asked.at + timedelta(days=1 + place))
    await shop.flush()


async def _award(shop: Shop, asked: _Asked) -> None:
    """Choose the cheapest answer to each line; the last day of the request was before that."""
    chosen: dict[UUID, UUID] = {}
    for each in await shop.ctx.unit.find(RfqResponse, "unit_price", "quantity", "position", rfq_id=asked.row_id):
        chosen.setdefault(each.rfq_line_id, each.id)
    at = asked.at + timedelta(days=5)
    await shop.act(award_rfq, asked.row_id, {"response_ids": list(chosen.values())}, at)
    for rfq in shop.ctx.unit.staged(Rfq, id=asked.row_id):
        rfq.due_on = at.date()
    await shop.flush()


_ORDERS: Final = (
    "draft", "closed", "cancelled", "sent", "late", "acknowledged", "partial", "received", "closed", "closed_short",
)  # fmt: skip
_OPEN: Final = frozenset({"draft", "sent", "late", "acknowledged", "partial"})


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A purchase order, what becomes of it, and when it was sent."""

    order_id: UUID
    state: str
    day: date
    draw: Random


async def write_orders(shop: Shop, numbers: range) -> None:
    """Purchase orders of what the shop keeps: written, on their way, late, come in part, come whole, closed."""
    suppliers = await shop.ids("suppliers", "processes = '{}'")
    parts = await shop.ctx.unit.find(Part, "part_number", kind="purchased", tracking="none", deleted_at=None)
    [dock] = await shop.ids("stock_locations", "code = 'RCV-01'")
    made: list[_Ordered] = []
    for number in numbers:
        draw, state = shop.draw(number), _ORDERS[number % len(_ORDERS)]
        recent = draw.randint(25, 45) if state in {"late", "partial"} else draw.randint(1, 12)
        day = shop.today - timedelta(days=recent) if state in _OPEN else shop.day(number, TWO_YEARS - 90)
        lines = [_line(draw, part, day) for part in draw.sample(parts, draw.randint(1, 4))]
        given = {
            "supplier_id": draw.choice(suppliers),
            "currency": "USD",
            "ordered_on": day,
            "required_on": day + timedelta(days=20),
            "location_id": dock,
            "lines": lines,
        }
        made.append(_Ordered(await shop.write(create_purchase_order, given, number), state, day, draw))
    await shop.flush()
    for each in made:
        if each.state != "draft":
            await shop.act(send_purchase_order, each.order_id, at=shop.at(each.day, each.draw))
    await shop.flush()
    for each in made:
        if each.state not in {"draft", "sent", "cancelled"}:
            promised = {"promised_on": each.day + timedelta(days=18)}
            at = shop.at(each.day + timedelta(days=1), each.draw)
            await shop.act(acknowledge_purchase_order, each.order_id, promised, at)
    await shop.flush()
    for each in made:
        await _receive(shop, each)
    await shop.flush()
    for each in made:
        if each.state in _ENDS:
            await shop.act(_ENDS[each.state], each.order_id)
    await shop.flush()


def _line(draw: Random, part: Part, day: date) -> dict[str, Any]:
    return {
        "part_id": part.id,
        "description": part.name,
        "unit": part.unit,
        "quantity": draw.choice((25, 50, 100, 500)),
        "unit_price": part.unit_cost,
        "required_on": day + timedelta(days=20),
    }


_ENDS: Final = {
    "cancelled": cancel_purchase_order,
    "closed_short": close_short_purchase_order,
    "closed": close_purchase_order,
}


async def _receive(shop: Shop, each: _Ordered) -> None:
    """Take in all of an order, or ten of its first line."""
    at = shop.at(min(each.day + timedelta(days=each.draw.randint(12, 22)), shop.today), each.draw)
    given: dict[str, Any] = {"received_on": at.date(), "delivery_note": f"DN-{each.draw.randint(10_000, 99_999)}"}
    if each.state in {"partial", "closed_short"}:
        [first, *_] = await shop.ctx.unit.find(PurchaseOrderLine, "position", purchase_order_id=each.order_id)
        given["lines"] = [{"line_id": first.id, "quantity": 10}]
    elif each.state not in {"received", "closed"}:
        return
    await shop.act(receive_purchase_order, each.order_id, given, at)
