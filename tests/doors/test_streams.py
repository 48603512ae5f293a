"""Open connections: how many there may be, what cuts them off, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import asyncpg
import pytest

from access.credentials import public_id_of
from app.streams import PER_CONNECTION, PER_KEY
from engine.feed.subscriptions import PATIENCE
from models import Client, Quote
from tests.kit.client import Client as Api
from tests.kit.events import Events
from tests.kit.fixtures import Key
from tests.kit.following import SHORT, heard, tell
from tests.kit.process import ServerProcess
from tests.kit.socket import Closed, SocketClient
from tests.kit.tenant import Tenant

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


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
    expires = datetime.now(UTC) + timedelta(seconds=5.0) if how == "expired" else None
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


async def test_without_valkey_changes_come_a_little_later_and_lost_rights_still_end_a_stream(
    server: Callable[..., ServerProcess], api: Api, company: Tenant, key: Key
):
    process = server(REDIS_URL="unix:///nowhere/valkey.sock")
    shown = await key("clients.view")
    async with SocketClient(process.url, shown) as client:
        await client.subscribe(
            "1", SHORT, variables={"after": (await api.get("/api/v1/changes")).json["resume_cursor"]}
        )
        for _ in range(3):
            [made] = await tell(api, "Acme")
            assert (await heard(client))["recordId"] == made
        await company.access.keys.revoke(str(public_id_of(shown)))
        assert (await client.closed(7.0)).code == 4403


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
