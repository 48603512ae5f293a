"""Quotes: list, read, write, change and delete them, and their life: sent, approved, lost, expired, converted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from core.errors import Conflict, Invalid
from core.values import money
from core.values.checked import LIMIT
from core.writing.unit_of_work import UnitOfWork
from engine.run.context import Command
from models import AddressKind, Client, ClientAddress, Quote, QuotePart, QuoteStatus
from resolvers.addresses import snapshot
from resolvers.aggregate import Aggregate, now
from resolvers.days import today
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.line_units import fit_units
from resolvers.lines import Inside, Lines, Written
from resolvers.states import called
from resolvers.versions import ExpectedVersion


async def _prepare(ctx: Command, quote: Quote, given: dict[str, Any]) -> None:
    """Give a quote its client's currency when none is named; with another client contact and addresses go."""
    if "currency" in given and given["currency"] is None:
        client_id = given["client_id"]
        client = await ctx.once((Client, client_id), lambda: ctx.get(Client, client_id))
        if client is None:
            raise Invalid("clientId: no such client", field="clientId")
        given["currency"] = client.currency
    if given.get("client_id", quote.client_id) != quote.client_id:
        for each in ("contact_id", "bill_to_address_id", "ship_to_address_id"):
            given.setdefault(each, None)


def settle(quote: Quote, inside: Inside) -> None:
    """Work out a quote's totals: each line's total and the tax are rounded once, the rest are sums of those."""
    parts = cast("list[QuotePart]", inside["parts"])
    for part in parts:
        part.total = money.line_total(part.quantity, part.unit_price, quote.currency)
    costs = [
        money.line_total(each.quantity, each.unit_cost, quote.currency) for each in parts if each.unit_cost is not None
    ]
    quote.subtotal = money.total([part.total for part in parts], quote.currency)
    quote.tax = money.line_total(quote.subtotal, quote.tax_rate or Decimal(0), quote.currency)
    quote.total = money.total([quote.subtotal, quote.tax], quote.currency)
    quote.cost = money.total(costs, quote.currency) if len(costs) == len(parts) > 0 else None
    if max(quote.total, quote.cost or quote.total) >= LIMIT:
        raise Invalid(f"parts: the quote comes to {quote.total:f}; it must be less than {LIMIT:f}", field="parts")


async def _check_held(ctx: Command, quote: Quote) -> None:
    """Raise Conflict when the last day that a quote holds is over where the shop is."""
    if quote.expires_on is not None and quote.expires_on < await today(ctx):
        raise Conflict(f"{called(quote)} has expired on {quote.expires_on}", field="expires_on")


async def _send(ctx: Command, quote: Quote) -> None:
    """Keep copies of the addresses: those that were chosen, else the client's first of each kind."""
    await _check_held(ctx, quote)
    known = await ctx.unit.find(ClientAddress, "position", client_id=quote.client_id)
    for kind, chosen in (
        (AddressKind.BILL_TO, quote.bill_to_address_id),
        (AddressKind.SHIP_TO, quote.ship_to_address_id),
    ):
        found = (each for each in known if (each.kind == kind if chosen is None else each.id == chosen))
        setattr(quote, kind, snapshot(next(found, None)))


def _sent(quote: Quote) -> None:
    quote.sent_at = now()


def _reverted(quote: Quote) -> None:
    quote.sent_at, quote.bill_to, quote.ship_to = None, {}, {}


async def _fit(ctx: Command, _quote: Quote, written: Sequence[Written]) -> None:
    """Lines that name parts are in the unit that each part is counted in."""
    await fit_units(ctx, written)


class _Quotes(Aggregate[Quote]):
    """Quotes: lines name parts in the unit that each part is counted in, and revisions follow each other."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> Quote:
        """Lock a quote; before one that is to come back, all revisions of its number."""
        if deleted:
            await lock_revisions(ctx, row_id)
        return await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)

    async def check_back(self, ctx: Command, record: Quote) -> None:
        """Refuse a second successor: the other revisions are earlier ones that were lost or have expired."""
        for each in await lock_revisions(ctx, record.id):
            if each.deleted_at is None and (each.revision > record.revision or each.status not in REVISED):
                what = f"its revision {each.revision} is {each.status}"
                raise Conflict(f"{called(record)}: {what}, and a number has one open offer at a time", field="id")


async def lock_revisions(ctx: Command, quote_id: UUID) -> list[Quote]:
    """Lock all revisions of a quote's number, the deleted ones too; the first of them is common to all."""
    number = await ctx.unit.look(Quote, quote_id, "number")
    found = await ctx.unit.find(Quote, number=number) if number is not None else []
    await ctx.unit.lock(Quote, sorted(each.id for each in found) or [quote_id])
    return await ctx.unit.find(Quote, number=number) if number is not None else []


PARTS = Lines("parts", QuotePart)
REVISED: Final = (QuoteStatus.LOST, QuoteStatus.EXPIRED)
"""States in which a quote is offered anew, as its next revision."""
QUOTES = _Quotes(
    Quote,
    lines=(PARTS,),
    prepare=_prepare,
    fit=_fit,
    settle=settle,
    editable=(QuoteStatus.DRAFT,),
    locked=(QuoteStatus.CONVERTED,),
)

quotes = QUOTES.page("List quotes.")
quote = QUOTES.get("One quote by its id; null when there is none.")
create_quote = QUOTES.create(
    "Write a draft quote, with its parts; it gets the workspace's next number.",
    "What a new quote is made of; without a currency it has its client's.",
)
update_quote = QUOTES.update(
    "Change a draft quote; what the input does not name stays as it is.\n\n"
    "Of one that was sent only tags, notes, custom fields and external ids change, of a converted one nothing.",
    "What to change of a draft quote: null clears, what is left out stays; `parts` is the whole list.\n\n"
    "With another client the contact and the addresses are cleared unless they are named; the currency stays.",
)
delete_quote = QUOTES.delete("Delete a draft quote.")
add_quote_part = add_line(QUOTES, "parts", "Add a part to the end of a draft quote.")
update_quote_part = update_line(QUOTES, "parts", "Change a part of a draft quote.")
delete_quote_part = delete_line(QUOTES, "parts", "Take a part out of a draft quote.")
send_quote = QUOTES.move(
    "send",
    (QuoteStatus.DRAFT,),
    QuoteStatus.SENT,
    "Send a draft quote to its client; from then on its content is locked.\n\n"
    "It keeps copies of the addresses that it names, else of the client's first ones to bill and to ship to.",
    arrange=_send,
    effect=_sent,
)
approve_quote = QUOTES.move(
    "approve",
    (QuoteStatus.SENT,),
    QuoteStatus.APPROVED,
    "Note that the client has accepted a sent quote that holds still, with the number of its purchase order if there is"
    " one.",
    takes=("customer_po_number",),
    arrange=_check_held,
)
lose_quote = QUOTES.move(
    "lose",
    (QuoteStatus.SENT,),
    QuoteStatus.LOST,
    "Note that the client has declined a sent quote, and why.",
    asks=("lost_reason",),
)
cancel_quote = QUOTES.move(
    "cancel", (QuoteStatus.SENT,), QuoteStatus.CANCELLED, "Withdraw a sent quote; it cannot be accepted any more."
)
revert_quote = QUOTES.move(
    "revert",
    (QuoteStatus.SENT,),
    QuoteStatus.DRAFT,
    "Take a sent quote back to draft, to change it and send it again under the same number and revision.",
    effect=_reverted,
    past="reverted",
)
_EXPIRED = QUOTES.told("expired")


async def expire(unit: UnitOfWork, ids: Sequence[UUID], day: date) -> int:
    """Expire those of some quotes that are sent and held until before a day; returns how many."""
    found = [each for each in await unit.lock(Quote, sorted(ids)) if each.status == QuoteStatus.SENT]
    late = [each for each in found if each.deleted_at is None and each.expires_on and each.expires_on < day]
    for each in late:
        each.status = QuoteStatus.EXPIRED
        unit.save(each, _EXPIRED)
    return len(late)
