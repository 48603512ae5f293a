"""Subscriptions over both transports, on a real server: what is told, what is refused, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import httpx
import orjson
import pytest

from access.credentials import public_id_of
from app.streams import PER_CONNECTION, PER_KEY
from core.settings import Settings
from engine.subscriptions import PATIENCE
from models import Client, Quote
from tests.kit.client import Client as Api
from tests.kit.events import Events
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.socket import Closed, SocketClient
from tests.kit.tenant import Tenant

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
FIELDS = (
    "cursor type resource recordId at deleted data node { id ... on Client { name creditLimit createdBy { name } } }"
)
QUERY = f"query($after: String) {{ changes(after: $after, first: 250) {{ nodes {{ {FIELDS} }} latestCursor }} }}"
FOLLOW = f"subscription($after: String) {{ changes(after: $after) {{ {FIELDS} }} }}"
SHORT = "subscription($after: String) { changes(after: $after) { cursor type recordId } }"
CREATE = 'mutation($name: String! = "Acme") { createClient(input: {name: $name}) { id } }'


@pytest.fixture(scope="module")
def process(settings: Settings) -> Iterator[ServerProcess]:
    """One API process for the tests that do not end it."""
    with ServerProcess(settings) as process:
        yield process


@pytest.fixture
async def start(api: Api) -> str:
    """The cursor before anything has happened."""
    return str((await api.graphql("{ changes { latestCursor } }")).data["changes"]["latestCursor"])


async def tell(api: Api, *names: str) -> list[str]:
    """Make clients through another process and return their ids."""
    return [(await api.graphql(CREATE, {"name": name})).data["createClient"]["id"] for name in names]


async def heard(client: SocketClient) -> Any:
    """The change that a subscription tells next."""
    message = await client.hear()
    assert message["type"] == "next", message
    return message["payload"]["data"]["changes"]


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
        await client.subscribe("1", SHORT, variables={"after": (await api.get("/api/v1/changes")).json["next_cursor"]})
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
        assert len(ids) == 1
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
        closes(init, init),
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


async def test_a_connection_and_a_key_may_have_so_many_and_no_more(process: ServerProcess, key: Key):
    shown = await key("clients.view")
    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(SocketClient(process.url, shown)) for _ in range(PER_KEY)]
        for number in range(PER_CONNECTION + 1):
            await many[0].subscribe(str(number), SHORT)
        message = await many[0].hear()
        assert (message["id"], message["type"]) == (str(PER_CONNECTION), "error")
        assert message["payload"][0]["extensions"]["code"] == "rate_limited"
        client = await stack.enter_async_context(SocketClient(process.url))
        await client.say(type="connection_init", payload={"Authorization": f"Bearer {shown}"})
        assert (await client.closed()).code == 1013
        async with Events(process.url, shown, SHORT) as sse:
            assert sse.response.status_code == 429
        await many[1].link.close()
        await asyncio.sleep(0.1)
        await stack.enter_async_context(SocketClient(process.url, shown))


@pytest.mark.parametrize("how", ["revoked", "expired", "narrowed"])
async def test_a_key_that_loses_a_right_is_cut_off_within_a_second(
    process: ServerProcess, api: Api, company: Tenant, key: Key, how: str
):
    role = await company.access.companies.add_role(company.made.id, "Sales", ["clients.view", "quotes.view"])
    user = await company.access.companies.add_user(company.made.id, role, "sales@example.com", "Sales")
    expires = datetime.now(UTC) + timedelta(seconds=2.0) if how == "expired" else None
    shown = await key("clients.view", "quotes.view", creator_id=user, expires_at=expires)
    async with SocketClient(process.url, shown) as client, Events(process.url, shown, SHORT) as sse:
        await client.subscribe("1", SHORT)
        await asyncio.sleep(0.3)
        await tell(api, "Before")
        assert (await heard(client))["type"] == "client.created"
        assert (await sse.next() or sse) is not sse
        if how == "revoked":
            await company.access.keys.revoke(str(public_id_of(shown)))
        elif how == "narrowed":
            await company.access.companies.set_role_scopes(role, ["clients.view"])
        else:
            assert expires is not None
            await asyncio.sleep((expires - datetime.now(UTC)).total_seconds())
        began = time.monotonic()
        closed = await client.closed(1.0)
        last = await sse.next(1.0)
        assert time.monotonic() - began < 1.0
        assert closed.code == 4403
        assert closed.reason.startswith("A right" if how == "narrowed" else "The key is missing, wrong, expired")
        assert last is not None
        assert last.data["errors"][0]["extensions"]["code"] == "unauthorized"
        done = await sse.next()
        assert done is not None
        assert done.name == "complete"
        await tell(api, "After")
        assert await sse.next() is None


async def test_what_is_committed_after_the_loss_is_never_told(
    process: ServerProcess, api: Api, company: Tenant, key: Key
):
    for _ in range(5):
        shown = await key("clients.view")
        async with SocketClient(process.url, shown) as client:
            await client.subscribe("1", SHORT)
            await asyncio.sleep(0.1)
            await company.access.keys.revoke(str(public_id_of(shown)))
            [made] = await tell(api, "Secret")
            told = []
            with contextlib.suppress(Closed):
                while True:
                    told.append(await heard(client))
            assert made not in {each["recordId"] for each in told}


async def test_a_lost_message_of_a_lost_right_is_found_by_the_sweep(
    process: ServerProcess, company: Tenant, key: Key, owner: Owner
):
    shown = await key("clients.view")
    async with SocketClient(process.url, shown) as client:
        await client.subscribe("1", SHORT)
        await asyncio.sleep(0.2)
        async with owner.transaction():  # as if Valkey had been away: nobody is told
            await owner.execute("update api_keys set revoked_at = now() where public_id = $1", public_id_of(shown))
            await owner.execute(
                "update clocks set access_epoch = access_epoch + 1 where workspace_id = $1", company.workspace_id
            )
        assert (await client.closed(7.0)).code == 4403


async def test_a_slow_consumer_is_dropped_and_can_resume_without_a_loss(
    process: ServerProcess, api: Api, company: Tenant, start: str
):
    text = "subscription($after: String) { changes(after: $after) { cursor recordId data } }"
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.connect(("127.0.0.1", process.settings.port))
    own.setblocking(False)
    told: list[str] = []
    after = start
    async with SocketClient(process.url, api.key, sock=own, max_queue=1) as client:
        await client.subscribe("1", text)
        await asyncio.sleep(0.3)
        shop = await company.make(Client)
        notes = [{"client_id": shop.id, "notes_private": "n" * 10_000} for _ in range(1_000)]
        made = [str(each.id) for each in await company.make_many(Quote, notes)]
        await asyncio.sleep(PATIENCE + 2.5)
        with contextlib.suppress(Closed):
            while True:
                change = await heard(client)
                told, after = [*told, change["recordId"]], change["cursor"]
        closed = await client.closed()
    assert closed.code == 4008
    assert closed.reason.startswith("slow consumer: resume after ")
    assert 0 < len(told) < 1_001
    async with SocketClient(process.url, api.key) as client:
        await client.subscribe("1", text, variables={"after": after})
        told += [(await heard(client))["recordId"] for _ in range(1_001 - len(told))]
    assert told == [str(shop.id), *made]
    async with SocketClient(process.url, api.key) as client:
        await client.subscribe("1", text, variables={"after": closed.reason.rpartition(" ")[2]})
        assert (await heard(client))["recordId"] in made


async def test_a_process_that_stops_sends_everybody_away_at_once(server: Callable[[], ServerProcess], api: Api):
    process = server()
    http = {"authorization": f"Bearer {api.key}"}
    async with SocketClient(process.url, api.key) as client, Events(process.url, api.key, SHORT) as sse:
        await client.subscribe("1", SHORT)
        waiting = asyncio.create_task(asyncio.to_thread(process.http.get, "/api/v1/changes?wait=30", headers=http))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        process.process.terminate()
        closed = await client.closed()
        assert closed.code == 1012
        assert await sse.next() is None  # no `complete`: the client comes again
        answer = await waiting
        assert (answer.status_code, answer.json()["data"]) == (200, [])
        await asyncio.to_thread(process.process.wait)
        assert time.monotonic() - began < 1.5


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


async def test_without_valkey_changes_come_a_little_later_and_lost_rights_still_end_a_stream(
    server: Callable[..., ServerProcess], api: Api, company: Tenant, key: Key
):
    process = server(REDIS_URL="unix:///nowhere/valkey.sock")
    shown = await key("clients.view")
    async with SocketClient(process.url, shown) as client:
        await client.subscribe("1", SHORT, variables={"after": (await api.get("/api/v1/changes")).json["next_cursor"]})
        for _ in range(3):
            [made] = await tell(api, "Acme")
            assert (await heard(client))["recordId"] == made
        await company.access.keys.revoke(str(public_id_of(shown)))
        assert (await client.closed(7.0)).code == 4403


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


async def test_connections_to_the_database_that_are_cut_interrupt_nobody(
    process: ServerProcess, api: Api, owner: Owner, start: str
):
    text = "subscription($after: String) { changes(after: $after) { recordId node { id } } }"
    async with SocketClient(process.url, api.key) as client:
        await client.subscribe("1", text, variables={"after": start})
        for _ in range(3):
            [made] = await tell(api, "Acme")
            assert await heard(client) == {"recordId": made, "node": {"id": made}}
            await owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and usename = current_user"
            )
            await asyncio.sleep(0.1)
