"""Addresses on documents: a copy of an address as it was, which later changes of the address leave alone."""

from __future__ import annotations

from typing import Annotated, Any, Final

from core.values.checked import NAME, REFERENCE
from core.values.countries import COUNTRY
from engine.declare.inputs import input_type
from models import Address

FIELDS: Final = ("name", "attention", "line1", "line2", "city", "region", "postal_code", "country")
"""What a copy holds."""


@input_type
class PostalAddress:
    """An address that a document takes as it is."""

    name: Annotated[str, NAME, "Whose address it is: a company."] | None = None
    attention: Annotated[str, NAME, "For whose attention."] | None = None
    line1: Annotated[str, NAME, "The first line: street and number."]
    line2: Annotated[str, NAME, "The second line."] | None = None
    city: Annotated[str, NAME, "The town or city."] | None = None
    region: Annotated[str, NAME, "The state, province or region."] | None = None
    postal_code: Annotated[str, REFERENCE, "The code of the place for the post: `LS1 4AP`, `80331`."] | None = None
    country: Annotated[str, COUNTRY, "The ISO 3166-1 alpha-2 code of the country: `DE`."]


def snapshot(address: Address | PostalAddress | None) -> dict[str, Any]:
    """Return the JSON copy of an address, with every field of `FIELDS`; of no address an empty one."""
    return {} if address is None else {name: getattr(address, name) for name in FIELDS}
