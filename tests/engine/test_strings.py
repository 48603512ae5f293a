"""No string is answered by a 5xx, wherever a route, a header, a body or an argument of the graph takes one."""

from __future__ import annotations

import itertools
import logging
import os
import zoneinfo
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from graphql import GraphQLField

from engine.declare.zones import zones
from models import QuotePart
from rest import openapi
from schema.assembly import graph
from tests.kit.client import Answer, Client
from tests.kit.nasty import TEXTS, ZONES, Place, leaf, leaves, made_up, selection, usual, value_at
from tests.kit.sweep import kind_of_route, of_each_kind
from tests.kit.tenant import Tenant

EACH = int(os.environ.get("FORGE_STRINGS", "14"))
"""Strings for each place, each place beginning where the one before stopped; 0 is all of them."""
STRINGS = [*TEXTS, *made_up(850, 60)]
DOCUMENT: Any = openapi.document(graph())
SCHEMA = graph().schema
ROOTS = [
    (kind, name)
    for kind, of in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type))
    for name in (of.fields if of else ())
]
_TURNS = itertools.cycle(STRINGS)
ID = "018bcfe5-6801-7003-8000-000000000001"


def some() -> list[str]:
    """The next strings."""
    return STRINGS if not EACH else [next(_TURNS) for _ in range(EACH)]


@pytest.fixture(autouse=True)
def unforeseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []


@pytest.fixture
async def part(company: Tenant) -> QuotePart:
    return await company.make(QuotePart)


def fine(answer: Answer, *sent: object) -> None:
    """The answer is no failure of ours: its status, and the code of each error in it."""
    assert answer.status < 500, (*sent, answer.body)
    for error in answer.json.get("errors", ()) if answer.body.startswith(b"{") else ():
        assert error["extensions"]["code"] not in {"internal", "unavailable", "too_heavy"}, (*sent, error)


def operations() -> list[tuple[str, str, Any]]:
    return [
        (path, method, described)
        for path, methods in DOCUMENT["paths"].items()
        for method, described in methods.items()
        if method in {"get", "post", "patch", "put", "delete"}
    ]


def named(part: Any) -> str:
    """What a test is called by."""
    return part if isinstance(part, str) else ""


def resolved(found: Any) -> Any:
    """What a `$ref` refers to."""
    while "$ref" in found:
        target: Any = DOCUMENT
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        found = target
    return found


@pytest.mark.parametrize(
    ("path", "method", "described"),
    of_each_kind(
        operations(), lambda each: kind_of_route(each[1], each[0]), size=lambda each: len(each[2].get("parameters", ()))
    ),
    ids=named,
)
async def test_no_parameter_of_a_route_breaks_it(api: Client, part: QuotePart, path: str, method: str, described: Any):
    parameters = [resolved(each) for each in described.get("parameters", ())]
    base = f"/api/v1{path}" if not path.startswith("/api") else path
    there = base.replace("{id}", str(part.quote_id))
    for parameter in parameters:
        name, place = parameter["name"], parameter["in"]
        for text in some():
            if place == "path":
                answer = await api.request(method.upper(), base.replace(f"{{{name}}}", quote(text, safe="")))
            elif place == "header":
                answer = await api.request(
                    method.upper(), there, json={}, headers={name: text.encode().decode("latin-1")}
                )
            else:
                needed = "resource=quotes&" if path.endswith("metrics") and name != "resource" else ""
                answer = await api.request(method.upper(), f"{there}?{needed}{quote(name)}={quote(text)}")
            fine(answer, method, path, name, text)


@pytest.mark.parametrize(
    ("path", "method", "described"),
    of_each_kind(
        [each for each in operations() if "requestBody" in each[2]],
        lambda each: kind_of_route(each[1], each[0]),
        size=lambda each: len(orjson.dumps(each[2])),
    ),
    ids=named,
)
async def test_no_text_in_a_body_breaks_a_route(api: Client, part: QuotePart, path: str, method: str, described: Any):
    base = f"/api/v1{path}" if not path.startswith("/api") else path
    there = base.replace("{id}", str(part.quote_id))
    for media, about in resolved(described["requestBody"])["content"].items():
        schema = resolved(about["schema"])
        for text in some():
            whole = text.encode() if "json" not in media else orjson.dumps(text)
            answer = await api.request(method.upper(), there, content=whole, headers={"content-type": media})
            fine(answer, method, path, media, text)
        for name in schema.get("properties", ()):
            for text in some():
                body = dict.fromkeys(schema.get("required", ()), "Acme") | {name: text}
                fine(await api.request(method.upper(), there, json=body), method, path, name, text)
                fine(await api.request(method.upper(), there, json=body | {name: [text]}), method, path, name, text)


@pytest.mark.parametrize("text", ZONES)
async def test_a_time_zone_that_is_none_is_refused_by_its_name(api: Client, text: str):
    bucket = "resource=quotes&bucket=day:created_at&from=2026-01-01&to=2026-01-02"
    answer = await api.get(f"/api/v1/metrics?{bucket}&time_zone={quote(text, safe='')}")
    assert (answer.status, answer.code) == (422, "validation_error")
    assert answer.json["error"]["message"].startswith("time_zone: not a time zone")
    document = (
        "query($z: String) { metrics(resource: QUOTES, bucket: {field: CREATED_AT, unit: DAY, timeZone: $z,"
        ' from: "2026-01-01", to: "2026-01-02"}) { points { values } } }'
    )
    told = await api.graphql(document, {"z": text})
    assert (told.code, told.errors[0]["extensions"]["field"]) == ("validation_error", "bucket.timeZone")


def places() -> list[tuple[str, str, str, Place]]:
    """Where the graph takes a text: the kind of root and its name, the argument, and the path in it."""
    return [
        (kind, name, argument, path)
        for kind, name in ROOTS
        for argument, given in root(kind, name).args.items()
        for path in leaves(given, ())
    ]


def root(kind: str, name: str) -> GraphQLField:
    of = SCHEMA.query_type if kind == "query" else SCHEMA.mutation_type
    assert of is not None
    field: GraphQLField = of.fields[name]
    return field


def kind_of_place(place: tuple[str, str, str, Place]) -> Hashable:
    """What a text is for: the type that it is read as, and what it is called; of a filter the operator."""
    kind, name, argument, path = place
    return kind, argument, leaf(root(kind, name).args[argument], path), path[-1:]


@pytest.mark.usefixtures("part")
@pytest.mark.parametrize(("kind", "name", "argument", "path"), of_each_kind(places(), kind_of_place), ids=named)
async def test_no_argument_of_the_graph_breaks_it(api: Client, kind: str, name: str, argument: str, path: Place):
    field = root(kind, name)
    for text in some():
        others = {
            each: (about, usual(about))
            for each, about in field.args.items()
            if each != argument and str(about.type).endswith("!")
        }
        given = field.args[argument]
        sent = {argument: (given, value_at(given, path, text))} | others
        declared = ", ".join(f"${each}: {about.type}" for each, (about, _) in sent.items())
        passed = ", ".join(f"{each}: ${each}" for each in sent)
        document = f"{kind}({declared}) {{ {name}({passed}) {selection(field)} }}"
        answer = await api.graphql(document, {each: value for each, (_, value) in sent.items()})
        fine(answer, name, argument, path, text)
        assert answer.status == 200, (document, answer.body)


@pytest.fixture
def olympus(tmp_path: Path) -> Iterator[str]:
    """A zone that Python alone knows: its database may be newer than PostgreSQL's."""
    (tmp_path / "Mars").mkdir()
    (tmp_path / "Mars" / "Olympus").write_bytes(Path(zoneinfo.TZPATH[0], "UTC").read_bytes())
    zoneinfo.reset_tzpath([str(tmp_path), *zoneinfo.TZPATH])
    zones.cache_clear()
    yield "Mars/Olympus"
    zoneinfo.reset_tzpath()
    zones.cache_clear()


async def test_a_zone_that_only_python_knows_is_refused_too(api: Client, olympus: str):
    assert olympus in zones()
    await test_a_time_zone_that_is_none_is_refused_by_its_name(api, olympus)
    document = (
        "{ changes { hasMore } metrics(resource: QUOTES, bucket: {field: CREATED_AT, unit: DAY,"
        f' timeZone: "{olympus}", from: "2026-01-01", to: "2026-01-02"}}) {{ points {{ values }} }} }}'
    )
    assert (await api.graphql(document)).code == "validation_error"


@pytest.mark.parametrize("member", ["query", "operationName", "variables", "extensions", "documentId"])
async def test_no_member_of_a_graphql_request_breaks_it(api: Client, member: str):
    usual_body = {"query": "query Q($v: String) { quotes(after: $v) { totalCount } }", "operationName": "Q"}
    for text in STRINGS:
        for body in (usual_body | {member: text}, {member: text}, usual_body | {member: {text: text}}):
            fine(await api.request("POST", "/graphql", json=body), member, text)
        fine(await api.get(f"/graphql?query={{__typename}}&{member}={quote(text)}"), member, text)
    for raw in (b'"\\ud800"', b'"\xff"', b'"\\u0000"', b"1e999", b"[" * 500):
        content = b'{"query": "{ __typename }", "%s": %s}' % (member.encode(), raw)
        answer = await api.request("POST", "/graphql", content=content, headers={"content-type": "application/json"})
        fine(answer, member, raw)
