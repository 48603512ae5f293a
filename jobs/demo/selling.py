"""The demo's quotes, and the jobs that they became."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from engine.declare.inputs import read_input
from jobs.demo.data import DemoData
from jobs.demo.shop import Shop, said
from models import Part, Requirement
from resolvers.aggregate import input_of
from resolvers.days import begin_on
from resolvers.job_completion import complete_job
from resolvers.job_issues import issue_material
from resolvers.jobs import close_job, hold_job, release_job, start_job
from resolvers.quote_conversion import convert_quote
from resolvers.quotes import approve_quote, cancel_quote, create_quote, lose_quote, send_quote
from resolvers.stock_movements import adjust_stock

TWO_YEARS: Final = 730
_REASONS: Final = ("Price", "Lead time", "The project was stopped", "Made in house")


async def write_quotes(shop: Shop, numbers: range) -> None:
    """Quotes of two years: the older a quote is, the likelier it is decided."""
    clients, parts = await shop.ids("clients"), await shop.ids("parts", "kind = 'manufactured' and status = 'active'")
    made: list[tuple[int, UUID]] = []
    await begin_on(shop.ctx, date.min)  # quotes were held when they were sent
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
        if step is complete_job:
            for number, job_id in jobs:
                if steps[job_id] > place:
                    await _issue(shop, job_id, f"J{number:05d}")
        for number, job_id in jobs:
            if steps[job_id] > place:
                await shop.act(step, job_id, {"location_id": finished} if step is complete_job else None)
            elif steps[job_id] == place == 2 and not number % 3:  # noqa: PLR2004
                await shop.act(hold_job, job_id)
        await shop.flush()


async def _issue(shop: Shop, job_id: UUID, lot: str) -> None:
    """Have what a job needs come in, and go to it."""
    [place, *_] = await shop.ids("stock_locations", "code = 'RAW-01'")
    needs = await shop.ctx.unit.find(Requirement, job_id=job_id, deleted_at=None)
    parts = {each.id: each for each in await shop.ctx.unit.find(Part, id=[each.part_id for each in needs])}
    lines = []
    for need in needs:
        part = parts.get(need.part_id) if need.part_id else None
        if part is None:
            continue
        here = {"location_id": place, "lot": lot if part.tracking == "lot" else None, "quantity": need.quantity}
        came = here | {"part_id": part.id, "unit_cost": part.unit_cost, "note": "Opening stock"}
        await adjust_stock(shop.ctx, read_input(input_of(adjust_stock), said(came)))
        lines.append(here | {"requirement_id": need.id})
    await shop.flush()
    if lines:
        await shop.act(issue_material, job_id, {"lines": lines})
        await shop.flush()
