"""The OpenAPI document: valid, complete, current, and true of what the door answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.generated import FILES, ROOT
from core.record import Line
from engine.declare.catalogue import Many, One, TypeSpec
from models import QuotePart
from rest import openapi
from rest.contract import contract_of
from rest.openapi import feed, files, joining, me, metrics
from rest.openapi.answers import ALWAYS
from rest.openapi.errors import error_kinds
from rest.routes import derive
from schema.assembly import graph
from tests.doors.contract.test_envelope import every_kind_of_answer, refused
from tests.kit.any_row import make
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.delivered import Owner, attempt, delivery, taken
from tests.kit.every import kinds_here, made
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.kit.turning import start

DOCUMENT: dict[str, Any] = openapi.document(graph())
OPERATIONS = {
    (method, path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method != "parameters"
}


ITEMS = {route.path: route.record.model for route in derive(graph()) if route.record is not None}
"""Whose the id in a path is."""
OPEN = {key: each for key, each in OPERATIONS.items() if contract_of(f"/api/v1{key[1]}").is_open}
"""The operations of Forge MRP's contract, whose lists take every filter; for the others: tests/contracts."""


def resolved(given: Any) -> Any:
    """Follow a reference."""
    while "$ref" in given:
        found: Any = DOCUMENT
        for part in given["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        given = found
    return given


def documented(answer: Answer, method: str, path: str) -> None:
    """The answer has a documented status, all headers documented as required, and no other of ours."""
    responses = OPERATIONS[method, path]["responses"]
    response = resolved(responses.get(str(answer.status)) or responses[f"{answer.status // 100}XX"])
    headers = {name.lower(): resolved(header) for name, header in response.get("headers", {}).items()}
    assert {name for name, header in headers.items() if header.get("required")} <= set(answer.headers), answer
    assert set(answer.headers) <= set(headers) | {"content-type", "content-length"}, answer
    media = answer.headers.get("content-type")
    assert (media in response["content"]) if media else "content" not in response
    if media:
        schema = response["content"][media]["schema"]
        assert errors_of(schema, answer.json) == [], answer.body


def errors_of(schema: dict[str, Any], found: Any) -> list[str]:
    """What a value breaks of a schema of the document, formats included."""
    return [error.message for error in _validator(orjson.dumps(schema)).iter_errors(found)]


@cache
def _validator(schema: bytes) -> Draft202012Validator:
    """Making one reads the whole document."""
    return Draft202012Validator(orjson.loads(schema) | {"components": DOCUMENT["components"]}, validate_formats=True)


def test_the_document_is_valid():
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def descriptions(found: Any) -> Iterator[str]:
    """Every description and summary."""
    if isinstance(found, list):
        for each in found:
            yield from descriptions(each)
    elif isinstance(found, dict):
        for name, each in found.items():
            if name in {"description", "summary"} and isinstance(each, str):
                yield each
            else:
                yield from descriptions(each)


def test_no_description_uses_the_names_of_graphql():
    """What it speaks of in camelCase is what is written so: bodies may be, and a parameter of `/graphql` is."""
    found = {word for text in descriptions(DOCUMENT) for word in re.findall(r"\b[a-z]+[A-Z]\w*", text)}
    assert found == {"camelCase", "clientId", "documentId", "nextCursor"}


def test_the_committed_copy_is_current():
    assert (ROOT / "rest/openapi.json").read_text() == FILES["rest/openapi.json"]()


def test_every_route_is_in_it_and_nothing_else():
    routes = {(route.method.lower(), route.path) for route in derive(graph())}
    others = {("get", each.PATH) for each in (feed, me, metrics, files)}
    others |= {("post", joining.PATH), ("put", files.PATH)}
    assert set(OPERATIONS) == routes | others
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


def is_in_record(spec: TypeSpec) -> bool:
    """Whether a row is a record, which has a version, or lies inside one."""
    return spec.has_life or issubclass(spec.model, Line)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_says_its_scope_and_every_answer_its_headers(method: str, path: str):
    operation = OPERATIONS[method, path]
    route = next((each for each in derive(graph()) if (each.method.lower(), each.path) == (method, path)), None)
    scope = None if route is None else route.root.operation.scope
    assert operation["x-required-scopes"] == ([] if scope is None else [scope])
    without_key = operation.get("security") == []
    assert without_key == (path == joining.PATH)
    if path == files.PATH:  # the scope follows from what the attachment belongs to
        needs = "Needs the scope to"
    else:
        needs = "Needs no key." if without_key else f"Needs `{scope}`." if scope else "Needs a key with any scope"
    assert needs in operation["description"]
    assert "newest first" not in operation["description"]
    assert {"4XX", "5XX"} <= set(operation["responses"])
    names = {resolved(each)["name"] for each in operation["parameters"]}
    assert ("Idempotency-Key" in names) == (method != "get" and not without_key and path != files.PATH)
    has_version = route is not None and route.record is not None and is_in_record(route.record)
    assert ("If-Match" in names) == (method != "get" and "{id}" in path and has_version)
    assert ("If-None-Match" in names) == (method == "get" and ("{id}" in path or path == metrics.PATH))


def test_the_errors_tell_every_code_with_its_status_and_every_header():
    response = DOCUMENT["components"]["responses"]["Error"]
    for kind in error_kinds():
        assert f"- {int(kind.status)} `{kind.code}`: " in response["description"]
    assert set(response["content"]["application/json"]["examples"]) == {kind.code for kind in error_kinds()}
    own = {"Retry-After", "Allow", "Accept-Encoding", "WWW-Authenticate"}
    assert {*ALWAYS, *own, "Vary", "Content-Encoding"} == set(response["headers"])


def test_lists_offer_every_filter_with_every_operator_and_every_order():
    for route in derive(graph()):
        if not route.root.listed or not route.contract.is_open:
            continue
        assert route.root.target is not None
        listed = OPERATIONS["get", route.path]["parameters"]
        names = {resolved(each)["name"] for each in listed}
        expected = {each.name for each in route.root.target.documents().values()}
        filters = [(column.name, column) for column in route.root.target.filters().values()]
        for edge in route.root.target.edges.values():
            filters += [(f"{edge.one.name}.{each.name}", each) for each in edge.target.filters().values()]
            expected |= {f"{edge.one.name}.{each.name}" for each in edge.target.documents().values()}
        expected |= {name for name, _ in filters}
        for name, column in filters:
            found = next(each for each in map(resolved, listed) if each["name"] == name)
            assert found["style"] == "deepObject"
            assert set(resolved(found["schema"])["properties"]) == set(column.operators)
        edges = any(isinstance(each, (One, Many)) for each in route.root.target.fields.values())
        paging = {"limit", "cursor", "sort", "fields"}
        paging |= {"search"} if route.root.target.searched() else set()
        paging |= {"deleted", "external_id", "updated_since"} if route.root.target.has_life else set()
        assert names == expected | paging | ({"include"} if edges else set())


EXAMPLES = {"date-time": "2026-01-02T03:04:05Z", "date": "2026-01-31", "uuid": "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44"}


def example(given: dict[str, Any]) -> str:
    """A value that the schema allows, as a query parameter."""
    schema = resolved(given)
    schema = resolved(schema.get("anyOf", [schema])[-1])
    if schema.get("type") == "array":
        return ",".join([example(schema["items"])] * schema["minItems"])
    known = [*schema.get("enum", ())[-1:], *schema.get("examples", ())[:1], schema.get("maximum")]
    kinds = {"boolean": "true", "string": EXAMPLES.get(schema.get("format", ""), "12.50")}
    return str(next((each for each in known if each is not None), kinds.get(schema.get("type", ""), "")))


def asked(parameter: dict[str, Any]) -> list[dict[str, str]]:
    """A parameter with a value; a filter with a value for each of its operators."""
    name, schema = parameter["name"], resolved(parameter["schema"])
    if parameter.get("style") != "deepObject":
        return [{name: example(schema)}]
    operators = schema.get("properties") or {"material": {"type": "string", "examples": ["steel"]}}
    return [{f"{name}[{operator}]": example(each)} for operator, each in operators.items()]


OF_HEADERS = {"If-None-Match"}


async def test_every_parameter_of_it_is_taken(api: Api, company: Tenant, owner: Owner):
    part = await company.make(QuotePart)
    endpoint = await api.post("/api/v1/webhook-endpoints", {"url": "https://example.com", "events": ["*"]})
    sent = await delivery(owner, company.workspace_id, endpoint.data["id"])
    await attempt(owner, company.workspace_id, endpoint.data["id"], sent)
    await taken(owner, company.workspace_id, endpoint.data["id"], sent)
    assert (await api.post("/api/v1/registered-documents", {"document": "{ __typename }"})).status == 201
    field = {"record_type": "quote", "key": "material", "label": "Material", "type": "text"}
    assert (await api.post("/api/v1/custom-field-definitions", field)).status == 201
    await start(company, "export")
    team = {"name": "Front office", "members": []}
    assert (await api.post("/api/v1/teams", team)).status == 201
    drawing = {"record_id": str(part.quote_id), "filename": "drawing.pdf"}
    assert (await api.post("/api/v1/attachments", drawing)).status == 201
    for (method, path), operation in OPEN.items():
        if method != "get" or path == files.PATH:  # the bytes of a file are no row
            continue
        if path == metrics.PATH:  # they need each other
            given = {"resource": "quotes", "measure": "count,sum:total", "group_by": "status", "bucket": "day:due_on"}
            ends = {"from": "2026-01-01", "to": "2026-01-02", "time_zone": "UTC"}
            answer = await api.get("/api/v1/metrics", params=given | ends)
            assert answer.status == 200, answer.body
            documented(answer, method, path)
            assert {*given, *ends} == {each["name"] for each in map(resolved, operation["parameters"])} - OF_HEADERS
            continue
        base = "/api/v1" + path.removesuffix("/{id}")
        if "{id}" in path and not (await api.get(base)).data:
            kind = next((each for each in kinds_here() if each.path == base), None)
            await (make(company, ITEMS[path]) if kind is None else made(api, kind))
        found = f"{base}/{(await api.get(base)).data[0]['id']}" if "{id}" in path else base
        for each in map(resolved, operation["parameters"]):
            if each["in"] == "query" and each["name"] != "cursor":
                for given in asked(each):
                    answer = await api.get(found, params=given)
                    assert answer.status == 200, (given, answer.body)
                    documented(answer, method, path)


async def test_what_is_answered_is_what_is_documented(api: Api, company: Tenant, key: Key):
    part = await company.make(QuotePart)
    one = f"/api/v1/quotes/{part.quote_id}"
    client = (await api.get("/api/v1/clients")).data[0]["id"]
    answers = [
        (await api.get("/api/v1/quotes"), "get", "/quotes"),
        (await api.get("/api/v1/quotes?limit=1&sort=x"), "get", "/quotes"),
        (await api.get(one), "get", "/quotes/{id}"),
        (await api.get(one, headers={"if-none-match": "*"}), "get", "/quotes/{id}"),
        (await api.get(one, key=None), "get", "/quotes/{id}"),
        (await api.get(one, key=await key("clients.view")), "get", "/quotes/{id}"),
        (await api.get("/api/v1/quotes/x"), "get", "/quotes/{id}"),
        (await api.patch(one, {"title": "x"}, headers={"idempotency-key": "k"}), "patch", "/quotes/{id}"),
        (await api.patch(one, {"title": "x"}, headers={"idempotency-key": "k"}), "patch", "/quotes/{id}"),
        (await api.patch(one, {}, headers={"if-match": '"9"'}), "patch", "/quotes/{id}"),
        (await api.post("/api/v1/quotes", {"client_id": client}), "post", "/quotes"),
        (await api.post("/api/v1/quotes", {}), "post", "/quotes"),
        (await api.request("POST", "/api/v1/quotes", content=b"{"), "post", "/quotes"),
        (await api.post(f"{one}/send"), "post", "/quotes/{id}/send"),
        (await api.delete(one), "delete", "/quotes/{id}"),
        (await api.delete(f"/api/v1/clients/{client}"), "delete", "/clients/{id}"),
    ]
    for answer, method, path in answers:
        documented(answer, method, path)
    for answer in (await every_kind_of_answer(api, company, key)).values():
        if answer.status >= 400:
            documented(answer, "patch", "/quotes/{id}")


async def test_a_row_shows_what_its_schema_names_and_nothing_else(api: Api, company: Tenant):
    part = await company.make(QuotePart)
    shown = (await api.get(f"/api/v1/quotes/{part.quote_id}?include={edges('Quote')}")).data
    assert set(shown) == properties("Quote")
    assert set(shown["parts"][0]) == properties("QuotePart") - lists("QuotePart")
    assert set(shown["client"]) == properties("Client") - lists("Client")


def edges(name: str) -> str:
    """What can be shown with a row of a type."""
    found = graph().catalogue.types[name].fields.values()
    return ",".join(each.name for each in found if isinstance(each, One | Many))


def lists(name: str) -> set[str]:
    """The properties of what is connected to a row, which a row inside another one does not show."""
    found = [each.name for each in graph().catalogue.types[name].fields.values() if isinstance(each, One | Many)]
    return {*found, *(f"{each}_has_more" for each in found)}


def properties(name: str) -> set[str]:
    """The properties of an object, its own and those of what it is made of."""
    schema = DOCUMENT["components"]["schemas"][name]
    return set(schema.get("properties", {})).union(
        *(properties(each["$ref"].split("/")[-1]) for each in schema.get("allOf", ()))
    )


async def test_it_is_served_to_anybody(api: Api):
    answer = await api.get("/api/openapi", key=None)
    assert (answer.status, answer.json) == (200, DOCUMENT)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    known = await api.get("/api/openapi", key=None, headers={"if-none-match": answer.headers["etag"]})
    assert (known.status, known.body) == (304, b"")
    head = await api.request("HEAD", "/api/openapi", key=None)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(answer.body)))
    assert (await api.request("OPTIONS", "/api/openapi")).headers["allow"] == "GET, HEAD, OPTIONS"
    refused(await api.post("/api/openapi"), 405)
    refused(await api.get("/api/openapi/"), 404)
