"""What follows from how much of an item is on hand and reserved."""

from __future__ import annotations

from decimal import Decimal

from core.values.average import worth
from models import InventoryItem, ItemStatus


def settle_item(item: InventoryItem) -> None:
    """Work out how much of an item may be used, and what it is worth."""
    free = item.on_hand - item.reserved
    item.available = free if item.status == ItemStatus.AVAILABLE else Decimal(0)
    item.value = None if item.unit_cost is None else worth(item.on_hand, item.unit_cost)
