"""Idempotency keys at the REST door, and at GraphQL's: one effect, one answer, replayed as it was."""

from __future__ import annotations

import pytest

from models import Client
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

LINE = {"description": "Bracket", "quantity": "2", "unit_price": "1.50"}
REPLAYED = ("location", "etag", "content-type", "content-length")


async def test_the_same_key_again_gets_the_same_answer_and_makes_nothing(api: Api, company: Tenant):
    client = await company.make(Client)
    headers = {"idempotency-key": "k-1"}
    first = await api.post("/api/v1/quotes", {"clientId": str(client.id), "title": "x"}, headers=headers)
    assert "idempotent-replayed" not in first.headers
    for body in ({"clientId": str(client.id), "title": "x"}, {"title": "x", "client_id": str(client.id)}):
        again = await api.post("/api/v1/quotes", body, headers=headers)
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
        assert [again.headers[name] for name in REPLAYED] == [first.headers[name] for name in REPLAYED]
    assert await company.value("select count(*) from quotes") == 1


async def test_a_replay_is_of_what_was_answered_then(api: Api, company: Tenant):
    client = await company.make(Client)
    one, headers = f"/api/v1/clients/{client.id}", {"idempotency-key": "k"}
    first = await api.patch(one, {"name": "A"}, headers=headers)
    await api.patch(one, {"name": "B"})
    again = await api.patch(one, {"name": "A"}, headers=headers)
    assert (again.body, again.headers["etag"], again.headers["idempotent-replayed"]) == (first.body, '"2"', "true")
    assert (await api.get(one)).data["name"] == "B"


async def test_the_same_key_with_another_request_is_a_validation_error(api: Api, company: Tenant):
    client = await company.make(Client)
    headers = {"idempotency-key": "k"}
    one = f"/api/v1/clients/{client.id}"
    assert (await api.patch(one, {"name": "A"}, headers=headers)).status == 200
    others = [
        await api.patch(one, {"name": "B"}, headers=headers),
        await api.patch(one, {}, headers=headers),
        await api.patch(one, {"name": "A", "notes": "ABSENT"}, headers=headers),
        await api.patch(one, {"name": "A"}, headers={**headers, "if-match": '"2"'}),
        await api.delete(one, headers=headers),
        await api.post("/api/v1/clients", {"name": "A"}, headers=headers),
        await api.patch(f"/api/v1/clients/{(await company.make(Client)).id}", {"name": "A"}, headers=headers),
    ]
    for other in others:
        refused(other, 422, "This Idempotency-Key was used with another request")
    graphql = await api.graphql('mutation { createClient(input: {name: "A"}) { id } }', headers=headers)
    assert graphql.errors[0]["message"] == "This Idempotency-Key was used with another request"
    assert graphql.code == "validation_error"


async def test_a_refusal_leaves_no_record_of_the_key(api: Api):
    headers = {"idempotency-key": "k"}
    refused(await api.post("/api/v1/clients", {"name": ""}, headers=headers), 422)
    assert (await api.post("/api/v1/clients", {"name": "A"}, headers=headers)).status == 201


@pytest.mark.parametrize("given", ["", "x" * 256, "a b", "é", "a\tb", "\x7f"])
async def test_an_idempotency_key_that_cannot_be_kept_is_a_bad_request(api: Api, company: Tenant, given: str):
    answer = await api.post("/api/v1/clients", {"name": "A"}, headers={"idempotency-key": given})
    refused(answer, 400, "Idempotency-Key: 1 to 255 visible ASCII characters")
    assert await company.value("select count(*) from clients") == 0


async def test_a_replay_needs_the_scopes_of_what_it_shows(api: Api, key: Key):
    headers = {"idempotency-key": "k"}
    await api.post("/api/v1/clients", {"name": "A"}, headers=headers)
    blind = await key("clients.create")
    refused(await api.post("/api/v1/clients", {"name": "A"}, headers=headers, key=blind), 403)


async def test_an_answer_too_long_to_keep_is_made_again(api: Api, company: Tenant):
    client = await company.make(Client)
    body = {"clientId": str(client.id), "parts": [{**LINE, "notes": "x" * 500} for _ in range(200)]}
    headers = {"idempotency-key": "long"}
    first, again = [await api.post("/api/v1/quotes", body, headers=headers) for _ in range(2)]
    assert len(first.body) > 65_536
    assert (again.status, again.body, again.headers["etag"]) == (201, first.body, first.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_long_answer_of_several_commands_is_replayed_too(api: Api, company: Tenant):
    client = await company.make(Client)
    line = {"description": "x", "quantity": "1", "unitPrice": "1", "notes": "n" * 500}
    shown = "id parts(first: 250) { nodes { notes } }"
    twice = " ".join(f"{alias}: createQuote(input: $i) {{ {shown} }}" for alias in "ab")
    document = f"mutation($i: CreateQuoteInput!) {{ {twice} }}"
    variables = {"i": {"clientId": str(client.id), "parts": [line] * 100}}
    first, again = [await api.graphql(document, variables, headers={"idempotency-key": "two"}) for _ in range(2)]
    assert len(first.body) > 65_536
    assert (again.status, again.json["data"]) == (200, first.json["data"])
    assert await company.value("select count(*) from quotes") == 2


CREATE = 'mutation { createClient(input: {name: "Acme"}) { id } }'


async def create(api: Api, key: object, header: str | None = None) -> Answer:
    """Create a client by GraphQL, the key in `extensions`, and in the header when one is given."""
    body = {"query": CREATE, "extensions": {"idempotencyKey": key}}
    headers = {} if header is None else {"idempotency-key": header}
    return await api.request("POST", "/graphql", json=body, headers=headers)


async def test_a_key_in_the_extensions_is_as_good_as_the_header(api: Api, company: Tenant):
    first = await create(api, "once")
    again = [await create(api, "once"), await create(api, "once", "once")]
    again.append(await api.graphql(CREATE, headers={"idempotency-key": "once"}))
    assert "idempotent-replayed" not in first.headers
    for answer in again:
        assert answer.data == first.data
        assert answer.headers["idempotent-replayed"] == "true"
    assert await company.value("select count(*) from clients") == 1


async def test_a_key_of_null_is_no_key(api: Api, company: Tenant):
    assert (await create(api, None)).data != (await create(api, None)).data
    assert (await create(api, None, "once")).data == (await create(api, None, "once")).data
    assert await company.value("select count(*) from clients") == 3


async def test_two_keys_that_differ_are_refused(api: Api, company: Tenant):
    answer = await create(api, "a", "b")
    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.errors[0]["message"] == "Idempotency-Key: the header and extensions.idempotencyKey differ"
    assert await company.value("select count(*) from clients") == 0


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é", "a\n", 1, 1.5, True, False, [], ["a"], {}, {"a": 1}])
async def test_what_is_no_key_is_refused_whatever_is_asked(api: Api, company: Tenant, key: object):
    for query in (CREATE, "{ __typename }"):
        answer = await api.request("POST", "/graphql", json={"query": query, "extensions": {"idempotencyKey": key}})
        assert (answer.status, answer.code) == (400, "bad_request")
        assert answer.errors[0]["extensions"]["field"] == "extensions.idempotencyKey"
    assert await company.value("select count(*) from clients") == 0
