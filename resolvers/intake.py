"""Intake: an ASC X12 850 purchase order becomes a draft quote, once, however often it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from access.scopes import Scope
from core.errors import Conflict, Invalid
from core.ids import new_id
from core.values import NAME, NOTE
from core.violations import RunAgain
from core.x12 import CodePage, Key, Line, PurchaseOrder, read_orders
from engine.context import Command
from engine.inputs import read_input
from engine.rows import Rows
from models import Client, ExternalId, Intake, Quote, QuotePart, QuoteStatus
from resolvers.lines import make_rows
from resolvers.quotes import QUOTES

SYSTEM: Final = "x12"
"""The system under which a sender's envelope id names a client: `x12` / `<ISA05>:<ISA06>`."""
_LARGE: Final = 65_536
"""Characters above which a document is read in a thread, so that nobody waits for it."""
_NOTES: Final = NOTE.longest


async def intake_order(
    ctx: Command,
    document: str | bytes,
    code_page: CodePage | None = None,
    accept_reused_control_numbers: bool = False,  # noqa: FBT001, FBT002  # an argument of the graph, always named
    restore_client: bool = False,  # noqa: FBT001, FBT002
) -> Rows[Intake]:
    """Take in one X12 850 purchase order as a draft quote for its sender, who becomes a client if it is not one yet.

    The same order (the control numbers ISA05 to ISA08, ISA13, GS06, ST02, and the content from ST to SE) sent again
    answers the quote it made the first time, with `Idempotent-Replayed`. Another order under the same control numbers
    is a `conflict` that names that quote, unless reused control numbers are accepted. A sender whose client was deleted
    is a `conflict` that names the client, unless it is to be restored.

    An order that replaces one (BEG01 is 05) replaces the lines of the client's draft quote of that purchase order
    number. Without such a draft it is a `conflict` that names the quote, or a new quote when there is none.

    Bytes that are neither UTF-8 nor Windows-1252 need their code page. What is odd but harmless comes back as
    `warnings`; anything wrong is refused with its segment named, and nothing is written.
    """
    ctx.principal.require(Scope.CLIENTS_CREATE)
    order = await _read(document, code_page)
    known = await ctx.unit.find(Intake, "occurrence", **_envelope(order.key))
    again = next((each for each in known if each.content in {None, order.content}), None)
    if again is not None:
        ctx.repeat()
        return ctx.rows(Intake).by_id(again.id)
    if known and not accept_reused_control_numbers:
        raise await _reused(ctx, known[0], order.key)
    client = await _client(ctx, order, restore=restore_client)
    warnings = list(order.warnings)
    replaced = await _replaced(ctx, order, client, warnings) if order.replaces else None
    now: list[QuotePart] = []
    if replaced is None:
        quote = _quote(order, client, order.currency or ctx.principal.currency)
    else:
        quote, now = replaced, await ctx.unit.find(QuotePart, quote_id=replaced.id)
        _replace(quote, order)
    sent = [_line(line, warnings) for line in order.lines]
    inside = make_rows(QUOTES.lines[0], quote.id, sent, "parts")
    touched = [part.id for part in inside["parts"]]
    await QUOTES.stage(ctx, quote, inside, touched, now, event="created" if replaced is None else "updated")
    intake = _intake(order, quote, warnings, len(known))
    ctx.inside(quote, put=[intake])
    return ctx.rows(Intake).by_id(intake.id)


async def _read(document: str | bytes, code_page: CodePage | None) -> PurchaseOrder:
    if isinstance(document, str):
        data, code_page = document.encode("utf-8", "surrogatepass"), None  # text has been read already
    else:
        data = document
    large = len(data) > _LARGE
    found = await asyncio.to_thread(read_orders, data, code_page) if large else read_orders(data, code_page)
    if len(found) > 1:
        message = f"document: holds {len(found)} purchase orders (ST to SE); send one at a time"
        raise Invalid(message, field="document")
    return found[0]


async def _reused(ctx: Command, first: Intake, key: Key) -> Conflict:
    """The error for another order under control numbers that were used before."""
    [quote] = await ctx.unit.find(Quote, id=first.quote_id)
    numbers = f"ISA13 {key.interchange}, GS06 {key.group}, ST02 {key.transaction}"
    message = (
        f"document: quote {quote.number} was made of another order of this sender under the same control numbers"
        f" ({numbers}); say accept_reused_control_numbers (GraphQL: acceptReusedControlNumbers) to take this one in"
    )
    return Conflict(message, field="document")


async def _replaced(ctx: Command, order: PurchaseOrder, client: Client, warnings: list[str]) -> Quote | None:
    """The draft, locked, that an order takes the place of; None, with a warning, when nothing of its number is there.

    Raises Conflict when there are quotes of this number and none of them is a draft.
    """
    same = {"client_id": client.id, "customer_po_number": order.number, "deleted_at": None}
    found = await ctx.unit.find(Quote, "-created_at", **same)
    if not found:
        warnings.append(f"BEG: the order says that it replaces one, but there is no quote of {order.number!r}")
        return None
    draft = next((each for each in found if each.status == QuoteStatus.DRAFT), None)
    if draft is not None:
        ctx.principal.require(Scope.QUOTES_EDIT)
        [draft] = await ctx.unit.lock(Quote, [draft.id])
        if draft.deleted_at is not None:
            message = "Another request deleted the quote at the same time"
            raise RunAgain(message, retry_after=1)
    quote = draft or found[0]
    if quote.status != QuoteStatus.DRAFT:
        message = (
            f"document: the order replaces {order.number!r}, but quote {quote.number} is {quote.status}, not a draft"
        )
        raise Conflict(message, field="document")
    warnings.append(f"BEG: the order replaces the lines of quote {quote.number}")
    return quote


def _replace(quote: Quote, order: PurchaseOrder) -> None:
    """Change the header of a draft to what an order says that replaces it; notes are added, not taken away."""
    quote.currency = order.currency or quote.currency
    for name, value in _header(order).items():
        old = getattr(quote, name)
        if name.startswith("notes"):
            setattr(quote, name, old if not value or value in (old or "") else _joined([old or "", value]))
        elif value is not None:
            setattr(quote, name, value)


def _envelope(key: Key) -> dict[str, Any]:
    """The control numbers of an order, as an intake keeps them."""
    return {
        "sender_qualifier": key.sender_qualifier,
        "sender_id": key.sender_id,
        "receiver_qualifier": key.receiver_qualifier,
        "receiver_id": key.receiver_id,
        "interchange_control": key.interchange,
        "group_control": key.group,
        "set_control": key.transaction,
    }


async def _client(ctx: Command, order: PurchaseOrder, *, restore: bool) -> Client:
    """The sender as a client: found by its external id and left as it is, else made.

    Raises Conflict for one that was deleted, unless it is to be restored and its code is still free.
    """
    table = str(Client.__tablename__)
    names = await ctx.unit.find(ExternalId, system=SYSTEM, record_type=table, external_id=order.key.sender)
    if names:
        [client] = await ctx.unit.lock(Client, [names[0].record_id])
        if client.deleted_at is not None:
            await _check_restoring(ctx, client, order.key, restore=restore)
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


async def _check_restoring(ctx: Command, client: Client, key: Key, *, restore: bool) -> None:
    who = f"client {client.name!r} ({client.id})"
    if not restore:
        message = (
            f"document: the {who} of the sender {key.sender} was deleted;"
            " say restore_client (GraphQL: restoreClient) to restore it"
        )
        raise Conflict(message, field="document")
    for other in await ctx.unit.find(Client, code=client.code, deleted_at=None) if client.code else ():
        message = f"document: the {who} cannot be restored: its code {client.code!r} is that of {other.name!r} now"
        raise Conflict(message, field="document")


def _quote(order: PurchaseOrder, client: Client, currency: str) -> Quote:
    return Quote(
        id=new_id(Quote),
        client_id=client.id,
        currency=currency,
        title=f"Purchase order {order.number}"[: NAME.longest],
        customer_po_number=order.number,
        **_header(order),
    )


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


def _line(line: Line, warnings: list[str]) -> Any:
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
        return read_input(QUOTES.inputs()["parts"], given, where="")
    except Invalid as error:
        raise Invalid(f"{line.segment}: {error.message}", field=line.segment) from error


def _intake(order: PurchaseOrder, quote: Quote, warnings: list[str], occurrence: int) -> Intake:
    return Intake(
        id=new_id(Intake),
        quote_id=quote.id,
        content=order.content,
        occurrence=occurrence,
        received_at=datetime.now(UTC),
        warnings=warnings,
        **_envelope(order.key),
    )
