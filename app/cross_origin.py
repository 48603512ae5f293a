"""CORS: pages of the origins that are set may call the API from a browser; Starlette's middleware does the work.

A preflight is answered before any door: it needs no key and draws from no bucket. Cookies are never allowed, for no
door takes any.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response as FrameworkResponse

from access.headers import Headers as Lines
from core.errors import BadRequest
from core.http import Receive, Scope, Send, read_request
from rest.contract import contract_of

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EXPOSED: Final = (
    "RateLimit",
    "RateLimit-Policy",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "ETag",
    "Link",
    "Location",
    "Allow",
    "Idempotent-Replayed",
    "X-Request-Id",
)
"""Headers of answers that a page may read, beside those that any page may."""
_SECONDS: Final = 7_200
"""How long a browser may keep a preflight's answer; the longest that any of them does."""

App = Callable[[Scope, Receive, Send], Awaitable[None]]


def readable(origins: Collection[str], headers: Lines) -> Lines:
    """What lets a page read an answer that is given before any door, where its head names one of these origins."""
    found = [value for name, value in headers if name == b"origin"]
    if len(found) != 1 or found[0].decode("latin-1") not in origins:
        return []
    exposed = ", ".join(EXPOSED).encode()
    return [
        (b"access-control-allow-origin", found[0]),
        (b"access-control-expose-headers", exposed),
        (b"vary", b"Origin"),
    ]


class _Refusal(FrameworkResponse):
    """The answer to a preflight that is refused, in the form of every error of Forge."""

    def __init__(self, refused: FrameworkResponse) -> None:
        self._why = bytes(refused.body).decode()
        self._kept = [each for each in refused.raw_headers if not each[0].startswith(b"content-")]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer it."""
        request = read_request(scope, receive)
        headers = [*self._kept, (b"x-request-id", request.id.encode("latin-1"))]
        await contract_of(request.path).failure(BadRequest(self._why), request.id, headers).send(send)


class _CrossOrigin(CORSMiddleware):
    def preflight_response(self, request_headers: Headers) -> FrameworkResponse:
        """Answer a preflight; what the library refuses is told as the doors tell it."""
        response = super().preflight_response(request_headers)
        return _Refusal(response) if response.status_code == HTTPStatus.BAD_REQUEST else response


def cross_origin(app: App, origins: Sequence[str]) -> App:
    """The application with CORS for these exact origins; without any it stays as it is.

    A page may send whatever header it likes: what none of the doors knows they do not read. It may also be a public
    page that calls a Forge in a private network: it was named as exactly as any other.
    """
    if not origins:
        return app
    return _CrossOrigin(
        app,
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=("*",),
        allow_private_network=True,
        expose_headers=EXPOSED,
        max_age=_SECONDS,
    )
