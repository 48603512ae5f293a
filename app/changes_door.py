"""`GET /api/v1/changes`: the change feed by plain requests, which may wait up to 30 s for the next change.

The same resolver as `Query.changes`. `next_cursor` is null when there is no more to read now, so that a loop over pages
ends; `resume_cursor` is always there, for the next time. A deletion is a change whose `deleted` is true.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Any, Final

import orjson

from access.gate import Admission
from access.headers import limit_headers
from access.principal import Principal
from app.streams import Streams
from core.errors import ForgeError, Internal, MethodNotAllowed
from core.feed import read_cursor
from core.http import JSON, Disconnected, Receive, Request, Response, Scope, Send, read_query, read_request
from core.problems import Problems
from engine.declare.scalars import write_moment
from engine.feed.changes import LONGEST_WAIT, Change, ChangePage
from engine.runtime import Runtime
from rest.conditions import check_accept
from rest.contract import MRP, Contract
from rest.links import next_link
from rest.parameters import Parameters, gather, read_count, read_limit, take, take_words, unknown
from rest.routes import CHANGES, PREFIX

PATH: Final = f"{PREFIX}{CHANGES}"
_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_PRIVATE: Final = [(b"cache-control", b"private"), (b"vary", b"Authorization")]
log = logging.getLogger("forge")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the query string asks."""

    after: str | None
    resources: list[str] | None
    limit: int
    wait: int


class ChangesDoor:
    """Answers the change feed's one path."""

    def __init__(self, runtime: Runtime, streams: Streams, contract: Contract = MRP) -> None:
        self._runtime, self._streams, self._contract = runtime, streams, contract
        root = runtime.graph.root("query", "changes")
        assert root is not None
        self._resolve = root.operation.resolver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = read_request(scope, receive)
        asked = self._read(request)
        admission = await self._runtime.admit(request, 1 + asked.limit if isinstance(asked, _Asked) else 0)
        try:
            response = await self._respond(request, admission, asked)
        except Disconnected:
            return
        response.headers += limit_headers(admission, self._contract.limits)
        response.headers.append((b"x-request-id", request.id.encode("latin-1")))
        await response.send(send, head=request.method == "HEAD")

    def _read(self, request: Request) -> _Asked | ForgeError:
        try:
            if request.method not in _METHODS:
                raise MethodNotAllowed(f"{request.method} is not allowed here", allow=_METHODS)
            check_accept(request)
            return _asked(gather(read_query(request.query)), self._contract)
        except ForgeError as error:
            return error

    async def _respond(self, request: Request, admission: Admission, asked: _Asked | ForgeError) -> Response:
        try:
            if request.method == "OPTIONS":
                return Response(204, b"", [(b"allow", ", ".join(_METHODS).encode())])
            principal = admission.admitted()
            page = await self._page(request, principal, _good(asked))
            self._runtime.check_revoked(principal)
            link = next_link(request, self._contract.cursor_name, page.next_cursor) if page.has_more else []
            return Response(200, orjson.dumps(_shown(page)), [JSON, *_PRIVATE, *link])
        except ForgeError as error:
            return self._contract.failure(error, request.id)
        except Disconnected:
            raise
        except Exception:
            log.exception("unforeseen error in request %s", request.id)
            return self._contract.failure(Internal("Internal error"), request.id)

    async def _page(self, request: Request, principal: Principal, asked: _Asked) -> ChangePage:
        page = await self._look(request, principal, asked, asked.after)
        if page.nodes or not asked.wait or request.method == "HEAD":
            return page
        waiting = Waiting()
        with contextlib.ExitStack() as stack:
            self._streams.enter(waiting)
            stack.callback(self._streams.leave, waiting)
            stack.callback(self._streams.admit(self._runtime, principal, waiting))
            stack.callback(self._streams.spawn(waiting.hear(request)).cancel)
            stack.callback(asyncio.get_running_loop().call_later(asked.wait, waiting.leave).cancel)
            return await self._wait(request, principal, asked, page, waiting)

    async def _wait(
        self, request: Request, principal: Principal, asked: _Asked, page: ChangePage, waiting: Waiting
    ) -> ChangePage:
        """Look again whenever the workspace's tail moves, until there is something or the time is over."""
        assert self._runtime.tails is not None
        tail = await self._runtime.tails.hold(principal.workspace_id)
        try:
            while not page.nodes and not waiting.over.done():
                if not page.has_more:
                    await tail.moved(read_cursor(page.next_cursor, "cursor"), waiting.over)
                page = await self._look(request, principal, asked, page.next_cursor)
        finally:
            self._runtime.tails.release(tail)
        if waiting.gone:
            raise Disconnected
        return page

    async def _look(self, request: Request, principal: Principal, asked: _Asked, after: str | None) -> ChangePage:
        ctx = self._runtime.reading(principal, request.id)
        page: ChangePage = await self._resolve(ctx, after=after, resources=asked.resources, first=asked.limit)
        return page


class Waiting:
    """A request that waits: a stream of at most one answer."""

    def __init__(self) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gone = False

    async def hear(self, request: Request) -> None:
        """End the waiting when the caller goes away."""
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self.leave()

    def beat(self) -> None:
        """Nothing is sent before the answer."""

    def leave(self) -> None:
        """Answer now."""
        if not self.over.done():
            self.over.set_result(None)

    def hush(self) -> None:
        """Nothing was told yet, and the answer checks the key once more."""

    def lose(self, error: ForgeError) -> None:  # noqa: ARG002  # the answer says it: it checks the key once more
        """Answer now, for the key lost a right."""
        self.leave()


def _good(asked: _Asked | ForgeError) -> _Asked:
    """What was read; what was wrong with it is raised."""
    if isinstance(asked, ForgeError):
        raise asked
    return asked


def _asked(found: Parameters, contract: Contract) -> _Asked:
    wrong = Problems()
    after = wrong.of(take, found, "cursor")
    if after is not None:
        read_cursor(after, "cursor")
    waited = wrong.of(_wait, found)
    names = wrong.of(take_words, found, "resources") if "resources" in found else None
    limit = wrong.of(_limit, found, contract)
    for name in found:
        wrong.add(unknown(name))
    wrong.check()
    return _Asked(after, names, limit, waited)


def _wait(found: Parameters) -> int:
    text = take(found, "wait")
    return read_count("wait", "0" if text is None else text, 0, LONGEST_WAIT)


def _limit(found: Parameters, contract: Contract) -> int:
    return read_limit(take(found, "limit"), contract.size)


def _shown(page: ChangePage) -> dict[str, Any]:
    rows = [_row(each) for each in page.nodes]
    return {
        "data": rows,
        "next_cursor": page.next_cursor if page.has_more else None,
        "resume_cursor": page.next_cursor,
        "latest_cursor": page.latest_cursor,
        "has_more": page.has_more,
    }


def _row(change: Change) -> dict[str, Any]:
    return {
        "cursor": change.cursor,
        "type": change.type,
        "resource": change.resource,
        "record_id": change.record_id,
        "at": write_moment(change.at),
        "deleted": change.deleted,
        "data": change.data,
    }
