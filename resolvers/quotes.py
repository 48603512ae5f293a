"""Quotes: list, read, write, change, delete and send them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from core.errors import Invalid
from core.values import money
from core.values.checked import LIMIT
from engine.run.context import Command
from models import Client, Quote, QuotePart, QuoteStatus
from resolvers.aggregate import Aggregate, now
from resolvers.lines import Inside, Lines


async def _prepare(ctx: Command, quote: Quote, given: dict[str, Any]) -> None:
    """Give a quote its client's currency when none is named; with another client the contact goes."""
    if "currency" in given and given["currency"] is None:
        client_id = given["client_id"]
        client = await ctx.once((Client, client_id), lambda: ctx.get(Client, client_id))
        if client is None:
            raise Invalid("clientId: no such client", field="clientId")
        given["currency"] = client.currency
    if given.get("client_id", quote.client_id) != quote.client_id:
        given.setdefault("contact_id", None)


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


def _sent(quote: Quote) -> None:
    quote.sent_at = now()


QUOTES = Aggregate(
    Quote,
    lines=(Lines("parts", QuotePart),),
    prepare=_prepare,
    settle=settle,
    editable=(QuoteStatus.DRAFT,),
)

quotes = QUOTES.page("List quotes.")
quote = QUOTES.get("One quote by its id; null when there is none.")
create_quote = QUOTES.create(
    "Write a draft quote, with its parts; it gets the workspace's next number.",
    "What a new quote is made of; without a currency it has its client's.",
)
update_quote = QUOTES.update(
    "Change a draft quote; what the input does not name stays as it is.",
    "What to change of a draft quote: null clears, what is left out stays; `parts` is the whole list.\n\n"
    "With another client the contact is cleared unless one of that client is named; the currency stays.",
)
delete_quote = QUOTES.delete("Delete a draft quote.")
send_quote = QUOTES.move(
    "send",
    (QuoteStatus.DRAFT,),
    QuoteStatus.SENT,
    "Send a draft quote to its client; from then on its content is locked.",
    effect=_sent,
)
