"""Bodies and documents that are too large, too deep or too wide are refused at once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core.http import LARGEST_BODY
from core.values.ids import new_id
from models import Quote
from tests.kit.client import Client as Api
from tests.kit.hostile import JSON, refused


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
