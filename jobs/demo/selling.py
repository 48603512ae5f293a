"""The demo's quotes: two years of them, the older the likelier decided."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final
from uuid import UUID

from jobs.demo.data import DemoData
from jobs.demo.shop import Shop
from models import Quote
from resolvers.quotes import approve_quote, cancel_quote, create_quote, lose_quote, send_quote

SMALL: Final = 100
"""Quotes of a small demo: of half a year, a quarter of which became jobs."""
_HALF_A_YEAR: Final = 150
_REASONS: Final = ("Price", "Lead time", "The project was stopped", "Made in house")
_PATIENCE: Final = 50
"""Days after which nobody waits for an answer any more."""
_FATES: Final = (("approved", 26), ("lost", 38), ("cancelled", 6))
_YOUNG: Final = (("draft", 30), ("sent", 45), ("approved", 13), ("lost", 12))
_WON: Final = "won"


def quote_of(job: int) -> int:
    """The number of the quote that became a job: one of four of a small demo, then one of ten."""
    first = SMALL // 4
    return 4 * job + 3 if job < first else SMALL + 10 * (job - first) + 7


def _is_won(number: int) -> bool:
    return number % 4 == 3 if number < SMALL else number % 10 == 7  # noqa: PLR2004


async def write_quotes(shop: Shop, numbers: range) -> None:
    """Quotes, those that became jobs approved; the others are drafts, sent, lost, approved or withdrawn."""
    clients = await shop.ids("clients")
    leaves = await shop.ids("parts", "part_number like 'MFG-%' and status = 'active'")
    large = await shop.ids("parts", "(part_number like 'SUB-%' or part_number like 'ASM-%') and status = 'active'")
    days = {number: shop.day(number, *(() if number >= SMALL else (_HALF_A_YEAR,))) for number in numbers}
    made: list[tuple[int, UUID, str]] = []
    for number, received in days.items():
        draw = shop.draw(number)
        given = DemoData(f"850/quotes/{number}").quote(draw.choice(clients), "USD", received)
        given["parts"][0] |= {"part_id": draw.choice(large if large and draw.random() < _SUBS else leaves)}
        fate = _WON if _is_won(number) else _fate(draw, (shop.today - received).days)
        given["expires_on"] = shop.today + timedelta(days=draw.randint(5, 60)) if fate in {"draft", "sent"} else None
        if given["expires_on"] and given["due_on"] < shop.today:
            given["due_on"] = shop.today + timedelta(days=draw.randint(0, 9))
        made.append((number, await shop.write(create_quote, given, number), fate))
    await shop.flush()
    for number, row_id, fate in made:
        if fate != "draft":
            draw = shop.draw(number)
            await shop.act(send_quote, row_id, at=shop.at(days[number] + timedelta(days=draw.randint(0, 3)), draw))
    await shop.flush()
    for number, row_id, fate in made:
        await _decide(shop, number, row_id, fate, days[number])
    await shop.flush()


_SUBS: Final = 0.35
"""How many of the quotes are of parts that are put together."""


def _fate(draw: Random, age: int) -> str:
    shares = _FATES if age > _PATIENCE else _YOUNG
    return draw.choices([fate for fate, _ in shares], [share for _, share in shares])[0]


async def _decide(shop: Shop, number: int, row_id: UUID, fate: str, received: date) -> None:
    draw = shop.draw(number)
    if fate == "lost":
        await shop.act(lose_quote, row_id, {"lost_reason": draw.choice(_REASONS)})
    elif fate == "cancelled":
        await shop.act(cancel_quote, row_id)
    elif fate in {"approved", _WON}:
        await shop.act(approve_quote, row_id, {"customer_po_number": f"PO-{draw.randint(10_000, 99_999)}"})
    else:
        return
    for quote in shop.ctx.unit.staged(Quote, id=row_id):
        quote.expires_on = received + timedelta(days=60)
