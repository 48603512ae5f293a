"""Carriers as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, Node, field, type_for
from engine.graph.operations import operation
from tests.kit.carriers import model
from tests.kit.carriers import resolvers as carriers


@type_for(model.Carrier, Scope.CLIENTS_VIEW, "A company that brings what the shop sends.")
class Carrier(Node):
    """A company that brings what the shop sends."""

    created_at: datetime = field("When it was made.")
    updated_at: datetime = field("When it last changed.")
    version: int = field("How often it was written.")
    deleted_at: datetime | None = field("When it was deleted, if it was.")
    name: str = field("The company's name.")
    lead_time_days: int | None = field("How many days it takes.")
    min_order: Decimal | None = field("The least it sells for.", scope=Scope.COSTS_VIEW)
    part_2d_drawing: str | None = field("Where its drawings are.")


@type_for(models.Client, Scope.CLIENTS_VIEW, "A client that was a carrier.")
class CarrierClient(Node):
    """A client that was a carrier."""

    created_at: datetime = field("When it was made.")
    name: str = field("The company's name.")


@strawberry.type
class Query:
    """What can be read of carriers."""

    carrier: Carrier | None = operation(carriers.carrier, Scope.CLIENTS_VIEW)
    carriers: Connection[Carrier] = operation(carriers.carriers, Scope.CLIENTS_VIEW)


@strawberry.type
class Mutation:
    """What can be done with carriers."""

    create_carrier: Carrier = operation(carriers.create_carrier, Scope.CLIENTS_CREATE)
    update_carrier: Carrier = operation(carriers.update_carrier, Scope.CLIENTS_EDIT)
    approve_carrier: Carrier = operation(carriers.approve_carrier, Scope.CLIENTS_EDIT)
    convert_carrier: CarrierClient = operation(
        carriers.convert_carrier, Scope.CLIENTS_CREATE, path="/carriers/{id}/convert", status=201
    )
