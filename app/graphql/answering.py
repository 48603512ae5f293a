"""Answering a GraphQL request, whichever way it came: its document is found, paid for and run."""

from __future__ import annotations

from typing import Any

from access.gate import Admission
from access.principal import Principal
from app.graphql.request import EVENTS, GraphQLRequest, read_parameters
from app.graphql.seen_documents import SeenDocuments
from app.graphql.trusted_documents import TrustedDocuments
from core.errors import MethodNotAllowed, NotAcceptable
from core.http import Request
from core.values.json import canonical
from core.writing.claim import Outcome, State
from engine.document.documents import Document, Documents
from engine.run.answers import Answer, Spent
from engine.run.context import Command
from engine.run.lanes import CommandFailed, command, denials, query, render_again
from engine.runtime import Runtime, claim_of


class Answering:
    """What every way of asking shares: documents by their text or hash, what they cost, and their answers."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._documents = Documents(runtime.graph)
        self._trusted = TrustedDocuments(runtime)
        self._seen = SeenDocuments()

    def known(self, request: Request, asked: GraphQLRequest) -> Document | None:
        """The document, if the workspace that the key seems to be of ran it before: others' say nothing about it."""
        workspace = self._runtime.gate.seems_of(request.header(b"authorization"))
        if workspace is None:
            return None
        text, name = self._trusted.sent(asked) if asked.query is None else asked.query, asked.operation_name
        if text is not None and self._seen.has(workspace, text, name):
            return self._documents.known(text, name)
        if asked.sha256 is not None and self._seen.has(workspace, asked.sha256, name):
            return self._trusted.registered(asked)
        return None

    def read(self, found: Any) -> GraphQLRequest:
        """Read what a message asks; BadRequest names the parameter that is wrong."""
        return read_parameters(found)

    async def answer(self, request: Request, admission: Admission, asked: GraphQLRequest) -> Answer:
        """Run a query or a command, whichever way it came; it is paid for here, if not before."""
        principal = admission.admitted()
        document = await self.paid_for(request, admission, asked)
        if document.errors:
            return Answer(None, document.errors)
        if document.kind == "subscription":
            raise NotAcceptable(
                f"A subscription is a stream: accept {EVENTS}, or connect by WebSocket (graphql-transport-ws)"
            )
        if document.kind == "mutation":
            if request.method != "POST":
                raise MethodNotAllowed("A mutation must be sent by POST", allow=("POST",))
            return await self._command(request, principal, document, asked)
        ctx = self._runtime.reading(principal, request.id, request.hung_up)
        coerced = asked.coerced(document)
        answer = await query(document, ctx, asked.variables, self._runtime.database, coerced=coerced)
        self._runtime.check_revoked(principal)
        return answer

    def body(self, request: Request, admission: Admission, asked: GraphQLRequest, answer: Answer) -> bytes:
        """An answer as every way of asking shows it."""
        return answer.body(request.id, spent(asked, admission))

    async def paid_for(self, request: Request, admission: Admission, asked: GraphQLRequest) -> Document:
        """The document, paid for: one that is not registered, and new to its workspace, also costs its tokens."""
        if asked.document is not None:
            return asked.document
        principal = admission.admitted()
        registered = await self._trusted.find(principal, asked)
        document = registered or self._documents.get(asked.query or "", asked.operation_name)
        request.operation = document.name
        if not asked.paid:
            await self._charge(request, admission, asked, document, registered=registered is not None)
        if not document.errors:
            await self._trusted.keep(principal, asked)
        asked.document = document
        return document

    async def _charge(
        self, request: Request, admission: Admission, asked: GraphQLRequest, document: Document, *, registered: bool
    ) -> None:
        """Draw what a document costs, and remember that its workspace ran it."""
        workspace, name = admission.admitted().share.workspace, asked.operation_name
        named = str(asked.sha256) if registered else document.text
        new = not registered and not self._seen.has(workspace, named, name)
        price = asked.price(document)
        asked.cost = request.points = price + (document.tokens if new else 0)
        await self._runtime.draw(admission, price, beside=asked.cost - price)
        asked.paid = True
        if not document.errors:
            self._seen.add(workspace, named, name)

    async def _command(
        self, request: Request, principal: Principal, document: Document, asked: GraphQLRequest
    ) -> Answer:
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
            outcome = await self._runtime.command(principal, claim, request.origin, operate)
        except CommandFailed as failed:
            return failed.answer
        ctx = self._runtime.reading(principal, request.id)
        if outcome.state is State.REPLAY:
            for scope in outcome.scopes:
                principal.require(scope)
        body = outcome.body
        if body is None:
            assert outcome.record_id is not None
            body = await render_again(document, ctx, asked.variables, outcome.record_id, self._runtime.database)
        return Answer(
            body,
            denials(document, ctx, asked.variables),
            replayed=outcome.state is State.REPLAY or outcome.repeats,
            shows_secret=outcome.shows_secret,
        )


def spent(asked: GraphQLRequest | None, admission: Admission) -> Spent | None:
    """What to tell of the cost, once there is one and the key is known."""
    if asked is None or asked.cost is None or admission.points is None:
        return None
    return Spent(asked.cost, admission.points)
