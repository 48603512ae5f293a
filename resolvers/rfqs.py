"""Requests for quotation: written, sent to suppliers, closed and withdrawn; answers are in `resolvers.rfq_answers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from core.errors import Conflict
from core.problems import Problems
from engine.run.context import Command
from models import InvitationStatus, Rfq, RfqInvitation, RfqLine, RfqQuantity, RfqStatus
from resolvers.aggregate import now
from resolvers.bought import OPEN_REQUESTS
from resolvers.buying import Requests
from resolvers.days import today
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.line_units import fit_bought, fit_requirements
from resolvers.lines import Inside, Lines, Written, number_rows
from resolvers.states import called
from resolvers.suppliers import check_buys_from

ANSWERABLE: Final = (RfqStatus.SENT, RfqStatus.PARTIALLY_RESPONDED, RfqStatus.RESPONDED)
"""States in which suppliers may answer; which of them it is follows from the invitations."""


async def _fit(ctx: Command, _rfq: Rfq, written: Sequence[Written]) -> None:
    """Lines take over the parts of their requirements, and the units of the parts."""
    lines = [each for each in written if isinstance(each.row, RfqLine)]
    await fit_requirements(ctx, lines)
    await fit_bought(ctx, lines, asked=True)


def settle(rfq: Rfq, inside: Inside) -> None:
    """Keep quantities in order and each once, refuse a supplier who stands twice, derive how far answers have come."""
    wrong = Problems()
    _settle_quantities(rfq, inside, wrong)
    invitations = cast("list[RfqInvitation]", inside["invitations"])
    seen = set()
    for place, each in enumerate(invitations):
        if each.supplier_id in seen:
            wrong.note(f"invitations.{place}.supplierId", "this supplier is invited already")
        seen.add(each.supplier_id)
    wrong.check()
    if rfq.status in ANSWERABLE:
        rfq.status = _answered({each.status for each in invitations})


def _settle_quantities(rfq: Rfq, inside: Inside, wrong: Problems) -> None:
    quantities = cast("list[RfqQuantity]", inside["quantities"])
    for each in quantities:
        each.rfq_id = rfq.id
    for place, line in enumerate(cast("list[RfqLine]", inside["lines"])):
        seen = set()
        for at, each in enumerate([each for each in quantities if each.rfq_line_id == line.id]):
            if each.quantity in seen:
                wrong.note(f"lines.{place}.quantities.{at}.quantity", "is asked for already")
            seen.add(each.quantity)
    quantities.sort(key=lambda each: (each.rfq_line_id, each.quantity))
    number_rows(quantities, RfqQuantity)


def _answered(states: set[str]) -> RfqStatus:
    """The state that follows from those of the invitations."""
    if InvitationStatus.RESPONDED not in states:
        return RfqStatus.SENT
    waiting = states & {InvitationStatus.INVITED, InvitationStatus.VIEWED}
    return RfqStatus.PARTIALLY_RESPONDED if waiting else RfqStatus.RESPONDED


async def _check_complete(ctx: Command, rfq: Rfq) -> None:
    """Refuse to send a request that asks nobody, or for nothing, or a supplier that the shop does not buy from."""
    inside = await RFQS.load(ctx, rfq)
    if not inside["lines"] or not inside["invitations"]:
        raise Conflict(f"{called(rfq)} has no line, or nobody is invited: add them first", field="status")
    asked = {each.rfq_line_id for each in cast("list[RfqQuantity]", inside["quantities"])}
    if any(line.id not in asked for line in inside["lines"]):
        raise Conflict(f"{called(rfq)} has a line without a quantity: add one first", field="status")
    if rfq.due_on is not None and rfq.due_on < await today(ctx):
        raise Conflict(f"{called(rfq)} was due on {rfq.due_on}: nobody could answer it any more", field="due_on")
    await check_buys_from(ctx, [each.supplier_id for each in cast("list[RfqInvitation]", inside["invitations"])])


def _sent(rfq: Rfq) -> None:
    rfq.sent_at = now()


RFQS = Requests(
    Rfq,
    lines=(
        Lines("lines", RfqLine, (Lines("quantities", RfqQuantity),)),
        Lines("invitations", RfqInvitation),
    ),
    fit=_fit,
    settle=settle,
    editable=(RfqStatus.DRAFT,),
)

rfqs = RFQS.page("List requests for quotation.")
rfq = RFQS.get("One request for quotation by its id; null when there is none.")
create_rfq = RFQS.create(
    "Write a draft request for quotation, with its lines and the suppliers to ask; it gets the next number.",
    "What a new request is made of. Quantities of a line are kept in order, and each stands once.",
)
update_rfq = RFQS.update(
    "Change a draft request for quotation; what the input does not name stays as it is.",
    "What to change of a draft request: null clears, what is left out stays; `lines` and `invitations` are the whole"
    " lists.",
)
delete_rfq = RFQS.delete("Delete a draft request for quotation; its requirements are pending again.")
send_rfq = RFQS.move(
    "send",
    (RfqStatus.DRAFT,),
    RfqStatus.SENT,
    "Send a draft request for quotation to the suppliers it invites; from then on its content is locked."
    " It needs a line, a quantity of each line, and an invitation.",
    arrange=_check_complete,
    effect=_sent,
)
close_rfq = RFQS.move(
    "close", (RfqStatus.AWARDED,), RfqStatus.CLOSED, "Close a request for quotation whose orders are made."
)
cancel_rfq = RFQS.move(
    "cancel",
    OPEN_REQUESTS,
    RfqStatus.CANCELLED,
    "Withdraw a request for quotation; its requirements are pending again, and answers are taken no more.",
)
add_rfq_line = add_line(RFQS, "lines", "Add a line to a draft request for quotation.")
update_rfq_line = update_line(RFQS, "lines", "Change a line of a draft request for quotation; its quantities stay.")
delete_rfq_line = delete_line(RFQS, "lines", "Take a line out of a draft request for quotation.")
add_rfq_quantity = add_line(RFQS, "quantities", "Ask for a further quantity of a line of a draft request.")
delete_rfq_quantity = delete_line(RFQS, "quantities", "Take a quantity out of a line of a draft request.")
add_rfq_invitation = add_line(RFQS, "invitations", "Invite a supplier to a draft request for quotation.")
delete_rfq_invitation = delete_line(RFQS, "invitations", "Take an invitation out of a draft request for quotation.")
