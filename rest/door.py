"""The REST door: `/api/v1`, one dispatcher in front of any framework, every route on a resolver of the graph.

A read is one statement whose text is the body; a command is one transaction whose answer is rendered inside it.
"""

from __future__ import annotations

import logging
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, Final

import orjson

from access.gate import Admission
from access.headers import Headers, limit_headers
from access.principal import Principal
from core.absent import ABSENT
from core.errors import ForgeError, Internal, Invalid, NotFound
from core.http import (
    JSON,
    SHOWN_ONCE,
    Disconnected,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    read_query,
    read_request,
)
from core.problems import Problems
from core.values.json import canonical
from core.writing.claim import Outcome, State
from engine.declare.names import pascal
from engine.declare.rows import Rows
from engine.document.cost import MAX_POINTS, check_cost
from engine.run.compiled import NO_VARIABLES, fill
from engine.run.context import Command, Reading
from engine.runtime import Runtime, claim_of
from engine.sql.comparisons import read_id
from engine.sql.plans import Filled
from engine.sql.splicing import fill_holes
from rest.bodies import note_unread
from rest.conditions import check_accept, etag, is_known, sent_as
from rest.contract import contract_of
from rest.cost import Costs
from rest.csv_rows import TABLE, as_csv, wants_csv
from rest.faces import called, unmarked
from rest.links import next_link
from rest.parameters import Parameters, gather, read_list, read_shown
from rest.polling import poll_headers
from rest.projections import Shown
from rest.refused import all_wrong
from rest.routes import PREFIX, Action, Table, derive
from rest.sent import Served, read_sent, serve
from rest.single_path import PRIVATE

log = logging.getLogger("forge")
_NOTHING: Final = b'{"data":null}'


class RestDoor:
    """Answers everything under `/api/v1`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.table = Table(derive(runtime.graph))
        self._served = {route: serve(runtime.graph, route) for route in self.table.routes}
        self._costs = Costs(self.table, self._served)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = read_request(scope, receive)
        points = self._costs.of(request)
        admission = await self._runtime.admit(request, points if points <= MAX_POINTS else 0)
        try:
            response = await self._respond(request, admission, points)
        except Disconnected:
            return
        response.headers += limit_headers(admission, contract_of(request.path).limits)
        response.headers.append((b"x-request-id", request.id.encode("latin-1")))
        await response.send(send, head=request.method == "HEAD")

    async def _respond(self, request: Request, admission: Admission, points: int) -> Response:
        try:
            if request.method == "OPTIONS":
                allow = ", ".join(self.table.options(request.path)).encode()
                return Response(204, b"", [(b"allow", allow)])
            principal = admission.admitted()
            check_cost(points, "limit")
            return await self._answer(request, principal)
        except ForgeError as error:
            return contract_of(request.path).failure(error, request.id)
        except Disconnected:
            raise
        except Exception:
            log.exception("unforeseen error in request %s", request.id)
            return contract_of(request.path).failure(Internal("Internal error"), request.id)

    async def _answer(self, request: Request, principal: Principal) -> Response:
        route, row_id = self.table.find(request.method, request.path)
        served = self._served[route]
        if not _is_table(request, served):
            check_accept(request)
        if route.root.operation.scope is not None:
            principal.require(route.root.operation.scope)
        given = {} if row_id is None else {"id": _id(row_id, served)}
        if route.is_command:
            return await self._command(request, principal, served, given)
        sent = gather(read_query(request.query))
        try:
            response = await self._read(request, principal, served, given, sent.copy())
        except Invalid as error:
            raise all_wrong(served, sent, principal, error) from error
        self._runtime.check_revoked(principal)
        return response

    async def _read(
        self, request: Request, principal: Principal, served: Served, given: dict[str, Any], sent: Parameters
    ) -> Response:
        if served.route.action is Action.LIST:
            if served.closed is None:
                asked = read_list(served.projector.spec, sent, served.contract.size)
            else:
                asked = served.closed.read(sent)
            shown = asked.shown
            given |= asked.more | {"filter": asked.filter, "page": asked.page}
        else:
            shown = read_shown(sent, narrows=served.narrows)
        ctx = self._runtime.reading(principal, request.id, request.hung_up)
        ctx.plain = True
        filled = await self._filled(ctx, served, shown, given)
        rendering = served.plans.rendering(_pieces(served, filled))
        body = await ctx.render(rendering)
        if rendering.plan.splices:
            body = await fill_holes(body, rendering.plan.splices, ctx)
        if served.route.action is Action.LIST:
            return self._list(request, principal, served, body, shown)
        return self._item(request, principal, served, body, shown)

    def _list(self, request: Request, principal: Principal, served: Served, body: bytes, shown: Shown) -> Response:
        following = _next(request, served, body)
        if not _is_table(request, served):
            return Response(200, body, [JSON, *PRIVATE, *following])
        rows = orjson.loads(body)["data"]
        table = as_csv(rows, served.projector.rows(shown, principal.scopes))
        return Response(200, table, [*TABLE, *following])

    async def _filled(self, ctx: Reading, served: Served, shown: Shown, given: dict[str, Any]) -> Filled:
        rows: Rows[Any] = await served.route.root.operation.resolver(ctx, **given)
        return self._fill(ctx, served, shown, rows)

    def _fill(self, ctx: Reading, served: Served, shown: Shown, rows: Rows[Any]) -> Filled:
        selection = served.projector.selection(shown, ctx.principal.scopes)
        return fill(selection, rows, NO_VARIABLES, ctx)

    def _item(self, request: Request, principal: Principal, served: Served, body: bytes, shown: Shown) -> Response:
        if body == served.nothing:
            raise _missing(served)
        body, tag = _tagged(served, shown, body, principal.scopes)
        headers = [*PRIVATE, (b"etag", tag)]
        if (polled := served.route.root.operation.polled) is not None:
            headers += poll_headers(polled, body)
        if is_known(request, tag):
            return Response(304, b"", headers)
        return Response(200, body, [JSON, *headers])

    async def _command(self, request: Request, principal: Principal, served: Served, given: dict[str, Any]) -> Response:
        whole = gather(read_query(request.query))
        parameters = whole.copy()
        route = served.route
        wrong = Problems()
        with wrong.apart():
            given |= await read_sent(self._runtime, request, principal, served, parameters, given.get("id"))
        shown = wrong.of(read_shown, parameters, narrows=served.narrows)
        if wrong.any:
            note_unread(given, wrong)
            raise all_wrong(served, whole, principal, wrong.error())
        body = canonical(given, _canonical)
        used = served.projector.scopes & principal.scopes | {str(route.root.operation.scope)}
        asked = (route.method.encode(), route.path.encode(), request.query.encode(), body)
        claim = claim_of(request, *asked, scopes=frozenset(used))

        async def operate(ctx: Command) -> Outcome:
            if route.root.operation.scope is not None:
                ctx.principal.require(route.root.operation.scope)  # again: it may have been lost since the first try
            answer = await route.root.operation.resolver(ctx, **given)
            if not route.answers_rows:
                return await ctx.unit.finish_with(orjson.dumps({"data": answer}), status=int(route.status))
            rows: Rows[Any] = answer
            filled = self._fill(ctx, served, shown, rows)
            rendering = served.plans.rendering(_pieces(served, filled))
            location = f"{PREFIX}{route.answers}/{_spelled_id(served, rows)}" if route.tells_where else None
            return await ctx.unit.finish(rendering, status=int(route.status), location=location, record_id=rows.row_id)

        try:
            outcome = await self._runtime.command(principal, claim, request.origin, operate)
        except ForgeError as error:
            if isinstance(error, NotFound) and error.field == "id" and not served.contract.is_open:
                raise _missing(served) from error
            error.respell(sent_as)
            raise
        if outcome.body is None:
            outcome = replace(outcome, body=await self._again(request, principal, served, shown, outcome))
        return self._outcome(principal, served, shown, outcome)

    def _outcome(self, principal: Principal, served: Served, shown: Shown, outcome: Outcome) -> Response:
        headers: Headers = [JSON]
        if outcome.state is State.REPLAY:
            for scope in outcome.scopes:
                principal.require(scope)
        if outcome.state is State.REPLAY or outcome.repeats:
            headers.append((b"idempotent-replayed", b"true"))
        if outcome.shows_secret:
            headers.append(SHOWN_ONCE)
        if outcome.location is not None:
            headers.append((b"location", outcome.location.encode()))
        body = outcome.body or served.nothing
        if served.route.action is not Action.DELETE and served.route.answers_rows:
            seen = set(outcome.scopes) if outcome.state is State.REPLAY else principal.scopes
            body, tag = _tagged(served, shown, body, seen)
            headers.append((b"etag", tag))
        return Response(outcome.status, body, headers)

    async def _again(
        self, request: Request, principal: Principal, served: Served, shown: Shown, outcome: Outcome
    ) -> bytes:
        """Render a replay whose body was too long to keep."""
        assert outcome.record_id is not None
        rows: Rows[Any] = Rows(served.projector.spec.model, deleted=True)
        ctx = self._runtime.reading(principal, request.id)
        filled = self._fill(ctx, served, shown, rows.by_id(outcome.record_id))
        return await ctx.render(served.plans.rendering(_pieces(served, filled)))


def _is_table(request: Request, served: Served) -> bool:
    """Whether a list is answered as a table."""
    return served.route.action is Action.LIST and served.contract.is_open and wants_csv(request)


def _next(request: Request, served: Served, body: bytes) -> Headers:
    """`Link: rel="next"`, from the cursor at the end of the body."""
    at = body.rfind(served.cursor, -2_100)
    if at < 0 or not body.endswith(served.after_cursor):
        return []
    return next_link(request, "cursor", body[at + len(served.cursor) : -len(served.after_cursor)].decode())


def _tagged(served: Served, shown: Shown, body: bytes, seen: AbstractSet[str]) -> tuple[bytes, bytes]:
    """An answer as it is sent, and its entity tag, which names the record's version wherever that is known."""
    if not served.contract.is_open:
        plain, version = unmarked(body)
        if version is not None:
            return plain, b'"%b"' % version
        return plain, etag(plain, versioned=False, whole=True)
    versioned = served.projector.spec.has_life and (not shown.fields or "version" in shown.fields)
    whole = shown == Shown() and served.projector.scopes <= seen and not served.projector.spec.model.written_beside
    return body, etag(body, versioned=versioned, whole=whole)


def _pieces(served: Served, filled: Filled) -> list[str | Filled]:
    return [filled] if served.route.action is Action.LIST else [served.before, filled, served.after]


def _spelled_id(served: Served, rows: Rows[Any]) -> str:
    """The id of a row that was made, as the contract spells it."""
    return "" if rows.row_id is None else served.contract.ids.write(rows.row_id, served.prefix)


def _id(text: str, served: Served) -> Any:
    """The id in a path; NotFound when it is malformed or none of the route's record."""
    record = served.route.record
    assert record is not None
    try:
        found = served.contract.ids.read(text, served.prefix, record.model.tag)
        return read_id(found, "id", record.model.tag)
    except (ForgeError, ValueError) as error:
        raise (NotFound(f"{record.name} not found") if served.contract.is_open else _missing(served)) from error


def _missing(served: Served) -> NotFound:
    """The error for a row that is not there, in the words of the contract."""
    spec, closed = served.projector.spec, not served.contract.is_open
    return NotFound(f"{pascal(called(served.route)) if closed else spec.name} not found")


def _canonical(value: Any) -> Any:
    """What the fingerprint of a request says of a value that JSON does not know; what was left out is like no value."""
    return {} if value is ABSENT else value.hex() if isinstance(value, bytes) else str(value)
