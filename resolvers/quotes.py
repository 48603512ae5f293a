"""Quotes: list, read, write, change, delete and send them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from core import money
from core.absent import absent, named
from core.errors import Conflict, Invalid
from core.ids import new_id
from core.values import LIMIT, Count, Currency, Fraction, Name, Note, Price, Quantity, Reference, UnitCode
from engine.context import Context
from engine.inputs import input_type
from engine.rows import Filter, Page, Rows
from models import Client, Quote, QuotePart, QuoteStatus
from resolvers.inside import MOST_INSIDE, put_inside
from resolvers.versions import ExpectedVersion, check_version

PIECE: Final = "C62"
"""The unit of a line that names none: one."""


@input_type
class QuotePartInput:
    """A line of a quote; with an `id`, one that is there already."""

    id: UUID | None = None
    part_number: Reference | None = None
    customer_part_number: Reference | None = None
    description: Name
    quantity: Quantity
    unit: UnitCode = PIECE
    unit_price: Price
    unit_cost: Price | None = None
    markup: Fraction | None = None
    lead_time_days: Count | None = None
    due_on: date | None = None
    notes: Note | None = None


Lines = Annotated[list[QuotePartInput], Field(max_length=MOST_INSIDE)]


@input_type
class CreateQuote:
    """What a new quote is made of; without a currency it has its client's."""

    client_id: UUID
    contact_id: UUID | None = None
    title: Name | None = None
    customer_rfq_number: Reference | None = None
    customer_po_number: Reference | None = None
    currency: Currency | None = None
    received_on: date | None = None
    due_on: date | None = None
    expires_on: date | None = None
    estimator: Name | None = None
    tax_rate: Fraction | None = None
    notes_public: Note | None = None
    notes_private: Note | None = None
    parts: Lines = Field(default_factory=list)


@input_type
class UpdateQuote:
    """What to change of a draft quote: null clears, what is left out stays; `parts` is the whole list.

    With another client the contact is cleared unless one of that client is named; the currency stays.
    """

    client_id: UUID = absent()
    contact_id: UUID | None = absent()
    title: Name | None = absent()
    customer_rfq_number: Reference | None = absent()
    customer_po_number: Reference | None = absent()
    currency: Currency = absent()
    received_on: date | None = absent()
    due_on: date | None = absent()
    expires_on: date | None = absent()
    estimator: Name | None = absent()
    tax_rate: Fraction | None = absent()
    notes_public: Note | None = absent()
    notes_private: Note | None = absent()
    parts: Lines = absent()


async def quotes(ctx: Context, filter: Filter[Quote] | None, page: Page) -> Rows[Quote]:
    """List quotes."""
    return ctx.rows(Quote).filter(filter).page(page)


async def quote(ctx: Context, id: UUID) -> Rows[Quote]:
    """One quote by its id; null when there is none."""
    return ctx.rows(Quote).by_id(id)


async def create_quote(ctx: Context, input: CreateQuote) -> Rows[Quote]:
    """Write a draft quote, with its parts; it gets the workspace's next number."""
    given = named(input)
    lines = given.pop("parts")
    given["currency"] = given["currency"] or await _currency_of(ctx, input.client_id)
    made = Quote(id=new_id(Quote), **given)
    parts = _parts(made, lines)
    total(made, parts)
    saved = ctx.save(made, event="quote.created")
    put_inside(ctx, made, parts, lines, field="parts")
    return saved


async def update_quote(
    ctx: Context,
    id: UUID,
    input: UpdateQuote,
    expected_version: ExpectedVersion = None,
) -> Rows[Quote]:
    """Change a draft quote; what the input does not name stays as it is."""
    found = await _draft(ctx, id, expected_version)
    changes = named(input)
    lines = changes.pop("parts", None)
    if changes.get("client_id", found.client_id) != found.client_id:
        changes.setdefault("contact_id", None)
    for name, value in changes.items():
        setattr(found, name, value)
    parts = await ctx.unit.fetch(QuotePart, "quote_id=$2", id)
    if lines is not None:
        wanted = _parts(found, lines)
        put_inside(ctx, found, wanted, lines, field="parts", now=parts)
        parts = wanted
    elif "currency" in changes:
        for part in parts:
            part.total = money.line_total(part.quantity, part.unit_price, found.currency)
        ctx.inside(found, put=parts)
    total(found, parts)
    return ctx.save(found, event="quote.updated")


async def delete_quote(ctx: Context, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Quote]:
    """Delete a draft quote."""
    found = await _draft(ctx, id, expected_version)
    return ctx.delete(found, event="quote.deleted")


async def send_quote(ctx: Context, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Quote]:
    """Send a draft quote to its client; from then on its content is locked."""
    found = await _draft(ctx, id, expected_version)
    found.status = QuoteStatus.SENT
    found.sent_at = datetime.now(UTC)
    return ctx.save(found, event="quote.sent")


async def _draft(ctx: Context, quote_id: UUID, expected_version: ExpectedVersion) -> Quote:
    """Lock a quote whose content may still change."""
    found = await ctx.lock(Quote, quote_id)
    check_version(found, expected_version)
    if found.status != QuoteStatus.DRAFT:
        message = f"Quote {found.number} is {found.status}: only a draft can be changed"
        raise Conflict(message, field="status")
    return found


async def _currency_of(ctx: Context, client_id: UUID) -> str:
    found = await ctx.get(Client, client_id)
    if found is None:
        message = "clientId: no such client"
        raise Invalid(message, field="clientId")
    return found.currency


def _parts(of: Quote, lines: Iterable[QuotePartInput]) -> list[QuotePart]:
    return [part_of(of, place, line) for place, line in enumerate(lines, 1)]


def part_of(quote: Quote, place: int, line: QuotePartInput) -> QuotePart:
    """Make the line of a quote at a place (from 1), its total rounded once to the currency's minor unit."""
    given = named(line)
    given["id"] = line.id or new_id(QuotePart)
    amount = money.line_total(line.quantity, line.unit_price, quote.currency)
    return QuotePart(quote_id=quote.id, position=place, total=amount, **given)


def total(quote: Quote, parts: Iterable[QuotePart]) -> None:
    """Work out a quote's totals from its lines: sums of rounded lines, the tax rounded once."""
    lines = list(parts)
    if not lines:
        quote.subtotal = quote.tax = quote.total = money.total((), quote.currency)
        quote.cost = None
        return
    costed = [
        money.line_total(line.quantity, line.unit_cost, quote.currency) for line in lines if line.unit_cost is not None
    ]
    quote.subtotal = money.total([line.total for line in lines], quote.currency)
    quote.tax = money.line_total(quote.subtotal, quote.tax_rate or Decimal(0), quote.currency)
    quote.total = money.total([quote.subtotal, quote.tax], quote.currency)
    quote.cost = money.total(costed, quote.currency) if len(costed) == len(lines) > 0 else None
    if max(quote.total, quote.cost or quote.total) >= LIMIT:
        message = f"parts: the quote comes to {quote.total:f}; it must be less than {LIMIT:f}"
        raise Invalid(message, field="parts")
