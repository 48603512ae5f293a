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
from tests.kit.carriers import model

DOCUMENT = openapi.document(assembly.graph())
MOST = 4_000
"""Bytes of the operations of a further resource, minified."""
MOST_WITH_COMPONENTS = 7_500
"""Bytes of all that it adds: its schemas, which say each of its columns once, and the headers of its two answers."""
SMALL = 125
"""Bytes of what may stand twice: a reference with a description, a short list of values."""


def minified(found: Any) -> int:
    return len(orjson.dumps(found))


CreateCarrier = create_input(model.Carrier, {}, "What a new carrier is made of.", "carrier")
UpdateCarrier = update_input(model.Carrier, {}, "What to change of a carrier.", "carrier")


async def carriers(ctx: Reading, filter: Filter[model.Carrier] | None, page: Page) -> Rows[model.Carrier]:
    """List carriers."""
    raise NotImplementedError


async def carrier(ctx: Reading, id: UUID) -> Rows[model.Carrier]:
    """One carrier by its id."""
    raise NotImplementedError


async def create_carrier(ctx: Command, input: CreateCarrier) -> Rows[model.Carrier]:  # type: ignore[valid-type]
    """Add a carrier."""
    raise NotImplementedError


async def update_carrier(
    ctx: Command,
    id: UUID,
    input: UpdateCarrier,  # type: ignore[valid-type]
    expected_version: int | None = None,
) -> Rows[model.Carrier]:
    """Change a carrier."""
    raise NotImplementedError


async def delete_carrier(ctx: Command, id: UUID, expected_version: int | None = None) -> Rows[model.Carrier]:
    """Delete a carrier."""
    raise NotImplementedError


@type_for(model.Carrier, Scope.CLIENTS_VIEW, "A company that brings what the shop sends.")
class Carrier(Record):
    name: str = field("What it is called.")
    lead_time_days: int | None = field("How many days it takes.")
    min_order: Decimal | None = field("The least it sells for.", scope=Scope.COSTS_VIEW)
    part_2d_drawing: str | None = field("Where its drawings are.")


@strawberry.type
class Query(assembly.Query):
    carrier: Carrier | None = operation(carrier, Scope.CLIENTS_VIEW)
    carriers: Connection[Carrier] = operation(carriers, Scope.CLIENTS_VIEW)


@strawberry.type
class Mutation(assembly.Mutation):
    create_carrier: Carrier = operation(create_carrier, Scope.CLIENTS_CREATE)
    update_carrier: Carrier = operation(update_carrier, Scope.CLIENTS_EDIT)
    delete_carrier: Carrier = operation(delete_carrier, Scope.CLIENTS_DELETE)


@pytest.fixture(scope="module")
def grown() -> Any:
    """The document with one more resource."""
    types = cast("Any", (*assembly.TYPES, Carrier))
    return openapi.document(Graph(Query, Mutation, types, changes.Subscription))


def test_a_further_resource_costs_little(grown: Any):
    """List, item, create, change and delete of a record with four columns beside those that every record has."""
    paths = {path: each for path, each in grown["paths"].items() if path not in DOCUMENT["paths"]}
    assert set(paths) == {"/carriers", "/carriers/{id}"}
    assert minified(paths) <= MOST
    assert minified(grown) - minified(DOCUMENT) <= MOST_WITH_COMPONENTS


def test_the_components_of_a_further_resource_are_its_own_schemas_its_answers_and_its_fields(grown: Any):
    added = {kind: set(found) - set(DOCUMENT["components"][kind]) for kind, found in grown["components"].items()}
    schemas = {f"{word}Carrier" for word in ("", "Create", "Update", "Writable", "Partial", "Shown")}
    assert {kind: found for kind, found in added.items() if found} == {
        "schemas": schemas | {"CarrierPage"},
        "responses": {"Carrier", "CarrierPage"},
        "parameters": {"CarrierFields", "CarrierInclude"},
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
