"""Converting an approved quote: exactly one job, with everything that its parts explode into."""

from __future__ import annotations

from uuid import UUID

from core.errors import Conflict
from core.values.ids import new_id
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Job, JobPart, Quote, QuotePart, QuoteStatus
from resolvers.explosion import Explosion
from resolvers.job_content import Content
from resolvers.quotes import QUOTES
from resolvers.recipes import read_recipes
from resolvers.states import Move
from resolvers.versions import ExpectedVersion

QUOTES.moves.append(
    Move("convert", (QuoteStatus.APPROVED,), QuoteStatus.CONVERTED, "Make the job of an approved quote; it locks it.")
)
_CONVERTED = QUOTES.told("converted")
_COPIED = ("description", "quantity", "unit", "unit_price", "part_id", "due_on")


async def convert_quote(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Job]:
    """Make the job of an approved quote, a draft at the quote's price, and answer it; the quote is locked by it.

    Each part that is released is exploded: a work order for each operation of its routing in order, a requirement for
    each material, outside operation and purchased item, a sub-job for each component that is made here. Parts that are
    not released wait for `refresh`. A quote becomes one job: converting it again is a conflict.
    """
    quote = await QUOTES.lock(ctx, id, expected_version)
    if quote.status == QuoteStatus.CONVERTED:
        became = " and ".join(str(each.number) for each in await ctx.unit.find(Job, quote_id=quote.id))
        raise Conflict(f"Quote {quote.number} is converted: it became job {became}", field="status")
    QUOTES.check_state(quote, (QuoteStatus.APPROVED,), "it can be converted only while it is approved")
    inside = await QUOTES.load(ctx, quote, QUOTES.lines)
    if not inside["parts"]:
        raise Conflict(f"Quote {quote.number} has no line: there is nothing to make", field="parts")
    job = _job_of(quote)
    parts = [_part_of(job, each) for each in inside["parts"] if isinstance(each, QuotePart)]
    job.due_on = max((each.due_on for each in parts if each.due_on is not None), default=None)
    recipes = await read_recipes(ctx, [each.part_id for each in parts if each.part_id is not None])
    await Explosion(ctx, recipes, Content([job]), {job.id: parts}).run_new(job)
    quote.status = QuoteStatus.CONVERTED
    ctx.save(quote, event=_CONVERTED)
    return Rows(Job, deleted=True).by_id(job.id)


def _job_of(quote: Quote) -> Job:
    return Job(
        id=new_id(Job),
        client_id=quote.client_id,
        quote_id=quote.id,
        title=quote.title,
        customer_po_number=quote.customer_po_number,
        currency=quote.currency,
        ship_to=dict(quote.ship_to),
    )


def _part_of(job: Job, part: QuotePart) -> JobPart:
    copied = {name: getattr(part, name) for name in _COPIED}
    return JobPart(id=new_id(JobPart), job_id=job.id, quote_part_id=part.id, position=part.position, **copied)
