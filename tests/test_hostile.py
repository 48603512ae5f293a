"""Hostile input at both doors: the right code, the field named, nothing written, never a 500."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLString, get_named_type

from core.http import LARGEST_BODY
from core.ids import new_id
from models import Client, Contact, Quote, QuotePart
from schema.assembly import graph
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

GRAPH = graph()
JSON = {"content-type": "application/json"}
UNFIT = ("%00", "%ED%A0%80", "%ED%BF%BF", "%FF", "%C0%80", "%F4%90%80%80")
"""NUL, lone surrogates and what is not UTF-8, in a query string."""


@pytest.fixture
async def part(company: Tenant) -> QuotePart:
    """A quote's line: the company has a client and a draft quote with it."""
    return await company.make(QuotePart)


@pytest.fixture(autouse=True)
async def unharmed(company: Tenant, part: QuotePart, caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Whatever a test sends, the workspace's clock stands still and nothing unforeseen is logged."""
    assert part
    count = "select tick from clocks"
    before = await company.value(count)
    yield
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert await company.value(count) == before


def refused(answer: Answer, *codes: str, field: str | None = None) -> None:
    """The answer is an error of one of these codes, about this field, with the headers of every answer."""
    assert answer.status < 500, answer.body
    found = answer.json
    errors = [found["error"]] if "error" in found else [{**each, **each["extensions"]} for each in found["errors"]]
    assert {error["code"] for error in errors} <= set(codes), found
    assert "ratelimit-limit" in answer.headers
    assert answer.headers["x-request-id"]
    if field is not None:
        assert any(error["message"].startswith(field) or error.get("field") == field for error in errors), found


# Text that is none


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
    places = {"tags": "tags.0", "contacts": "contacts.0.first_name", "paymentTerms": "payment_terms"}
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
    await company.edge.gate.sweep()  # type: ignore[attr-defined]  # the gatekeeper writes the uses it noted


# Numbers and types

NUMBERS = ("NaN", "Infinity", "1e400", "-1e400", "9" * 400, "2147483648", "18446744073709551616", "1e-400", "[1]", "{}")


@pytest.mark.parametrize("number", [*NUMBERS, "true", '"1"', "null", "-1", "0.5"])
@pytest.mark.parametrize("kind", ["Int", "Decimal", "DateTime", "ID", "QuoteStatus", "Boolean", "String"])
async def test_a_variable_of_another_type_is_a_bad_request(api: Api, kind: str, number: str):
    use = {
        "Int": "quotes(first: $n)",
        "Decimal": "quotes(filter: {total: {eq: $n}})",
        "DateTime": "quotes(filter: {createdAt: {eq: $n}})",
        "ID": "quotes(filter: {id: {eq: $n}})",
        "QuoteStatus": "quotes(filter: {status: {eq: $n}})",
        "Boolean": "quotes(filter: {title: {isNull: $n}})",
        "String": "quotes(filter: {title: {eq: $n}})",
    }[kind]
    document = f"query($n: {kind}) {{ {use} {{ nodes {{ id }} }} }}"
    body = b'{"query":%b,"variables":{"n":%b}}' % (orjson.dumps(document), number.encode())
    answer = await api.request("POST", "/graphql", content=body, headers=JSON)
    fine = {
        "Int": {"null", "1e-400"},
        "Decimal": {'"1"', "-1", "0.5", "2147483648", "1e-400"},
        "Boolean": {"true"},
        "String": {'"1"'},
    }
    if number in fine.get(kind, set()):
        assert len(answer.data["quotes"]["nodes"]) <= 1
    else:
        refused(answer, "bad_request", "validation_error")


@pytest.mark.parametrize("number", [*NUMBERS, "true", '"x"', "1.5", "-1", '"1"'])
@pytest.mark.parametrize(
    "field", ["payment_days", "credit_limit", "tax_rate", "tax_exempt", "name", "tags", "contacts"]
)
async def test_a_field_of_another_type_is_named(api: Api, field: str, number: str):
    fine = {
        ("credit_limit", '"1"'),
        ("credit_limit", "1.5"),
        ("credit_limit", "2147483648"),
        ("credit_limit", "1e-400"),
        ("tax_rate", '"1"'),
        ("tax_rate", "1.5"),
        ("tax_rate", "1e-400"),
        ("tax_exempt", "true"),
        ("name", '"1"'),
        ("name", '"x"'),
    }
    if (field, number) in fine:
        return
    body = b'{"%b": %b}' % (field.encode(), number.encode())
    if field != "name":
        body = body.replace(b"{", b'{"name": "x", ', 1)
    answer = await api.request("POST", "/api/v1/clients", content=body, headers=JSON)
    malformed = number in {"NaN", "Infinity", "1e400", "-1e400"} or number == "9" * 400
    refused(answer, "bad_request" if malformed else "validation_error", field=None if malformed else field)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"[{}]", b"{", b"", b"\xff", b'{"query": 1}', b"{}"])
async def test_a_graphql_body_that_is_no_request_is_a_bad_request(api: Api, body: bytes):
    answer = await api.request("POST", "/graphql", content=body, headers=JSON)
    refused(answer, "bad_request")
    assert answer.status == 400


@pytest.mark.parametrize("name", ["variables", "operationName", "extensions", "query", "batch", "x" * 500])
@pytest.mark.parametrize("value", [1, [], "x", True, {"a": 1}, None])
async def test_a_graphql_parameter_of_another_type_is_named(api: Api, name: str, value: Any):
    kinds = {"variables": dict, "operationName": str, "extensions": dict, "query": str}
    if name in kinds and (isinstance(value, kinds[name]) or (value is None and name != "query")):
        return
    body = {"query": "{ __typename }", name: value}
    refused(await api.request("POST", "/graphql", json=body), "bad_request", field=name[:100])


# Size and depth


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/clients", "/api/v1/intake"])
async def test_one_byte_more_than_a_body_may_have_is_too_large(api: Api, path: str):
    whole = b"x" * (LARGEST_BODY + 1)
    refused(await api.request("POST", path, content=whole, headers=JSON), "payload_too_large")
    for said in ("0", "5", "1048577", "9" * 30, "9" * 5_000):
        answer = await api.request("POST", path, content=whole, headers={**JSON, "content-length": said})
        refused(answer, "payload_too_large")
    refused(await api.request("POST", path, content=whole[:-1], headers=JSON), "bad_request")


@pytest.mark.parametrize("depth", [65, 200, 1_000, 1_025, 100_000])
async def test_json_of_any_depth_is_refused_at_once(api: Api, depth: int):
    part = b'{"a":' * depth + b"1" + b"}" * depth
    for body in (b"[" * depth + b"]" * depth, part, b"[" * depth, b'{"query":"{__typename}","variables":%b}' % part):
        for path in ("/graphql", "/api/v1/clients"):
            refused(await api.request("POST", path, content=body, headers=JSON), "bad_request")


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


DEEP: dict[str, Callable[[int], str]] = {
    "selections": lambda n: "{ quotes { nodes " + nested("{ client ", "{ id }", "}", n) + "} }",
    "fragments": lambda n: "{ quotes { nodes { " + nested("... on Quote { ", "id", "}", n) + "} } }",
    "lists": lambda n: "{ nodes(ids: " + nested("[", "", "]", n) + ") { id } }",
    "objects": lambda n: "{ quotes(filter: " + nested("{not: ", "{}", "}", n) + ") { nodes { id } } }",
    "filters": lambda n: "{ quotes(filter: " + nested("{and: [", "{}", "]}", n) + ") { nodes { id } } }",
    "types": lambda n: "query($a: " + nested("[", "ID", "]", n) + ") { quotes { nodes { id } } }",
    "open": lambda n: "{" * n,
    "introspection": lambda n: (
        "{ __schema { types { fields { type " + nested("{ ofType ", "{ name }", "}", n) + "} } } }"
    ),
}


@pytest.mark.parametrize("depth", [65, 200, 333, 1_000, 20_000])
@pytest.mark.parametrize("what", DEEP)
async def test_a_document_of_any_depth_is_refused_at_once(api: Api, what: str, depth: int):
    document = DEEP[what](depth)
    began = time.process_time()
    answer = await api.graphql(document)
    took = time.process_time() - began
    refused(answer, "bad_request", "validation_error")
    assert took < 0.25, took  # 0.01 on a machine of one's own; a document that is worked through takes seconds


WIDE: dict[str, Callable[[int], str]] = {
    "fields": lambda n: "{ quotes { nodes { " + "id " * n + "} } }",
    "aliases": lambda n: "{ quotes { nodes { " + " ".join(f"a{i}: id" for i in range(n)) + "} } }",
    "root fields": lambda n: "{ " + " ".join(f"r{i}: clients(first: 1) {{ nodes {{ id }} }}" for i in range(n)) + "}",
    "operations": lambda n: " ".join(f"query Q{i} {{ __typename }}" for i in range(n)),
    "variables": lambda n: "query(" + " ".join(f"$v{i}: Int" for i in range(n)) + ") { __typename }",
    "arguments": lambda n: "{ quotes(" + "first: 1 " * n + ") { nodes { id } } }",
    "directives": lambda n: "{ __typename " + "@include(if: true) " * n + "}",
    "cycle": lambda n: "{ ...F0 } " + " ".join(f"fragment F{i} on Query {{ ...F{(i + 1) % n} }}" for i in range(n)),
    "doubling": lambda n: (
        "{ quotes { nodes { ...F0 } } } "
        + " ".join(f"fragment F{i} on Quote {{ ...F{i + 1} ...F{i + 1} }}" for i in range(n))
        + f" fragment F{n} on Quote {{ id }}"
    ),
    "text": lambda n: '{ quotes(filter: {title: {eq: "' + "x" * n * 1_000 + '"}}) { nodes { id } } }',
    "comment": lambda n: "#" + "x" * n * 1_000 + "\n{ __typename }",
    "nothing": lambda n: "," * n * 1_000 + "{ __typename }",
}


@pytest.mark.parametrize("count", [201, 1_000])
@pytest.mark.parametrize("what", WIDE)
async def test_a_document_of_any_width_is_refused_at_once(api: Api, what: str, count: int):
    began = time.process_time()
    answer = await api.graphql(WIDE[what](count))
    took = time.process_time() - began
    refused(answer, "bad_request")
    assert took < 0.25, took
    assert len(answer.body) < 10_000


async def test_lists_of_values_are_bounded(api: Api):
    ids = [str(new_id(Quote)) for _ in range(501)]
    document = "query($f: QuoteFilter) { quotes(filter: $f) { nodes { id } } }"
    refused(await api.graphql(document, {"f": {"id": {"in": ids}}}), "validation_error", field="filter.id.in")
    refused(await api.get("/api/v1/quotes", params={"id[in]": ",".join(ids)}), "validation_error", field="id[in]")
    refused(
        await api.graphql(document, {"f": {"and": [{"total": {"gt": "1"}}] * 51}}), "validation_error", "bad_request"
    )
    many = {"variables": {"f": {"title": {"eq": "x" * 65_536}}}, "query": document}
    refused(await api.request("POST", "/graphql", json=many), "bad_request", field="variables")


# Cursors


@pytest.mark.parametrize("sort", ["updated_at", "-updated_at", "total", "-total", "created_at"])
async def test_a_forged_cursor_is_a_bad_request_whatever_it_holds(api: Api, sort: str, part: QuotePart):
    path = f"/api/v1/quotes?limit=1&sort={sort}&client_id[ne]={new_id(Client)}"
    digest = await digest_of(api, path)
    for value in (
        "",
        "x",
        "1E+200000",
        "NaN",
        "Infinity",
        "10000-01-01T00:00:00.000000Z",
        "9" * 1_500,
        "1_0",
        "\0",
        "½",
    ):
        refused(await api.get(f"{path}&cursor={forged(digest, str(part.id), value)}"), "bad_request", field="cursor")
    right = {"total": "1"}.get(sort.removeprefix("-"), "2026-01-01T00:00:00.000000Z")
    for row_id in ("", "x", f"{part.id}0", "{" + str(part.id) + "}"):
        refused(await api.get(f"{path}&cursor={forged(digest, row_id, right)}"), "bad_request", field="cursor")
    for other in (forged("0" * 12, str(part.id), right), forged(digest, str(part.id), right)[:-3] + "!", "A" * 2_001):
        refused(await api.get(f"{path}&cursor={other}"), "bad_request", field="cursor")
    assert (await api.get(f"{path}&cursor={forged(digest, str(part.id), right)}")).status == 200


async def digest_of(api: Api, path: str) -> str:
    """The digest of a list, taken out of a cursor that GraphQL gives for it."""
    name = path.partition("sort=")[2].partition("&")[0]
    order = name.removeprefix("-").upper() + ("_DESC" if name.startswith("-") else "_ASC")
    other = path.rpartition("=")[2]
    document = f'{{ quotes(orderBy: {order}, filter: {{clientId: {{ne: "{other}"}}}}) {{ pageInfo {{ endCursor }} }} }}'
    cursor = (await api.graphql(document)).data["quotes"]["pageInfo"]["endCursor"]
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")[1]


def forged(digest: str, row_id: str, value: str) -> str:
    return base64.urlsafe_b64encode(f"1|{digest}|{row_id}|{value}".encode()).decode().rstrip("=")


async def test_a_cursor_of_another_list_is_a_bad_request_in_graphql(api: Api, part: QuotePart):
    assert part
    document = "query($a: String) { quotes(after: $a) { edges { cursor } } }"
    cursor = (await api.graphql(document)).data["quotes"]["edges"][0]["cursor"]
    for field in (
        "quotes(orderBy: TOTAL_ASC, after: $a)",
        'quotes(filter: {title: {eq: "x"}}, after: $a)',
        "clients(after: $a)",
    ):
        answer = await api.graphql(f"query($a: String) {{ {field} {{ nodes {{ id }} }} }}", {"a": cursor})
        refused(answer, "bad_request", field="after")
    for text in ("", "x", "====", "a" * 2_001, cursor[:-2], cursor + "AA"):
        refused(await api.graphql(document, {"a": text}), "bad_request", field="after")


# Other companies' rows


async def test_another_companys_ids_are_nobodys_wherever_they_stand(api: Api, part: QuotePart, other_company: Tenant):
    theirs = await other_company.make(QuotePart)
    contact = await other_company.make(Contact)
    [(quote, client)] = await other_company.all("select id, client_id from quotes")
    before = await other_company.all(
        "select updated_at, version from quotes union all select updated_at, version from clients"
    )
    everything = [str(each) for each in (theirs.id, contact.id, quote, client)]
    for row_id in everything:
        found = await api.graphql(
            "query($i: ID!) { quote(id: $i) { id } client(id: $i) { id } node(id: $i) { id } }", {"i": row_id}
        )
        assert found.data == {"quote": None, "client": None, "node": None}
        for command in (
            "updateQuote(id: $i, input: {})",
            "deleteQuote(id: $i)",
            "sendQuote(id: $i)",
            "deleteClient(id: $i)",
        ):
            refused(await api.graphql(f"mutation($i: ID!) {{ {command} {{ id }} }}", {"i": row_id}), "not_found")
        for field in ("id", "clientId"):
            listed = f"query($i: ID!) {{ quotes(filter: {{{field}: {{eq: $i}}}}) {{ totalCount nodes {{ id }} }} }}"
            assert (await api.graphql(listed, {"i": row_id})).data == {"quotes": {"totalCount": 0, "nodes": []}}
        create = "mutation($i: ID!) { createQuote(input: {clientId: $i}) { id } }"
        refused(await api.graphql(create, {"i": row_id}), "validation_error", field="clientId")
        create = 'mutation($i: ID!) { createQuote(input: {clientId: $i, currency: "USD"}) { id } }'
        refused(await api.graphql(create, {"i": row_id}), "validation_error", field="clientId")
        update = "mutation($q: ID!, $i: ID!) { updateQuote(id: $q, input: {contactId: $i}) { id } }"
        refused(
            await api.graphql(update, {"q": str(part.quote_id), "i": row_id}), "validation_error", field="contactId"
        )
    assert (await api.graphql("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": everything})).data == {
        "nodes": [None] * 4
    }
    now = await other_company.all(
        "select updated_at, version from quotes union all select updated_at, version from clients"
    )
    assert now == before


# Keys and headers


async def test_a_key_that_is_good_no_more_opens_nothing(api: Api, company: Tenant, part: QuotePart):
    expired = await company.key(expires_at=datetime.now(UTC) + timedelta(seconds=0.2))
    revoked = await company.key()
    assert (await api.get("/api/v1/quotes", key=revoked)).status == 200
    public_id = revoked.split("_")[2]
    await company.access.keys.revoke(public_id)
    time.sleep(0.3)  # noqa: ASYNC251  # nothing else may run: the key expires meanwhile
    garbled = [
        revoked[:-1] + ("A" if revoked[-1] != "A" else "B"),
        revoked[::-1],
        revoked.upper(),
        "x" * 10_000,
        "\xff",
        "é",
    ]
    for key in (expired, revoked, *garbled):
        for answer in (
            await api.get(f"/api/v1/quotes/{part.quote_id}", key=key),
            await api.delete(f"/api/v1/quotes/{part.quote_id}", key=key),
            await api.graphql("mutation($i: ID!) { deleteQuote(id: $i) { id } }", {"i": str(part.quote_id)}, key=key),
        ):
            refused(answer, "unauthorized")
            assert answer.status == 401


NAMES = (
    *("accept", "authorization", "content-type", "content-length", "cookie", "expect", "host", "idempotency-key"),
    *("if-match", "if-none-match", "origin", "transfer-encoding", "x-forwarded-for", "x-request-id"),
)


@pytest.mark.parametrize("name", NAMES)
async def test_absurd_headers_are_answered(api: Api, part: QuotePart, name: str):
    one = f"/api/v1/quotes/{part.quote_id}"
    refusals = orjson.dumps({"query": 'mutation { updateQuote(id: "x", input: {}) { id } }'})
    for value in (
        "",
        " ",
        "\xff\xfe",
        "x" * 100_000,
        "\0",
        ",,;=",
        "9" * 5_000,
        "-1",
        "\xc2\xbd",
        "null",
        "\r\nx: y",
        '"' * 99,
    ):
        for method, path, body in (
            ("GET", "/api/v1/quotes", None),
            ("GET", one, None),
            ("POST", "/api/v1/clients", b'{"name": ""}'),
            ("PATCH", one, b'{"title": 5}'),
            ("DELETE", f"{one}x", None),
            ("POST", "/graphql", refusals),
            ("GET", "/graphql?query={__typename}", None),
        ):
            answer = await api.request(method, path, content=body, headers={**JSON, name: value})
            assert answer.status < 500, (name, value[:20], method, path, answer.body)
            assert answer.headers["x-request-id"]
            assert all("\r" not in each and "\n" not in each for _, each in answer.sent)
