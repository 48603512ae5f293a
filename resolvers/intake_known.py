"""What an order that comes in finds here: itself taken in before, and quotes of its purchase order number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from access.scopes import Scope
from core.errors import Conflict
from core.writing.violations import RunAgain
from engine.run.context import Command
from formats.x12 import Key, PurchaseOrder
from models import Client, Intake, Quote, QuoteStatus
from resolvers.quotes import QUOTES

_NAMED: Final = 5
"""Quotes that one warning names."""
_PURPOSES: Final = {
    "02": "an addition",
    "06": "a confirmation",
    "07": "a duplicate",
    "13": "a request",
    "15": "a re-submission",
    "18": "a reissue",
    "22": "an information copy",
}
"""BEG01 of what senders send of an order that they may have sent before."""


def envelope_of(key: Key) -> dict[str, Any]:
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


async def find_known(ctx: Command, order: PurchaseOrder) -> list[Intake]:
    """The orders taken in under the control numbers of this one; tests and live orders (ISA15) are counted apart."""
    return await ctx.unit.find(Intake, "occurrence", test=order.test, **envelope_of(order.key))


async def restore_quote_of(ctx: Command, intake: Intake, *, restore: bool, restore_client: bool) -> bool:
    """Restore the quote that an order became, if it was deleted; whether it was.

    Raises Conflict when it was deleted and is not to be restored, or when its client was and is not to be.
    """
    [quote] = await ctx.unit.find(Quote, id=intake.quote_id)
    if quote.deleted_at is None:
        return False
    if not restore:
        raise Conflict(
            f"document: quote {quote.number}, which this order became, was deleted;"
            " say restore_quote (GraphQL: restoreQuote) to restore it",
            field="document",
        )
    ctx.principal.require(Scope.QUOTES_EDIT)
    await restore_client_of(ctx, quote.client_id, f"of quote {quote.number}", restore=restore_client)
    [quote] = await ctx.unit.lock(Quote, [quote.id])
    if quote.deleted_at is None:
        raise RunAgain("Another request restored the quote at the same time", retry_after=1)
    await QUOTES.bring_back(ctx, quote)
    ctx.save(quote, event="quote.updated")
    return True


async def restore_client_of(ctx: Command, client_id: Any, whose: str, *, restore: bool) -> Client:
    """Lock a client and restore it if it was deleted; `whose` says in messages whose client it is.

    Raises Conflict when it is not to be restored, or when another client has its code now.
    """
    [client] = await ctx.unit.lock(Client, [client_id])
    if client.deleted_at is None:
        return client
    who = f"client {client.name!r} ({client.id})"
    if not restore:
        raise Conflict(
            f"document: the {who} {whose} was deleted; say restore_client (GraphQL: restoreClient) to restore it",
            field="document",
        )
    for other in await ctx.unit.find(Client, code=client.code, deleted_at=None) if client.code else ():
        raise Conflict(
            f"document: the {who} cannot be restored: its code {client.code!r} is that of {other.name!r} now",
            field="document",
        )
    client.deleted_at = None
    ctx.save(client, event="client.updated")
    return client


async def reused(ctx: Command, first: Intake, key: Key) -> Conflict:
    """The error for another order under control numbers that were used before."""
    [quote] = await ctx.unit.find(Quote, id=first.quote_id)
    same = f"the same number ({key.interchange!r})"
    if key.is_x12:
        same = f"the same control numbers (ISA13 {key.interchange}, GS06 {key.group}, ST02 {key.transaction})"
    message = (
        f"document: quote {quote.number} was made of another order of this sender under {same};"
        " say accept_reused_control_numbers (GraphQL: acceptReusedControlNumbers) to take this one in"
    )
    return Conflict(message, field="document")


async def find_replaced(
    ctx: Command, order: PurchaseOrder, client: Client, warnings: list[str]
) -> tuple[Quote, Intake | None] | None:
    """The draft, locked, that an order takes the place of, and the last order that wrote it, if any did.

    None, with a warning, when there is no quote of its number: a test finds only the quotes of tests, a live order only
    the others. Raises Conflict when there are some and none of them is a draft.
    """
    found, wrote = await _of_its_kind(ctx, order, client)
    if not found:
        warnings.append(f"BEG: the order says that it replaces one, but there is no quote of {order.number!r}")
        return None
    draft = next((each for each in found if each.status == QuoteStatus.DRAFT), None)
    if draft is not None:
        ctx.principal.require(Scope.QUOTES_EDIT)
        [draft] = await ctx.unit.lock(Quote, [draft.id])
        if draft.deleted_at is not None:
            raise RunAgain("Another request deleted the quote at the same time", retry_after=1)
    quote = draft or found[0]
    if quote.status != QuoteStatus.DRAFT:
        raise Conflict(
            f"document: the order replaces {order.number!r}, but quote {quote.number} is {quote.status}, not a draft",
            field="document",
        )
    warnings.append(
        f"BEG: the order replaces the lines of quote {quote.number}, and of its dates and notes those that the last"
        " order gave"
    )
    return quote, (await _last_orders(ctx, [quote])).get(quote.id, wrote.get(quote.id))


async def _of_its_kind(ctx: Command, order: PurchaseOrder, client: Client) -> tuple[list[Quote], dict[Any, Intake]]:
    """The quotes of an order's number, newest first: of tests for a test, else the others; and who wrote them last."""
    found = await ctx.unit.find(Quote, "-created_at", **_same(order, client))
    wrote = await _last_orders(ctx, found)
    return [each for each in found if (each.id in wrote and wrote[each.id].test) == order.test], wrote


async def _last_orders(ctx: Command, quotes: Sequence[Quote]) -> dict[Any, Intake]:
    """The last order that each of these quotes was made or changed by."""
    if not quotes:
        return {}
    found = await ctx.unit.find(Intake, "received_at", quote_id=[each.id for each in quotes])
    return {each.quote_id: each for each in found}


async def find_same_number(ctx: Command, order: PurchaseOrder, client: Client) -> list[Quote]:
    """The newest of the client's quotes of an order's purchase order number, no more than can be told of."""
    return await ctx.unit.newest(Quote, _NAMED + 2, **_same(order, client))  # one may be the one that is replaced


def _same(order: PurchaseOrder, client: Client) -> dict[str, Any]:
    return {"client_id": client.id, "customer_po_number": order.number, "deleted_at": None}


def warn_of_others(order: PurchaseOrder, others: Sequence[Quote], warnings: list[str]) -> None:
    """Name the other quotes of an order's number: the shop may have the order twice."""
    if not others:
        return
    named = ", ".join(f"{each.number} ({each.status})" for each in others[:_NAMED])
    more = " and others" if len(others) > _NAMED else ""
    purpose = f"; BEG01 says that it is {_PURPOSES[order.purpose]}" if order.purpose in _PURPOSES else ""
    where = "BEG" if order.key.is_x12 else "order_number"
    warnings.append(
        f"{where}: purchase order number {order.number!r} is also that of quote {named}{more}, left unchanged{purpose}"
    )
