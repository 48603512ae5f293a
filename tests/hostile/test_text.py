"""Text that is none, wherever text can stand, is refused at both doors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLString, get_named_type

from models import QuotePart
from schema.assembly import graph
from tests.kit.client import Client as Api
from tests.kit.hostile import JSON, refused
from tests.kit.tenant import Tenant

GRAPH = graph()
UNFIT = ("%00", "%ED%A0%80", "%ED%BF%BF", "%FF", "%C0%80", "%F4%90%80%80")
"""NUL, lone surrogates and what is not UTF-8, in a query string."""


def texts(kind: Any, where: tuple[str | int, ...] = (), seen: tuple[Any, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in an input where text can stand."""
    if isinstance(kind, GraphQLNonNull):
        yield from texts(kind.of_type, where, seen)
    elif isinstance(kind, GraphQLList):
        yield from texts(kind.of_type, (*where, 0), seen)
    elif isinstance(kind, GraphQLInputObjectType) and kind not in seen:
        for name, each in kind.fields.items():
            yield from texts(each.type, (*where, name), (*seen, kind))
    elif kind is GraphQLString:
        yield where


def placed(where: tuple[str | int, ...], value: Any) -> Any:
    """A structure with a value at one place."""
    for key in reversed(where):
        value = [value] if isinstance(key, int) else {key: value}
    return value


def mutations() -> Iterator[tuple[str, str, str, Any]]:
    """Every command with an argument that can hold text: its name, the argument, its type, the type itself."""
    assert GRAPH.schema.mutation_type is not None
    for name, definition in GRAPH.schema.mutation_type.fields.items():
        for argument, each in definition.args.items():
            if any(True for _ in texts(each.type)):
                yield name, argument, str(each.type), each.type


@pytest.mark.parametrize(("name", "argument", "kind", "gtype"), list(mutations()), ids=lambda each: str(each)[:30])
async def test_no_text_of_a_command_may_hold_nul_or_half_a_character(
    api: Api, part: QuotePart, name: str, argument: str, kind: str, gtype: Any
):
    assert GRAPH.schema.mutation_type is not None
    definition = GRAPH.schema.mutation_type.fields[name]
    one = f"id: {orjson.dumps(str(part.quote_id)).decode()}, " if "id" in definition.args else ""
    below = "id" if hasattr(get_named_type(definition.type), "fields") else ""
    document = f"mutation($v: {kind}) {{ {name}({one}{argument}: $v) {{ {below} }} }}"
    for where in texts(gtype):
        value = placed(where, "a\0b")
        refused(await api.graphql(document, {"v": value}), "validation_error", "bad_request", "not_found")
        body = orjson.dumps({"query": document, "variables": {"v": placed(where, "HERE")}})
        for half in (b'"\\ud800"', b'"\\udc00 x"', b'"\xed\xa0\x80"', b'"\xff"'):
            answer = await api.request("POST", "/graphql", content=body.replace(b'"HERE"', half), headers=JSON)
            refused(answer, "bad_request")


@pytest.mark.parametrize("field", ["name", "code", "paymentTerms", "website", "notes", "tags", "contacts", "currency"])
async def test_no_text_of_a_body_may_hold_nul_or_half_a_character(api: Api, field: str):
    wrap = {"tags": b"[%b]", "contacts": b'[{"firstName": %b}]'}.get(field, b"%b")
    places = {"tags": "tags[0]", "contacts": "contacts[0].first_name", "paymentTerms": "payment_terms"}
    rest = b"" if field == "name" else b'"name": "x", '
    for text in (b'"a\\u0000b"', b'"\\u0000"'):
        body = b"{%b%b: %b}" % (rest, orjson.dumps(field), wrap % text)
        answer = await api.request("POST", "/api/v1/clients", content=body, headers=JSON)
        refused(answer, "validation_error", field=places.get(field, field))
    for half in (b'"\\ud800"', b'"\\udfff\\ud800"', b'"\xed\xa0\x80"', b'"\xc0\x80"'):
        body = b"{%b%b: %b}" % (rest, orjson.dumps(field), wrap % half)
        refused(await api.request("POST", "/api/v1/clients", content=body, headers=JSON), "bad_request")


@pytest.mark.parametrize("text", UNFIT)
async def test_no_query_string_may_hold_nul_or_half_a_character(api: Api, text: str):
    names = ("title", "title[contains]", "title[in]", "cursor", "sort", "fields", "include", "updated_since", "limit")
    for name in (*names, "client_id", "total", "status", text):
        refused(await api.get(f"/api/v1/quotes?{name}={text}"), "bad_request")
    for query in (f"query={text}", f"query={{__typename}}&variables={text}", f"{text}=1", f"query=%22{text}"):
        refused(await api.get(f"/graphql?{query}"), "bad_request")


@pytest.mark.parametrize("literal", ['"a\\u0000b"', '"\\u0000"', '"\\ud800"', '"\\u{D800}"', '"\\u{110000}"'])
async def test_no_literal_may_hold_nul_or_half_a_character(api: Api, literal: str):
    documents = [
        f"{{ quotes(filter: {{title: {{eq: {literal}}}}}) {{ nodes {{ id }} }} }}",
        f"{{ quotes(filter: {{title: {{in: [{literal}]}}}}) {{ nodes {{ id }} }} }}",
        f"{{ quotes(filter: {{title: {{contains: {literal}}}}}) {{ nodes {{ id }} }} }}",
        f"{{ quotes(filter: {{or: [{{currency: {{ne: {literal}}}}}]}}) {{ nodes {{ id }} }} }}",
        f"{{ quotes(after: {literal}) {{ nodes {{ id }} }} }}",
        f"{{ quote(id: {literal}) {{ id }} }}",
        f"{{ nodes(ids: [{literal}]) {{ id }} }}",
        f"mutation {{ createClient(input: {{name: {literal}}}) {{ id }} }}",
    ]
    for document in documents:
        refused(await api.graphql(document), "bad_request", "validation_error")


@pytest.mark.parametrize("path", ["\0", "\x01", "a\0b", "\xff", "\U0001f529", "{id}", "a" * 5_000, "../..", "%00"])
async def test_any_path_is_answered_and_does_not_stop_the_record_of_uses(api: Api, company: Tenant, path: str):
    for whole in (f"/api/v1/quotes/{path}", f"/api/v1/{path}", f"/{path}"):
        refused(await api.get(whole), "not_found")
    await company.runtime.gate.sweep()  # type: ignore[attr-defined]  # the gatekeeper writes the uses it noted
