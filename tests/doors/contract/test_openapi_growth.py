"""How the OpenAPI document grows: with the resources, each a little, and nothing of it written twice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
import strawberry

from access.scopes import Scope
from engine.declare.model_inputs import create_input, update_input
from engine.declare.rows import Filter, Page, Rows
from engine.declare.types import Connection, field, type_for
from engine.graph.graph import Graph
from engine.graph.operations import operation
from engine.run.context import Command, Reading
from rest import openapi
from rest.openapi.components import inside
from schema import assembly, changes
from schema.records import Record
from tests.kit.suppliers import model

DOCUMENT = openapi.document(assembly.graph())
MOST = 4_000
"""Bytes of the operations of a further resource, minified."""
MOST_WITH_COMPONENTS = 7_500
"""Bytes of all that it adds: its schemas, which say each of its columns once, and the headers of its two answers."""
SMALL = 125
"""Bytes of what may stand twice: a reference with a description, a short list of values."""


def minified(found: Any) -> int:
    return len(orjson.dumps(found))


CreateSupplier = create_input(model.Supplier, {}, "What a new supplier is made of.", "supplier")
UpdateSupplier = update_input(model.Supplier, {}, "What to change of a supplier.", "supplier")


async def suppliers(ctx: Reading, filter: Filter[model.Supplier] | None, page: Page) -> Rows[model.Supplier]:
    """List suppliers."""
    raise NotImplementedError


async def supplier(ctx: Reading, id: UUID) -> Rows[model.Supplier]:
    """One supplier by its id."""
    raise NotImplementedError


async def create_supplier(ctx: Command, input: CreateSupplier) -> Rows[model.Supplier]:  # type: ignore[valid-type]
    """Add a supplier."""
    raise NotImplementedError


async def update_supplier(
    ctx: Command,
    id: UUID,
    input: UpdateSupplier,  # type: ignore[valid-type]
    expected_version: int | None = None,
) -> Rows[model.Supplier]:
    """Change a supplier."""
    raise NotImplementedError


async def delete_supplier(ctx: Command, id: UUID, expected_version: int | None = None) -> Rows[model.Supplier]:
    """Delete a supplier."""
    raise NotImplementedError


@type_for(model.Supplier, Scope.CLIENTS_VIEW, "A company the shop buys from.")
class Supplier(Record):
    name: str = field("What it is called.")
    lead_time_days: int | None = field("How many days it takes.")
    min_order: Decimal | None = field("The least it sells for.", scope=Scope.COSTS_VIEW)
    part_2d_drawing: str | None = field("Where its drawings are.")


@strawberry.type
class Query(assembly.Query):
    supplier: Supplier | None = operation(supplier, Scope.CLIENTS_VIEW)
    suppliers: Connection[Supplier] = operation(suppliers, Scope.CLIENTS_VIEW)


@strawberry.type
class Mutation(assembly.Mutation):
    create_supplier: Supplier = operation(create_supplier, Scope.CLIENTS_CREATE)
    update_supplier: Supplier = operation(update_supplier, Scope.CLIENTS_EDIT)
    delete_supplier: Supplier = operation(delete_supplier, Scope.CLIENTS_DELETE)


@pytest.fixture(scope="module")
def grown() -> Any:
    """The document with one more resource."""
    types = cast("Any", (*assembly.TYPES, Supplier))
    return openapi.document(Graph(Query, Mutation, types, changes.Subscription))


def test_a_further_resource_costs_little(grown: Any):
    """List, item, create, change and delete of a record with four columns beside those that every record has."""
    paths = {path: each for path, each in grown["paths"].items() if path not in DOCUMENT["paths"]}
    assert set(paths) == {"/suppliers", "/suppliers/{id}"}
    assert minified(paths) <= MOST
    assert minified(grown) - minified(DOCUMENT) <= MOST_WITH_COMPONENTS


def test_the_components_of_a_further_resource_are_its_own_schemas_its_answers_and_its_fields(grown: Any):
    added = {kind: set(found) - set(DOCUMENT["components"][kind]) for kind, found in grown["components"].items()}
    schemas = {f"{word}Supplier" for word in ("", "Create", "Update", "Writable", "Partial", "Shown")}
    assert {kind: found for kind, found in added.items() if found} == {
        "schemas": schemas | {"SupplierPage"},
        "responses": {"Supplier", "SupplierPage"},
        "parameters": {"SupplierFields", "name"},  # as roles, which have no order by their name, are filtered
    }


def refers_only(found: dict[str, Any]) -> bool:
    """Whether an object is nothing but references by name."""
    return all(isinstance(each, dict) and set(each) == {"$ref"} for each in found.values())


def test_nothing_is_written_twice():
    counted = Counter(
        orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in inside(DOCUMENT) if not refers_only(each)
    )
    assert [text for text, times in counted.items() if times > 1 and len(text) > SMALL] == []


@pytest.mark.parametrize("kind", ["parameters", "responses", "headers"])
def test_no_parameter_response_or_header_is_written_twice_however_small(kind: str):
    written = [each for found in inside(DOCUMENT) for each in parts(found.get(kind)) if "$ref" not in each]
    counted = Counter(orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in written)
    assert counted
    assert [text for text, times in counted.items() if times > 1] == []


def parts(found: Any) -> list[dict[str, Any]]:
    listed = list(found.values()) if isinstance(found, dict) else found or []
    return [each for each in listed if isinstance(each, dict)]


def test_every_component_is_referred_to():
    used = {each["$ref"].partition("/properties/")[0] for each in inside(DOCUMENT) if "$ref" in each}
    kept = {
        f"#/components/{kind}/{name}"
        for kind, found in DOCUMENT["components"].items()
        for name in found
        if kind != "securitySchemes"
    }
    assert kept == used
