"""Locations as the graph shows them."""

from __future__ import annotations

from typing import Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import locations
from schema.records import Record

VIEW = Scope.INVENTORY_VIEW
describe_enum(
    models.LocationKind,
    "How large a place it is, or what it is for.",
    {
        "WAREHOUSE": "A building, or a site.",
        "AREA": "A part of it: a room, an aisle, a rack.",
        "BIN": "A place for one thing.",
        "FLOOR": "The shop floor, beside the machines.",
        "QUARANTINE": "Where what must not be used is put.",
        "TRANSIT": "On the way between two places.",
    },
)


@type_for(models.StockLocation, VIEW, "A place where stock lies.")
class StockLocation(Record):
    """A place where stock lies."""

    code: str = field("The shop's own short name for it, unique.")
    name: str | None = field("What it is called.")
    kind: models.LocationKind = field("How large a place it is, or what it is for.")
    path: str = field("The codes of the locations that it lies in, from the outermost, and its own: `MAIN/A/A-03`.")
    parent: Annotated[StockLocation, strawberry.lazy("schema.locations")] | None = one(
        "parent_id", "The location that it lies in."
    )
    children: Connection[StockLocation] = many("parent_id", "The locations that lie in it.")


@strawberry.type
class Query:
    """What can be read of locations."""

    stock_location: StockLocation | None = operation(locations.location, VIEW)
    locations: Connection[StockLocation] = operation(locations.locations, VIEW)


@strawberry.type
class Mutation:
    """What can be done to locations."""

    create_stock_location: StockLocation = operation(locations.create_location, Scope.INVENTORY_CREATE)
    update_stock_location: StockLocation = operation(locations.update_location, Scope.INVENTORY_EDIT)
    delete_stock_location: StockLocation = operation(locations.delete_location, Scope.INVENTORY_DELETE)
