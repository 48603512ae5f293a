"""What suppliers answer to a request for quotation: prices by line and quantity, or that they decline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, cast
from uuid import UUID

from pydantic import Field

from core.errors import Conflict, NotFound
from core.problems import Problems
from core.values.checked import COUNT, CURRENCY, NOTE, Price, Quantity
from core.values.ids import new_id
from engine.declare.inputs import MAX_AT_ONCE, input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import InvitationStatus, Rfq, RfqInvitation, RfqQuantity, RfqResponse, Supplier
from resolvers.aggregate import now
from resolvers.days import today
from resolvers.lines import Inside
from resolvers.rfqs import ANSWERABLE, RFQS
from resolvers.states import called
from resolvers.versions import ExpectedVersion


@input_type
class RfqPrice:
    """A supplier's price of a line at one of the quantities that were asked for."""

    line_id: Annotated[UUID, "The line of the request that the price is of."]
    quantity: Annotated[Quantity, "The quantity that the price is for: one of those asked for."]
    unit_price: Annotated[Price, "The price of one unit, in the currency of the answer."]
    lead_time_days: Annotated[int, COUNT, "How many days it takes."] | None = None


@input_type
class RespondRfqInvitation:
    """A supplier's answer to a request for quotation. It replaces the answer that the supplier gave before."""

    prices: Annotated[
        list[RfqPrice], Field(min_length=1, max_length=MAX_AT_ONCE, fail_fast=True), "The prices; one at least."
    ]
    currency: Annotated[str, CURRENCY, "The ISO 4217 currency of the prices; the supplier's, if left out."] | None = (
        None
    )
    valid_until: Annotated[date | None, "The last day on which the prices hold."] = None
    message: Annotated[str, NOTE, "What the supplier says beside."] | None = None


_RESPONDED: Final = RFQS.told("responded")


async def respond_rfq_invitation(
    ctx: Command, id: UUID, input: RespondRfqInvitation, expected_version: ExpectedVersion = None
) -> Rows[RfqInvitation]:
    """Give a supplier's answer to a request for quotation: prices by line and quantity, all in one currency.

    It replaces the supplier's earlier answer. A request that is not sent, is awarded, closed or cancelled, or whose
    last day is over, takes none: that is a `conflict`, and changes nothing.
    """
    rfq, inside, invitation = await _open_invitation(ctx, id, expected_version)
    _check_prices(input.prices, inside)
    if (currency := input.currency) is None:
        supplier = await ctx.unit.find(Supplier, id=invitation.supplier_id)
        currency = supplier[0].currency
    invitation.status, invitation.responded_at = InvitationStatus.RESPONDED, now()
    invitation.currency, invitation.valid_until = currency, input.valid_until
    invitation.message = input.message
    given = [_response(rfq, invitation, place, each) for place, each in enumerate(input.prices, 1)]
    await _replace_answer(ctx, rfq, inside, invitation, given, _RESPONDED)
    return ctx.rows(RfqInvitation).by_id(invitation.id)


async def decline_rfq_invitation(
    ctx: Command, id: UUID, expected_version: ExpectedVersion = None
) -> Rows[RfqInvitation]:
    """Note that a supplier declines to answer; an answer that was given before is taken back."""
    rfq, inside, invitation = await _open_invitation(ctx, id, expected_version)
    invitation.status, invitation.responded_at = InvitationStatus.DECLINED, now()
    invitation.currency = invitation.valid_until = None
    await _replace_answer(ctx, rfq, inside, invitation, (), "rfq.updated")
    return ctx.rows(RfqInvitation).by_id(invitation.id)


async def view_rfq_invitation(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[RfqInvitation]:
    """Note that a supplier has seen the request; without effect when it has been seen, or answered, before."""
    rfq, inside, invitation = await _open_invitation(ctx, id, expected_version)
    if invitation.status == InvitationStatus.INVITED:
        invitation.status = InvitationStatus.VIEWED
        await RFQS.stage(ctx, rfq, inside, {invitation.id})
    return ctx.rows(RfqInvitation).by_id(invitation.id)


async def _open_invitation(
    ctx: Command, row_id: UUID, expected_version: ExpectedVersion
) -> tuple[Rfq, Inside, RfqInvitation]:
    """Lock the request that an invitation is to; Conflict when answers are taken no more, or it is another version."""
    rfq_id = await ctx.unit.look(RfqInvitation, row_id, "rfq_id")
    if rfq_id is None:
        raise NotFound("RfqInvitation not found", field="id")
    rfq = await RFQS.lock(ctx, rfq_id, expected_version)
    RFQS.check_state(rfq, ANSWERABLE, "it takes no answers")
    if rfq.due_on is not None and await today(ctx) > rfq.due_on:
        raise Conflict(f"{called(rfq)} was due on {rfq.due_on}: it takes no answers any more", field="dueOn")
    inside = await RFQS.load(ctx, rfq)
    invitations = cast("list[RfqInvitation]", inside["invitations"])
    found = next((each for each in invitations if each.id == row_id), None)
    if found is None:
        raise NotFound("RfqInvitation not found", field="id")
    return rfq, inside, found


def _check_prices(prices: Sequence[RfqPrice], inside: Inside) -> None:
    asked: dict[UUID, set[Decimal]] = defaultdict(set)
    for each in cast("list[RfqQuantity]", inside["quantities"]):
        asked[each.rfq_line_id].add(each.quantity)
    wrong = Problems()
    seen: set[tuple[UUID, Decimal]] = set()
    for place, price in enumerate(prices):
        if price.line_id not in asked:
            wrong.note(f"prices.{place}.lineId", "is no line of this request")
        elif price.quantity not in asked[price.line_id]:
            wrong.note(f"prices.{place}.quantity", "is none of the quantities that were asked for")
        elif (price.line_id, price.quantity) in seen:
            wrong.note(f"prices.{place}.quantity", "is priced twice")
        seen.add((price.line_id, price.quantity))
    wrong.check()


def _response(rfq: Rfq, invitation: RfqInvitation, position: int, price: RfqPrice) -> RfqResponse:
    assert invitation.currency is not None
    return RfqResponse(
        id=new_id(RfqResponse),
        position=position,
        rfq_id=rfq.id,
        rfq_invitation_id=invitation.id,
        rfq_line_id=price.line_id,
        supplier_id=invitation.supplier_id,
        currency=invitation.currency,
        quantity=price.quantity,
        unit_price=price.unit_price,
        lead_time_days=price.lead_time_days,
    )


async def _replace_answer(
    ctx: Command, rfq: Rfq, inside: Inside, invitation: RfqInvitation, given: Sequence[RfqResponse], event: str
) -> None:
    """Stage a supplier's answer in place of the one before, and mark the cheapest and the fastest of all answers."""
    there = await ctx.unit.find(RfqResponse, rfq_id=rfq.id)
    gone = [each for each in there if each.rfq_invitation_id == invitation.id]
    others = [each for each in there if each.rfq_invitation_id != invitation.id]
    before = {each.id: dict(vars(each)) for each in others}
    mark([*others, *given], {each.id: each.position for each in inside["lines"]})
    changed = [each for each in others if before[each.id] != vars(each)]
    await RFQS.stage(ctx, rfq, inside, {invitation.id}, event=event)
    ctx.inside(rfq, put=[*changed, *given], remove=gone)


def mark(responses: Sequence[RfqResponse], places: Mapping[UUID, int]) -> None:
    """Rank answers, and mark the cheapest and the fastest of each line, quantity and currency; several may be.

    `places` are the places of the lines in the request.
    """
    groups: dict[tuple[int, Decimal, str], list[RfqResponse]] = defaultdict(list)
    for each in responses:
        groups[places[each.rfq_line_id], each.quantity, each.currency].append(each)
    rank = 0
    for key in sorted(groups):
        group = sorted(groups[key], key=lambda each: (each.unit_price, each.supplier_id))
        days = min((each.lead_time_days for each in group if each.lead_time_days is not None), default=None)
        for each in group:
            rank += 1
            each.rank = rank
            each.is_cheapest = each.unit_price == group[0].unit_price
            each.is_fastest = days is not None and each.lead_time_days == days
