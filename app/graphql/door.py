"""The GraphQL door: GraphQL over HTTP on `/graphql`, one ASGI callable in front of any framework.

`POST` (JSON) and `GET` for queries; `application/graphql-response+json` when it is accepted, else `application/json`.
Unauthenticated, throttled and scope-less requests get real status codes with a GraphQL body.
"""

from __future__ import annotations

import logging
from typing import Final

from graphql import GraphQLError

from access.gate import Admission
from access.headers import error_headers, limit_headers
from app.graphql.answering import Answering, spent
from app.graphql.caching import NOT_KEPT, keepable
from app.graphql.event_stream import EventStream
from app.graphql.request import MODERN, GraphQLRequest, accepted, read_graphql_request, wants_events
from app.graphql.sockets import Socket
from app.observer import Observer
from app.streams import Streams
from core.errors import ForgeError, Internal
from core.http import SHOWN_ONCE, Disconnected, Receive, Request, Response, Scope, Send, read_request
from engine.document.cost import MAX_POINTS
from engine.run.answers import Answer, Spent
from engine.runtime import Runtime

PATH: Final = "/graphql"
SMALL: Final = 65_536
"""Bytes of a body that is read before the caller is known."""
log = logging.getLogger("forge")


class GraphQLDoor:
    """Answers `/graphql`."""

    def __init__(self, runtime: Runtime, streams: Streams | None = None, observer: Observer | None = None) -> None:
        self._runtime = runtime
        self._answering = Answering(runtime)
        self._streams = streams or Streams()
        self._observer = observer or Observer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one WebSocket."""
        if scope["type"] == "websocket":
            socket = Socket(self._runtime, self._streams, self._answering, self._observer, scope, receive, send)
            await socket.run()
            return
        request = read_request(scope, receive)
        try:
            early = await self._read_early(request)
            points = early.cost if isinstance(early, GraphQLRequest) and early.paid else None
            admission = await self._runtime.admit(request, points or 0)
            response = await self._respond(request, admission, early, send)
            if response is None:
                return
        except Disconnected:
            return
        response.headers += [*limit_headers(admission), (b"x-request-id", request.id.encode("latin-1"))]
        await response.send(send, head=request.method == "HEAD")

    async def _read_early(self, request: Request) -> GraphQLRequest | ForgeError | None:
        """Read a request that is small before anybody is admitted, so that the gate hears in one call what it costs.

        That is known when its workspace ran the document before. What is wrong is told to those admitted.
        """
        said = request.headers.get(b"content-length", b"0")
        if len(said) > len(b"%d" % SMALL) or not said.isdigit() or int(said) > SMALL:
            return None
        if b"content-encoding" in request.headers:  # nothing is decoded for strangers
            return None
        try:
            asked = await read_graphql_request(request)
        except ForgeError as error:
            return error
        document = self._answering.known(request, asked)
        if document is not None:
            asked.cost = asked.price(document)
            asked.paid = asked.cost <= MAX_POINTS
        return asked

    async def _respond(
        self, request: Request, admission: Admission, early: GraphQLRequest | ForgeError | None, send: Send
    ) -> Response | None:
        media, asked = MODERN, early if isinstance(early, GraphQLRequest) else None
        try:
            events = wants_events(request)
            if not events:
                media = accepted(request)
            admission.admitted()
            asked = await _taken(request, early)
            if events or (events is None and await self._is_subscription(request, admission, asked)):
                stream = EventStream(self._runtime, self._streams, request, admission, send)
                await stream.run(self._answering, asked)
                return None
            answer = await self._answering.answer(request, admission, asked)
            headers = [(b"content-type", media + b"; charset=utf-8")]
            if answer.shows_secret:
                headers.append(SHOWN_ONCE)
            if answer.replayed:
                headers.append((b"idempotent-replayed", b"true"))
            refused = answer.data is None and media == MODERN
            body = self._answering.body(request, admission, asked, answer)
            return keepable(request, asked, answer, Response(400 if refused else 200, body, headers))
        except ForgeError as error:
            return _failed(error, request, media, spent(asked, admission))
        except Disconnected:
            raise
        except Exception:
            log.exception("unforeseen error in request %s", request.id)
            return _failed(Internal("Internal error"), request, media)

    async def _is_subscription(self, request: Request, admission: Admission, asked: GraphQLRequest) -> bool:
        document = await self._answering.paid_for(request, admission, asked)
        return not document.errors and document.kind == "subscription"


async def _taken(request: Request, early: GraphQLRequest | ForgeError | None) -> GraphQLRequest:
    """The request as it was read early, or read now; what was wrong with it is raised."""
    if isinstance(early, ForgeError):
        raise early
    return await read_graphql_request(request) if early is None else early


def _failed(error: ForgeError, request: Request, media: bytes, spent: Spent | None = None) -> Response:
    located = GraphQLError(error.message, original_error=error)
    body = Answer(None, [located]).body(request.id, spent)
    headers = [(b"content-type", media + b"; charset=utf-8"), *error_headers(error)]
    if request.method != "POST":
        headers.append(NOT_KEPT)
    return Response(int(error.status), body, headers)
