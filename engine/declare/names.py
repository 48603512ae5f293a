"""Names: the same word as Python, GraphQL, REST and the SDL spell it. Every declared name is spelled here."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from strawberry.schema.name_converter import NameConverter

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DECLARED: Final[dict[str, str]] = {}
"""Names by how GraphQL spells them: `part2dDrawing` does not say whether it was `part_2d_drawing`."""


@cache
def camel(name: str) -> str:
    """`customer_po_number` → `customerPoNumber`; of a name that was declared, which `snake` then knows."""
    head, *rest = name.split("_")
    spelled = head + "".join(part.capitalize() for part in rest)
    _DECLARED.setdefault(spelled, name)
    return spelled


def snake(name: str) -> str:
    """`customerPoNumber` → `customer_po_number`."""
    return _DECLARED.get(name) or _HUMPS.sub("_", name).lower()


def pascal(name: str) -> str:
    """`webhook_endpoint` → `WebhookEndpoint`."""
    return "".join(part.capitalize() for part in name.split("_"))


def spaced(name: str) -> str:
    """`partially_received` → `partially received`, as people write it."""
    return name.replace("_", " ")


def kebab(name: str) -> str:
    """`purchaseOrders` → `purchase-orders`."""
    return snake(name).replace("_", "-")


class Spelling(NameConverter):
    """Strawberry's names, spelled as everywhere else."""

    def apply_naming_config(self, name: str) -> str:
        """Spell a name for GraphQL; one that begins with underscores keeps them."""
        return name if name.startswith("_") else camel(name)
