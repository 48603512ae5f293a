"""HTTP as both doors see it: a request read whole and bounded, a response written whole, nothing more.

The doors speak ASGI themselves, in front of any framework: for a small answer a framework costs more than the answer.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from core.encodings import Decoder, decoder_of
from core.errors import BadRequest, PayloadTooLarge
from core.origin import LONGEST_AGENT, Origin, address, plain

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY: Final = 1_048_576
"""Bytes a body may have, unless a route says otherwise."""
_OVERHEAD: Final = 65_536
"""Bytes by which an encoded body may be larger than what comes out of it."""
_DIGITS: Final = 18
"""Digits of a `Content-Length` that are still worth reading."""
LONGEST_QUERY: Final = 32_768
MAX_PAIRS: Final = 1_000
"""Characters and parameters that a query string may have; it is counted before it is taken apart."""
_BODILESS: Final = frozenset({204, 304})
JSON: Final = (b"content-type", b"application/json")
SHOWN_ONCE: Final = (b"cache-control", b"no-store, no-transform")
"""Of an answer that shows a secret: nobody may keep it, nor compress it, for its length would tell of it."""
_LISTS: Final = frozenset({b"accept", b"accept-encoding", b"content-encoding", b"if-match", b"if-none-match"})
REQUEST: Final = "forge.request"
"""Where in an ASGI scope the request is found that was read of it."""
_REQUEST_ID = re.compile(r"[!-~]{1,128}\Z")
_ADDRESS = re.compile(r"[0-9a-fA-F.:]{2,45}(?:%[\w.-]{1,32})?", re.ASCII)


class Disconnected(Exception):
    """The caller went away before the request was read."""


@dataclass(slots=True)
class Request:
    """One HTTP request; `headers` by their names in lower case, a list that came in several lines joined again."""

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    client: str
    receive: Receive
    id: str = ""
    lines: Iterable[tuple[bytes, bytes]] = ()
    """Every header line, as it came."""
    route: str = ""
    """The template of its path, once a door has found it."""
    operation: str = ""
    """The name of its operation in GraphQL."""
    caller: Any = None
    """The principal of its key, once the gate knew it, also where the request was refused."""
    points: int | None = None
    """What it costs, once that is known."""

    def header(self, name: bytes) -> str | None:
        """The value of a header (its name in lower case), or None."""
        found = self.headers.get(name)
        return None if found is None else found.decode("latin-1")

    @property
    def origin(self) -> Origin:
        """Where it came from, as entries of the audit name it."""
        agent = self.header(b"user-agent")
        return Origin(
            self.id,
            address(self.client),
            None if agent is None else plain(agent, LONGEST_AGENT),
        )

    def listed(self, name: bytes) -> str | None:
        """The value of a header that holds a list, which may come in several lines (RFC 9110 §5.3), or None."""
        found = [value for each, value in self.lines if each == name]
        return b", ".join(found).decode("latin-1") if found else self.header(name)

    async def body(self, largest: int = LARGEST_BODY) -> bytes:
        """Read the whole body, decoded; PayloadTooLarge as soon as it is known to be larger than `largest` bytes.

        A body with a `Content-Encoding` is only read for callers who were admitted: decoding costs more than receiving.
        """
        if b"content-encoding" in self.headers:
            decoder = decoder_of(self.header(b"content-encoding") or "")
            if decoder is not None:
                return await self._decoded(decoder, largest)
        said = self.headers.get(b"content-length")
        if said is not None and said.isdigit() and (len(said) > _DIGITS or int(said) > largest):
            raise _too_large(largest)
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        whole: bytes = message.get("body", b"")
        if not message.get("more_body", False) and len(whole) <= largest:
            return whole
        return await self._rest(whole, message, largest)

    async def hung_up(self) -> None:
        """Wait until the caller has gone away; the body, if any, was read."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _rest(self, whole: bytes, message: Message, largest: int) -> bytes:
        pieces, size = [whole], len(whole)
        while message.get("more_body", False) and size <= largest:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            piece = message.get("body", b"")
            pieces.append(piece)
            size += len(piece)
        if size > largest:
            raise _too_large(largest)
        return b"".join(pieces)

    async def _decoded(self, decoder: Decoder, largest: int) -> bytes:
        """Decode the body while it arrives; others have their turn between two steps."""
        pieces: list[bytes] = []
        size = sent = 0
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            more, data = message.get("more_body", False), message.get("body", b"")
            sent += len(data)
            for piece in decoder.feed(data):
                pieces.append(piece)
                size += len(piece)
                if size > largest:
                    raise _too_large(largest)
                await asyncio.sleep(0)
            if sent > largest + _OVERHEAD:
                raise _too_large(largest)
        decoder.end()
        return b"".join(pieces)


def _too_large(largest: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {largest:,} bytes")


def read_request(scope: Scope, receive: Receive) -> Request:
    """Read the request line and headers of an ASGI scope; an unusable `X-Request-Id` is replaced by a new one."""
    headers = dict(scope["headers"])
    if len(headers) != len(scope["headers"]):
        headers |= _joined(scope["headers"])
    request_id = request_id_of(headers.get(b"x-request-id", b""))
    query = scope["query_string"].decode("latin-1")
    request = scope[REQUEST] = Request(
        scope["method"],
        scope["path"],
        query,
        headers,
        address_of(scope),
        receive,
        request_id,
        scope["headers"],
    )
    return request


def request_id_of(given: bytes) -> str:
    """The id of a request, from its `X-Request-Id`; a new one in the place of one that cannot be used."""
    text = given.decode("latin-1")
    return text if text and _REQUEST_ID.match(text) else os.urandom(12).hex()


def address_of(scope: Scope) -> str:
    """The caller's address; what a proxy forwards in its place and is none counts as unknown."""
    client = scope.get("client")
    return client[0] if client and _ADDRESS.fullmatch(client[0]) else ""


def _joined(lines: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers whose values are lists, each as one (RFC 9110 §5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in lines:
        if name in _LISTS:
            found[name] = found[name] + b", " + value if name in found else value
    return found


@dataclass(slots=True)
class Response:
    """One HTTP response, its body whole."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Write it; for HEAD without the body, whose length is told all the same."""
        headers = self.headers
        if self.status not in _BODILESS:
            headers = [*headers, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


def read_query(query: str) -> list[tuple[str, str]]:
    """Read a query string; a space may stand for `+` in a timestamp.

    BadRequest when it is not UTF-8, holds NUL, or is longer than it may be.
    """
    if len(query) > LONGEST_QUERY or query.count("&") >= MAX_PAIRS:
        raise BadRequest(f"The query string may have {LONGEST_QUERY:,} characters and {MAX_PAIRS:,} parameters")
    found: list[tuple[str, str]] = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            found.append((_unquoted(name), _unquoted(value)))
    return found


def _unquoted(text: str) -> str:
    try:
        plain = unquote(text.replace("+", " "), errors="strict")
    except UnicodeDecodeError as error:
        raise BadRequest("The query string is not UTF-8") from error
    if "\0" in plain:
        raise BadRequest("The query string holds the character U+0000")
    return plain


def header_list(pairs: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Write headers as ASGI wants them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
