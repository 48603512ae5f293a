"""Suppliers as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, Node, field, type_for
from engine.graph.operations import operation
from tests.kit.suppliers import model
from tests.kit.suppliers import resolvers as suppliers


@type_for(model.Supplier, Scope.CLIENTS_VIEW, "A company the shop buys from.")
class Supplier(Node):
    """A company the shop buys from."""

    created_at: datetime = field("When it was made.")
    updated_at: datetime = field("When it last changed.")
    version: int = field("How often it was written.")
    deleted_at: datetime | None = field("When it was deleted, if it was.")
    name: str = field("The company's name.")
    lead_time_days: int | None = field("How many days it takes.")
    min_order: Decimal | None = field("The least it sells for.", scope=Scope.COSTS_VIEW)
    part_2d_drawing: str | None = field("Where its drawings are.")


@type_for(models.Client, Scope.CLIENTS_VIEW, "A client that was a supplier.")
class SupplierClient(Node):
    """A client that was a supplier."""

    created_at: datetime = field("When it was made.")
    name: str = field("The company's name.")


@strawberry.type
class Query:
    """What can be read of suppliers."""

    supplier: Supplier | None = operation(suppliers.supplier, Scope.CLIENTS_VIEW)
    suppliers: Connection[Supplier] = operation(suppliers.suppliers, Scope.CLIENTS_VIEW)


@strawberry.type
class Mutation:
    """What can be done with suppliers."""

    create_supplier: Supplier = operation(suppliers.create_supplier, Scope.CLIENTS_CREATE)
    update_supplier: Supplier = operation(suppliers.update_supplier, Scope.CLIENTS_EDIT)
    approve_supplier: Supplier = operation(suppliers.approve_supplier, Scope.CLIENTS_EDIT)
    convert_supplier: SupplierClient = operation(
        suppliers.convert_supplier, Scope.CLIENTS_CREATE, path="/suppliers/{id}/convert", status=201
    )
