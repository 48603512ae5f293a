"""Server-sent events on `/graphql`: the distinct connections mode of GraphQL over SSE, one operation a request.

A `next` event for each answer, `complete` at the end. Each change's `id` is its cursor, so that a client which comes
again with `Last-Event-ID` goes on where it was. Without `complete` the client is to come again.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from graphql import GraphQLError

from access.headers import limit_headers
from app.streams import STUCK, Main, Streams
from core.errors import ForgeError, Unavailable
from core.http import Request, Send
from engine.feed.subscriptions import SlowConsumer, Subscriber, Subscription, subscribe
from engine.run.answers import Answer

if TYPE_CHECKING:
    from access.gate import Admission
    from app.graphql.answering import Answering
    from app.graphql.request import GraphQLRequest
    from engine.document.documents import Document
    from engine.runtime import Runtime

COMPLETE: Final = b"event: complete\ndata:\n\n"
_BEAT: Final = b":\n\n"
_COME_AGAIN: Final = b"retry: 500\n: come again\n\n"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class EventStream:
    """One request whose answer is a stream."""

    def __init__(self, runtime: Runtime, streams: Streams, request: Request, admission: Admission, send: Send) -> None:
        self._runtime, self._streams, self._request, self._admission = runtime, streams, request, admission
        self._principal = admission.admitted()
        self._send = send
        self._main = Main(request.receive)
        self._subscriber: Subscriber | None = None
        self._last: bytes | None = None
        self._sending_since: float | None = None
        self._over = False

    async def run(self, answering: Answering, asked: GraphQLRequest) -> None:
        """Answer; raises ForgeError when nothing was sent yet."""
        document = await answering.paid_for(self._request, self._admission, asked)
        if document.errors or document.kind != "subscription":
            answer = await answering.answer(self._request, self._admission, asked)
            await self._start()
            body = answering.body(self._request, self._admission, asked, answer)
            await self._write(_event(body) + COMPLETE, more=False)
            return
        self._streams.enter(self)
        try:
            end = self._streams.admit(self._runtime, self._principal, self)
            try:
                await self._follow(document, asked)
            finally:
                end()
        finally:
            self._streams.leave(self)
            if self._subscriber is not None:
                self._subscriber.stop()

    async def _follow(self, document: Document, asked: GraphQLRequest) -> None:
        runtime, principal, request = self._runtime, self._principal, self._request
        subscription = Subscription(document, asked.variables, lambda: runtime.reading(principal, request.id))
        refused = await subscription.open(request.header(b"last-event-id") or None)
        if refused is not None:
            await self._start()
            await self._write(_event(refused.body(request.id)) + COMPLETE, more=False)
            return
        assert runtime.tails is not None
        self._subscriber = await subscribe(subscription, runtime.tails, principal.workspace_id, self)
        await self._start()
        self._subscriber.start()
        while (message := await self._main.receive()) is not None:
            if message["type"] == "http.disconnect":
                return
        self._subscriber.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._write(self._last or _COME_AGAIN, more=False)

    async def next(self, answer: Answer, cursor: str) -> None:
        """Send an event's answer."""
        event = _event(answer.body(self._request.id), cursor)
        if not self._runtime.gate.is_revoked(self._principal):
            await self._write(event, more=True)

    def ended(self, error: ForgeError) -> None:
        """Tell why no more will come."""
        answer = Answer(None, [GraphQLError(error.message, original_error=error)])
        comes_again = isinstance(error, (SlowConsumer, Unavailable))
        self._last = _event(answer.body(self._request.id)) + (b"" if comes_again else COMPLETE)
        self._main.call_away()

    def hush(self) -> None:
        """Tell nothing any more."""
        if self._subscriber is not None:
            self._subscriber.stop()

    def lose(self, error: ForgeError) -> None:
        """End it because the key lost a right."""
        self.ended(error)

    def leave(self) -> None:
        """End it because the process stops."""
        self._main.call_away()

    def beat(self) -> None:
        """Send a comment; give up a caller who has not taken the last event for long."""
        now = asyncio.get_running_loop().time()
        if self._sending_since is None:
            self._streams.spawn(self._write(_BEAT, more=True))
        elif now - self._sending_since > STUCK:
            self._main.call_away()

    async def _start(self) -> None:
        headers = [*_HEADERS, *limit_headers(self._admission), (b"x-request-id", self._request.id.encode("latin-1"))]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _write(self, data: bytes, *, more: bool) -> None:
        if self._over:
            return
        self._over = not more
        self._sending_since = asyncio.get_running_loop().time()
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
        finally:
            self._sending_since = None


def _event(body: bytes, cursor: str | None = None) -> bytes:
    identity = b"" if cursor is None else b"id: " + cursor.encode() + b"\n"
    return b"event: next\n" + identity + b"data: " + body + b"\n\n"
