"""One request and its answer on their way through the front: the answer is compressed, then counted and logged."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Final

from app.observer import GONE, Observer, nothing_to_read
from core.compression import SMALLEST, accepted_encoding, compressed
from core.http import REQUEST, Message, Request, Scope, Send, read_request
from core.instruments import ANSWER_BYTES, PLAIN_BYTES

Headers = Sequence[tuple[bytes, bytes]]

_NOT_MODIFIED: Final = 304
_IDENTITY: Final = "identity"
_VARY: Final = b"Accept-Encoding"
_LENGTH: Final = b"content-length"
_AS_IT_IS: Final = b"no-transform"
"""What in `Cache-Control` keeps an answer from being compressed."""


class Exchange:
    """One request; `send` takes the place of the server's."""

    __slots__ = ("_began", "_compresses", "_head", "_observer", "_scope", "_send", "_status")

    def __init__(self, scope: Scope, send: Send, observer: Observer, *, compresses: bool) -> None:
        self._began = time.perf_counter()
        self._scope, self._send, self._observer, self._compresses = scope, send, observer, compresses
        self._status = GONE
        self._head: Message | None = None

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message of the answer; the head of a body that may be compressed waits for that body.

        Every other head goes out at once, that of a stream above all: its first event may be long in coming.
        """
        head = self._head
        if head is not None:
            self._head = None
            return self._both(head, message)
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if REQUEST not in self._scope:
                self._name(message)
            if self._compresses and self._waits(message):
                self._head = message
                return _DONE
        return self._send(message)

    def _name(self, head: Message) -> None:
        """Give an answer that no door has made the id of its request; those of the doors have it."""
        request = read_request(self._scope, nothing_to_read)
        head["headers"] = [*head["headers"], (b"x-request-id", request.id.encode("latin-1"))]

    def _waits(self, head: Message) -> bool:
        """Whether the body is known to be long enough; the answer 304, which has none, is told what it depends on."""
        if head["status"] == _NOT_MODIFIED:
            head["headers"] = _varied(head["headers"])
            return False
        for name, value in reversed(head["headers"]):  # where the doors put it
            if name == _LENGTH:
                return int(value) >= SMALLEST
        return False

    async def _both(self, head: Message, message: Message) -> None:
        """Send the head and the body, compressed if it is large enough and its caller accepts that."""
        body: bytes = message.get("body", b"")
        if body and not message.get("more_body", False):
            encoding = self._encoding(head["headers"])
            if encoding is not None:
                small = body if encoding == _IDENTITY else await compressed(body, encoding)
                head["headers"] = _encoded(head["headers"], encoding, len(small))
                message["body"] = small
                ANSWER_BYTES.labels(encoding).inc(len(small))
                PLAIN_BYTES.labels(encoding).inc(len(body))
        elif self._scope["method"] == "HEAD":
            self._tell(head)
        await self._send(head)
        await self._send(message)

    def _tell(self, head: Message) -> None:
        """Give the answer to HEAD the headers of the one to GET, but the length that only compressing would tell."""
        encoding = self._encoding(head["headers"])
        if encoding is not None:
            head["headers"] = _encoded(head["headers"], encoding, None)

    def _encoding(self, headers: Headers) -> str | None:
        """The encoding for this answer; None when it is sent as it is, whatever the caller accepts."""
        for name, value in headers:
            if name == b"content-encoding" or (name == b"cache-control" and _AS_IT_IS in value):
                return None
        given = b",".join(value for name, value in self._scope["headers"] if name == b"accept-encoding")
        return (accepted_encoding(given.decode("latin-1")) if given else None) or _IDENTITY

    @property
    def is_begun(self) -> bool:
        """Whether an answer was begun."""
        return self._status != GONE

    def end(self, place: Callable[[str], str]) -> None:
        """Take note of it; `place` names the route of a path where no door found one."""
        scope = self._scope
        request: Request = scope.get(REQUEST) or read_request(scope, nothing_to_read)
        self._observer.saw(request, scope["method"], request.route or place(scope["path"]), self._status, self._began)


class _Done:
    """What is awaited where nothing is to be waited for."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


_DONE: Final = _Done()


def _encoded(headers: Headers, encoding: str, size: int | None) -> list[tuple[bytes, bytes]]:
    """The headers of a compressed answer: its tag is weak, for the bytes are others than those of the plain one.

    A size of None leaves out how long it is.
    """
    found = _varied(headers)
    if encoding == _IDENTITY:
        return found
    for at, (name, value) in enumerate(found):
        if name == _LENGTH:
            found[at] = name, b"%d" % (size or 0)
        elif name == b"etag" and not value.startswith(b"W/"):
            found[at] = name, b"W/" + value
    found.append((b"content-encoding", encoding.encode()))
    return found if size is not None else [line for line in found if line[0] != _LENGTH]


def _varied(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers with `Accept-Encoding` among what the answer depends on."""
    found = list(headers)
    for at, (name, value) in enumerate(found):
        if name == b"vary":
            found[at] = name, value + b", " + _VARY
            return found
    return [*found, (b"vary", _VARY)]
