"""The answer to a WebSocket handshake: 101, or an error; it names the request, and is counted and logged as any other.

What is said on the connection afterwards passes through untouched; the operations on it are taken note of one by one.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final

from app.observer import Observer, nothing_to_read
from core.http import REQUEST, Message, Request, Response, Scope, Send, read_request

_ACCEPT: Final = "websocket.accept"
_START: Final = "websocket.http.response.start"


class Handshake:
    """One handshake; `send` takes the place of the server's."""

    __slots__ = ("_began", "_is_answered", "_observer", "_route", "_scope", "_send")

    def __init__(self, scope: Scope, send: Send, observer: Observer, route: str) -> None:
        self._began = time.perf_counter()
        scope.setdefault("method", "GET")
        read_request(scope, nothing_to_read)
        self._scope, self._send, self._observer, self._route = scope, send, observer, route
        self._is_answered = False

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message; the first one is the answer."""
        if not self._is_answered:
            self._is_answered = True
            request: Request = self._scope[REQUEST]
            status = int(HTTPStatus.SWITCHING_PROTOCOLS)
            if message["type"] == _ACCEPT:
                named = (b"x-request-id", request.id.encode("latin-1"))
                message["headers"] = [*message.get("headers", ()), named]
            elif message["type"] == _START:
                status = message["status"]
            self._observer.saw(request, "GET", request.route or self._route, status, self._began)
        return self._send(message)


async def refuse_handshake(response: Response, send: Send) -> None:
    """Answer a handshake with an HTTP response: there is no connection."""

    async def before_the_connection(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    await response.send(before_the_connection)
