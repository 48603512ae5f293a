"""Addresses as the graph shows them, and the copies that documents keep of them."""

from __future__ import annotations

from typing import Any

import strawberry

import models
from engine.declare.enums import describe_enum
from engine.declare.types import Node, field

describe_enum(
    models.AddressKind,
    "What an address is for.",
    {
        "BILL_TO": "Invoices go there.",
        "SHIP_TO": "Goods go there.",
        "OTHER": "Anything else.",
    },
)


@strawberry.type
class Address(Node):
    """The fields of every address; a type of the graph inherits them."""

    position: int = field("The place in the list, from 1.")
    kind: models.AddressKind = field("What it is for.")
    name: str | None = field("Whose address it is, where that is another name.")
    attention: str | None = field("For whose attention.")
    line1: str = field("The first line: street and number.")
    line2: str | None = field("The second line.")
    city: str | None = field("The town or city.")
    region: str | None = field("The state, province or region.")
    postal_code: str | None = field("The code of the place for the post: `LS1 4AP`, `80331`.")
    country: str = field("The ISO 3166-1 alpha-2 code of the country.")


@strawberry.type(description="An address as it was when a document took it; later changes of the address leave it.")
class AddressSnapshot:
    """A copy of an address on a document."""

    name: str | None = strawberry.field(description="Whose address it is.")
    attention: str | None = strawberry.field(description="For whose attention.")
    line1: str = strawberry.field(description="The first line: street and number.")
    line2: str | None = strawberry.field(description="The second line.")
    city: str | None = strawberry.field(description="The town or city.")
    region: str | None = strawberry.field(description="The state, province or region.")
    postal_code: str | None = strawberry.field(description="The code of the place for the post: `LS1 4AP`, `80331`.")
    country: str = strawberry.field(description="The ISO 3166-1 alpha-2 code of the country.")

    @classmethod
    def of(cls, copy: dict[str, Any]) -> AddressSnapshot | None:
        """Read the copy in a document's column; None of an empty one."""
        return cls(**copy) if copy else None
