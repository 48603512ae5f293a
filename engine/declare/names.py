"""Names: the same word as Python, GraphQL, REST and the SDL spell it. Every declared name is spelled here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from strawberry.schema.name_converter import NameConverter

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DECLARED: Final[dict[str, str]] = {}
"""Names by how GraphQL spells them: `part2dDrawing` does not say whether it was `part_2d_drawing`."""


@cache
def camel(name: str) -> str:
    """`customer_po_number` → `customerPoNumber`; of a name that was declared, which `snake` then knows.

    `from_`, which Python could not call `from`, is `from`.
    """
    head, *rest = name.split("_")
    spelled = head + "".join(part.capitalize() for part in rest)
    _DECLARED.setdefault(spelled, name.removesuffix("_"))
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


def graphql_path(path: str) -> str:
    """`external_ids.0.external_id` → `externalIds.0.externalId`; keys of custom fields stay as they are."""
    return ".".join(_spelled(path, camel))


def rest_path(path: str) -> str:
    """`parts.0.unitPrice` → `parts[0].unit_price`; keys of custom fields stay as they are."""
    head, *rest = _spelled(path, snake)
    return head + "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in rest)


def _spelled(path: str, spell: Callable[[str], str]) -> list[str]:
    """The names of a path; a key that a caller chose is none that was declared."""
    head, *rest = path.split(".")
    kept = snake(head) == "custom_fields"
    return [spell(head), *(part if kept else spell(part) for part in rest)]


class Spelling(NameConverter):
    """Strawberry's names, spelled as everywhere else."""

    def apply_naming_config(self, name: str) -> str:
        """Spell a name for GraphQL; one that begins with underscores keeps them."""
        return name if name.startswith("_") else camel(name)
