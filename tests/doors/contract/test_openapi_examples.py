"""Every example of the OpenAPI document is taken by the server and answered as documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rest.routes import PREFIX, Action, derive
from schema.assembly import graph
from tests.doors.contract.test_openapi import DOCUMENT, ITEMS, OPEN, OPERATIONS, documented, resolved
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.ready import SOMEBODY, Ready
from tests.kit.sweep import kind_of_route, of_each_kind
from tests.kit.tenant import Tenant

JSON = ("application/json", "application/merge-patch+json")
WITH_BODIES = [
    key
    for key, each in OPERATIONS.items()
    if "application/json" in each.get("requestBody", {}).get("content", ()) and each.get("security") != []
]  # no example of a link is one that is good, and the bytes of a file are any
WHOLE = {
    each.path
    for each in derive(graph())
    if each.action is Action.CREATE and each.contract.is_open and each.root.target is not None
    if each.root.target.has_life
}
"""Where records are made of all that a caller writes of them."""
CREATED = [key for key in WITH_BODIES if key[0] == "post" and OPERATIONS[key]["operationId"].startswith("create")]

VERSIONED = [
    (method, path)
    for (method, path), each in OPERATIONS.items()
    if any(resolved(given)["name"] == "If-Match" for given in each.get("parameters", ()))
    and ("post", path.partition("/{")[0]) in CREATED
]


def tried(keys: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is tried in the suite: two operations of each kind."""
    return of_each_kind(keys, lambda key: kind_of_route(key[0], f"{PREFIX}{key[1]}"), 2)


@pytest.fixture
async def ready(api: Api, company: Tenant) -> Ready:
    """A company with a custom field `material` of every type of record, and what examples refer to."""
    for kind in resolved({"$ref": "#/components/schemas/CustomFieldDefinitionRecordType"})["enum"]:
        field = {"record_type": kind, "key": "material", "label": "Material", "type": "text"}
        assert (await api.post("/api/v1/custom-field-definitions", field)).status == 201
    return Ready(api, company, DOCUMENT["components"]["schemas"])


def free(found: Any) -> Any:
    """An example with a key of a custom field that is not taken."""
    if isinstance(found, dict):
        return {key: "finish" if (key, each) == ("key", "material") else free(each) for key, each in found.items()}
    return [free(each) for each in found] if isinstance(found, list) else found


def shown(schema: dict[str, Any]) -> list[Any]:
    """The examples of a schema: its own, else those of what it refers to."""
    found: list[Any] = schema["examples"] if "examples" in schema else shown(followed(schema))
    return found


def followed(schema: dict[str, Any]) -> dict[str, Any]:
    """What a schema refers to, which may be a reference again that says more."""
    found: Any = DOCUMENT
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def examples(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each media type with each of its examples."""
    for media, each in content.items():
        for example in shown(each["schema"]):
            yield media, example


async def sent(api: Api, method: str, path: str, media: str, example: Any) -> Answer:
    how: dict[str, Any] = {"json": example} if media in JSON else {"content": example.encode()}
    return await api.request(method.upper(), f"/api/v1{path}", headers={"content-type": media}, **how)


async def made(api: Api, path: str, ready: Ready) -> str:
    """The id of a record made by the example of its path."""
    [example] = shown(body(("post", path)))
    answer = await api.post(f"/api/v1{path}", free(await ready.filled(example)))
    assert answer.status == 201, answer.body
    return id_of(answer)


async def placed(api: Api, path: str, ready: Ready) -> str:
    """The path of a record that is there; one that no example of a path makes is made of what its model declares."""
    outer, _, below = path.partition("/{id}")
    if "{id}" not in path:
        return path
    if ("post", outer) in CREATED and not below:
        return path.replace("{id}", await made(api, outer, ready))
    return path.replace("{id}", await ready.of(ITEMS[path], below.strip("/")))


def id_of(answer: Answer) -> str:
    """The id of what was made, wherever the contract has it."""
    found = answer.json
    return str(next((each for each in found.values() if isinstance(each, dict) and "id" in each), found)["id"])


def body(key: tuple[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = OPERATIONS[key]["requestBody"]["content"]["application/json"]["schema"]
    return found


@pytest.mark.parametrize(("method", "path"), tried(WITH_BODIES))
async def test_every_example_of_a_body_is_taken(api: Api, ready: Ready, method: str, path: str):
    content = OPERATIONS[method, path]["requestBody"]["content"]
    if path.endswith("/bulk"):
        await made(api, path.removesuffix("/bulk"), ready)
    where = await placed(api, path, ready)
    found = list(examples(content))
    assert {media for media, _ in found} == set(content)
    for media, example in found:
        answer = await sent(api, method, where, media, free(await ready.filled(example)))
        assert answer.status in {200, 201}, (media, answer.body)
        documented(answer, method, path)


@pytest.mark.parametrize(("method", "path"), CREATED)
async def test_a_body_of_the_example_of_every_field_is_taken(api: Api, ready: Ready, method: str, path: str):
    """Of each field that has an example, or some words of which one is said."""
    whole = dict(members(body((method, path))))
    is_open = (method, path) in OPEN
    extra = ({"options", "secret", "expires_at"} if is_open else set()) & whole.keys()
    # of a `select`, of the style forg, and in the future
    given = {key: each for key, each in whole.items() if key not in extra}
    answer = await api.post(f"/api/v1{path}", free(await ready.filled(given)))
    assert answer.status == 201, answer.body
    if path not in WHOLE:
        return
    assert {"external_ids", "custom_fields", "tags"} <= set(given)
    shown = {key: answer.data.get(key) for key in ("external_ids", "tags")}
    assert shown == {key: given[key] for key in shown}


@pytest.mark.parametrize(("method", "path"), tried(VERSIONED))
async def test_a_version_that_is_not_expected_is_told_of_if_match(api: Api, ready: Ready, method: str, path: str):
    one = path.replace("{id}", await made(api, path.partition("/{")[0], ready))
    if path.endswith("/restore"):
        assert (await api.delete(f"/api/v1{one.removesuffix('/restore')}")).status == 200
    has_body = (method, path) in WITH_BODIES
    given = await ready.filled(shown(body((method, path)))[0]) if has_body else None
    for tag in ('"99"', '"x"', '"98", "99"'):
        answer = await api.request(method.upper(), f"/api/v1{one}", json=given, headers={"if-match": tag})
        if (method, path) in OPEN:
            error = answer.json["error"]
            assert (answer.status, error["code"], error["field"]) == (409, "conflict", "If-Match"), answer.body
        assert answer.status == (409 if (method, path) in OPEN else 412)
        assert b"xpected" not in answer.body


def members(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of an object with an example of each; a reference that is not needed is null, but for a client."""
    found = resolved(schema)
    for inner in found.get("allOf", ()):
        yield from members(inner)
    for key, each in found.get("properties", {}).items():
        yield key, example_of(key, each)


def without_null(given: dict[str, Any]) -> dict[str, Any]:
    """A schema behind references, and without null."""
    schema: dict[str, Any] = resolved(given)
    inner = next((each for each in schema.get("anyOf", ()) if each != {"type": "null"}), None)
    return schema if inner is None else without_null(inner)


def may_be_null(given: dict[str, Any]) -> bool:
    return {"type": "null"} in resolved(given).get("anyOf", ())


def example_of(key: str, given: dict[str, Any]) -> Any:
    schema = without_null(given)
    if key == "id" or schema.get("format") == "uuid":  # the first is of a row that is there already
        return None if key == "id" or (may_be_null(given) and key != "client_id") else SOMEBODY
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [] if key == "predecessor_ids" else [example_of(key, schema["items"])]
    if schema.get("type") == "object":
        return dict(members(schema)) if "properties" in schema or "allOf" in schema else {}
    if schema.get("type") == "string" and "enum" not in schema:
        return "2026-01-31" if schema.get("format") == "date" else key
    return schema.get("enum", [schema.get("minimum", True)])[0]


async def test_examples_are_taken_one_after_another_as_they_stand(api: Api, company: Tenant):
    """Records are made, changed by bulk, then by themselves."""
    ready = Ready(api, company, DOCUMENT["components"]["schemas"])
    ids: dict[str, str] = {}
    bulks = [key for key in WITH_BODIES if key[1].endswith("/bulk")]
    updates = [key for key in WITH_BODIES if key[0] == "patch" and ("post", key[1].removesuffix("/{id}")) in CREATED]
    assert len(CREATED) >= len(updates) > len(bulks) > 10
    for method, path in (*CREATED, *bulks, *updates):
        ready.forget("requirements")  # one that an order is made from is asked for no more
        where = path.replace("{id}", ids.get(path.partition("/{")[0], ""))
        for media, example in examples(OPERATIONS[method, path]["requestBody"]["content"]):
            answer = await sent(api, method, where, media, await ready.filled(example))
            assert answer.status in {200, 201}, (method, path, answer.body)
            if (method, path) in CREATED:
                ids[path] = id_of(answer)
            if path.endswith("/bulk"):
                [row] = answer.data["rows"]
                assert (row["result"], row["id"]) == ("updated", ids[path.removesuffix("/bulk")]), answer.body


async def test_an_example_of_an_error_is_as_errors_are():
    response = DOCUMENT["components"]["responses"]["Error"]["content"]["application/json"]
    assert len(response["examples"]) >= 15
    assert all(each["value"]["error"]["code"] == code for code, each in response["examples"].items())
