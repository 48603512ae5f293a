"""JSON bodies: no key twice, every number exactly as it was written or refused by name, through both doors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import pytest

from core.errors import BadRequest
from core.values.json import DEEPEST, canonical, read_json
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.hostile import JSON, refused
from tests.kit.tenant import Tenant

CREATE = "mutation($i: CreateClientInput!) { createClient(input: $i) { creditLimit } }"
TWICE = {
    b'{"name": "A", "name": "B"}': "name",
    b'{"name": "A", "tags": [], "tags": []}': "tags",
    b'{"name": "A", "n\\u0061me": "A"}': "name",
    b'{"name": "A", "contacts": [{"firstName": "B", "firstName": "C"}]}': "firstName",
    b'{"name": "A", "": 1, "": 2}': "",
    b'{"name": "A", "b\\ud800": 1, "b\\ud800": 2}': "b?",
    b'{"name": "A", "\\udfff\\ud800": 1, "\\udfff\\ud800": 2}': "??",
    b'{"name": "A", "\\ud83d\\ude00": 1, "\\ud83d\\ude00": 2}': "\U0001f600",
}


async def sent(api: Api, path: str, body: bytes, method: str = "POST") -> Answer:
    return await api.request(method, path, content=body, headers=JSON)


async def none_written(company: Tenant) -> None:
    assert await company.value("select count(*) from clients") == 0


@pytest.mark.parametrize(("body", "key"), TWICE.items(), ids=list(TWICE.values()))
async def test_a_key_that_stands_twice_is_refused_by_name(api: Api, company: Tenant, body: bytes, key: str):
    rest = await sent(api, "/api/v1/clients", body)
    refused(rest, "bad_request")
    assert rest.json["error"]["message"] == f'The body holds the key "{key}" twice in one object'
    variables = b'{"query": "%b", "variables": {"i": %b}}' % (CREATE.encode(), body)
    refused(await sent(api, "/graphql", variables), "bad_request")
    await none_written(company)


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{ __typename }", "query": "{ clients { nodes { id } } }"}',
        b'{"query": "{ __typename }", "variables": {}, "variables": {}}',
        b'{"query": "{ __typename }", "extensions": {"a": 1, "a": 1}}',
        b'{"query": "{ __typename }", "http": {"a": {"b": 1, "b": 1}}}',
    ],
)
async def test_a_key_of_a_graphql_request_stands_once(api: Api, body: bytes):
    refused(await sent(api, "/graphql", body), "bad_request")


async def test_a_parameter_of_a_graphql_request_by_get_stands_once(api: Api):
    refused(await api.get("/graphql?query={__typename}&query={clients{nodes{id}}}"), "bad_request", field="query")
    twice = '{"a":1,"a":2}'.replace('"', "%22")
    refused(await api.get(f"/graphql?query={{__typename}}&variables={twice}"), "bad_request", field="a")
    twice = '{"\\ud800":1,"\\ud800":2}'.replace('"', "%22")
    for name in ("variables", "extensions"):
        refused(await api.get(f"/graphql?query={{__typename}}&{name}={twice}"), "bad_request", field="?")


async def test_a_patch_that_names_a_field_twice_changes_nothing(api: Api, company: Tenant):
    made = (await api.post("/api/v1/clients", {"name": "A", "notes": "kept"})).data
    refused(await sent(api, f"/api/v1/clients/{made['id']}", b'{"notes": "a", "notes": "b"}', "PATCH"), "bad_request")
    assert await company.value("select notes from clients") == "kept"


NUMBERS = {
    "12.50": "12.50",
    "1.000000": "1.000000",
    "0.1": "0.1",
    "0.10": "0.10",
    "123456789.123456": "123456789.123456",
    "999999999999999.999999": "999999999999999.999999",
    "1.5e2": "150",
    "2E1": "20",
    "7": "7",
    "999999999999999": "999999999999999",
}


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_number_is_read_to_its_last_digit(api: Api, number: str):
    body = b'{"name": "A", "creditLimit": %b}' % number.encode()
    assert (await sent(api, "/api/v1/clients", body)).data["credit_limit"] == NUMBERS[number]
    body = b'{"query": "%b", "variables": {"i": %b}}' % (CREATE.encode(), body)
    assert (await sent(api, "/graphql", body)).data["createClient"]["creditLimit"] == NUMBERS[number]


@pytest.mark.parametrize(
    "number",
    [
        "1.00000000000000001",
        "999999999999999.9999999",
        "1e400",
        "1e-400",
        "1e99999999999999999999",
        "1" * 400,
        "0." + "1" * 400,
    ],
)
async def test_a_number_that_a_field_cannot_hold_is_refused_by_the_field(api: Api, company: Tenant, number: str):
    body = b'{"name": "A", "creditLimit": %b}' % number.encode()
    refused(await sent(api, "/api/v1/clients", body), "validation_error", field="credit_limit")
    body = b'{"query": "%b", "variables": {"i": %b}}' % (CREATE.encode(), body)
    answer = await sent(api, "/graphql", body)
    assert answer.errors[0]["extensions"]["code"] in {"bad_request", "validation_error"}
    assert "creditLimit" in answer.errors[0]["message"]
    await none_written(company)


async def test_a_number_of_thousands_of_digits_is_refused(api: Api):
    answer = await sent(api, "/api/v1/clients", b'{"name": "A", "creditLimit": %b}' % (b"1" * 5_000))
    refused(answer, "bad_request")
    assert answer.json["error"]["message"] == "The body holds a number of more than 4,300 digits"


async def test_a_whole_number_may_be_written_with_a_point(api: Api, company: Tenant):
    listed = b'{"query": "query($n: Int) { clients(first: $n) { nodes { id } } }", "variables": {"n": %b}}'
    assert (await sent(api, "/graphql", listed % b"5.0")).data == {"clients": {"nodes": []}}
    for number in (b"5.00000000000000001", b"5.5", b"1e400", b"123456789012345678901234567890"):
        [error] = (await sent(api, "/graphql", listed % number)).errors
        assert error["message"].endswith(f": {number.decode()}")
    client = (await api.post("/api/v1/clients", {"name": "A"})).data["id"]
    quote = b'{"clientId": "%b", "parts": [{"description": "x", "quantity": 1, "unitPrice": 1, "leadTimeDays": %b}]}'
    made = await sent(api, "/api/v1/quotes", quote % (client.encode(), b"5.0"))
    assert made.data["parts"][0]["lead_time_days"] == 5
    refused(await sent(api, "/api/v1/quotes", quote % (client.encode(), b"5.0000000000000000001")), "validation_error")
    assert await company.value("select count(*) from quotes") == 1


async def test_a_number_beyond_sixty_four_bits_is_no_fault_of_the_server(api: Api, company: Tenant):
    body = b'{"query": "%b", "variables": {"i": {"name": "A", "creditLimit": %b}}}' % (CREATE.encode(), b"9" * 30)
    answer = await api.request("POST", "/graphql", content=body, headers=JSON | {"idempotency-key": "big"})
    assert (answer.status, answer.code) == (200, "validation_error")
    body = b'{"query": "{ __typename }", "variables": {"x": %b, "pad": "%b"}}' % (b"9" * 30, b"x" * 66_000)
    refused(await sent(api, "/graphql", body), "bad_request", field="variables")
    await none_written(company)


@pytest.mark.parametrize(
    "body", [b"NaN", b"[Infinity]", b"-Infinity", b"01", b"+1", b"1.", b".5", b"0x10", b"[1,]", b"'a'", b"{a: 1}"]
)
def test_what_json_does_not_know_is_refused(body: bytes):
    with pytest.raises(BadRequest, match="The body is not valid JSON: "):
        read_json(body)


@pytest.mark.parametrize("body", [b"[" * 9_000, b'{"a":' * 9_000, b"[" * 65 + b"]" * 65])
def test_what_nests_too_deep_is_refused(body: bytes):
    with pytest.raises(BadRequest, match=f"nested more than {DEEPEST} deep"):
        read_json(body)


def test_a_double_is_kept_beside_the_text_it_was_written_with():
    first, second, whole = read_json(b"[0.30000000000000004, 1e23, 5.00000000000000001]")
    assert (first, repr(first)) == (0.30000000000000004, "0.30000000000000004")
    assert Decimal(second.text) == Decimal(10) ** 23
    assert math.isnan(whole)


@dataclass
class Held:
    """An input that holds what a caller wrote."""

    fields: dict[str, int]
    listed: list[int]


def test_equal_values_have_equal_bytes():
    assert canonical(read_json(b'{"b": 1.50, "a": [2, null]}')) == b'{"a":[2,null],"b":"1.50"}'
    long = b'{"b": 123456789012345678901234567890, "a": 1.50}'
    assert canonical(read_json(long)) == b'{"a":"1.50","b":"123456789012345678901234567890"}'
    assert canonical(Held({"n": 10**30}, [10**30])) == b'{"fields":{"n":"1%b"},"listed":["1%b"]}' % (
        b"0" * 30,
        b"0" * 30,
    )
