"""GraphQL over HTTP: the public audits of npm's graphql-http against the api as it runs, and what they do not ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from engine.runtime import Runtime
from tests.kit.client import Answer, Client
from tests.kit.fixtures import address, new_tenant
from tests.kit.node import node
from tests.kit.process import ServerProcess
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant

MODERN = "application/graphql-response+json"
LEGACY = "application/json"
AUDITS = (
    *("22EB", "4655", "47DE", "80D8", "82A3", "BF61", "78D5", "2C94", "5A70", "9C48", "9ABE", "03D4", "A5BF", "423L"),
    *("LKJ0", "LKJ1", "LKJ2", "LKJ3", "34A2", "13EE", "6C00", "6C01", "6C02", "6C03", "8161", "B8B3", "94B0", "0220"),
    *("94B1", "0221", "94B2", "0222", "4760", "4761", "4762", "4763", "2EA1", "28B9", "D6D5", "6A70", "58B0", "58B1"),
    *("58B2", "58B3", "428F", "1B7A", "B6DC", "BCF8", "B7N8", "8764", "3E3A", "572B", "FDE2", "7B9B", "865D", "556A"),
    *("D586", "51FE", "74FF", "5E5B", "86EE"),
)


@pytest.fixture(scope="module")
async def told(access: KitAccess, runtime: Runtime, settings: Any) -> dict[str, dict[str, str]]:
    """What the audits say of a real api process, by their ids."""
    key = await (await new_tenant(access, runtime)).key()
    with ServerProcess(settings) as process:
        audits = node("audits.mjs", f"{process.url}/graphql", key)
        said, _ = audits.communicate(timeout=120)
    assert audits.returncode == 0, said
    lines = [orjson.loads(line) for line in said.splitlines()]
    return {each["id"]: each for each in lines}


def test_there_are_sixty_one_audits_and_each_is_listed_here(told: dict[str, dict[str, str]]):
    assert tuple(told) == AUDITS
    assert len(told) == 61


@pytest.mark.parametrize("audit", AUDITS)
def test_the_api_passes_the_public_audit(told: dict[str, dict[str, str]], audit: str):
    assert told[audit]["status"] == "ok", told[audit]


ACCEPTED = {
    "application/json": LEGACY,
    "application/graphql-response+json": MODERN,
    "application/graphql-response+json; charset=utf-8": MODERN,
    'application/graphql-response+json; charset="UTF-8", application/json': MODERN,
    "APPLICATION/GRAPHQL-RESPONSE+JSON": MODERN,
    "application/graphql-response+json, application/json;q=0.9": MODERN,
    "application/json, application/graphql-response+json": MODERN,
    "application/json;q=0.5, application/graphql-response+json": MODERN,
    "application/json, application/graphql-response+json;q=0.9": LEGACY,
    "application/json;q=0.1, application/graphql-response+json;q=0": LEGACY,
    "*/*": LEGACY,
    "application/*": LEGACY,
    "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8": LEGACY,
    "*/*, application/graphql-response+json": MODERN,
    "*/*;q=0.5, application/graphql-response+json;q=0.4": LEGACY,
    "*/*, application/json;q=0": MODERN,
    "application/*;q=0.2, application/graphql-response+json;q=0": LEGACY,
    "application/graphql-response+json;charset=utf-16, application/json": LEGACY,
    "application/graphql-response+json;q=nonsense, application/json;q=0.1": LEGACY,
    ",, application/json ,": LEGACY,
    "": LEGACY,
    "*": LEGACY,
    "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2": LEGACY,
    "application/graphql-response+json; q=.9, application/json; q=.8": MODERN,
    "application/graphql-response+json ; Q = 0.8999 , application/json;q=0.9000": LEGACY,
    "application/json;q=1., application/graphql-response+json;q=.99999": LEGACY,
    "application/json, application/*+json": LEGACY,
    "application/*+json": LEGACY,
    "application/*+json;q=.3, application/json;q=.2": MODERN,
    'application/json;profile="a,b;q=0", text/html': LEGACY,
    'text/html;x="application/json, */*;q=0", application/graphql-response+json': MODERN,
    "text/html, " * 200 + "*;q=0.1": LEGACY,
}


@pytest.mark.parametrize("accept", ACCEPTED)
async def test_the_media_type_is_the_one_that_accept_prefers(api: Client, accept: str):
    answer = await api.graphql("{ __typename }", headers={"accept": accept})
    assert answer.headers["content-type"] == f"{ACCEPTED[accept]}; charset=utf-8"
    assert (answer.status, answer.data) == (200, {"__typename": "Query"})
    invalid = await api.graphql("{ nonsense }", headers={"accept": accept})
    assert invalid.status == (400 if ACCEPTED[accept] == MODERN else 200)
    assert "data" not in invalid.json


EITHER = {
    "application/graphql-response+json, application/json, text/event-stream, multipart/mixed": MODERN,
    "text/event-stream, application/json": LEGACY,
    "text/event-stream;q=0.5, */*;q=0.1": "text/event-stream",
    "text/event-stream": "text/event-stream",
    "text/event-stream;q=0, application/json": LEGACY,
}


@pytest.mark.parametrize("accept", EITHER)
async def test_who_takes_json_as_well_gets_events_for_subscriptions_alone(api: Client, accept: str):
    answer = await api.graphql("{ __typename }", headers={"accept": accept})
    assert (answer.status, answer.headers["content-type"]) == (200, f"{EITHER[accept]}; charset=utf-8")


UNACCEPTABLE = (
    *("text/html", "image/*", "application/xml", "application/json;q=0", "application/json;charset=utf-16", "json"),
    *(
        "*/*;q=0",
        "*;q=.0",
        "*;q=.",
        "*;q=1e-1",
        "*;q=inf",
        "*/json",
        "application/json;q=2",
        "application/json;q=-1",
        "text/*, application/json;q=0.0",
        "x" * 2_000,
    ),
)
CREATE = 'mutation { createClient(input: {name: "Acme"}) { id } }'


@pytest.mark.parametrize("accept", UNACCEPTABLE)
async def test_who_accepts_neither_is_told_both_and_nothing_runs(api: Client, company: Tenant, accept: str):
    answer = await api.graphql(CREATE, headers={"accept": accept})
    assert (answer.status, answer.code) == (406, "not_acceptable")
    assert MODERN in answer.errors[0]["message"]
    assert await company.value("select count(*) from clients") == 0


CONTENT = {
    "application/json": 200,
    "application/json; charset=utf-8": 200,
    'Application/JSON;charset="UTF-8"': 200,
    "application/json; charset=utf8; boundary=x": 200,
    "application/json; charset=iso-8859-1": 415,
    "application/json; charset=utf-16": 415,
    "application/graphql": 415,
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data; boundary=x": 415,
    "text/plain": 415,
    "application/jsonx": 415,
    "": 415,
}


@pytest.mark.parametrize("content", CONTENT)
async def test_a_body_is_json_in_utf_8_or_it_is_not_read(api: Client, company: Tenant, content: str):
    body = orjson.dumps({"query": CREATE})
    answer = await api.request("POST", "/graphql", content=body, headers={"content-type": content})
    assert answer.status == CONTENT[content], answer.body
    if answer.status == 415:
        assert answer.code == "unsupported_media_type"
    assert await company.value("select count(*) from clients") == (answer.status == 200)


def malformed() -> Iterator[bytes]:
    """Bodies that are no request."""
    yield from (b"", b"{", b"null", b"1", b'"x"', b"{}", b'{"query":null}', b'{"query":"{a}","variables":[]}')
    create = orjson.dumps(CREATE)
    for name, value in (("variables", b'"x"'), ("variables", b"1"), ("operationName", b"1"), ("extensions", b"[]")):
        yield b'{"query":%b,"%b":%b}' % (create, name.encode(), value)
    yield b'{"query":%b' % create
    yield b'{"query":%b,"operationName":"Nobody"}' % create


@pytest.mark.parametrize("body", list(malformed()), ids=lambda each: each[:40].decode())
@pytest.mark.parametrize("media", [MODERN, LEGACY])
async def test_a_malformed_request_is_a_400_and_nothing_runs(api: Client, company: Tenant, body: bytes, media: str):
    answer = await api.request("POST", "/graphql", content=body, headers={"content-type": LEGACY, "accept": media})
    unknown_operation = b"Nobody" in body and media == LEGACY
    assert answer.status == (200 if unknown_operation else 400), answer.body
    assert answer.code == "bad_request"
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert await company.value("select count(*) from clients") == 0


async def test_a_batch_is_refused_with_the_way_out(api: Client, company: Tenant):
    answer = await api.post("/graphql", json=[{"query": CREATE}, {"query": CREATE}])
    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.errors[0]["message"] == (
        "The body must be a JSON object: one operation a request (batches are not taken: send each by itself)"
    )
    assert await company.value("select count(*) from clients") == 0


async def test_get_takes_a_query_with_variables_and_refuses_a_mutation(api: Client, company: Tenant):
    given = {"query": "query Q($n: Int) { clients(first: $n) { nodes { name } } }", "variables": '{"n":1}'}
    answer = await api.get("/graphql?" + urlencode(given | {"operationName": "Q", "extensions": "{}"}))
    assert answer.data == {"clients": {"nodes": []}}
    for method in ("GET", "HEAD"):
        refused = await api.request(method, "/graphql?" + urlencode({"query": CREATE}))
        assert (refused.status, refused.headers["allow"]) == (405, "POST")
    assert await company.value("select count(*) from clients") == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
async def test_another_method_is_a_405_with_those_allowed(api: Client, method: str):
    answer = await api.request(method, "/graphql", json={"query": "{ __typename }"})
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "method_not_allowed", "GET, POST")


@pytest.mark.parametrize("media", [MODERN, LEGACY])
async def test_a_bad_key_is_a_401_with_a_graphql_body(api: Client, media: str):
    answer = await api.graphql("{ __typename }", key="nonsense", headers={"accept": media})
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert set(answer.json) == {"errors"}


@pytest.mark.parametrize("media", [MODERN, LEGACY])
async def test_a_throttled_request_is_a_429_with_a_graphql_body(
    app: Any, access: KitAccess, runtime: Runtime, media: str
):
    tenant = await new_tenant(access, runtime, limits={"requests": 2})
    client = Client(app, address(), await tenant.key())
    answers: list[Answer] = [await client.graphql(CREATE, headers={"accept": media}) for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[2].code == "rate_limited"
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert answers[2].headers["content-type"] == f"{media}; charset=utf-8"
    assert await tenant.value("select count(*) from clients") == 2
