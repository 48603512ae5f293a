"""Registered documents: checked once, run by their hash, by keys that may be limited to them."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from core.errors import Invalid
from core.settings import Settings
from engine.document.scan import REGISTERED_TOKENS
from engine.runtime import Runtime
from tests.kit.client import Client
from tests.kit.hashes import QUERY, by_hash, digest, other_process, persisted, register
from tests.kit.process import ServerProcess
from tests.kit.socket import SocketClient
from tests.kit.tenant import Tenant

PATH = "/api/v1/registered-documents"


async def test_a_registered_document_is_run_by_its_hash_in_every_way(runtime: Runtime, api: Client, make: Any):
    from models import Client as Row  # noqa: PLC0415  # the api's client is called so too

    await make(Row, name="Acme")
    made = await register(api, QUERY, name="Names")
    assert (made["sha256"], made["name"]) == (digest(QUERY), "Names")
    wanted = {"clients": {"nodes": [{"name": "Acme"}]}}
    document_id = f"sha256:{digest(QUERY)}"
    for client in (api, other_process(runtime, api)):
        assert (await by_hash(client, QUERY)).data == wanted
        posted = {"documentId": document_id, "variables": {"first": 1}, "operationName": "Names"}
        assert (await client.request("POST", "/graphql", json=posted)).data == wanted
        assert (await client.get("/graphql?" + urlencode({"documentId": document_id}))).data == wanted
    listed = await api.graphql("{ registeredDocuments { nodes { name sha256 document createdBy { name } } } }")
    shown = {"name": "Names", "sha256": digest(QUERY), "document": QUERY, "createdBy": {"name": "test"}}
    assert listed.data == {"registeredDocuments": {"nodes": [shown]}}


INVALID = {
    "{ clients { nodes { price } } }": "document: line 1, column 21: Cannot query field 'price' on type 'Client'.",
    "{ clients {\n nodes": "document: line 2, column 7: Syntax Error: Expected Name, found <EOF>.",
    " ": "document: must not be blank",
    "{ " + "__typename " * 4_000 + "}": f"document: more than {REGISTERED_TOKENS:,} tokens",
}


@pytest.mark.parametrize("text", INVALID, ids=[each[:20] for each in INVALID])
async def test_what_is_not_valid_is_not_registered_and_the_place_is_named(api: Client, text: str):
    answer = await api.post(PATH, {"document": text})
    assert (answer.status, answer.json["error"]["message"]) == (422, INVALID[text])
    refused = await api.graphql(
        "mutation($d: String!) { createRegisteredDocument(input: {document: $d}) { id } }", {"d": text}
    )
    assert refused.code == "validation_error"
    assert refused.errors[0]["extensions"]["field"].endswith("document")
    assert (await api.get(PATH)).json["data"] == []


async def test_a_text_is_registered_once_and_again_when_it_was_deleted(api: Client):
    made = await register(api, QUERY)
    answers = await asyncio.gather(*(api.post(PATH, {"document": QUERY}) for _ in range(8)))
    assert {each.status for each in answers} == {409}
    assert made["id"] in answers[0].json["error"]["message"]
    assert (await api.delete(f"{PATH}/{made['id']}")).status == 200
    answers = await asyncio.gather(*(api.post(PATH, {"document": QUERY}) for _ in range(8)))
    assert sorted(each.status for each in answers) == [201] + [409] * 7


async def test_registering_needs_its_scope(api: Client, company: Tenant):
    key = await company.key("clients.view", "quotes.edit")
    assert (await api.post(PATH, {"document": QUERY}, key=key)).status == 403
    assert (await api.get(PATH, key=key)).status == 403


async def test_an_unknown_document_id_is_not_found_and_a_malformed_one_named(api: Client, other_company: Tenant):
    await register(api, QUERY)
    path = "/graphql?documentId="
    theirs = await api.get(f"{path}sha256:{digest(QUERY)}", key=await other_company.key())
    assert (theirs.status, theirs.code) == (404, "not_found")
    await api.request("POST", "/graphql", json={"query": "{ __typename }"} | persisted("{ __typename }"))
    sent_only = await api.get(f"{path}sha256:{digest('{ __typename }')}")
    assert (sent_only.status, sent_only.code) == (404, "not_found")
    for malformed in ("x", "sha256:", f"sha256:{'A' * 64}", f"md5:{'0' * 32}", "%20"):
        answer = await api.get(path + malformed)
        assert (answer.status, answer.errors[0]["extensions"]["field"]) == (400, "documentId")
    both = await api.get(f"{path}sha256:{digest(QUERY)}&query={{__typename}}")
    assert (both.status, both.errors[0]["extensions"]["field"]) == (400, "documentId")


async def test_a_registered_document_may_have_four_times_the_tokens(runtime: Runtime, api: Client):
    part = "quotes(first: 1) { nodes { id number title status currency total } } " * 21
    text = " ".join(f"query Long{number} {{ {part} }}" for number in range(9))
    assert (await api.graphql(text)).status == 400
    await register(api, text)
    asked = persisted(text) | {"operationName": "Long8"}
    answer = await other_process(runtime, api).request("POST", "/graphql", json=asked)
    assert answer.data == {"quotes": {"nodes": []}}
    assert (await api.graphql(text)).status == 400


async def test_an_answer_by_a_registered_hash_may_be_kept_and_asked_for_again(api: Client, make: Any):
    from models import Client as Row  # noqa: PLC0415  # the api's client is called so too

    await register(api, QUERY)
    path = f"/graphql?documentId=sha256:{digest(QUERY)}"
    first = await api.get(path)
    assert first.headers["cache-control"] == "private"
    assert first.headers["vary"] == "Authorization, Accept"
    again = await api.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    await make(Row, name="Acme")
    changed = await api.get(path, headers={"if-none-match": first.headers["etag"]})
    assert changed.data == {"clients": {"nodes": [{"name": "Acme"}]}}
    plain = await api.get("/graphql?" + urlencode({"query": QUERY}))
    assert (plain.headers["cache-control"], "etag" in plain.headers) == ("no-store", False)
    assert "cache-control" not in (await by_hash(api, QUERY)).headers


async def test_a_mutation_is_registered_and_run_but_not_by_get(api: Client, company: Tenant):
    text = 'mutation { createClient(input: {name: "Acme"}) { name } }'
    await register(api, text)
    refused = await api.get(f"/graphql?documentId=sha256:{digest(text)}")
    assert (refused.status, refused.headers["allow"]) == (405, "POST")
    for _ in range(2):
        answer = await by_hash(api, text, headers={"Idempotency-Key": "once"})
        assert answer.data == {"createClient": {"name": "Acme"}}
    assert answer.headers["idempotent-replayed"] == "true"
    whole = await api.graphql(text, headers={"Idempotency-Key": "once"})
    assert whole.headers["idempotent-replayed"] == "true"
    assert await company.value("select count(*) from clients") == 1


# Keys that are limited to registered documents


async def test_a_limited_key_runs_registered_documents_and_nothing_else(api: Client, company: Tenant):
    key = await company.key("clients.view", registered_only=True)
    await register(api, QUERY)
    for answer in (
        await by_hash(api, QUERY, key=key),
        await api.request("POST", "/graphql", json={"query": QUERY} | persisted(QUERY), key=key),
        await api.graphql(QUERY, key=key),
        await api.get(f"/graphql?documentId=sha256:{digest(QUERY)}", key=key),
    ):
        assert answer.data == {"clients": {"nodes": []}}
    other = "{ __typename }"
    await api.request("POST", "/graphql", json={"query": other} | persisted(other))
    for answer in (
        await by_hash(api, other, key=key),
        await api.graphql(other, key=key),
        await api.graphql(QUERY + " ", key=key),
        await api.request("POST", "/graphql", json={"query": other} | persisted(other), key=key),
        await api.get(f"/graphql?documentId=sha256:{digest(other)}", key=key),
    ):
        assert (answer.status, answer.code) == (403, "document_not_registered")
    assert (await api.get("/api/v1/clients", key=key)).status == 200


async def test_a_limited_key_cannot_be_one_that_registers(company: Tenant):
    with pytest.raises(Invalid, match=r"scopes: a key limited to registered documents"):
        await company.key("clients.view", "settings.integrations", registered_only=True)
    with pytest.raises(Invalid, match=r"cannot hold settings\.integrations"):
        await company.key("admin", registered_only=True)  # which implies it


async def test_a_deleted_registration_ends_in_every_process_within_a_second(
    api: Client, company: Tenant, settings: Settings
):
    made = await register(api, QUERY)
    key = await company.key("clients.view", registered_only=True)
    body, headers = persisted(QUERY), {"authorization": f"Bearer {key}"}
    with ServerProcess(settings) as first, ServerProcess(settings) as second:
        both = (first, second)
        assert [each.http.post("/graphql", json=body, headers=headers).status_code for each in both] == [200, 200]
        assert (await api.delete(f"{PATH}/{made['id']}")).status == 200
        deleted, ended = time.monotonic(), [0.0, 0.0]
        while not all(ended) and time.monotonic() < deleted + 5:
            for number, each in enumerate(both):
                if each.http.post("/graphql", json=body, headers=headers).status_code == 403:
                    ended[number] = ended[number] or time.monotonic() - deleted
        assert 0 < max(ended) < 1
        assert min(ended) > 0


async def test_a_limited_key_is_limited_in_streams_too(api: Client, company: Tenant, settings: Settings):
    key = await company.key("clients.view", registered_only=True)
    text = "subscription { changes { type } }"
    streamed = await api.graphql(text, key=key, headers={"accept": "text/event-stream"})
    assert (streamed.status, streamed.code) == (403, "document_not_registered")
    await register(api, QUERY)
    with ServerProcess(settings) as process:
        async with SocketClient(process.url, key) as socket:
            for name, query in (("1", text), ("2", "{ __typename }")):
                await socket.subscribe(name, query)
                refused = await socket.hear()
                assert (refused["id"], refused["type"]) == (name, "error")
                assert refused["payload"][0]["extensions"]["code"] == "document_not_registered"
            await socket.subscribe("3", QUERY)
            assert (await socket.hear())["payload"]["data"] == {"clients": {"nodes": []}}
