"""A plain WebSocket client of graphql-transport-ws: it sends and sees the protocol's own messages."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
LONG = 20.0


class Closed(Exception):
    """The server closed the connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class SocketClient:
    """One connection to `url` (http://…), opened when entered; `key` is shown in `connection_init`."""

    def __init__(self, url: str, key: str | None = None, **how: Any) -> None:
        self._url = url.replace("http", "ws", 1) + "/graphql"
        self._key = key
        self._how = {"subprotocols": [PROTOCOL], "ping_interval": None, "compression": None} | how
        self.link: ClientConnection

    async def __aenter__(self) -> Self:
        self.link = await connect(self._url, **self._how)
        if self._key is not None:
            await self.say(type="connection_init", payload={"Authorization": f"Bearer {self._key}"})
            assert await self.hear() == {"type": "connection_ack"}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.link.close()

    async def say(self, **message: Any) -> None:
        await self.link.send(orjson.dumps(message).decode())

    async def subscribe(self, name: str, query: str, **payload: Any) -> None:
        await self.say(id=name, type="subscribe", payload={"query": query} | payload)

    async def hear(self, within: float = LONG) -> dict[str, Any]:
        """The next message but pings, which are answered; raises Closed."""
        while True:
            try:
                async with asyncio.timeout(within):
                    found: dict[str, Any] = orjson.loads(await self.link.recv())
            except ConnectionClosed as error:
                rcvd = error.rcvd
                raise Closed(rcvd.code if rcvd else 1006, rcvd.reason if rcvd else "") from error
            if found != {"type": "ping"}:
                return found
            await self.say(type="pong")

    async def closed(self, within: float = LONG) -> Closed:
        """Hear until the connection is closed, and how."""
        try:
            while True:
                await self.hear(within)
        except Closed as closed:
            return closed
