"""HTTP/1.1 on one connection: uvicorn's protocol on httptools, handed one bounded piece of a request at a time.

The parser joins the pieces of a header, so the bytes of a head are counted before it sees them. A head, and a chunked
body, ends with an empty line: what is handed over is cut there. So a request that follows in the same packet is parsed
after the one before it was answered, and an error is answered in its turn.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.wire.heads import check_head, is_handshake, wants_socket
from app.wire.refusals import LATE, MALFORMED, Refused, answer, framing_too_large, full, head_too_large
from app.wire.sockets import SocketProtocol
from app.wire.watch import Watch
from core.errors import BadRequest, ForgeError

SOCKETS: Final = b"/graphql"
"""The one path that takes WebSockets."""
ELSEWHERE: Final = "forge.websocket_elsewhere"
"""Among the `extensions` of a scope: a WebSocket was asked for, on a path that takes none."""
HEALTH: Final = frozenset({"/livez", "/readyz"})
_END: Final = b"\r\n\r\n"
_PIECE: Final = 65_536
_WAITING: Final = 65_536
"""Bytes of further requests that are read while one is answered; then reading stops."""
_DISCARDED: Final = 1_048_576
"""Bytes that are still read from a caller who was refused, so that the answer is read too."""
_DRAINED: Final = 16_777_216
"""Bytes of a body that are still read after the request was answered."""
_FRAMING_OF_A_BYTE: Final = 6
"""Framing that every byte of a chunked body may have: as much as chunks of one byte need."""


READY: Final = 0
"""What comes next on a connection: a request may begin, for the one before was answered."""
HEAD: Final = 1
BODY: Final = 2
ANSWERING: Final = 3
"""The request was read, and is answered."""
REFUSED: Final = 4
"""Nothing comes next: the connection is about to be closed."""


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, watch: Watch, **how: Any) -> None:
        super().__init__(**how)
        self._watch, self._limits = watch, watch.limits
        self._largest = watch.limits.head
        self._stage = READY
        self._since = watch.now
        self._head = 0
        self._tail = b""
        self._left: int | None = 0
        """Bytes of the body still to come; None when it is chunked."""
        self._wire = self._content = self._quiet = self._drained = 0
        self._held = b""
        self._handshake = False
        self._unread: tuple[int, float, float] | None = None
        self._closing: float | None = None
        self._spare = False

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

    def data_received(self, data: bytes) -> None:
        """Take what came: most often one whole request, with nothing before or after it."""
        end = data.find(_END) + 4 if self._stage == READY and len(data) <= self._largest else 0
        if end <= len(_END):  # also an empty line before a head
            self._take(data)
            return
        self._since = self._watch.now
        if end == len(data):
            self._feed(data)
            return
        self._feed(data[:end])
        if self._stage == BODY and self._left == len(data) - end:
            self._wire, self._left = self._left, 0
            self._feed(data[end:])
        else:
            self._take(data[end:])

    def _take(self, data: bytes) -> None:
        at, size = 0, len(data)
        while at < size:
            stage = self._stage
            if stage == REFUSED:
                self._discard(size - at)
                return
            if stage == ANSWERING:
                self._hold(data[at:])
                return
            upto = self._next_cut(data, at)
            if stage == BODY:
                self._count_body(upto - at)
            elif not self._count_head(upto - at):
                return
            self._feed(data[at:upto])
            at = upto

    def _next_cut(self, data: bytes, at: int) -> int:
        """Where the piece ends that begins at `at`: at the end of the body, after an empty line, or with the data."""
        if self._stage == BODY and self._left is not None:
            return min(len(data), at + self._left)
        tail = self._tail
        if tail:
            found = (tail + data[at : at + 3]).find(_END)
            if found >= 0:
                self._tail = b""
                return at + found + 4 - len(tail)
        found = data.find(_END, at, at + _PIECE)
        upto = found + 4 if found >= 0 else min(len(data), at + _PIECE)
        self._tail = b"" if found >= 0 else (tail + data[max(at, upto - 3) : upto])[-3:]
        return upto

    def _count_head(self, size: int) -> bool:
        """Count bytes of a head before they are parsed; False when they are too many."""
        if self._stage == READY:
            self._stage, self._since = HEAD, self._watch.now
            self.url = b""
        self._head += size
        if self._head > self._largest:
            self._refuse(head_too_large(self._largest, self._limits.lines))
            return False
        return True

    def _count_body(self, size: int) -> None:
        self._wire += size
        self._quiet += size
        if self._left is not None:
            self._left -= size
        if self.cycle.response_complete:
            self._drained += size
            if self._drained > _DRAINED:
                self._refuse(None)

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.error if isinstance(cause, Refused) else MALFORMED)
        else:
            if self._stage == BODY and self._left is None and not self._is_well_framed():
                self._refuse(framing_too_large(self._limits.framing, self._limits.lines))

    def _is_well_framed(self) -> bool:
        """Whether a chunked body has no more framing than it may have, its trailers included."""
        most, trailers = self._limits.framing, self.headers
        framing = self._wire - self._content * (1 + _FRAMING_OF_A_BYTE)
        if max(self._quiet, framing) > most or len(trailers) > self._limits.lines:
            return False
        return not trailers or sum(len(name) + len(value) + 4 for name, value in trailers) <= most

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._stage = HEAD

    def on_headers_complete(self) -> None:
        """Check the head, and have it answered."""
        headers, parser = self.headers, self.parser
        found = dict(headers)
        version = parser.get_http_version()
        if len(found) != len(headers) or version != "1.1" or b"host" not in found or len(headers) > self._limits.lines:
            check_head(headers, found, version, self._limits.lines)
        length = found.get(b"content-length")
        self._left = int(length) if length is not None else 0
        if b"transfer-encoding" in found:
            check_head(headers, found, version, self._limits.lines)
            self._left = None
        if parser.should_upgrade():
            self._check_upgrade(found)
            return
        if self._spare:
            self.app = full if self._path() not in HEALTH else self.config.loaded_app
        super().on_headers_complete()
        self._stage, self._since, self._head, self._drained = BODY, self._watch.now, 0, 0
        self._wire = self._content = self._quiet = 0
        if self._spare:
            self.cycle.keep_alive = False
        if self._left is None:
            self.headers = []  # trailers go there, and nobody reads them

    def _check_upgrade(self, found: dict[bytes, bytes]) -> None:
        method = self.parser.get_method()
        self.scope["method"] = method.decode()
        if method == b"CONNECT":
            raise Refused(BadRequest("CONNECT: this is not a proxy"))
        self._handshake = (
            not self._spare and wants_socket(found) and is_handshake(method, self.url, self.headers, found, SOCKETS)
        )

    def _path(self) -> str:
        return self.url.partition(b"?")[0].decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Hand a piece of the body on."""
        self._content += len(body)
        self._quiet = 0
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """The request was read."""
        if self.parser.should_upgrade():
            return
        if self._left is None and not self._is_well_framed():
            raise Refused(framing_too_large(self._limits.framing, self._limits.lines))
        cycle = self.cycle
        if cycle.response_complete:
            self._stage, self._since = READY, self._watch.now
            return
        self._stage = ANSWERING
        cycle.more_body = False
        cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Go on with what came meanwhile; uvicorn's timer for idle connections is not needed."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._stage == ANSWERING:
            self._stage, self._since = READY, self._watch.now
            if self._held:
                held, self._held = self._held, b""
                self._take(held)

    def _hold(self, data: bytes) -> None:
        """Keep what follows a request until that is answered."""
        self._held += data
        if len(self._held) > _DISCARDED:
            self._refuse(None)
        elif len(self._held) > _WAITING:
            self.flow.pause_reading()

    def _upgrade(self) -> None:
        """Hand the connection to WebSockets, or go on without the upgrade, as RFC 9110 §7.8 has it.

        The parser takes the bytes after an upgrade for another protocol's, so a new one is given the head without it.
        """
        if self._handshake:
            self.handle_websocket_upgrade()
            return
        found = dict(self.headers)
        lines = [b"%b: %b\r\n" % line for line in self.headers if line[0] != b"upgrade"]
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (self.parser.get_method(), self.url, b"".join(lines))
        elsewhere = wants_socket(found) and self._path() != SOCKETS.decode()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(head)
        if elsewhere and self._stage != REFUSED:
            cast("dict[str, Any]", self.scope)["extensions"] = {ELSEWHERE: {}}  # the request begins in the next turn

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._stage = REFUSED
        super().handle_websocket_upgrade()
        socket = self.transport.get_protocol()
        assert isinstance(socket, SocketProtocol)
        socket.watch = self._watch
        self._watch.hand_over(self, socket)

    def _refuse(self, error: ForgeError | None) -> None:
        """Answer with an error if nothing was answered yet, and read no more; without an error the connection ends."""
        cycle, stage = self.cycle, self._stage
        if stage == REFUSED:
            return
        self._stage, self._since = REFUSED, self._watch.now
        if stage in {BODY, ANSWERING}:
            answered = cycle.response_started
            cycle.disconnected = True
            cycle.message_event.set()
            if answered or error is None:
                self.transport.abort()
                return
        self.flow.resume_reading()
        if error is None:
            self.transport.close()
            return
        self._head = 0
        self.transport.write(answer(error, self.url or b"", self.server_state.default_headers))
        self.transport.write_eof()

    def _discard(self, size: int) -> None:
        self._head += size
        if self._head > _DISCARDED:
            self.transport.abort()

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
            most = limits.head_seconds if self.cycle is None else limits.idle_seconds
            if stage == READY and now - since > most:
                self.transport.close()

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
        late = self._stage == READY and now - first > self._limits.answer_seconds
        if late or now - moved > self._limits.unread_seconds:
            self.transport.abort()
