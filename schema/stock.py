"""Stock as the graph shows it."""

from __future__ import annotations

from decimal import Decimal

import models
from access.scopes import Scope
from engine.declare.types import field, type_for
from schema.records import Record


@type_for(models.StockLocation, Scope.INVENTORY_VIEW, "A place where stock lies.")
class StockLocation(Record):
    """A place where stock lies."""

    code: str = field("The shop's own short name for it, unique.")


@type_for(models.InventoryItem, Scope.INVENTORY_VIEW, "Stock of a part in one place.")
class InventoryItem(Record):
    """Stock of a part in one place."""

    on_hand: Decimal = field("How much is there.")
