"""The GraphQL door: GraphQL over HTTP on `/graphql`, one ASGI callable in front of any framework.

`POST` (JSON) and `GET` for queries; `application/graphql-response+json` when it is accepted, else `application/json`.
Unauthenticated, throttled and scope-less requests get real status codes with a GraphQL body.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from graphql import GraphQLError

from access.gate import Admission
from access.headers import error_headers, limit_headers
from access.principal import Principal
from app.event_stream import EventStream
from app.graphql_caching import NOT_KEPT, keepable
from app.graphql_request import EVENTS, MODERN, Asked, accepted, read_asked, read_parameters, wants_events
from app.seen_documents import SeenDocuments
from app.socket_door import Socket
from app.streams import Streams
from app.trusted_documents import TrustedDocuments
from core.claim import Outcome, State
from core.errors import ForgeError, Internal, MethodNotAllowed, NotAcceptable
from core.http import Disconnected, Receive, Request, Response, Scope, Send, read_request
from core.json import canonical
from engine.answers import Answer, Spent
from engine.context import Command
from engine.cost import MOST
from engine.documents import Document, Documents
from engine.edge import Edge, claim_of
from engine.lanes import CommandFailed, command, denials, query, render_again

PATH: Final = "/graphql"
SMALL: Final = 65_536
"""Bytes of a body that is read before the caller is known."""
log = logging.getLogger("forge")


class GraphQLDoor:
    """Answers `/graphql`."""

    def __init__(self, edge: Edge, streams: Streams | None = None) -> None:
        self._edge = edge
        self._documents = Documents(edge.graph)
        self._trusted = TrustedDocuments(edge)
        self._seen = SeenDocuments()
        self._streams = streams or Streams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one WebSocket."""
        if scope["type"] == "websocket":
            await Socket(self._edge, self._streams, self, scope, receive, send).run()
            return
        request = read_request(scope, receive)
        try:
            early = await self._read_early(request)
            points = early.cost if isinstance(early, Asked) and early.paid else None
            admission = await self._edge.admit(request, points or 0)
            response = await self._respond(request, admission, early, send)
            if response is None:
                return
        except Disconnected:
            return
        response.headers += [*limit_headers(admission), (b"x-request-id", request.id.encode("latin-1"))]
        await response.send(send, head=request.method == "HEAD")

    async def _read_early(self, request: Request) -> Asked | ForgeError | None:
        """Read a request that is small before anybody is admitted, so that the gate hears in one call what it costs.

        That is known when its workspace ran the document before. What is wrong is told to those admitted.
        """
        said = request.headers.get(b"content-length", b"0")
        if len(said) > len(b"%d" % SMALL) or not said.isdigit() or int(said) > SMALL:
            return None
        if b"content-encoding" in request.headers:  # nothing is decoded for strangers
            return None
        try:
            asked = await read_asked(request)
        except ForgeError as error:
            return error
        document = self._known(request, asked)
        if document is not None:
            asked.cost = asked.price(document)
            asked.paid = asked.cost <= MOST
        return asked

    def _known(self, request: Request, asked: Asked) -> Document | None:
        """The document, if the workspace that the key seems to be of ran it before: others' say nothing about it."""
        workspace = self._edge.gate.seems_of(request.header(b"authorization"))
        if workspace is None:
            return None
        text, name = self._trusted.sent(asked) if asked.query is None else asked.query, asked.operation_name
        if text is not None and self._seen.has(workspace, text, name):
            return self._documents.known(text, name)
        if asked.sha256 is not None and self._seen.has(workspace, asked.sha256, name):
            return self._trusted.registered(asked)
        return None

    async def _respond(
        self, request: Request, admission: Admission, early: Asked | ForgeError | None, send: Send
    ) -> Response | None:
        media, asked = MODERN, early if isinstance(early, Asked) else None
        try:
            events = wants_events(request)
            if not events:
                media = accepted(request)
            admission.admitted()
            asked = await _taken(request, early)
            if events or (events is None and await self._is_subscription(admission, asked)):
                stream = EventStream(self._edge, self._streams, request, admission, send)
                await stream.run(self, asked)
                return None
            answer = await self.answer(request, admission, asked)
            headers = [(b"content-type", media + b"; charset=utf-8")]
            if answer.replayed:
                headers.append((b"idempotent-replayed", b"true"))
            refused = answer.data is None and media == MODERN
            body = self.body(request, admission, asked, answer)
            return keepable(request, asked, answer, Response(400 if refused else 200, body, headers))
        except ForgeError as error:
            return _failed(error, request, media, _spent(asked, admission))
        except Disconnected:
            raise
        except Exception:
            log.exception("unforeseen error in request %s", request.id)
            return _failed(Internal("Internal error"), request, media)

    async def _is_subscription(self, admission: Admission, asked: Asked) -> bool:
        document = await self.paid_for(admission, asked)
        return not document.errors and document.kind == "subscription"

    def read(self, found: Any) -> Asked:
        """Read what a message asks; BadRequest names the parameter that is wrong."""
        return read_parameters(found)

    async def answer(self, request: Request, admission: Admission, asked: Asked) -> Answer:
        """Run a query or a command, whichever way it came; it is paid for here, if not before."""
        principal = admission.admitted()
        document = await self.paid_for(admission, asked)
        if document.errors:
            return Answer(None, document.errors)
        if document.kind == "subscription":
            message = f"A subscription is a stream: accept {EVENTS}, or connect by WebSocket (graphql-transport-ws)"
            raise NotAcceptable(message)
        if document.kind == "mutation":
            if request.method != "POST":
                message = "A mutation must be sent by POST"
                raise MethodNotAllowed(message, allow=("POST",))
            return await self._command(request, principal, document, asked)
        ctx = self._edge.reading(principal, request.id, request.hung_up)
        coerced = asked.coerced(document)
        answer = await query(document, ctx, asked.variables, self._edge.database, coerced=coerced)
        self._edge.check_revoked(principal)
        return answer

    def body(self, request: Request, admission: Admission, asked: Asked, answer: Answer) -> bytes:
        """An answer as every way of asking shows it."""
        return answer.body(request.id, _spent(asked, admission))

    async def paid_for(self, admission: Admission, asked: Asked) -> Document:
        """The document, paid for: one that is not registered, and new to its workspace, also costs its tokens."""
        if asked.document is not None:
            return asked.document
        principal = admission.admitted()
        registered = await self._trusted.find(principal, asked)
        document = registered or self._documents.get(asked.query or "", asked.operation_name)
        if not asked.paid:
            await self._charge(admission, asked, document, registered=registered is not None)
        if not document.errors:
            await self._trusted.keep(principal, asked)
        asked.document = document
        return document

    async def _charge(self, admission: Admission, asked: Asked, document: Document, *, registered: bool) -> None:
        """Draw what a document costs, and remember that its workspace ran it."""
        workspace, name = admission.admitted().share.workspace, asked.operation_name
        named = str(asked.sha256) if registered else document.text
        new = not registered and not self._seen.has(workspace, named, name)
        price = asked.price(document)
        asked.cost = price + (document.tokens if new else 0)
        await self._edge.draw(admission, price, beside=asked.cost - price)
        asked.paid = True
        if not document.errors:
            self._seen.add(workspace, named, name)

    async def _command(self, request: Request, principal: Principal, document: Document, asked: Asked) -> Answer:
        variables = canonical(asked.variables)
        claim = claim_of(
            request,
            b"graphql",
            (asked.query or "").encode(),
            (asked.operation_name or "").encode(),
            variables,
            scopes=document.scopes & principal.scopes | document.root_scopes,
            key=asked.idempotency_key,
        )

        async def operate(ctx: Command) -> Outcome:
            nonlocal principal
            principal = ctx.principal  # read afresh, when a right was lost since the request was admitted
            return await command(document, ctx, asked.variables, coerced=asked.coerced(document))

        try:
            outcome = await self._edge.command(principal, claim, request.id, operate)
        except CommandFailed as failed:
            return failed.answer
        ctx = self._edge.reading(principal, request.id)
        if outcome.state is State.REPLAY:
            for scope in outcome.scopes:
                principal.require(scope)
        body = outcome.body
        if body is None:
            assert outcome.record_id is not None
            body = await render_again(document, ctx, asked.variables, outcome.record_id, self._edge.database)
        return Answer(
            body, denials(document, ctx, asked.variables), replayed=outcome.state is State.REPLAY or outcome.repeats
        )


async def _taken(request: Request, early: Asked | ForgeError | None) -> Asked:
    """The request as it was read early, or read now; what was wrong with it is raised."""
    if isinstance(early, ForgeError):
        raise early
    return await read_asked(request) if early is None else early


def _spent(asked: Asked | None, admission: Admission) -> Spent | None:
    """What to tell of the cost, once there is one and the key is known."""
    if asked is None or asked.cost is None or admission.points is None:
        return None
    return Spent(asked.cost, admission.points)


def _failed(error: ForgeError, request: Request, media: bytes, spent: Spent | None = None) -> Response:
    located = GraphQLError(error.message, original_error=error)
    body = Answer(None, [located]).body(request.id, spent)
    headers = [(b"content-type", media + b"; charset=utf-8"), *error_headers(error)]
    if request.method != "POST":
        headers.append(NOT_KEPT)
    return Response(int(error.status), body, headers)
