"""Intake: an ASC X12 850 purchase order becomes a draft quote, once, however often it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from access.scopes import Scope
from core.errors import Invalid
from core.ids import new_id
from core.values import NAME, NOTE
from core.x12 import Key, Line, PurchaseOrder, read_orders
from engine.context import Context
from engine.inputs import read_input
from engine.rows import Rows
from models import Client, ExternalId, Intake, Quote
from resolvers.quotes import QuotePartInput, part_of, total

SYSTEM: Final = "x12"
"""The system under which a sender's envelope id names a client: `x12` / `<ISA05>:<ISA06>`."""
_LARGE: Final = 65_536
"""Characters above which a document is read in a thread, so that nobody waits for it."""
_ENVELOPE: Final = (
    "sender_qualifier=$2 and sender_id=$3 and receiver_qualifier=$4 and receiver_id=$5"
    " and interchange_control=$6 and group_control=$7 and set_control=$8"
)
_NOTES: Final = NOTE.longest


async def intake_order(ctx: Context, document: str | bytes) -> Rows[Intake]:
    """Take in one X12 850 purchase order as a draft quote for its sender, who becomes a client if it is not one yet.

    The same order (ISA05 to ISA08, ISA13, GS06, ST02) sent again answers the quote it made the first time. What is odd
    but harmless comes back as `warnings`; anything wrong is refused with its segment named, and nothing is written.
    """
    ctx.principal.require(Scope.CLIENTS_CREATE)
    order = await _read(document)
    known = await ctx.unit.fetch(Intake, _ENVELOPE, *_envelope(order.key))
    if known:
        return ctx.rows(Intake).by_id(known[0].id)
    client = await _client(ctx, order)
    currency = order.currency or ctx.principal.currency
    warnings = list(order.warnings)
    quote = _quote(order, client, currency)
    parts = [part_of(quote, line.position, _line(line, warnings)) for line in order.lines]
    total(quote, parts)
    ctx.save(quote, event="quote.created")
    intake = _intake(order, quote, warnings)
    ctx.inside(quote, put=[*parts, intake])
    return ctx.rows(Intake).by_id(intake.id)


async def _read(document: str | bytes) -> PurchaseOrder:
    data = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    found = await asyncio.to_thread(read_orders, data) if len(data) > _LARGE else read_orders(data)
    if len(found) > 1:
        message = f"document: holds {len(found)} purchase orders (ST to SE); send one at a time"
        raise Invalid(message, field="document")
    return found[0]


def _envelope(key: Key) -> tuple[str, ...]:
    sender = (key.sender_qualifier, key.sender_id, key.receiver_qualifier, key.receiver_id)
    return (*sender, key.interchange, key.group, key.transaction)


async def _client(ctx: Context, order: PurchaseOrder) -> Client:
    """The sender as a client: found by its external id and left as it is, else made."""
    wanted = "system=$2 and record_type=$3 and external_id=$4"
    names = await ctx.unit.fetch(ExternalId, wanted, SYSTEM, Client.__tablename__, order.key.sender)
    if names:
        [client] = await ctx.unit.lock(Client, [names[0].record_id])
        if client.deleted_at is not None:
            client.deleted_at = None
            ctx.save(client, event="client.updated")
        return client
    name = (order.buyer_name or order.key.sender)[: NAME.longest]
    made = Client(id=new_id(Client), name=name, currency=order.currency or ctx.principal.currency)
    ctx.save(made, event="client.created")
    external = ExternalId(
        id=new_id(ExternalId),
        system=SYSTEM,
        record_type=str(Client.__tablename__),
        external_id=order.key.sender,
        record_id=made.id,
    )
    ctx.inside(made, put=[external])
    return made


def _quote(order: PurchaseOrder, client: Client, currency: str) -> Quote:
    return Quote(
        id=new_id(Quote),
        client_id=client.id,
        currency=currency,
        title=f"Purchase order {order.number}"[: NAME.longest],
        customer_po_number=order.number,
        customer_rfq_number=next((ref.value for ref in order.references if ref.qualifier == "RQ"), None),
        received_on=order.ordered_on,
        due_on=order.due,
        notes_public=_joined(order.notes),
        notes_private=_private(order),
    )


def _private(order: PurchaseOrder) -> str | None:
    """What the sender said that a quote has no field for; nothing is dropped."""
    ship_to = order.ship_to.address if order.ship_to else ""
    terms = order.terms.text if order.terms and order.terms.text else ""
    found = [
        f"Ship to:\n{ship_to}" if ship_to else "",
        f"Terms: {terms}" if terms else "",
        f"Delivery: {order.delivery_terms}" if order.delivery_terms else "",
        f"Routing: {order.routing}" if order.routing else "",
        *(f"Reference {ref.qualifier}: {ref.value}" for ref in order.references),
        *(f"As sent: {segment}" for segment in order.unread),
    ]
    return _joined(found)


def _joined(texts: Sequence[str]) -> str | None:
    text = "\n".join(each for each in texts if each)
    if len(text) > _NOTES:
        text = text[: _NOTES - 1] + "…"
    return text or None


def _line(line: Line, warnings: list[str]) -> QuotePartInput:
    """A line as a caller would send it, so that the same rules hold; Invalid names its segment."""
    if line.unit_price is None:
        warnings.append(f"{line.segment}: no price; 0 is quoted")
    title = line.title
    long = len(title) > NAME.longest
    notes = [title if long else "", *line.notes, *(f"As sent: {segment}" for segment in line.unread)]
    given = {
        "part_number": line.shop_part_number,
        "customer_part_number": line.buyer_part_number,
        "description": title[: NAME.longest - 1] + "…" if long else title,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price": line.unit_price if line.unit_price is not None else Decimal(0),
        "due_on": line.due,
        "notes": _joined(notes),
    }
    try:
        return read_input(QuotePartInput, given, where="")
    except Invalid as error:
        raise Invalid(f"{line.segment}: {error.message}", field=line.segment) from error


def _intake(order: PurchaseOrder, quote: Quote, warnings: list[str]) -> Intake:
    return Intake(
        id=new_id(Intake),
        quote_id=quote.id,
        received_at=datetime.now(UTC),
        warnings=warnings,
        sender_qualifier=order.key.sender_qualifier,
        sender_id=order.key.sender_id,
        receiver_qualifier=order.key.receiver_qualifier,
        receiver_id=order.key.receiver_id,
        interchange_control=order.key.interchange,
        group_control=order.key.group,
        set_control=order.key.transaction,
    )
