"""Subscriptions over both transports, on a real server: what is told, what is refused, and how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from models import Client
from tests.kit.client import Client as Api
from tests.kit.events import Events
from tests.kit.fixtures import Key
from tests.kit.following import CREATE, SHORT, heard, tell
from tests.kit.process import ServerProcess
from tests.kit.socket import Closed, SocketClient
from tests.kit.tenant import Tenant

FIELDS = (
    "cursor type resource recordId at deleted data node { id ... on Client { name creditLimit createdBy { name } } }"
)
QUERY = f"query($after: String) {{ changes(after: $after, first: 250) {{ nodes {{ {FIELDS} }} latestCursor }} }}"
FOLLOW = f"subscription($after: String) {{ changes(after: $after) {{ {FIELDS} }} }}"


async def test_the_query_and_both_transports_tell_a_change_in_equal_bytes(
    process: ServerProcess, api: Api, key: Key, start: str
):
    made = await tell(api, "Acme", 'Bo\u0308hm "\u2028\u0001/\U0001f600', "Gone")
    await api.patch(f"/api/v1/clients/{made[0]}", {"credit_limit": "1.50", "notes": "a\tb\u007f"})
    await api.delete(f"/api/v1/clients/{made[2]}")
    narrow = await key("clients.view")
    for shown in (str(api.key), narrow):
        answer = await api.graphql(QUERY, {"after": start}, key=shown)
        nodes = orjson.loads(answer.body)["data"]["changes"]["nodes"]
        assert len(nodes) == 5
        asked = [orjson.dumps(node) for node in nodes]
        async with (
            SocketClient(process.url, shown) as client,
            Events(process.url, shown, FOLLOW, {"after": start}) as sse,
        ):
            await client.subscribe("1", FOLLOW, variables={"after": start})
            for expected in asked:
                assert expected in answer.body
                body = f'"data":{{"changes":{expected.decode()}}}}}'
                assert body in str(await client.link.recv())
                event = await sse.next()
                assert event is not None
                assert body in event.text
                assert event.id == orjson.loads(expected)["cursor"]


async def test_a_commit_elsewhere_is_heard_at_once_and_one_here_too(process: ServerProcess, api: Api):
    async with SocketClient(process.url, api.key) as client:
        await client.subscribe("1", SHORT)
        await client.subscribe("q", "{ clients { nodes { id } } }")
        assert [(await client.hear())["type"] for _ in range(2)] == ["next", "complete"]
        await asyncio.sleep(0.1)
        for send in (lambda: tell(api, "Acme"), lambda: asyncio.to_thread(process.graphql, CREATE, str(api.key))):
            began = time.monotonic()
            await send()
            assert (await heard(client))["type"] == "client.created"
            assert time.monotonic() - began < 0.8, "found by the slow look, not by the wake"


async def test_without_any_wake_a_change_is_found_within_two_seconds(process: ServerProcess, api: Api, company: Tenant):
    async with SocketClient(process.url, api.key) as client:
        await client.subscribe(
            "1", SHORT, variables={"after": (await api.get("/api/v1/changes")).json["resume_cursor"]}
        )
        made = await company.make(Client)  # past the edge: nobody is told
        began = time.monotonic()
        assert (await heard(client))["recordId"] == str(made.id)
        assert time.monotonic() - began < 2.5


async def test_queries_and_commands_are_answered_too_and_a_command_once(process: ServerProcess, api: Api):
    extensions = {"idempotencyKey": "once"}
    async with SocketClient(process.url, api.key) as client:
        ids = set()
        for name in ("1", "2"):
            await client.subscribe(name, CREATE, extensions=extensions)
            message = await client.hear()
            assert message["payload"]["extensions"]["cost"]["requestedQueryCost"] > 0
            ids.add(message["payload"]["data"]["createClient"]["id"])
            assert await client.hear() == {"id": name, "type": "complete"}
        posted = await api.post("/graphql", {"query": CREATE, "extensions": extensions})
        assert posted.headers["idempotent-replayed"] == "true"
        assert ids == {posted.data["createClient"]["id"]}
        await client.subscribe("4", CREATE, extensions={"idempotencyKey": 1})
        [error] = (await client.hear())["payload"]
        assert error["extensions"]["field"] == "extensions.idempotencyKey"
        await client.subscribe("3", "query A { clients { nodes { id } } } query B { nope }", operationName="A")
        [error] = (await client.hear())["payload"]
        assert error["extensions"]["code"] == "bad_request"
    async with Events(process.url, api.key, "{ clients { nodes { id } } }") as sse:
        [shown] = [await sse.next()]
        assert shown is not None
        assert shown.data["data"]["clients"]["nodes"] == [{"id": each} for each in ids]
        done = await sse.next()
        assert (done.name, done.text) == ("complete", "") if done else False
        assert await sse.next() is None


async def test_what_is_wrong_with_a_document_is_told_in_the_stream(process: ServerProcess, api: Api):
    for text, code in (("subscription { nope }", "bad_request"), ("{", "bad_request")):
        async with Events(process.url, api.key, text) as sse:
            assert sse.response.status_code == 200
            found = await sse.next()
            assert found is not None
            assert found.data["errors"][0]["extensions"]["code"] == code
            assert (await sse.next() or found).name == "complete"
    async with Events(process.url, api.key, FOLLOW, {"after": "x"}) as sse:
        found = await sse.next()
        assert found is not None
        assert found.data["errors"][0]["extensions"]["field"] == "after"


async def test_a_subscription_without_a_stream_is_refused_with_the_way_to_one(api: Api):
    answer = await api.graphql(SHORT)
    assert (answer.status, answer.code) == (406, "not_acceptable")
    assert "text/event-stream" in answer.errors[0]["message"]


async def test_without_a_good_key_nothing_is_streamed(process: ServerProcess, api: Api, key: Key):
    async with Events(process.url, "fmrp_live_nobody", SHORT) as sse:
        assert sse.response.status_code == 401
    async with Events(
        process.url, await key("quotes.view"), 'subscription { changes(resources: ["client"]) { type } }'
    ) as sse:
        found = await sse.next()
        assert found is not None
        assert found.data["errors"][0]["extensions"]["scope"] == "clients.view"
    async with SocketClient(process.url) as client:
        await client.say(type="connection_init", payload={"Authorization": "Bearer fmrp_live_nobody"})
        assert (await client.closed()).code == 4403
    header = {"Authorization": f"Bearer {api.key}"}
    async with SocketClient(process.url, additional_headers=header) as client:
        await client.say(type="connection_init")
        assert await client.hear() == {"type": "connection_ack"}


@pytest.mark.parametrize("key", ["\U0001f600" * 100, "é" * 60, "\\ud800", "a" * 200])
async def test_what_a_client_wrote_fits_into_the_reason_of_a_close(process: ServerProcess, api: Api, key: str):
    twice = f'{{"id":"1","type":"subscribe","payload":{{"variables":{{"{key}":1,"{key}":2}}}}}}'
    async with SocketClient(process.url, str(api.key)) as client:
        await client.link.send(twice)
        closed = await client.closed()
    assert closed.code == 4400
    assert closed.reason.startswith('The message holds the key "')


async def test_an_id_of_many_bytes_that_is_in_use_closes_with_its_code(process: ServerProcess, api: Api):
    run = {"id": "\U0001f600" * 128, "type": "subscribe", "payload": {"query": SHORT}}
    async with SocketClient(process.url, str(api.key)) as client:
        for _ in range(2):
            await client.link.send(orjson.dumps(run).decode())
        assert (await client.closed()).code == 4409


async def test_the_protocol_is_kept_to_the_letter(process: ServerProcess, api: Api):
    async def closes(*messages: Any, key: str | None = None, **how: Any) -> Closed:
        async with SocketClient(process.url, key, **how) as client:
            for message in messages:
                await client.link.send(message if isinstance(message, bytes | str) else orjson.dumps(message).decode())
            return await client.closed()

    good, init = str(api.key), {"type": "connection_init"}
    run = {"id": "1", "type": "subscribe", "payload": {"query": SHORT}}
    found = await asyncio.gather(
        closes(),
        closes(run),
        closes(init, key=good),
        closes(run, run, key=good),
        closes("x", key=good),
        closes({"type": "nope"}, key=good),
        closes({"type": "subscribe", "id": 1, "payload": {}}, key=good),
        closes({"type": "subscribe", "id": "1"}, key=good),
        closes(b"{}", key=good),
        closes(subprotocols=None),
        closes("x" * 70_000, key=good),
    )
    codes = [each.code for each in found]
    assert codes == [4408, 4401, 4429, 4409, 4400, 4400, 4400, 4400, 4400, 4406, 1009]
    assert found[3].reason == "Subscriber for 1 already exists"
    assert found[0].reason == "Connection initialisation timeout"


async def test_pings_are_answered_and_completed_ids_are_free_again(process: ServerProcess, api: Api, start: str):
    async with SocketClient(process.url, api.key) as client:
        await client.say(type="ping", payload={"any": "thing"})
        assert await client.hear() == {"type": "pong"}
        await client.say(type="pong")
        await client.subscribe("1", SHORT, variables={"after": start})
        await client.say(id="1", type="complete")
        await client.say(id="never", type="complete")
        await client.subscribe("1", SHORT, variables={"after": start})
        [made] = await tell(api, "Acme")
        assert (await heard(client))["recordId"] == made


async def test_from_the_commit_to_the_subscriber_it_takes_milliseconds(process: ServerProcess, api: Api, start: str):
    late = []
    async with SocketClient(process.url, api.key) as client:
        await client.subscribe(
            "1", "subscription($after: String) { changes(after: $after) { at } }", variables={"after": start}
        )
        for _ in range(100):
            await tell(api, "Acme")  # by another process: Valkey carries the news
            at = datetime.fromisoformat((await heard(client))["at"])
            late.append((datetime.now(UTC) - at).total_seconds())
    late.sort()
    assert late[50] < 0.2, late[50]
    assert late[95] < 0.8, late[95]


async def test_a_stream_by_get_goes_on_after_the_last_event_id(process: ServerProcess, api: Api, start: str):
    made = await tell(api, "One", "Two")
    query = {"query": SHORT, "variables": orjson.dumps({"after": start}).decode()}
    shown = {"authorization": f"Bearer {api.key}", "accept": "text/event-stream"}
    first = (await api.get(f"/api/v1/changes?cursor={start}")).json["data"][0]
    async with httpx.AsyncClient(base_url=process.url) as http:
        for headers, expected in (({}, made[0]), ({"last-event-id": first["cursor"]}, made[1])):
            async with http.stream("GET", "/graphql", params=query, headers=shown | headers) as answer:
                assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
                lines = [line async for line in _first(answer, 3)]
                assert lines[0] == "event: next"
                assert orjson.loads(lines[2].removeprefix("data: "))["data"]["changes"]["recordId"] == expected
        refused = await http.get("/graphql", params={"query": CREATE}, headers=shown)
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


async def _first(answer: httpx.Response, count: int) -> AsyncIterator[str]:
    async for line in answer.aiter_lines():
        yield line
        count -= 1
        if not count:
            return


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("subscription { changes { " + " ".join(f"a{n}: type" for n in range(31)) + " } }", "more than 30 aliases"),
        ("subscription { a: changes { type } b: changes { type } }", "must select only one top level field"),
        ("subscription { __typename }", "must not select an introspection top level field"),
        ("subscription($a: Boolean = false) { changes @include(if: $a) { type } }", "subscription"),
        ("{ " + "a" * 60_000 + " }", "more than 128 characters in one name"),
    ],
)
async def test_documents_have_the_same_limits_in_a_stream(process: ServerProcess, api: Api, text: str, message: str):
    async with SocketClient(process.url, api.key) as client:
        await client.subscribe("1", text)
        found = await client.hear()
        assert found["type"] == "error"
        assert message.lower() in found["payload"][0]["message"].lower()
        assert found["payload"][0]["extensions"]["code"] == "bad_request"
