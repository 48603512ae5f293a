"""One connection as `serve` makes them: requests are read within bounds, and each thing it does has its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from app.wire.reading import ANSWERING, BODY, HEAD, READY, REFUSED, Reading
from app.wire.refusals import LATE
from app.wire.sockets import SocketProtocol
from app.wire.watch import Watch


class HttpProtocol(Reading):
    """One connection; `kept` if another process had it before, and it has answered requests."""

    def __init__(self, watch: Watch, *, kept: bool = False, **how: Any) -> None:
        super().__init__(watch, **how)
        self._kept = kept
        self._unread: tuple[int, float, float] | None = None
        self._closing: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection."""
        super().connection_made(transport)
        self._spare = not self._watch.enter(self, self.client[0] if self.client else "")
        self._since = self._watch.now

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._watch.leave(self)
        self._stage, self._held = REFUSED, b""
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to WebSockets."""
        self._stage = REFUSED
        super().handle_websocket_upgrade()
        socket = self.transport.get_protocol()
        assert isinstance(socket, SocketProtocol)
        self._watch.hand_over(self, socket)

    def give_up(self) -> None:
        """End it at once."""
        self.transport.abort()

    def check(self, now: float) -> None:
        """End the connection when it takes too long for what it is doing; called about once a second."""
        limits, stage, since = self._limits, self._stage, self._since
        if stage == REFUSED or self.transport.is_closing():
            if self._closing is None:
                self._closing = now
            if now - self._closing > limits.linger_seconds and not self._is_draining(now):
                self.transport.abort()
        elif stage == BODY:
            self._check_body(now)
        elif stage == HEAD:
            if now - since > limits.head_seconds:
                self._refuse(LATE)
        elif size := self.transport.get_write_buffer_size():
            self._check_reader(now, size)
        else:
            self._unread = None
            is_new = self.cycle is None and not self._kept
            most = limits.head_seconds if is_new else limits.idle_seconds
            if stage == READY and now - since > most:
                self.transport.close()

    def hand_over(self, give: Callable[[int], bool]) -> None:
        """Have another process go on with the connection, now if no request is under way, else after the answer.

        `give` passes the open socket on, and says whether it could. What the caller has sent and was not read here
        is read there.
        """
        if self._stage == READY:
            self._hand_over_now(give)
        elif self.cycle is not None and not self.cycle.response_complete:
            self.cycle.on_response = partial(self._answered, give)

    def _answered(self, give: Callable[[int], bool]) -> None:
        self.on_response_complete()
        self.loop.call_soon(self.hand_over, give)  # by then the answer was written

    def _hand_over_now(self, give: Callable[[int], bool]) -> None:
        transport = self.transport
        if transport.is_closing() or transport.get_write_buffer_size():
            return
        transport.pause_reading()
        if give(transport.get_extra_info("socket").fileno()):
            self._stage = REFUSED
            transport.abort()  # closes our descriptor alone
        else:
            transport.resume_reading()

    def _is_draining(self, now: float) -> bool:
        """Whether the caller still takes the end of a complete answer."""
        size = self.transport.get_write_buffer_size()
        if size:
            self._check_reader(now, size)
        return size > 0

    def _check_body(self, now: float) -> None:
        limits = self._limits
        if self.flow.read_paused:  # it is we who do not read
            self._since += self._watch.round
            return
        took = now - self._since
        large = max(self._wire, (self._left or 0) + self._wire) > limits.small_body
        late = took > (limits.upload_grace if large else limits.small_body_seconds)
        slow = self._wire < limits.upload_rate * (took - limits.upload_grace)
        if took > limits.upload_seconds or (late and slow):
            self._refuse(LATE)

    def _check_reader(self, now: float, size: int) -> None:
        """End a connection whose caller takes nothing of an answer, or takes the rest of it for ever."""
        last, moved, first = self._unread or (size, now, now)
        moved = now if size < last else moved
        self._unread = (size, moved, first)
        self._since = now
        complete = self._stage != ANSWERING or self.transport.is_closing()
        late = complete and now - first > self._limits.answer_seconds
        if late or now - moved > self._limits.unread_seconds:
            self.transport.abort()
