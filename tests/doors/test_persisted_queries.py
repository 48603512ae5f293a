"""Automatic persisted queries: a text is sent once with its hash, then the hash alone, by any process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

import engine.document.parsing
import engine.run.compiled
from app.graphql.shared_texts import KEPT, SharedTexts
from app.server import create_app
from core.settings import Settings
from core.valkey import Valkey, pack
from engine.runtime import Runtime
from tests.kit.client import Client
from tests.kit.fixtures import address
from tests.kit.hashes import NOT_FOUND, QUERY, by_hash, other_process, persisted, register, told
from tests.kit.tenant import Tenant


@pytest.mark.parametrize("media", ["application/json", "application/graphql-response+json"])
async def test_a_hash_alone_is_not_found_until_its_text_was_sent(api: Client, media: str):
    headers = {"accept": media}
    first = await by_hash(api, QUERY, headers=headers)
    assert (first.status, told(first)) == (200, NOT_FOUND)
    sent = await api.request("POST", "/graphql", json={"query": QUERY} | persisted(QUERY), headers=headers)
    assert sent.data == {"clients": {"nodes": []}}
    again = await by_hash(api, QUERY, headers=headers)
    assert again.data == sent.data


async def test_the_protocol_works_by_get(api: Client):
    extensions = orjson.dumps(persisted(QUERY)["extensions"]).decode()
    alone = "/graphql?" + urlencode({"extensions": extensions, "variables": '{"first":1}'})
    missed = await api.get(alone)
    assert (missed.status, told(missed), missed.headers["cache-control"]) == (200, NOT_FOUND, "no-store")
    assert (await api.get(alone + "&" + urlencode({"query": QUERY}))).status == 200
    assert (await api.get(alone)).data == {"clients": {"nodes": []}}


async def test_a_text_sent_to_one_process_is_known_to_the_others(runtime: Runtime, api: Client):
    await api.request("POST", "/graphql", json={"query": QUERY} | persisted(QUERY))
    assert (await by_hash(other_process(runtime, api), QUERY)).data == {"clients": {"nodes": []}}


async def test_a_text_is_known_to_its_own_workspace_alone(api: Client, other_company: Tenant):
    await api.request("POST", "/graphql", json={"query": QUERY} | persisted(QUERY))
    assert told(await by_hash(api, QUERY, key=await other_company.key())) == NOT_FOUND


async def test_a_hash_of_another_text_is_refused_and_not_kept(api: Client):
    answer = await api.request("POST", "/graphql", json={"query": QUERY} | persisted(QUERY + " "))
    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.errors[0]["extensions"]["field"] == "extensions.persistedQuery.sha256Hash"
    for text in (QUERY, QUERY + " "):
        assert told(await by_hash(api, text)) == NOT_FOUND


CONFLICT = "{ a: clients { nodes { id } } a: quotes { nodes { id } } }"


@pytest.mark.parametrize("text", ["{ nonsense }", "{ clients ", CONFLICT])
async def test_what_is_not_valid_is_not_kept(runtime: Runtime, api: Client, text: str):
    answer = await api.request("POST", "/graphql", json={"query": text} | persisted(text))
    assert answer.code == "bad_request"
    for client in (api, other_process(runtime, api)):
        assert told(await by_hash(client, text)) == NOT_FOUND


@pytest.mark.parametrize(
    "given",
    [1, [], "x", {}, {"version": 1}, {"version": 2, "sha256Hash": "0" * 64}, {"sha256Hash": "0" * 64}]
    + [{"version": 1, "sha256Hash": each} for each in (None, 1, "", "0" * 63, "0" * 65, "A" * 64, "\u0000" * 64)],
)
async def test_a_malformed_hash_is_named(api: Client, given: Any):
    answer = await api.request("POST", "/graphql", json={"query": QUERY, "extensions": {"persistedQuery": given}})
    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.errors[0]["extensions"]["field"].startswith("extensions.persistedQuery")


async def test_a_hit_calls_neither_parser_nor_validator_nor_planner(api: Client, monkeypatch: pytest.MonkeyPatch):
    calls: list[str] = []

    def counted(name: str, inner: Any) -> Any:
        def call(*args: Any, **how: Any) -> Any:
            calls.append(name)
            return inner(*args, **how)

        return call

    for name in ("parse", "validate", "scan"):
        monkeypatch.setattr(engine.document.parsing, name, counted(name, getattr(engine.document.parsing, name)))
    monkeypatch.setattr(engine.run.compiled, "Prepared", counted("plan", engine.run.compiled.Prepared))
    text = QUERY + " # registered"
    await register(api, text)
    sent = QUERY + " # sent"
    for each in (text, sent):
        await api.request("POST", "/graphql", json={"query": each} | persisted(each))
        await by_hash(api, each)
    assert {"parse", "validate", "scan", "plan"} == set(calls)
    calls.clear()
    for each in (text, sent, text, sent):
        assert (await by_hash(api, each)).data == {"clients": {"nodes": []}}
    assert calls == []


async def test_texts_of_one_workspace_are_bounded_and_the_unused_go_first(settings: Settings, company: Tenant):
    valkey = Valkey(str(settings.redis_url))
    here, there = (SharedTexts(valkey, most_bytes=1_000) for _ in range(2))
    for number in range(4):
        await here.keep(company.workspace_id, str(number), f"{number}" * 300)
        if number == 2:
            assert await there.find(company.workspace_id, "0") == "0" * 300
        await asyncio.sleep(0.002)  # the clock of the last use has milliseconds
    others = SharedTexts(valkey)
    found = [await others.find(company.workspace_id, str(number)) for number in range(4)]
    assert [text and text[0] for text in found] == ["0", None, "2", "3"]
    left = await valkey.call(pack(b"PTTL", b"documents:%b" % company.workspace_id.hex.encode()))
    assert 0 < left <= KEPT
    await valkey.close()


async def test_texts_of_one_process_are_bounded(company: Tenant):
    texts = SharedTexts(None, most_characters=1_000)
    for number in range(20):
        await texts.keep(company.workspace_id, str(number), "x" * 100)
    assert [texts.has(company.workspace_id, str(number)) for number in range(20)] == [False] * 10 + [True] * 10


async def test_without_valkey_the_text_is_sent_once_to_each_process(settings: Settings, company: Tenant):
    front = create_app(replace(settings, redis_url="unix:///nowhere/valkey.sock"))
    async with front.router.lifespan_context(front):
        client = Client(front, address(), await company.key())
        assert told(await by_hash(client, QUERY)) == NOT_FOUND
        assert (await client.request("POST", "/graphql", json={"query": QUERY} | persisted(QUERY))).status == 200
        assert (await by_hash(client, QUERY)).data == {"clients": {"nodes": []}}
        document = await register(client, "{ __typename }")
        assert (await client.get(f"/graphql?documentId=sha256:{document['sha256']}")).data == {"__typename": "Query"}
