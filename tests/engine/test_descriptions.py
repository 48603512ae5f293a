"""What the schema says of itself: everything is described, in the SDL and to tools, by more than its own name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_introspection_query,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from app.front import Front
from core.errors import Invalid
from engine.declare.checks import BadDeclaration
from engine.declare.enums import describe_enum
from engine.graph.graph import Graph
from engine.sql.orders import describe_word, order_of, words_of
from schema.assembly import graph
from tests.kit.client import Client
from tests.kit.fixtures import address
from tests.kit.repairing import declared
from tests.kit.tenant import Tenant

Said = tuple[str, str, str | None]
"""Where something is, what it is called, and its description."""
FILLERS = {"a", "an", "and", "are", "by", "how", "is", "it", "its", "of", "that", "the", "this", "what", "which"}
OURS = {
    "CustomFields": "https://www.rfc-editor.org/rfc/rfc8259#section-4",
    "Date": "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    "DateTime": "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    "Decimal": "https://www.w3.org/TR/xmlschema11-2/#decimal",
    "JSON": "https://ecma-international.org/wp-content/uploads/ECMA-404_2nd_edition_december_2017.pdf",
}


def everything(schema: GraphQLSchema) -> Iterator[Said]:
    """Every type, field, argument, input field, word and directive of a schema."""
    for name, found in schema.type_map.items():
        if is_introspection_type(found) or is_specified_scalar_type(found):
            continue
        yield name, name, found.description
        if isinstance(found, GraphQLEnumType):
            yield from ((f"{name}.{word}", word, each.description) for word, each in found.values.items())
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for key, field in found.fields.items():
                yield f"{name}.{key}", key, field.description
                for arg, each in getattr(field, "args", {}).items():
                    yield f"{name}.{key}({arg}:)", arg, each.description
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.name, directive.description
            yield from ((f"@{directive.name}({arg}:)", arg, each.description) for arg, each in directive.args.items())


def words(text: str) -> set[str]:
    """The words of a name or a sentence, without those that say nothing, in the singular."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)
    return {each.lower().removesuffix("s") for each in parts} - FILLERS - {each.removesuffix("s") for each in FILLERS}


def says_nothing(name: str, about: str | None) -> bool:
    """Whether a description is left out, is no sentence, or merely repeats the name."""
    return about is None or not about.endswith((".", ":", "?", "`", ")")) or words(about) <= words(name)


@pytest.fixture(params=["forge", "repairing"])
def built(request: pytest.FixtureRequest) -> Graph:
    """The graph of Forge, and one whose lists lie in lists."""
    if request.param == "forge":
        return graph()
    with declared():
        from tests.kit.repairing import schema  # noqa: PLC0415  # its tables are among the models meanwhile

        return Graph(schema.Query, schema.Mutation, schema.TYPES)


def test_everything_in_the_sdl_is_described(built: Graph):
    found = list(everything(build_schema(built.sdl())))
    assert len(found) > 200
    assert [(where, about) for where, name, about in found if says_nothing(name, about)] == []


async def test_everything_told_to_tools_is_described(app: Front, company: Tenant):
    client = Client(app, address(), await company.key())
    answer = await client.graphql(get_introspection_query(specified_by_url=True))
    told = answer.json["data"]["__schema"]
    mine = [each for each in told["types"] if not each["name"].startswith("__")]
    for each in mine:
        parts = [*(each["fields"] or ()), *(each["inputFields"] or ()), *(each["enumValues"] or ())]
        parts += [arg for field in each["fields"] or () for arg in field["args"]]
        assert [part["name"] for part in parts if not part["description"]] == [], each["name"]
    assert {each["name"]: each["specifiedByURL"] for each in mine if each["name"] in OURS} == OURS
    args = {each["name"]: [arg["description"] for arg in each["args"]] for each in told["directives"]}
    assert args["cost"] == ["Points, as a whole number."]


def test_every_scalar_of_ours_names_what_specifies_it():
    schema = build_schema(graph().sdl())
    scalars = [each for each in schema.type_map.values() if isinstance(each, GraphQLScalarType)]
    found = {each.name: each.specified_by_url for each in scalars if not is_specified_scalar_type(each)}
    assert found == OURS


def test_no_name_says_a_word_twice(built: Graph):
    """`ContactInputInput` was one; a type may be called `Order`, whose orders are then `RepairOrderOrder`."""
    doubled = [name for name in built.schema.type_map if re.search(r"([A-Z][a-z]+)\1", name)]
    assert [name for name in doubled if not name.endswith("OrderOrder")] == []
    assert {"ContactInput", "QuotePartInput"} <= {*graph().schema.type_map}


def test_an_input_is_described_as_what_shows_it(built: Graph):
    schema = built.schema
    for prefix in ("Create", "Update", "Upsert"):
        for name, spec in built.catalogue.types.items():
            made: Any = schema.type_map.get(f"{prefix}{name}Input")
            shown: Any = schema.type_map[name]
            for key in made.fields if made is not None else ():
                if key in shown.fields and key != "id":
                    assert made.fields[key].description == shown.fields[key].description, f"{prefix}{name}.{key}"
                    assert spec.fields[key].description == shown.fields[key].description


def test_what_an_input_says_of_an_id():
    fields: Any = graph().schema.type_map
    assert fields["QuotePartInput"].fields["id"].description == (
        "The row that is there already; left out, the input is a new one."
    )
    assert fields["UpsertQuoteInput"].fields["id"].description == (
        "The record to change; left out, an external id finds it, or it is a new one."
    )
    assert fields["CreateQuoteInput"].fields["clientId"].description == "Who asked for it."
    assert fields["ExternalIdInput"].fields["system"].description == "The other system: `erp`."


@pytest.mark.parametrize(
    ("name", "word", "about"),
    [
        ("Quote", "DUE_ON_ASC", "By `dueOn`, earliest first; rows without it last."),
        ("Quote", "DUE_ON_DESC", "By `dueOn`, latest first; rows without it first."),
        ("Quote", "TOTAL_DESC", "By `total`, largest first."),
        ("Quote", "STATUS_ASC", "By `status`, in alphabetical order. Only together with other words: see `orderBy`."),
        ("Client", "NAME_DESC", "By `name`, in reverse, as the database collates."),
    ],
)
def test_a_word_of_an_order_says_what_comes_first(name: str, word: str, about: str):
    assert describe_word(graph().catalogue.types[name], word) == about


def test_a_word_that_is_said_to_need_others_is_refused_alone(built: Graph):
    for spec in built.catalogue.types.values():
        for word in words_of(spec):
            alone = "Only together" not in describe_word(spec, word)
            try:
                order_of(spec, [word])
                assert alone, f"{spec.name}.{word}"
            except Invalid:
                assert not alone, f"{spec.name}.{word}"


def test_an_enum_that_leaves_a_word_undescribed_is_refused():
    class Colour(Enum):
        RED = "red"
        BLUE = "blue"

    for given in ({"RED": "Like blood."}, {"RED": "Like blood.", "BLUE": "Like the sky.", "GREEN": "Like grass."}):
        with pytest.raises(BadDeclaration, match="Colour: describe each of RED, BLUE"):
            describe_enum(Colour, "What it looks like.", given)


def test_the_check_itself_finds_what_says_nothing():
    @strawberry.type(description="Something.")
    class Query:
        due_on: str = strawberry.field(description="The due on.")
        client_id: str = strawberry.field(description="Client id")
        first_name: str = strawberry.field(description="The first names.")
        total: str = strawberry.field(description="What the client pays.")

    found = everything(strawberry.Schema(Query)._schema)
    bad = [where for where, name, about in found if says_nothing(name, about)]
    assert bad == ["Query.dueOn", "Query.clientId", "Query.firstName"]
