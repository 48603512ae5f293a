"""Every example of the OpenAPI document is taken by the server and answered as documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from models import QuotePart
from tests.doors.contract.test_openapi import DOCUMENT, OPEN, OPERATIONS, documented, resolved
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

SOMEBODY = "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44"
"""The id in examples of a record that must be there."""
JSON = ("application/json", "application/merge-patch+json")
WITH_BODIES = [
    key for key, each in OPERATIONS.items() if "requestBody" in each and each.get("security") != []
]  # no example of a link is one that is good
CREATED = [key for key in WITH_BODIES if key[0] == "post" and OPERATIONS[key]["operationId"].startswith("create")]

VERSIONED = [
    (method, path)
    for (method, path), each in OPERATIONS.items()
    if any(resolved(given)["name"] == "If-Match" for given in each.get("parameters", ()))
    and ("post", path.partition("/{")[0]) in CREATED
]


IDS = {"role_id": "/roles", "user_id": "/users"}
"""Whose ids some fields hold, of rows that every company begins with."""


@pytest.fixture
async def begun(api: Api) -> dict[str, str]:
    """An id for each of `IDS`."""
    return {field: (await api.get(f"/api/v1{path}")).data[0]["id"] for field, path in IDS.items()}


@pytest.fixture
async def client(api: Api, company: Tenant, begun: dict[str, str]) -> str:
    """A client with a quote, and a custom field `material` of every type of record."""
    BEGUN.update(begun)
    part = await company.make(QuotePart)
    for kind in resolved({"$ref": "#/components/schemas/CustomFieldDefinitionRecordType"})["enum"]:
        field = {"record_type": kind, "key": "material", "label": "Material", "type": "text"}
        assert (await api.post("/api/v1/custom-field-definitions", field)).status == 201
    return str((await api.get(f"/api/v1/quotes/{part.quote_id}")).data["client_id"])


BEGUN: dict[str, str] = {}
"""The ids of the test's own company."""


def named(found: Any, client: str) -> Any:
    """An example with ids of records that are there; a key that is not taken."""
    if isinstance(found, dict):
        return {
            key: BEGUN.get(key) or ("finish" if each == "material" else named(each, client))
            for key, each in found.items()
        }
    if isinstance(found, list):
        return [named(each, client) for each in found]
    return client if found == SOMEBODY else found


def examples(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each media type with each of its examples."""
    for media, each in content.items():
        for example in resolved(each["schema"])["examples"]:
            yield media, example


async def sent(api: Api, method: str, path: str, media: str, example: Any) -> Answer:
    how: dict[str, Any] = {"json": example} if media in JSON else {"content": example.encode()}
    return await api.request(method.upper(), f"/api/v1{path}", headers={"content-type": media}, **how)


async def made(api: Api, path: str, client: str) -> str:
    """The id of a record made by the example of its path."""
    [example] = resolved(body(("post", path)))["examples"]
    answer = await api.post(f"/api/v1{path}", named(example, client))
    assert answer.status == 201, answer.body
    return id_of(answer)


def id_of(answer: Answer) -> str:
    """The id of what was made, wherever the contract has it."""
    found = answer.json
    return str(next((each for each in found.values() if isinstance(each, dict) and "id" in each), found)["id"])


def body(key: tuple[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = OPERATIONS[key]["requestBody"]["content"]["application/json"]["schema"]
    return found


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
async def test_every_example_of_a_body_is_taken(api: Api, client: str, method: str, path: str):
    content = OPERATIONS[method, path]["requestBody"]["content"]
    if path.endswith("/bulk"):
        await made(api, path.removesuffix("/bulk"), client)
    where = path.replace("{id}", await made(api, path.partition("/{")[0], client)) if "{id}" in path else path
    found = list(examples(content))
    assert {media for media, _ in found} == set(content)
    for media, example in found:
        answer = await sent(api, method, where, media, named(example, client))
        assert answer.status in {200, 201}, (media, answer.body)
        documented(answer, method, path)


@pytest.mark.parametrize(("method", "path"), CREATED)
async def test_a_body_of_the_example_of_every_field_is_taken(api: Api, client: str, method: str, path: str):
    """Of each field that has an example, or some words of which one is said."""
    whole = dict(members(body((method, path))))
    is_open = (method, path) in OPEN
    extra = ({"options", "secret", "expires_at"} if is_open else set()) & whole.keys()
    # of a `select`, of the style forg, and in the future
    given = {key: each for key, each in whole.items() if key not in extra}
    answer = await api.post(f"/api/v1{path}", named(given, client))
    assert answer.status == 201, answer.body
    if not is_open:
        return
    assert {"external_ids", "custom_fields", "tags"} <= set(given)
    shown = {key: answer.data.get(key) for key in ("external_ids", "tags")}
    assert shown == {key: given[key] for key in shown}


@pytest.mark.parametrize(("method", "path"), VERSIONED)
async def test_a_version_that_is_not_expected_is_told_of_if_match(api: Api, client: str, method: str, path: str):
    one = path.replace("{id}", await made(api, path.partition("/{")[0], client))
    if path.endswith("/restore"):
        assert (await api.delete(f"/api/v1{one.removesuffix('/restore')}")).status == 200
    body: dict[str, Any] | None = {} if "requestBody" in OPERATIONS[method, path] else None
    for tag in ('"99"', '"x"', '"98", "99"'):
        answer = await api.request(method.upper(), f"/api/v1{one}", json=body, headers={"if-match": tag})
        if (method, path) in OPEN:
            error = answer.json["error"]
            assert (answer.status, error["code"], error["field"]) == (409, "conflict", "If-Match"), answer.body
        assert answer.status == (409 if (method, path) in OPEN else 412)
        assert b"xpected" not in answer.body


def members(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of an object with an example of each."""
    found = resolved(schema)
    for inner in found.get("allOf", ()):
        yield from members(inner)
    for key, each in found.get("properties", {}).items():
        yield key, example_of(key, each)


def example_of(key: str, given: dict[str, Any]) -> Any:
    if key == "id":  # a row that is there already
        return None
    schema = resolved(next((each for each in given.get("anyOf", ()) if each != {"type": "null"}), given))
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [example_of(key, schema["items"])]
    if schema.get("type") == "object":
        return dict(members(schema)) if "properties" in schema or "allOf" in schema else {}
    formats = {"uuid": None, "date": "2026-01-31"} if key != "client_id" else {"uuid": SOMEBODY}
    plain = schema.get("enum", [schema.get("minimum", True)])[0]
    return (
        formats.get(schema.get("format", ""), key) if schema.get("type") == "string" and "enum" not in schema else plain
    )


async def test_examples_are_taken_one_after_another_as_they_stand(api: Api, begun: dict[str, str]):
    """In a company that has nothing: records are made, changed by bulk, then by themselves."""
    BEGUN.update(begun)
    ids: dict[str, str] = {}
    bulks = [key for key in WITH_BODIES if key[1].endswith("/bulk")]
    updates = [key for key in WITH_BODIES if key[0] == "patch"]
    assert (len(CREATED), len(bulks), len(updates)) == (11, 5, 10)
    for method, path in (*CREATED, *bulks, *updates):
        where = path.replace("{id}", ids.get(path.partition("/{")[0], ""))
        for media, example in examples(OPERATIONS[method, path]["requestBody"]["content"]):
            answer = await sent(api, method, where, media, with_id(example, ids.get("/clients", SOMEBODY)))
            assert answer.status in {200, 201}, (method, path, answer.body)
            if (method, path) in CREATED:
                ids[path] = id_of(answer)
            if path.endswith("/bulk"):
                [row] = answer.data["rows"]
                assert (row["result"], row["id"]) == ("updated", ids[path.removesuffix("/bulk")]), answer.body


def with_id(found: Any, client: str) -> Any:
    """An example with the id of a client that is there, else as it stands."""
    if isinstance(found, dict):
        return {key: BEGUN.get(key) or with_id(each, client) for key, each in found.items()}
    if isinstance(found, list):
        return [with_id(each, client) for each in found]
    return client if found == SOMEBODY else found


async def test_an_example_of_an_error_is_as_errors_are():
    response = DOCUMENT["components"]["responses"]["Error"]["content"]["application/json"]
    assert len(response["examples"]) >= 15
    assert all(each["value"]["error"]["code"] == code for code, each in response["examples"].items())
