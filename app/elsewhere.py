"""WebSockets on a path that takes none: 404, with the headers of every answer."""

from __future__ import annotations

from typing import Final

from access.headers import limit_headers
from app.handshake import refuse_handshake
from core.errors import ForgeError, NotFound, RateLimited
from core.http import Receive, Scope, Send, read_request
from engine.runtime import Runtime
from rest.contract import contract_of

_NOT_HERE: Final = "Only /graphql takes WebSockets"


class Elsewhere:
    """Answers a request that asks for a WebSocket in the wrong place; its scope is of either type."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope.setdefault("method", "GET")  # a WebSocket's has none
        request = read_request(scope, receive)
        admission = await self._runtime.admit(request)
        throttled = isinstance(admission.error, RateLimited)
        error: ForgeError = admission.error if throttled and admission.error else NotFound(_NOT_HERE)
        contract = contract_of(request.path)
        headers = [*limit_headers(admission, contract.limits), (b"x-request-id", request.id.encode("latin-1"))]
        response = contract.failure(error, request.id, headers)
        if scope["type"] == "http":
            await response.send(send, head=request.method == "HEAD")
            return
        await receive()
        await refuse_handshake(response, send)
