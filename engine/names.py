"""Names: the same word as Python, GraphQL, REST and the SDL spell it."""

from __future__ import annotations

import re

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def camel(name: str) -> str:
    """`customer_po_number` → `customerPoNumber`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def snake(name: str) -> str:
    """`customerPoNumber` → `customer_po_number`."""
    return _HUMPS.sub("_", name).lower()


def kebab(name: str) -> str:
    """`purchaseOrders` → `purchase-orders`."""
    return snake(name).replace("_", "-")
