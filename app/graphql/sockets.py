"""WebSockets on `/graphql`: the graphql-transport-ws protocol, for subscriptions, queries and commands.

A connection shows its key once, in the `Authorization` header or in `connection_init`; each operation is admitted and
counted like an HTTP request. Close codes are the protocol's; 4008 is a slow consumer, 1012 a process that stops.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from app.graphql.messages import BadMessage, authorization_of, graphql_request, operation_request, read_message
from app.graphql.operation import AGAIN, SLOW, Operation
from app.handshake import refuse_handshake
from app.streams import PER_CONNECTION, Main, Streams
from app.wire.refusals import refusal
from core.errors import ForgeError, RateLimited, Unauthorized, Unavailable
from core.http import Receive, Scope, Send
from engine.feed.subscriptions import PATIENCE

if TYPE_CHECKING:
    from access.principal import Principal
    from app.graphql.answering import Answering
    from app.observer import Observer
    from engine.runtime import Runtime

PROTOCOL: Final = "graphql-transport-ws"
INIT_WITHIN: Final = 10.0
"""Seconds until `connection_init` must have come."""
_FAREWELL: Final = 5.0
_LONGEST_REASON: Final = 120
_PING: Final = '{"type":"ping"}'
_PONG: Final = '{"type":"pong"}'
_ACK: Final = '{"type":"connection_ack"}'


class Socket:
    """One WebSocket."""

    def __init__(
        self,
        runtime: Runtime,
        streams: Streams,
        answering: Answering,
        observer: Observer,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self.runtime, self.streams, self.answering, self.observer = runtime, streams, answering, observer
        self.principal: Principal | None = None
        self._scope, self._send = scope, send
        self._main = Main(receive)
        self._request = graphql_request(scope)
        self._operations: dict[str, Operation] = {}
        self._ends: list[Callable[[], None]] = []
        self._initialised = False
        self._closing = False
        self._count = self._running = 0
        self._answered = True
        """Whether the caller has said anything since the last ping."""

    async def run(self) -> None:
        """Serve it until it ends."""
        await self._main.receive()
        try:
            self.streams.enter(self)
        except Unavailable as error:
            await refuse_handshake(refusal(error, b"/graphql", self._request.id), self._send)
            return
        try:
            await self._accept()
            await self._listen()
        finally:
            self._closing = True
            self.streams.leave(self)
            self.hush()
            for end in self._ends:
                end()

    async def _accept(self) -> None:
        offered = PROTOCOL in self._scope.get("subprotocols", ())
        loop = asyncio.get_running_loop()
        timer = loop.call_later(INIT_WITHIN, self.close, 4408, "Connection initialisation timeout")
        self._ends.append(timer.cancel)
        await self._send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        if not offered:
            self.close(4406, "Subprotocol not acceptable")

    async def _listen(self) -> None:
        while (message := await self._main.receive()) is not None:
            if message["type"] == "websocket.disconnect":
                return
            self._answered = True
            if self._closing:
                continue
            try:
                async with asyncio.timeout(PATIENCE):  # who does not take answers is not read any further
                    await self._take(read_message(message))
            except BadMessage as error:
                self.close(4400, str(error))
            except TimeoutError:
                self.close(SLOW, "slow consumer")

    async def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "connection_init":
            self._init(message.get("payload"))
        elif kind == "ping":
            await self.write(_PONG)
        elif kind == "subscribe":
            await self._subscribe(message["id"], message["payload"])
        elif kind == "complete" and (operation := self._operations.pop(message["id"], None)) is not None:
            operation.stop()

    def _init(self, payload: Any) -> None:
        if self._initialised:
            self.close(4429, "Too many initialisation requests")
            return
        self._initialised = True
        shown = authorization_of(payload)
        if shown is not None:
            self._request.headers[b"authorization"] = shown
        self.streams.spawn(self._admit())

    async def _admit(self) -> None:
        """Answer `connection_init`."""
        try:
            principal = (await self.runtime.admit(self._request)).admitted()
            self._ends[0]()
            if not self._closing:
                self._ends.append(self.streams.admit(self.runtime, principal, self))
                self.principal = principal
                await self.write(_ACK)
        except Unauthorized:
            self.close(4403, "Forbidden")
        except ForgeError as error:
            self.close(AGAIN, error.message)

    async def _subscribe(self, name: str, payload: dict[str, Any]) -> None:
        if self.principal is None:
            self.close(4401, "Unauthorized")
        elif name in self._operations:
            self.close(4409, f"Subscriber for {name} already exists")
        else:
            self._count += 1
            request = operation_request(self._request, self._count)
            operation = self._operations[name] = Operation(self, name, request)
            if len(self._operations) > PER_CONNECTION or self._running >= PER_CONNECTION:
                message = f"More than {PER_CONNECTION} operations under way on one connection"
                await operation.refuse(RateLimited(message, retry_after=1))
            else:
                self._running += 1
                self.streams.spawn(operation.run(payload)).add_done_callback(self._ran)

    def _ran(self, _: asyncio.Task[None]) -> None:
        self._running -= 1

    def forget(self, name: str) -> None:
        """An operation is over: its id is free."""
        self._operations.pop(name, None)

    async def write(self, text: str) -> None:
        """Send a message, as slowly as the caller takes it; nothing once the connection closes."""
        if self._closing:
            return
        with contextlib.suppress(OSError):  # the caller is gone: the main task hears that too
            await self._send({"type": "websocket.send", "text": text})

    def close(self, code: int, reason: str) -> None:
        """Close it; nothing more is sent."""
        if not self._closing:
            self._closing = True
            self.hush()
            told = reason.encode("utf-8", "replace")[:_LONGEST_REASON].decode("utf-8", "ignore")
            self.streams.spawn(self._close(code, told))

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(_FAREWELL):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (TimeoutError, OSError):
            self._main.call_away()

    def beat(self) -> None:
        """Ping; give up a caller who did not answer the last one."""
        if not self._answered:
            self.close(4499, "No answer to a ping")
            return
        if self.principal is not None:
            self._answered = False
            self.streams.spawn(self.write(_PING))

    def leave(self) -> None:
        """End it because the process stops."""
        self.close(1012, "Service restart: come again")

    def hush(self) -> None:
        """Tell nothing any more."""
        for operation in tuple(self._operations.values()):
            operation.stop()

    def lose(self, error: ForgeError) -> None:
        """End it because the key lost a right."""
        self.close(4403, error.message)
