"""Answers that are given before a request is parsed, or instead of reading the rest of it."""

from __future__ import annotations

from typing import Final

import orjson

from access.headers import Headers, error_headers
from core.errors import BadRequest, ForgeError, HeadTooLarge, RequestTimeout, Unavailable
from core.http import JSON, Response
from rest.contract import contract_of_target

_PHRASES: Final = {
    400: b"Bad Request",
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}
_GRAPHQL: Final = b"/graphql"
MALFORMED: Final = BadRequest("The request is not HTTP/1.1 as RFC 9112 has it")
FULL: Final = Unavailable("Too many connections: close some, or come again later", retry_after=5)
"""This process, or the caller's address, has too many connections."""
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


def refusal(error: ForgeError, url: bytes, request_id: str) -> Response:
    """An error in the form of the door and the contract that `url` belongs to; it names the request."""
    if url.partition(b"?")[0] == _GRAPHQL:
        extensions = {"code": error.code, "requestId": request_id}
        body = orjson.dumps({"errors": [{"message": error.message, "extensions": extensions}]})
    else:
        body = contract_of_target(url).error(error, request_id)
    named = (b"x-request-id", request_id.encode("latin-1"))
    return Response(int(error.status), body, [JSON, *error_headers(error), named])


def closing(response: Response, headers: Headers) -> Headers:
    """The header lines of a response that closes the connection, the server's own `headers` first."""
    size = (b"content-length", b"%d" % len(response.body))
    return [*headers, *response.headers, size, (b"connection", b"close")]


def written(response: Response, headers: Headers) -> bytes:
    """A whole response that closes the connection, as it goes out."""
    head = b"".join(b"%b: %b\r\n" % line for line in closing(response, headers))
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (response.status, _PHRASES[response.status], head, response.body)
