"""HTTP/1.1 on one connection: uvicorn's protocol on httptools, handed one bounded piece of a request at a time.

The parser joins the pieces of a header, so the bytes of a head are counted before it sees them. A head, and a chunked
body, ends with an empty line: what is handed over is cut there. So a request that follows in the same packet is parsed
after the one before it was answered, and an error is answered in its turn.
"""

from __future__ import annotations

from typing import Any, Final, cast

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.wire.cuts import EMPTY_LINE, after_empty_line
from app.wire.heads import Headers, check_head, is_handshake, is_small, target_of, wants_socket
from app.wire.refusals import FULL, MALFORMED, Refused, framing_too_large, head_too_large, written
from app.wire.watch import Watch
from core.errors import BadRequest, ForgeError
from core.http import Receive, Scope, Send

SOCKETS: Final = b"/graphql"
"""The one path that takes WebSockets."""
ELSEWHERE: Final = "forge.websocket_elsewhere"
"""Among the `extensions` of a scope: a WebSocket was asked for, on a path that takes none."""
HEALTH: Final = frozenset({"/livez", "/readyz"})
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


class Reading(HttpToolsProtocol):
    """What of a connection reads requests; `app.wire.protocol.HttpProtocol` adds what counts and ends connections."""

    def __init__(self, watch: Watch, **how: Any) -> None:
        super().__init__(**how)
        self._watch = watch
        self._limits = watch.limits
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
        self._spare = False
        """Whether there are too many connections, so that this one may only ask for the health routes."""

    def data_received(self, data: bytes) -> None:
        """Take what came: most often one whole request, with nothing before or after it."""
        end = data.find(EMPTY_LINE) + 4 if self._stage == READY and len(data) <= self._largest else 0
        if end <= len(EMPTY_LINE):  # also an empty line before a head
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
            elif not self._count_head(data, at, upto):
                return
            self._feed(data[at:upto])
            at = upto

    def _next_cut(self, data: bytes, at: int) -> int:
        """Where the piece ends that begins at `at`: at the end of the body, after an empty line, or with the data."""
        if self._stage == BODY and self._left is not None:
            return min(len(data), at + self._left)
        upto, self._tail = after_empty_line(data, at, self._tail)
        return upto

    def _count_head(self, data: bytes, at: int, upto: int) -> bool:
        """Count bytes of a head before they are parsed; False when they are too many."""
        if self._stage == READY:
            self._stage, self._since = HEAD, self._watch.now
            self.url, self.headers = b"", []
        self._head += upto - at
        if self._head > self._largest:
            self.url = self.url or target_of(data[at:upto])  # which says how the error is told
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
        framing = self._wire - self._content * (1 + _FRAMING_OF_A_BYTE)
        most = self._limits.framing
        return max(self._quiet, framing) <= most and is_small(self.headers, most, self._limits.lines)

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
            self._check_upgrade(found, version)
            return
        if self._spare:
            self.app = self._full if self._path() not in HEALTH else self.config.loaded_app
        super().on_headers_complete()
        self._stage, self._since, self._head, self._drained = BODY, self._watch.now, 0, 0
        self._wire = self._content = self._quiet = 0
        if self._spare:
            self.cycle.keep_alive = False
        if self._left is None:
            self.headers = []  # trailers go there, and nobody reads them

    def _check_upgrade(self, found: dict[bytes, bytes], version: str) -> None:
        method = self.parser.get_method()
        self.scope["method"] = method.decode()
        if method == b"CONNECT":
            raise Refused(BadRequest("CONNECT: this is not a proxy"))
        possible = not self._spare and version == "1.1" and wants_socket(found)
        self._handshake = possible and is_handshake(method, self.url, self.headers, found, SOCKETS)

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
        version = self.parser.get_http_version().encode()
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (self.parser.get_method(), self.url, version, b"".join(lines))
        elsewhere = wants_socket(found) and self._path() != SOCKETS.decode()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(head)
        if elsewhere and self._stage != REFUSED:
            cast("dict[str, Any]", self.scope)["extensions"] = {ELSEWHERE: {}}  # the request begins in the next turn

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
        headers: Headers = cast("Headers", self.scope["headers"]) if stage in {BODY, ANSWERING} else self.headers
        response = self._watch.refuse(error, self.url, self.client, headers)
        self.transport.write(written(response, self.server_state.default_headers))
        self.transport.write_eof()

    async def _full(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # an ASGI callable
        """Answer 503 to what is asked on a connection too many."""
        response = self._watch.refuse(FULL, self.url, self.client, scope["headers"])
        response.headers.append((b"connection", b"close"))
        await response.send(send, head=scope["method"] == "HEAD")

    def _discard(self, size: int) -> None:
        self._head += size
        if self._head > _DISCARDED:
            self.transport.abort()
