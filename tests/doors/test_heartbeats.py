"""Signs of life: one timer asks every open connection, and gives up those that do not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn

from app.front import Front
from tests.kit.client import Client as Api
from tests.kit.events import Events
from tests.kit.socket import SocketClient
from tests.kit.worker import until

FOLLOW = "subscription { changes { type } }"


@pytest.fixture
async def url(app: Front) -> AsyncIterator[str]:
    """Where the application of this process answers on a real socket."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_level="warning", ws_ping_interval=None)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_who_answers_a_ping_stays_and_who_does_not_is_given_up(app: Front, api: Api, url: str):
    async with SocketClient(url, api.key) as lives, SocketClient(url, api.key) as dead:
        app.streams._beat()
        assert await lives.link.recv() == await dead.link.recv() == '{"type":"ping"}'
        await lives.say(type="pong")
        await asyncio.sleep(0.1)
        app.streams._beat()
        assert await lives.link.recv() == '{"type":"ping"}'
        closed = await dead.closed()
        assert (closed.code, closed.reason) == (4499, "No answer to a ping")
        await lives.subscribe("1", "{ clients { nodes { id } } }")
        assert (await lives.hear())["payload"]["data"] == {"clients": {"nodes": []}}


async def test_an_event_stream_is_not_silent_for_long(app: Front, api: Api, url: str):
    async with Events(url, api.key, FOLLOW) as sse:
        app.streams._beat()
        assert await anext(sse._lines) == ":"
        assert await anext(sse._lines) == ""
        await api.post("/api/v1/clients", {"name": "Acme"})
        event = await sse.next()
        assert event is not None
        assert event.data == {"data": {"changes": {"type": "client.created"}}}


async def test_the_timer_runs_only_while_somebody_is_connected(app: Front, api: Api, url: str):
    assert app.streams._timer is None
    async with SocketClient(url, api.key):
        assert app.streams._timer is not None
    await until(lambda: app.streams._timer is None)
