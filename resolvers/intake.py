"""Intake: an ASC X12 850 purchase order becomes a draft quote, once, however often it is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from access.scopes import Scope
from core.errors import Invalid
from core.values.checked import NAME
from core.values.ids import new_id
from engine.declare.model_inputs import MAX_LINES
from engine.declare.rows import Rows
from engine.run.context import Command
from formats.x12 import CodePage, PurchaseOrder, read_orders
from models import Client, ExternalId, Intake, Quote, QuotePart
from resolvers.intake_content import in_file, line_input_of, make_quote, replace_header, said_of
from resolvers.intake_known import (
    envelope_of,
    find_known,
    find_replaced,
    find_same_number,
    restore_client_of,
    restore_quote_of,
    reused,
    warn_of_others,
)
from resolvers.intake_parts import find_parts
from resolvers.lines import make_rows, written_in
from resolvers.quotes import QUOTES

SYSTEM: Final = "x12"
"""The system under which a sender's envelope id names a client: `x12` / `<ISA05>:<ISA06>`."""
_MAX: Final = 100
"""Warnings that an intake keeps."""
_LONGEST_WARNING: Final = 500
"""Characters of one of them."""
IsReused = Annotated[bool, "Take in another order under control numbers that were taken in before."]
RestoreClient = Annotated[bool, "Bring the sender's client back if it was deleted."]
RestoreQuote = Annotated[bool, "Bring the quote of an order that is sent again back if it was deleted."]
_LARGE: Final = 65_536
"""Characters above which a document is read in a thread, so that nobody waits for it."""


class Took(StrEnum):
    """What became of an order."""

    CREATED = "created"
    REPLACED = "replaced"
    REPLAYED = "replayed"
    RESTORED = "restored"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Taking:
    """What is done although it may be a mistake: reused control numbers, a client or a quote that was deleted."""

    reused: bool
    client: bool
    quote: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """An order that was taken in, now or before, and what became of it."""

    intake: Intake
    result: Took


async def intake_order(
    ctx: Command,
    document: Annotated[str | bytes, "The interchange, from ISA to IEA, with one purchase order."],
    code_page: Annotated[CodePage | None, "What bytes that are not UTF-8 are; of text it says nothing."] = None,
    *,
    accept_reused_control_numbers: IsReused = False,
    restore_client: RestoreClient = False,
    restore_quote: RestoreQuote = False,
) -> Rows[Intake]:
    """Take in one X12 850 purchase order as a draft quote for its sender, who becomes a client if it is not one yet.

    The same order (the control numbers ISA05 to ISA08, ISA13, GS06, ST02, the mark of a test ISA15, and the content
    from ST to SE) sent again answers the quote it made the first time, with `Idempotent-Replayed`; when that quote was
    deleted it is a `conflict`, unless the quote is to be restored. Another order under the same control numbers is a
    `conflict` that names that quote, unless reused control numbers are accepted. A sender whose client was deleted is a
    `conflict` that names the client, unless it is to be restored.

    An order that replaces one (BEG01 is 05) replaces the lines of the client's newest draft quote of that purchase
    order number, and of its dates and notes those that the last order gave. Without such a draft it is a `conflict`
    that names the quote, or a new quote when there is none. Any other quote of that number is named in a warning.

    Bytes that are not UTF-8 are read by their code page, else as Windows-1252. What is odd but harmless comes back as
    `warnings`, 100 at most; anything wrong is refused with its segment named, and nothing is written.
    """
    ctx.principal.require(Scope.CLIENTS_CREATE)
    order = await _read(document, code_page)
    how = Taking(accept_reused_control_numbers, restore_client, restore_quote)
    taken = await take(ctx, order, how)
    if taken.result is Took.REPLAYED:
        ctx.repeat()
    return ctx.rows(Intake).by_id(taken.intake.id)


async def take(ctx: Command, order: PurchaseOrder, how: Taking, client: Client | None = None) -> Taken:
    """Take in one order; `client` is whose it is, None for the sender that its envelope names."""
    known = await find_known(ctx, order)
    again = next((each for each in known if each.content in {None, order.content}), None)
    if again is not None:
        restored = await restore_quote_of(ctx, again, restore=how.quote, restore_client=how.client)
        return Taken(again, Took.RESTORED if restored else Took.REPLAYED)
    if known and not how.reused:
        raise await reused(ctx, known[0], order.key)
    if client is None:
        client = await _client(ctx, order, restore=how.client)
    return await _write(ctx, order, client, len(known))


async def _write(ctx: Command, order: PurchaseOrder, client: Client, occurrence: int) -> Taken:
    """Stage the quote of an order, new or replaced, and its intake; `occurrence` is as the intake keeps it."""
    warnings: list[str] = []
    found = await find_replaced(ctx, order, client, warnings) if order.replaces else None
    now: list[QuotePart] = []
    others = await find_same_number(ctx, order, client)
    if found is None:
        quote = make_quote(order, client, order.currency or ctx.principal.currency)
    else:
        quote, last = found
        now = await ctx.unit.find(QuotePart, quote_id=quote.id)
        replace_header(quote, order, last.said if last else {})
    warn_of_others(order, [each for each in others if each.id != quote.id], warnings)
    warnings += order.warnings
    parts = await find_parts(ctx, client, order.lines, warnings)
    sent = [line_input_of(line, parts.get(line.position), warnings) for line in order.lines]
    inside = make_rows(QUOTES.lines[0], quote.id, sent, "parts")
    touched = {part.id for part in inside["parts"]}
    try:
        await QUOTES.fit_rows(ctx, quote, written_in(QUOTES.lines, inside, touched))
        await QUOTES.stage(ctx, quote, inside, touched, now, event="created" if found is None else "updated")
    except Invalid as error:
        raise in_file(error, order.lines) from error
    intake = _intake(order, quote, warnings, occurrence)
    ctx.inside(quote, put=[intake])
    return Taken(intake, Took.CREATED if found is None else Took.REPLACED)


async def _read(document: str | bytes, code_page: CodePage | None) -> PurchaseOrder:
    if isinstance(document, str):
        data, code_page = document.encode("utf-8", "surrogatepass"), None  # text has been read already
    else:
        data = document
    large = len(data) > _LARGE
    asked = (data, code_page, MAX_LINES)
    found = await asyncio.to_thread(read_orders, *asked) if large else read_orders(*asked)
    if len(found) > 1:
        raise Invalid(f"document: holds {len(found)} purchase orders (ST to SE); send one at a time", field="document")
    return found[0]


async def _client(ctx: Command, order: PurchaseOrder, *, restore: bool) -> Client:
    """The sender as a client: found by its external id and left as it is, else made.

    Raises Conflict for one that was deleted, unless it is to be restored and its code is still free.
    """
    table = str(Client.__tablename__)
    names = await ctx.unit.find(ExternalId, system=SYSTEM, record_type=table, external_id=order.key.sender)
    if names:
        whose = f"of the sender {order.key.sender}"
        return await restore_client_of(ctx, names[0].record_id, whose, restore=restore)
    name = (order.buyer_name or order.key.sender)[: NAME.longest]
    made = Client(id=new_id(Client), name=name, currency=order.currency or ctx.principal.currency)
    made.external_ids = [{"system": SYSTEM, "external_id": order.key.sender}]
    ctx.save(made, event="client.created")
    external = ExternalId(
        id=new_id(ExternalId),
        system=SYSTEM,
        record_type=table,
        external_id=order.key.sender,
        record_id=made.id,
    )
    ctx.inside(made, put=[external])
    return made


def _intake(order: PurchaseOrder, quote: Quote, warnings: list[str], occurrence: int) -> Intake:
    return Intake(
        id=new_id(Intake),
        quote_id=quote.id,
        test=order.test,
        content=order.content,
        said=said_of(order),
        occurrence=occurrence,
        received_at=datetime.now(UTC),
        warnings=_told(warnings),
        **envelope_of(order.key),
    )


def _told(warnings: list[str]) -> list[str]:
    """The warnings that are kept and answered: so many, each of so many characters, and how many more there were."""
    told = [each if len(each) <= _LONGEST_WARNING else f"{each[: _LONGEST_WARNING - 1]}…" for each in warnings[:_MAX]]
    return [*told, f"and {len(warnings) - _MAX:,} more warnings"] if len(warnings) > _MAX else told
