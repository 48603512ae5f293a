"""Answers that are given before a request is parsed, or instead of reading the rest of it."""

from __future__ import annotations

import os
from typing import Final

import orjson

from access.headers import error_headers
from core.errors import BadRequest, ForgeError, HeadTooLarge, RequestTimeout, Unavailable
from core.http import JSON, Receive, Scope, Send
from rest.contract import MRP

_PHRASES: Final = {
    400: b"Bad Request",
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}
_GRAPHQL: Final = b"/graphql"
MALFORMED: Final = BadRequest("The request is not HTTP/1.1 as RFC 9112 has it")
LATE: Final = RequestTimeout("The request did not arrive in time")


class Refused(Exception):
    """Stops the parser; `error` is the answer."""

    def __init__(self, error: ForgeError) -> None:
        super().__init__(error.message)
        self.error = error


def head_too_large(most: int, lines: int) -> HeadTooLarge:
    """The error for a head that is larger than it may be."""
    return HeadTooLarge(f"A head has at most {most:,} bytes and {lines} lines")


def framing_too_large(most: int, lines: int) -> HeadTooLarge:
    """The error for chunks that have more framing than they may have."""
    return HeadTooLarge(f"Chunk extensions and trailers have at most {most:,} bytes and {lines} lines")


def answer(error: ForgeError, url: bytes, headers: list[tuple[bytes, bytes]], request_id: str) -> bytes:
    """A whole response that closes the connection, in the form of the door that `url` belongs to."""
    if url.partition(b"?")[0] == _GRAPHQL:
        extensions = {"code": error.code, "requestId": request_id}
        body = orjson.dumps({"errors": [{"message": error.message, "extensions": extensions}]})
    else:
        body = MRP.error(error, request_id)
    status = int(error.status)
    lines = [
        *headers,
        JSON,
        (b"content-length", b"%d" % len(body)),
        *error_headers(error),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    head = b"".join(b"%b: %b\r\n" % line for line in lines)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (status, _PHRASES[status], head, body)


async def full(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  # an ASGI callable
    """Answer 503: this process, or the caller's address, has too many connections."""
    error = Unavailable("Too many connections: close some, or come again later", retry_after=5)
    request_id = os.urandom(12).hex()
    headers = [(b"connection", b"close"), (b"x-request-id", request_id.encode())]
    await MRP.failure(error, request_id, headers).send(send, head=scope["method"] == "HEAD")
