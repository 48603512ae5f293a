"""The application on a thread with a loop of its own, for tools that call it from ordinary functions."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from app.front import Front
from app.server import create_app
from core.settings import Settings
from tests.kit.client import LONG, Answer, Client


@dataclass
class Background:
    """The application as `requests` would see it."""

    loop: asyncio.AbstractEventLoop
    front: Front

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on the application's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(LONG)

    def send(self, prepared: requests.PreparedRequest, address: str) -> Answer:
        """Send one request from an address."""
        url = urlsplit(str(prepared.url))
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
        assert isinstance(body, bytes)
        headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
        headers["accept-encoding"] = "identity"  # what `requests` adds of itself; nothing here would decompress
        path = unquote(url.path) + (f"?{url.query}" if url.query else "")
        client = Client(self.front, address, None)
        answer = self.run(client.request(str(prepared.method), path, content=body, headers=headers))
        assert isinstance(answer, Answer)
        return answer


class Bridge:
    """The application as an ASGI callable, for a tool with an event loop of its own; each request has its address."""

    background: Background

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":  # the application lives as long as the block that runs it
            for _ in range(2):
                await send({"type": f"{(await receive())['type']}.complete"})
            return
        there = asyncio.get_running_loop()
        given = scope | {"client": (self._address(), 1)}
        work = self.background.front(given, across(receive, there), across(send, there))
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.background.loop))


def across(call: Callable[..., Any], loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
    """A coroutine function that runs on another loop."""

    async def run(*args: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(*args), loop))

    return run


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[Background]:
    """Start the application; it ends with the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    front = create_app(settings)
    background = Background(loop, front)
    lifespan = front.router.lifespan_context(front)
    background.run(lifespan.__aenter__())
    try:
        yield background
    finally:
        background.run(lifespan.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LONG)
        loop.close()
