"""WebSockets on a path that takes none: 404, with the headers of every answer."""

from __future__ import annotations

from typing import Final

from access.headers import error_headers, limit_headers
from core.errors import ForgeError, NotFound, RateLimited
from core.http import JSON, Receive, Response, Scope, Send, read_request
from engine.runtime import Runtime
from rest.contract import MRP

_NOT_HERE: Final = "Only /graphql takes WebSockets"


class Elsewhere:
    """Answers a request that asks for a WebSocket in the wrong place; its scope is of either type."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = read_request({"method": "GET", **scope}, receive)
        admission = await self._runtime.admit(request)
        throttled = isinstance(admission.error, RateLimited)
        error: ForgeError = admission.error if throttled and admission.error else NotFound(_NOT_HERE)
        headers = [JSON, *error_headers(error), *limit_headers(admission)]
        headers.append((b"x-request-id", request.id.encode("latin-1")))
        response = Response(int(error.status), MRP.error(error), headers)
        if scope["type"] == "http":
            await response.send(send, head=request.method == "HEAD")
            return

        async def before_the_handshake(message: dict[str, object]) -> None:
            await send({**message, "type": f"websocket.{message['type']}"})

        await receive()
        await response.send(before_the_handshake)  # type: ignore[arg-type]
