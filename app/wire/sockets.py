"""WebSockets: uvicorn's protocol, watched, and without the answers that it has no words for."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.wire.refusals import MALFORMED, answer
from app.wire.watch import Watch


class SocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket."""

    def __init__(self, watch: Watch, **how: Any) -> None:
        super().__init__(**how)
        self._watch = watch
        self._closing: float | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._watch.leave(self)
        super().connection_lost(exc)

    def handle_parser_exception(self) -> None:
        """Answer 400 to a handshake that cannot be read; close what is open already."""
        if self.handshake_initiated:
            super().handle_parser_exception()
            return
        request_id = self._watch.refuse(int(MALFORMED.status), self.client)
        self.transport.write(answer(MALFORMED, b"", self.default_headers, request_id))
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
