"""What a purchase order says, as the columns of a quote and the inputs of its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.errors import Invalid, Problem
from core.values.checked import NAME, NOTE, PIECE
from core.values.ids import new_id
from engine.declare.inputs import read_input
from formats.x12 import Dated, Line, Party, PurchaseOrder, Terms
from models import Client, Part, Quote
from resolvers.quotes import QUOTES

_NOTES: Final = NOTE.longest
_PART: Final = re.compile(r"parts(?:\.(\d+)(?:\.(.+))?)?")
"""A field of a quote that is about its parts: the place of one, and what of it."""


def make_quote(order: PurchaseOrder, client: Client, currency: str) -> Quote:
    """Make the draft of an order, without its lines."""
    return Quote(
        id=new_id(Quote),
        client_id=client.id,
        currency=currency,
        title=f"Purchase order {order.number}"[: NAME.longest],
        customer_po_number=order.number,
        **_header(order),
    )


def said_of(order: PurchaseOrder) -> dict[str, str]:
    """What an order says of the whole quote, as text, to be kept: what it does not say is left out."""
    return {name: str(value) for name, value in _header(order).items() if value is not None}


def replace_header(quote: Quote, order: PurchaseOrder, before: Mapping[str, str]) -> None:
    """Change what a quote has from the last order (`before`) to what this one says; what people wrote stays."""
    quote.currency = order.currency or quote.currency
    for name, value in _header(order).items():
        old, said = getattr(quote, name), before.get(name)
        if name.startswith("notes"):
            setattr(quote, name, _notes(old or "", said or "", value or ""))
        elif (said is not None and str(old) == said) or (value is not None and str(value) != said):
            setattr(quote, name, value)


def _notes(old: str, said: str, now: str) -> str | None:
    """Put new notes where those of the last order stand; where people changed those, add the new ones."""
    found = _whole_lines(said, old) if said else None
    if found is not None:
        return _joined([old[: found.start()].rstrip("\n"), now, old[found.end() :].lstrip("\n")])
    return old or None if not now or _whole_lines(now, old) else _joined([old, now])


def _whole_lines(text: str, among: str) -> re.Match[str] | None:
    return re.search(rf"(?m)^{re.escape(text)}$", among)


def _header(order: PurchaseOrder) -> dict[str, Any]:
    """What an order says of the whole quote."""
    return {
        "customer_rfq_number": next((ref.value for ref in order.references if ref.qualifier == "RQ"), None),
        "received_on": order.ordered_on,
        "due_on": order.due,
        "notes_public": _joined(order.notes),
        "notes_private": _private(order),
    }


def _private(order: PurchaseOrder) -> str | None:
    """What the sender said that a quote has no field for; nothing is dropped."""
    terms = _terms(order.terms) if order.terms else ""
    found = [
        f"Release: {order.release}" if order.release else "",
        *(_party(party, order) for party in order.parties),
        f"Terms: {terms}" if terms else "",
        f"Delivery: {order.delivery_terms}" if order.delivery_terms else "",
        f"Routing: {order.routing}" if order.routing else "",
        *_other_dates(order.dates, order.due),
        *(f"Reference {ref.qualifier}: {ref.value}" for ref in order.references),
        *(f"As sent: {segment}" for segment in order.unread),
    ]
    return _joined(found)


def _party(party: Party, order: PurchaseOrder) -> str:
    """A party as a note; empty for one of which nothing is told but the buyer's name, for that is the client's."""
    what = "Ship to" if party is order.ship_to else f"Party {party.role}"
    id_ = f"Id: {party.id_qualifier or ''} {party.id}".replace("  ", " ") if party.id else ""
    text = "\n".join(each for each in (party.address, id_) if each)
    return "" if text in {"", order.buyer_name} and party is not order.ship_to else f"{what}:\n{text}" if text else ""


def _terms(terms: Terms) -> str:
    """When to pay, in the sender's words, else in ours."""
    discount = f"{terms.discount_percent:f} % discount" if terms.discount_percent is not None else ""
    if discount and terms.discount_days is not None:
        discount += f" within {terms.discount_days} days"
    net = f"net {terms.net_days} days" if terms.net_days is not None else ""
    return terms.text or ", ".join(each for each in (discount, net) if each)


def _other_dates(dates: Sequence[Dated], due: date | None) -> list[str]:
    """The dates that are not the due date, by their X12 374 codes."""
    return [f"Date {each.qualifier}: {each.on}" for each in dates if each.on != due]


def _joined(texts: Sequence[str]) -> str | None:
    text = "\n".join(each for each in texts if each)
    if len(text) > _NOTES:
        text = text[: _NOTES - 1] + "…"
    return text or None


def line_input_of(line: Line, part: Part | None, warnings: list[str]) -> Any:
    """A line as a caller would send it, so that the same rules hold; Invalid names its segment.

    `part` is what it orders, in a unit that counts the same: the line is in the part's own unit then.
    """
    if line.unit_price is None:
        warnings.append(f"{line.segment}: no price; 0 is quoted")
    title = line.title
    long = len(title) > NAME.longest
    known = {line.shop_part_number, line.buyer_part_number, title}
    numbers = [each for each in line.part_numbers if each.value not in known]
    notes = [
        title if long else "",
        *line.notes,
        *(f"Part number {each.qualifier}: {each.value}" for each in numbers),
        *_other_dates(line.dates, line.due),
        *(f"As sent: {segment}" for segment in line.unread),
    ]
    given = {
        "part_id": part.id if part is not None else None,
        "part_number": line.shop_part_number,
        "customer_part_number": line.buyer_part_number,
        "description": title[: NAME.longest - 1] + "…" if long else title,
        "quantity": line.quantity,
        "unit": part.unit if part is not None else line.unit or PIECE,
        "unit_price": line.unit_price if line.unit_price is not None else Decimal(0),
        "due_on": line.due,
        "notes": _joined(notes),
    }
    try:
        return read_input(QUOTES.inputs()["parts"], given, where="")
    except Invalid as error:
        raise Invalid(f"{line.segment}: {error.message}", field=line.segment) from error


def in_file(error: Invalid, lines: Sequence[Line]) -> Invalid:
    """What is wrong with a quote (`parts`, `parts.0.unit`), told by the segment or line of the file it is from."""
    told = []
    for each in error.details:
        found = _PART.fullmatch(each.field or "")
        if found is None:
            told.append(each)
            continue
        where = lines[int(found[1])].segment if found[1] else "document"
        named = f"{found[2]}: " if found[2] else ""
        told.append(Problem(f"{where}: {named}{each.reason}", where))
    return Invalid(told[0].message, field=told[0].field, problems=tuple(told) if error.problems else ())
