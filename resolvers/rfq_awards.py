"""Awarding a request for quotation: chosen answers become purchase orders, one for each supplier and currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from core.problems import Problems
from core.record import Line
from core.values.ids import new_id
from engine.declare.inputs import MAX_AT_ONCE, input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import PurchaseOrder, PurchaseOrderLine, Rfq, RfqLine, RfqResponse, RfqStatus
from resolvers.aggregate import now
from resolvers.ordering import Sold
from resolvers.purchase_orders import ORDERS
from resolvers.rfqs import RFQS
from resolvers.versions import ExpectedVersion

_AWARDED: Final = RFQS.told("awarded")


@input_type
class AwardRfq:
    """Which answers are chosen."""

    response_ids: Annotated[
        list[UUID],
        Field(min_length=1, max_length=MAX_AT_ONCE, fail_fast=True),
        "The answers that are chosen: one for a line at most. A line without one is not ordered.",
    ]
    required_on: Annotated[date | None, "When what is ordered is needed."] = None


async def award_rfq(ctx: Command, id: UUID, input: AwardRfq, expected_version: ExpectedVersion = None) -> Rows[Rfq]:
    """Choose answers to a request for quotation: they become draft purchase orders, one a supplier and currency.

    The orders have the lines, quantities and prices that were answered, and the terms of their suppliers, and are
    linked with the request and its requirements. Requirements of lines without a chosen answer are pending again. Of
    awards at the same time one is done, and the others are a `conflict`.
    """
    rfq = await RFQS.lock(ctx, id, expected_version)
    by = (RfqStatus.PARTIALLY_RESPONDED, RfqStatus.RESPONDED)
    RFQS.check_state(rfq, by, "it can be awarded only while there are answers to choose from")
    answers = {each.id: each for each in await ctx.unit.find(RfqResponse, rfq_id=rfq.id)}
    chosen = _chosen(answers, input.response_ids)
    for each in chosen:
        each.is_awarded = True
    rfq.status, rfq.awarded_at = RfqStatus.AWARDED, now()
    awarded = ctx.save(rfq, event=_AWARDED)
    ctx.inside(rfq, put=chosen)
    lines = {each.id: each for each in await ctx.unit.find(RfqLine, rfq_id=rfq.id)}
    of: dict[tuple[UUID, str], list[RfqResponse]] = defaultdict(list)
    for each in chosen:
        of[each.supplier_id, each.currency].append(each)
    for (supplier_id, currency), responses in of.items():
        await _order(ctx, rfq, supplier_id, currency, responses, lines, input.required_on)
    await RFQS.follow(ctx, rfq)
    return awarded


def _chosen(answers: Mapping[UUID, RfqResponse], ids: Sequence[UUID]) -> list[RfqResponse]:
    wrong = Problems()
    lines: set[UUID] = set()
    for place, each in enumerate(ids):
        if each not in answers:
            wrong.note(f"responseIds.{place}", "is no answer to this request")
        elif answers[each].rfq_line_id in lines:
            wrong.note(f"responseIds.{place}", "another answer is chosen for this line already")
        else:
            lines.add(answers[each].rfq_line_id)
    wrong.check()
    return [answers[each] for each in ids]


async def _order(
    ctx: Command,
    rfq: Rfq,
    supplier_id: UUID,
    currency: str,
    responses: Sequence[RfqResponse],
    asked: Mapping[UUID, RfqLine],
    required_on: date | None,
) -> None:
    """Stage a draft order of what a supplier answered in one currency."""
    days = [day for each in responses if (day := asked[each.rfq_line_id].required_on) is not None]
    order = PurchaseOrder(id=new_id(PurchaseOrder), rfq_id=rfq.id, job_id=rfq.job_id)
    given = {"supplier_id": supplier_id, "currency": currency, "required_on": required_on or min(days, default=None)}
    (await ORDERS.set_columns(ctx, order, given)).check()
    sold = await Sold.of(ctx, supplier_id, [asked[each.rfq_line_id] for each in responses])
    ordered = sorted(responses, key=lambda each: asked[each.rfq_line_id].position)
    lines: list[Line] = [
        _line(order, place, each, asked[each.rfq_line_id], sold) for place, each in enumerate(ordered, 1)
    ]
    await ORDERS.stage(ctx, order, {"lines": lines}, {each.id for each in lines}, event="created")


def _line(order: PurchaseOrder, place: int, response: RfqResponse, asked: RfqLine, sold: Sold) -> PurchaseOrderLine:
    offer = sold.part(asked.part_id)
    return PurchaseOrderLine(
        id=new_id(PurchaseOrderLine),
        position=place,
        purchase_order_id=order.id,
        requirement_id=asked.requirement_id,
        rfq_response_id=response.id,
        part_id=asked.part_id,
        supplier_part_number=None if offer is None else offer.supplier_part_number,
        description=asked.description,
        quantity=response.quantity,
        unit=asked.unit,
        factor=asked.factor,
        unit_price=response.unit_price,
        required_on=asked.required_on,
    )
