"""Numbers out of range and values of another type are refused, and the field is named."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.kit.client import Client as Api
from tests.kit.hostile import JSON, refused

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
        "Int": {"null"},
        "Decimal": {'"1"', "-1", "0.5", "2147483648", "18446744073709551616", "1e-400", "1e400", "-1e400", "9" * 400},
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
        ("tax_rate", '"1"'),
        ("tax_rate", "1.5"),
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
    malformed = number in {"NaN", "Infinity"}
    refused(answer, "bad_request" if malformed else "validation_error", field=None if malformed else field)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"[{}]", b"{", b"", b"\xff", b'{"query": 1}', b"{}"])
async def test_a_graphql_body_that_is_no_request_is_a_bad_request(api: Api, body: bytes):
    answer = await api.request("POST", "/graphql", content=body, headers=JSON)
    refused(answer, "bad_request")
    assert answer.status == 400


@pytest.mark.parametrize("name", ["variables", "operationName", "extensions", "query", "documentId"])
@pytest.mark.parametrize("value", [1, [], "x", True, {"a": 1}, None])
async def test_a_graphql_parameter_of_another_type_is_named(api: Api, name: str, value: Any):
    kinds = {"variables": dict, "operationName": str, "extensions": dict, "query": str, "documentId": str}
    if isinstance(value, kinds[name]) or (value is None and name != "query"):
        return
    body = {"query": "{ __typename }", name: value}
    refused(await api.request("POST", "/graphql", json=body), "bad_request", field=name)


@pytest.mark.parametrize("name", ["operationType", "http", "batch", "x" * 500, ""])
@pytest.mark.parametrize("value", [1, [], "x", True, {"a": 1}, None])
async def test_a_graphql_parameter_that_nobody_knows_is_ignored(api: Api, name: str, value: Any):
    answer = await api.request("POST", "/graphql", json={"query": "{ __typename }", name: value})
    assert answer.data == {"__typename": "Query"}
    by_get = await api.request(
        "GET", "/graphql", params={"query": "{ __typename }", name: orjson.dumps(value).decode()}
    )
    assert by_get.data == {"__typename": "Query"}
