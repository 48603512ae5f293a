"""Values of the wrong kind, in every field of every command: each is told in the words of this API, at its place."""

from __future__ import annotations

from typing import Any

import pytest

from core.values.ids import new_id
from rest.routes import PREFIX, derive
from schema.assembly import graph
from tests.doors.contract.test_details import details
from tests.doors.contract.test_envelope import refused
from tests.doors.contract.test_openapi import OPEN, OPERATIONS, resolved
from tests.kit.client import Client as Api
from tests.kit.sweep import kind_of_route, of_each_kind

KINDS = [5, 1.5, "text", ["a"], [5], [None], [[]], [{}], {"a": 1}, {}, None, True]
RECORDS = {
    (route.method.lower(), route.path): route.record.model for route in derive(graph()) if route.record is not None
}
"""Whose the id in a path is: one of a row that is not there will do."""
BODIES = [key for key, each in OPEN.items() if "application/json" in each.get("requestBody", {}).get("content", {})]
PYDANTIC = (
    "Input",
    "should",
    "Value error",
    "Unexpected keyword",
    "argument",
    "Field required",
    "valid ",
    "validation,",
)


def fields(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields of an object by their names."""
    found = resolved(schema)
    mine: dict[str, dict[str, Any]] = dict(found.get("properties", {}))
    for each in (*found.get("allOf", ()), *found.get("anyOf", ())):
        mine |= fields(each)
    return mine


def all_wrong(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """An object in which every field has this value; a list of objects has it, and an object of nothing else."""
    found: dict[str, Any] = {}
    for name, each in fields(schema).items():
        items = resolved(each).get("items") or {}
        inner = fields(items) if items else {}
        found[name] = [value, all_wrong(items, value)] if inner else value
    return found


TRIED = of_each_kind(BODIES, lambda key: kind_of_route(key[0], f"{PREFIX}{key[1]}"), 2)


@pytest.mark.parametrize(("method", "path"), TRIED)
async def test_no_message_of_the_validator_reaches_a_caller(api: Api, method: str, path: str):
    schema = OPERATIONS[method, path]["requestBody"]["content"]["application/json"]["schema"]
    where = path.replace("{id}", str(new_id(RECORDS[method, path]))) if "{id}" in path else path
    told = 0
    for value in KINDS:
        for body in (dict.fromkeys(fields(schema), value), all_wrong(schema, value)):
            answer = await api.request(method.upper(), f"/api/v1{where}", json=body)
            assert answer.status < 500, answer.body
            for each in answer.json.get("error", {}).get("details", ()):
                told += 1
                assert not [word for word in PYDANTIC if word in each["message"]], each
                assert each["message"][0].islower(), each
                parts = set(each["field"].replace("[", ".").split("."))
                assert not parts & {"str", "bytes", "int", "float", "bool", "function-plain"}, each
    assert told


async def test_a_wrong_kind_of_container_is_told_once(api: Api):
    body = {"name": "", "contacts": 5, "tags": "x", "external_ids": {"a": 1, "b": {"c": 2}}, "custom_fields": []}
    assert details(await api.post("/api/v1/clients", body)) == {
        "name": "must not be blank",
        "contacts": "must be a list",
        "tags": "must be a list",
        "external_ids": "must be a list",
        "custom_fields": "must be an object of custom fields by their keys",
    }
    body = {"name": "A", "tags": ["x"] * 51, "external_ids": [{"a": 1}, [{"system": 1}]]}
    assert details(await api.post("/api/v1/clients", body)) == {
        "tags": "must have at most 50 entries",
        "external_ids[0].a": "unknown field",
        "external_ids[0].system": "required",
        "external_ids[0].external_id": "required",
        "external_ids[1]": "must be an object",
    }
    hook = {"url": "https://shop.example/", "events": []}
    assert details(await api.post("/api/v1/webhook-endpoints", hook)) == {"events": "must have at least 1 entry"}


@pytest.mark.parametrize(
    ("value", "kind"),
    [(5, "a number"), (True, "true or false"), (None, "null"), ([], "a list"), ({}, "an object")],
)
async def test_a_document_is_text(api: Api, value: object, kind: str):
    answer = await api.post("/api/v1/intake", {"document": value, "code_page": 5})
    refused(answer, 422)
    assert answer.json["error"]["details"][0] == {"field": "document", "message": f"must be text, not {kind}"}
    assert {each["field"] for each in answer.json["error"]["details"]} == {"document", "code_page"}
