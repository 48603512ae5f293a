"""What stock would cost without a receipt that is voided: the movements since then are gone through again without it.

An average is rounded when it is kept, so the receipt cannot be taken out of it exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.values.average import moving_average
from engine.run.context import Command
from models import InventoryItem, MovementReason, StockMovement

MOST: Final = 1_000
"""Movements of an item that are gone through again at most."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a unit costs then; None where nobody knows."""

    average: Decimal | None


async def without_receipt(ctx: Command, item: InventoryItem, receipt_id: UUID) -> Replayed | None:
    """Go through the movements of a locked item without a receipt; None where it lies too many movements back."""
    numbers = list(range(max(item.movement_count - MOST, 1), item.movement_count + 1))
    moved = await ctx.unit.find(StockMovement, "number", inventory_item_id=item.id, number=numbers)
    first = _first(moved, receipt_id)
    before = next((each for each in moved if each.number + 1 == first), None)
    if first is None or (before is None and first > 1):
        return None
    there, average = (Decimal(0), None) if before is None else (before.balance_after, before.average_after)
    gone = {receipt_id} | {each.source_id for each in moved if _is_taken_back(each)}
    for each in moved:
        if each.number < first or (each.reason == MovementReason.RECEIPT and each.source_id in gone):
            continue
        if each.quantity > 0 and each.told_cost is not None:
            average = moving_average(there, average, each.quantity, each.told_cost)
        there += each.quantity
    return Replayed(average)


def _first(moved: Sequence[StockMovement], receipt_id: UUID) -> int | None:
    """The first movement that is not to count: of the receipt, or of one that came before it and was voided since."""
    came: dict[UUID | None, int] = {}
    for each in moved:
        if each.reason == MovementReason.RECEIPT and each.quantity > 0:
            came.setdefault(each.source_id, each.number)
    first = came.get(receipt_id)
    for each in reversed(moved):
        if first is not None and each.number > first and _is_taken_back(each):
            other = came.get(each.source_id)
            first = None if other is None else min(first, other)
    return first


def _is_taken_back(movement: StockMovement) -> bool:
    return movement.reason == MovementReason.RECEIPT and movement.quantity < 0
