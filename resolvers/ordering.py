"""Requests and orders made of several requirements at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from access.scopes import Scope
from core.errors import Conflict
from core.problems import Problems
from core.record import Line
from core.values import exact
from core.values.checked import CURRENCY, LIMIT, NAME, NOTE
from core.values.ids import new_id
from engine.declare.inputs import MAX_AT_ONCE, input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import (
    Part,
    PriceBreak,
    PurchaseOrder,
    PurchaseOrderLine,
    Requirement,
    RequirementStatus,
    Rfq,
    RfqInvitation,
    RfqLine,
    RfqQuantity,
    SupplierPart,
)
from resolvers.part_units import bought_in, factor_of, factors_of, parts_of
from resolvers.purchase_orders import ORDERS
from resolvers.requirements import lock_jobs, outstanding
from resolvers.rfqs import RFQS

_Ids = Annotated[
    list[UUID],
    Field(min_length=1, max_length=MAX_AT_ONCE, fail_fast=True),
    "The requirements: pending ones, each once, one line each in this order.",
]


@input_type
class CreateRfqFromRequirements:
    """What suppliers are asked for, and which suppliers."""

    requirement_ids: _Ids
    supplier_ids: Annotated[list[UUID], Field(max_length=MAX_AT_ONCE, fail_fast=True), "The suppliers to invite."]
    title: Annotated[str, NAME, "What the request is about."] | None = None
    due_on: Annotated[date | None, "The last day on which answers are taken."] = None
    message: Annotated[str, NOTE, "What suppliers are told."] | None = None


@input_type
class CreatePurchaseOrderFromRequirements:
    """What is ordered, and of which supplier."""

    requirement_ids: _Ids
    supplier_id: Annotated[UUID, "Who is to deliver."]
    currency: Annotated[str, CURRENCY, "The ISO 4217 currency of the order; the supplier's, if left out."] | None = None
    required_on: Annotated[date | None, "When it is needed; the earliest day of its requirements, if left out."] = None


async def create_rfq_from_requirements(ctx: Command, input: CreateRfqFromRequirements) -> Rows[Rfq]:
    """Write a draft request for quotation of several requirements, with the suppliers to ask.

    Each requirement becomes a line with what it still needs. One that is not pending is a `conflict`, and named.
    """
    needs, left = await _pending(ctx, input.requirement_ids)
    rfq = Rfq(id=new_id(Rfq), title=input.title, due_on=input.due_on, message=input.message, job_id=_one_job(needs))
    parts = await parts_of(ctx, (each.part_id for each in needs))
    lines: list[Line] = [_asked(rfq, place, need, parts) for place, need in enumerate(needs, 1)]
    quantities: list[Line] = [
        RfqQuantity(id=new_id(RfqQuantity), position=1, rfq_id=rfq.id, rfq_line_id=line.id, quantity=left[need.id])
        for line, need in zip(lines, needs, strict=True)
    ]
    invitations: list[Line] = [
        RfqInvitation(id=new_id(RfqInvitation), position=place, rfq_id=rfq.id, supplier_id=each)
        for place, each in enumerate(input.supplier_ids, 1)
    ]
    inside = {"lines": lines, "quantities": quantities, "invitations": invitations}
    return await RFQS.stage(ctx, rfq, inside, _ids(*lines, *quantities, *invitations), event="created")


async def create_purchase_order_from_requirements(
    ctx: Command, input: CreatePurchaseOrderFromRequirements
) -> Rows[PurchaseOrder]:
    """Write a draft purchase order of several requirements.

    Each requirement becomes a line of what it still needs: in the unit in which the supplier sells the part, or the
    part is bought, at least as many as the supplier sells, at its price for this many where that is in the order's
    currency. Else the price is what the part costs (`unit_cost`) where the order is in the workspace's currency and
    the key may view costs, or is left open. A requirement that is not pending, or needs nothing more, is a `conflict`,
    and named.
    """
    needs, left = await _pending(ctx, input.requirement_ids)
    days = [each.required_on for each in needs if each.required_on is not None]
    given: dict[str, Any] = {"supplier_id": input.supplier_id, "currency": input.currency}
    given |= {"required_on": input.required_on or min(days, default=None), "job_id": _one_job(needs)}
    order = PurchaseOrder(id=new_id(PurchaseOrder))
    (await ORDERS.set_columns(ctx, order, given)).check()
    parts = await parts_of(ctx, (each.part_id for each in needs))
    sold = await Sold.of(ctx, input.supplier_id, needs)
    lines = [
        _ordered(order, place, need, left[need.id], parts.get(need.part_id)) for place, need in enumerate(needs, 1)
    ]
    for line in lines:
        if (part := parts.get(line.part_id)) is not None:
            _price(ctx, order, line, part, sold)
    return await ORDERS.stage(ctx, order, {"lines": [*lines]}, _ids(*lines), event="created")


class Sold:
    """What a supplier sells of some parts, and at which prices."""

    def __init__(self, parts: Mapping[UUID, SupplierPart], breaks: Sequence[PriceBreak]) -> None:
        self._parts, self._breaks = parts, breaks

    @classmethod
    async def of(cls, ctx: Command, supplier_id: UUID, needs: Sequence[Requirement | RfqLine]) -> Sold:
        """Read what a supplier sells of the parts that are needed."""
        wanted = sorted({each.part_id for each in needs if each.part_id is not None})
        if not wanted:
            return cls({}, ())
        found = await ctx.unit.find(SupplierPart, supplier_id=supplier_id, part_id=wanted, deleted_at=None)
        ids = [each.id for each in found]
        breaks = await ctx.unit.find(PriceBreak, "quantity", supplier_part_id=ids) if ids else []
        return cls({each.part_id: each for each in found}, breaks)

    def part(self, part_id: UUID | None) -> SupplierPart | None:
        """What the supplier sells of a part, if it does."""
        return None if part_id is None else self._parts.get(part_id)

    def price_at(self, part: SupplierPart, quantity: Decimal) -> Decimal | None:
        """The price of one unit when so many are bought; None below the first break."""
        prices = [each for each in self._breaks if each.supplier_part_id == part.id and each.quantity <= quantity]
        return prices[-1].unit_price if prices else None


async def _pending(ctx: Command, ids: Sequence[UUID]) -> tuple[list[Requirement], Mapping[UUID, Decimal]]:
    """Lock requirements, and their jobs before; returns how many of each are still needed, too.

    Conflict names those that are not pending, or of which all is issued or reserved.
    """
    wrong = Problems()
    for place, each in enumerate(ids):
        if each in ids[:place]:
            wrong.note(f"requirementIds.{place}", "is named twice")
    await lock_jobs(ctx, ids)
    found = {each.id: each for each in await ctx.unit.lock(Requirement, ids) if each.deleted_at is None}
    for place, each in enumerate(ids):
        if each not in found:
            wrong.note(f"requirementIds.{place}", "no such requirement")
    wrong.check()
    taken = [each for each in found.values() if each.status != RequirementStatus.PENDING]
    if taken:
        named = "; ".join(f"{each.description[:80]!r} ({each.id}) is {each.status}" for each in taken[:10])
        raise Conflict(f"Only pending requirements are taken: {named}", field="requirementIds")
    left = await outstanding(ctx, [*found.values()])
    there = [each for each in found.values() if left[each.id] <= 0]
    if there:
        named = "; ".join(f"{each.description[:80]!r} ({each.id})" for each in there[:10])
        raise Conflict(f"All that is needed is issued or reserved: {named}", field="requirementIds")
    return [found[each] for each in ids], left


def _one_job(needs: Sequence[Requirement]) -> UUID | None:
    """The job that all of them are of, if they are of one."""
    jobs = {each.job_id for each in needs}
    return jobs.pop() if len(jobs) == 1 else None


def _asked(rfq: Rfq, place: int, need: Requirement, parts: Mapping[UUID | None, Part]) -> RfqLine:
    return RfqLine(
        id=new_id(RfqLine),
        position=place,
        rfq_id=rfq.id,
        requirement_id=need.id,
        part_id=need.part_id,
        description=need.description,
        unit=need.unit,
        factor=factor_of(need.unit, parts.get(need.part_id)),
        required_on=need.required_on,
    )


def _ordered(
    order: PurchaseOrder, place: int, need: Requirement, left: Decimal, part: Part | None
) -> PurchaseOrderLine:
    return PurchaseOrderLine(
        id=new_id(PurchaseOrderLine),
        position=place,
        purchase_order_id=order.id,
        requirement_id=need.id,
        part_id=need.part_id,
        description=need.description,
        quantity=left,
        unit=need.unit,
        factor=factor_of(need.unit, part),
        required_on=need.required_on,
    )


def _price(ctx: Command, order: PurchaseOrder, line: PurchaseOrderLine, part: Part, sold: Sold) -> None:
    """Put a line into the unit in which its part is bought, and give it the price that is known."""
    offer = sold.part(part.id)
    unit = bought_in(part, offer)
    if unit != line.unit:
        own = exact.times(line.quantity, line.factor)
        line.unit, line.factor = unit, factors_of(part, offer)[unit]
        line.quantity = exact.divided(own, line.factor, up=True)
    if offer is not None:
        line.quantity = max(line.quantity, offer.minimum_quantity or line.quantity)
        line.supplier_part_number = offer.supplier_part_number
        if offer.currency == order.currency:
            line.unit_price = sold.price_at(offer, line.quantity)
    may_tell = Scope.COSTS_VIEW in ctx.principal.scopes and order.currency == ctx.principal.currency
    if line.unit_price is None and part.unit_cost is not None and may_tell:
        cost = exact.stored(exact.times(part.unit_cost, line.factor))
        line.unit_price = cost if cost < LIMIT else None


def _ids(*rows: Line) -> set[UUID]:
    return {each.id for each in rows}
