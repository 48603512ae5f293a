"""What is bought for requirements: the open lines that they stand on, what is ordered, and what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from core.errors import Conflict, Invalid
from core.record import Record
from core.values import exact
from engine.run.context import Command
from models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    Requirement,
    RequirementStatus,
    Rfq,
    RfqLine,
    RfqStatus,
)
from resolvers.part_units import factor_of, parts_of
from resolvers.states import called

R = TypeVar("R", bound=Record)
OPEN_REQUESTS: Final = (RfqStatus.DRAFT, RfqStatus.SENT, RfqStatus.PARTIALLY_RESPONDED, RfqStatus.RESPONDED)
OPEN_ORDERS: Final = (
    PurchaseOrderStatus.DRAFT,
    PurchaseOrderStatus.SENT,
    PurchaseOrderStatus.ACKNOWLEDGED,
    PurchaseOrderStatus.PARTIALLY_RECEIVED,
)
"""States of documents whose lines are open: a requirement stands on one such line at a time."""


@dataclass(slots=True)
class Bought:
    """What is bought for a requirement.

    `ordered` and `received` are in the part's own unit, of which `per` are one of the requirement's: so nothing is
    rounded before it is compared.
    """

    per: Decimal = Decimal(1)
    requests: list[Rfq] = field(default_factory=list)
    orders: list[PurchaseOrder] = field(default_factory=list)
    ordered: Decimal = Decimal(0)
    received: Decimal = Decimal(0)

    def count(self, line: PurchaseOrderLine, order: PurchaseOrder, factor: Decimal) -> None:
        """Count a line of an order, one unit of which is `factor` of the part's own."""
        if order.deleted_at is not None or order.status == PurchaseOrderStatus.CANCELLED:
            return
        is_open = order.status in OPEN_ORDERS and not line.closed_short and line.received_quantity < line.quantity
        if is_open:
            self.orders.append(order)
        wanted = line.quantity if is_open else line.received_quantity
        self.ordered = exact.plus(self.ordered, exact.times(wanted, factor))
        self.received = exact.plus(self.received, exact.times(line.received_quantity, factor))

    def check(self, requirement: Requirement, by: Record | None) -> None:
        """Raise Conflict when it stands on more than one open line, Invalid when on one although it is deleted."""
        documents: list[Rfq | PurchaseOrder] = [*self.requests, *self.orders]
        if documents and requirement.deleted_at is not None:
            raise Invalid("requirementId: refers to a deleted record", field="requirementId")
        if len(documents) > 1:
            other = next((each for each in documents if each is not by), documents[0])
            where = called(other) if other.number else "another line of the same document"
            message = f"The requirement {requirement.description[:80]!r} stands on {where}: it can be on one at a time"
            raise Conflict(message, field="requirementId")

    def settle(self, requirement: Requirement, *, job_has_ended: bool) -> None:
        """Write down what follows."""
        requirement.ordered_quantity = exact.divided(self.ordered, self.per)
        requirement.received_quantity = exact.divided(self.received, self.per)
        if self.received >= exact.times(requirement.quantity, self.per):
            requirement.status = RequirementStatus.RECEIVED
        elif self.orders:
            requirement.status = RequirementStatus.HAS_PO
        elif self.requests:
            requirement.status = RequirementStatus.RFQ_IN_PROGRESS
        else:
            requirement.status = free_status(requirement, job_has_ended=job_has_ended)


def free_status(requirement: Requirement, *, job_has_ended: bool) -> RequirementStatus:
    """The state of a requirement that stands on no open line: whether enough came, or was issued from stock."""
    if max(requirement.received_quantity, requirement.issued_quantity) >= requirement.quantity:
        return RequirementStatus.RECEIVED
    return RequirementStatus.CANCELLED if job_has_ended else RequirementStatus.PENDING


async def bought_for(ctx: Command, requirements: Sequence[Requirement]) -> Mapping[UUID, Bought]:
    """Find what is bought for requirements, which are locked: nobody else changes lines of theirs meanwhile."""
    bought = {each.id: Bought() for each in requirements}
    await _count_orders(ctx, requirements, bought)
    asked = await ctx.unit.find_staged(RfqLine, requirement_id=list(bought))
    requests = await _documents(ctx, Rfq, {each.rfq_id for each in asked})
    for each in asked:
        request = requests[each.rfq_id]
        if each.requirement_id is not None and request.deleted_at is None and request.status in OPEN_REQUESTS:
            bought[each.requirement_id].requests.append(request)
    return bought


async def _count_orders(ctx: Command, requirements: Sequence[Requirement], bought: Mapping[UUID, Bought]) -> None:
    known = {each.id: each for each in requirements}
    found = await ctx.unit.find_staged(PurchaseOrderLine, requirement_id=list(bought))
    lines = [(line, known[line.requirement_id]) for line in found if line.requirement_id is not None]
    orders = await _documents(ctx, PurchaseOrder, {line.purchase_order_id for line, _ in lines})
    converted = {need.id: need for line, need in lines if line.unit != need.unit}
    parts = await parts_of(ctx, (each.part_id for each in converted.values()))
    for need in converted.values():
        bought[need.id].per = factor_of(need.unit, parts.get(need.part_id))
    for line, need in lines:
        of = bought[need.id]
        of.count(line, orders[line.purchase_order_id], of.per if line.unit == need.unit else line.factor)


async def _documents(ctx: Command, model: type[R], ids: Iterable[UUID]) -> dict[UUID, R]:
    wanted = sorted(ids)
    return {each.id: each for each in await ctx.unit.find_staged(model, id=wanted)} if wanted else {}
