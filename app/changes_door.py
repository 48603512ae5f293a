"""`GET /api/v1/changes`: the change feed by plain requests, which may wait up to 30 s for the next change.

The same resolver as `Query.changes`. `next_cursor` is null when there is no more to read now, so that a loop over pages
ends; `resume_cursor` is always there, for the next time. A deletion is a change whose `deleted` is true.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, Final

import orjson

from access.principal import Principal
from app.streams import Streams
from core.errors import ForgeError
from core.feed import read_cursor
from core.http import JSON, Disconnected, Request, Response, read_query
from core.problems import Problems
from engine.declare.scalars import write_moment
from engine.feed.changes import LONGEST_WAIT, Change, ChangePage, Resources, resources_of
from engine.runtime import Runtime
from rest.contract import MRP, Contract
from rest.links import next_link
from rest.parameters import Parameters, gather, read_count, read_limit, take, take_words, unknown
from rest.routes import CHANGES, PREFIX
from rest.single_path import PRIVATE, SinglePath

PATH: Final = f"{PREFIX}{CHANGES}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the query string asks."""

    after: str | None
    resources: list[str] | None
    limit: int
    wait: int


class ChangesDoor(SinglePath[_Asked]):
    """Answers the change feed's one path."""

    def __init__(self, runtime: Runtime, streams: Streams, contract: Contract = MRP) -> None:
        super().__init__(runtime, contract)
        self._streams = streams
        root = runtime.graph.root("query", "changes")
        assert root is not None
        self._resolve = root.operation.resolver

    def read(self, request: Request) -> _Asked:
        """Read the query string."""
        return _asked(gather(read_query(request.query)), self.contract, resources_of(self.runtime.graph.catalogue))

    def points(self, request: Request, asked: _Asked) -> int:  # noqa: ARG002  # of every such door
        """One for each change that may be told."""
        return 1 + asked.limit

    async def answer(self, request: Request, principal: Principal, asked: _Asked) -> Response:
        """Answer a page, at once or when there is something."""
        page = await self._page(request, principal, asked)
        link = next_link(request, "cursor", page.next_cursor) if page.has_more else []
        return Response(200, orjson.dumps(_shown(page)), [JSON, *PRIVATE, *link])

    async def _page(self, request: Request, principal: Principal, asked: _Asked) -> ChangePage:
        page = await self._look(request, principal, asked, asked.after)
        if page.nodes or not asked.wait or request.method == "HEAD":
            return page
        waiting = Waiting()
        with contextlib.ExitStack() as stack:
            self._streams.enter(waiting)
            stack.callback(self._streams.leave, waiting)
            stack.callback(self._streams.admit(self.runtime, principal, waiting))
            stack.callback(self._streams.spawn(waiting.hear(request)).cancel)
            stack.callback(asyncio.get_running_loop().call_later(asked.wait, waiting.leave).cancel)
            return await self._wait(request, principal, asked, page, waiting)

    async def _wait(
        self, request: Request, principal: Principal, asked: _Asked, page: ChangePage, waiting: Waiting
    ) -> ChangePage:
        """Look again whenever the workspace's tail moves, until there is something or the time is over."""
        assert self.runtime.tails is not None
        tail = await self.runtime.tails.hold(principal.workspace_id)
        try:
            while not page.nodes and not waiting.over.done():
                if not page.has_more:
                    await tail.moved(read_cursor(page.next_cursor, "cursor"), waiting.over)
                page = await self._look(request, principal, asked, page.next_cursor)
        finally:
            self.runtime.tails.release(tail)
        if waiting.gone:
            raise Disconnected
        return page

    async def _look(self, request: Request, principal: Principal, asked: _Asked, after: str | None) -> ChangePage:
        ctx = self.runtime.reading(principal, request.id)
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


def _asked(found: Parameters, contract: Contract, resources: Resources) -> _Asked:
    wrong = Problems()
    after = wrong.of(take, found, "cursor")
    with wrong.cursor():
        if after is not None:
            read_cursor(after, "cursor")
    waited = wrong.of(_wait, found)
    names = wrong.of(take_words, found, "resources") if "resources" in found else None
    with wrong.apart():
        resources.check(names or ())
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
