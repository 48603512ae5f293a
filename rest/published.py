"""A document that anybody may read: the same bytes for everyone, without a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.errors import MethodNotAllowed
from core.http import JSON, Receive, Response, Scope, Send, read_request
from rest.conditions import etag, is_known
from rest.contract import MRP

_ALLOWED: Final = ("GET", "HEAD", "OPTIONS")
_CACHED: Final = (b"cache-control", b"public, max-age=300")
_OPEN: Final = (b"access-control-allow-origin", b"*")
"""Pages of any origin may read it."""
_PREFLIGHT: Final = [
    (b"access-control-allow-methods", ", ".join(_ALLOWED).encode()),
    (b"access-control-allow-headers", b"*, Authorization"),  # which the asterisk does not cover
    (b"access-control-max-age", b"7200"),
]


class Published:
    """Serves one JSON document, made when it is first asked for."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = read_request(scope, receive)
        response = self._answer(request.method, request.id)
        if response.status == 200 and is_known(request, dict(response.headers)[b"etag"]):  # noqa: PLR2004
            response = Response(304, b"", response.headers[1:])
        response.headers += [_OPEN, (b"access-control-expose-headers", b"ETag, X-Request-Id")]
        response.headers.append((b"x-request-id", request.id.encode("latin-1")))
        await response.send(send, head=request.method == "HEAD")

    def _answer(self, method: str, request_id: str) -> Response:
        if method == "OPTIONS":
            return Response(204, b"", [(b"allow", ", ".join(_ALLOWED).encode()), *_PREFLIGHT])
        if method not in _ALLOWED:
            error = MethodNotAllowed(f"{method} is not allowed here; use {', '.join(_ALLOWED)}", allow=_ALLOWED)
            return MRP.failure(error, request_id)
        self._body = self._body or self._make()
        return Response(200, self._body, [JSON, (b"etag", etag(self._body, versioned=False, whole=True)), _CACHED])
