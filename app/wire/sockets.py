"""WebSockets: uvicorn's protocol, watched, and without the answers that it has no words for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from app.wire.refusals import MALFORMED, closing, written
from app.wire.watch import Watch
from core.errors import BadRequest, ForgeError, Internal

_LONGEST: Final = 300
"""Characters of what is told of a bad handshake: it may quote a header."""
_VERSION: Final = (b"sec-websocket-version", b"13")


class _Handshakes(ServerProtocol):
    """The library's protocol; `tell` makes the answer to a handshake that it refuses."""

    def __init__(self, tell: Callable[[int, str], Response], most: int) -> None:
        super().__init__(max_size=most, logger=logging.getLogger("uvicorn.error"))
        self._tell = tell

    def reject(self, status: int, text: str) -> Response:
        """Return the answer to a handshake that is refused."""
        return self._tell(int(status), text)


class SocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket."""

    def __init__(self, watch: Watch, **how: Any) -> None:
        super().__init__(**how)
        self._watch = watch
        self._closing: float | None = None
        self._asked: Request | None = None
        self.conn = _Handshakes(self._refusal, self.config.ws_max_size)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._watch.leave(self)
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        """Take a handshake, or refuse it."""
        self._asked = event
        super().handle_connect(event)

    def handle_parser_exception(self) -> None:
        """Answer 400 to a handshake that cannot be read; close what is open already."""
        if self.handshake_initiated:
            super().handle_parser_exception()
            return
        self.transport.write(written(self._watch.refuse(MALFORMED, b"", self.client), self.default_headers))
        self.transport.close()

    def handle_ping(self) -> None:
        """Answer a ping; a caller who sends pings and does not read is given up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.give_up()

    def give_up(self) -> None:
        """End it at once."""
        self.transport.abort()

    def check(self, now: float) -> None:
        """End a connection that was closed and whose caller does not take the rest of what was sent."""
        if self.transport.is_closing():
            self._closing = self._closing or now
            if now - self._closing > self._watch.limits.unread_seconds:
                self.give_up()

    def _refusal(self, status: int, text: str) -> Response:
        """The answer to a bad handshake, and to one that Forge failed to answer."""
        assert self._asked is not None
        error: ForgeError = BadRequest(text.strip().partition("; ")[0].rstrip(".")[:_LONGEST])
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = Internal("Internal error")
        asked = self._asked.headers.raw_items()
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in asked]
        response = self._watch.refuse(error, self._asked.path.encode("latin-1", "replace"), self.client, headers)
        response.headers.append(_VERSION)
        lines = closing(response, self.default_headers)
        told = Headers([(name.decode(), value.decode("latin-1")) for name, value in lines])
        return Response(response.status, HTTPStatus(response.status).phrase, told, response.body)
