"""What follows from how much of an item is on hand and reserved, and how much a reservation still keeps."""

from __future__ import annotations

from decimal import Decimal

from core.errors import Invalid
from core.values.average import worth
from core.values.checked import LIMIT
from models import InventoryItem, ItemStatus, Reservation, ReservationStatus


def settle_item(item: InventoryItem) -> None:
    """Work out how much of an item may be used, and what it is worth; Invalid where that is too much to be kept."""
    free = item.on_hand - item.reserved
    item.available = free if item.status == ItemStatus.AVAILABLE else Decimal(0)
    item.value = None if item.unit_cost is None else worth(item.on_hand, item.unit_cost)
    if item.value is not None and abs(item.value) >= LIMIT:
        raise Invalid(f"quantity: stock of an item must be worth less than {LIMIT:f}", field="quantity")


def open_quantity(reservation: Reservation) -> Decimal:
    """How many are still kept by a reservation."""
    if reservation.status != ReservationStatus.ACTIVE or reservation.deleted_at is not None:
        return Decimal(0)
    return reservation.quantity - reservation.consumed_quantity
