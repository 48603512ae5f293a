"""One operation of a WebSocket: admitted like a request of its own, then answered, or followed until it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson
from graphql import GraphQLError

from app.observer import GONE
from core.errors import ForgeError, Internal, Unauthorized, Unavailable
from core.http import Disconnected, Message, Request
from engine.feed.subscriptions import SlowConsumer, Subscriber, Subscription, subscribe
from engine.run.answers import Answer, show

if TYPE_CHECKING:
    from access.gate import Admission
    from access.principal import Principal
    from app.graphql.answering import Answering
    from app.graphql.request import GraphQLRequest
    from app.observer import Observer
    from app.streams import Streams
    from engine.document.documents import Document
    from engine.runtime import Runtime

SLOW: Final = 4008
AGAIN: Final = 1013
"""Close codes: a slow consumer, and "try again later"."""
METHOD: Final = "WS"
"""What stands for the method of an operation in the access log."""
log = logging.getLogger("forge")


class Connection(Protocol):
    """The WebSocket that an operation runs on."""

    runtime: Runtime
    streams: Streams
    answering: Answering
    observer: Observer

    async def write(self, text: str) -> None:
        """Send a message, as slowly as the caller takes it."""

    def close(self, code: int, reason: str) -> None:
        """Close it; nothing more is sent."""

    def forget(self, name: str) -> None:
        """An operation is over: its id is free."""


class Operation:
    """What a `subscribe` message started, by the id that the client gave it."""

    def __init__(self, socket: Connection, name: str, request: Request) -> None:
        self._socket, self._name, self._request = socket, name, request
        self._principal: Principal | None = None
        self._subscriber: Subscriber | None = None
        self._stopped = asyncio.Event()
        self._status = int(HTTPStatus.OK)
        request.receive = self._hung_up

    async def _hung_up(self) -> Message:
        """To the operation it is as if its caller went away when it is ended."""
        await self._stopped.wait()
        return {"type": "http.disconnect"}

    async def run(self, payload: dict[str, Any]) -> None:
        """Admit it, then answer it or begin to follow; what goes wrong is told as its `error`."""
        began = time.perf_counter()
        try:
            await self._run(payload)
        finally:
            self._socket.observer.saw(self._request, METHOD, self._request.path, self._status, began)

    async def _run(self, payload: dict[str, Any]) -> None:
        try:
            await self._perform(await self._socket.runtime.admit(self._request), payload)
        except Unauthorized as error:
            self._status = int(error.status)
            self._socket.close(4403, error.message)
        except ForgeError as error:
            await self.refuse(error)
        except Disconnected:
            self._status = GONE
            self._forget()
        except Exception:
            log.exception("unforeseen error in request %s", self._request.id)
            await self.refuse(Internal("Internal error"))

    async def _perform(self, admission: Admission, payload: dict[str, Any]) -> None:
        principal = admission.admitted()
        asked = self._socket.answering.read(payload)
        document = await self._socket.answering.paid_for(self._request, admission, asked)
        if not document.errors and document.kind == "subscription":
            await self._follow(principal, document, asked)
            return
        answer = await self._socket.answering.answer(self._request, admission, asked)
        if answer.data is None:
            await self._refuse(answer)
        else:
            await self._say("next", self._socket.answering.body(self._request, admission, asked, answer))
            await self._say("complete")
            self._forget()

    async def _follow(self, principal: Principal, document: Document, asked: GraphQLRequest) -> None:
        runtime = self._socket.runtime
        assert runtime.tails is not None
        subscription = Subscription(document, asked.variables, lambda: runtime.reading(principal, self._request.id))
        refused = await subscription.open()
        if refused is not None:
            await self._refuse(refused)
            return
        self._principal = principal
        subscriber = await subscribe(subscription, runtime.tails, principal.workspace_id, self)
        if self._stopped.is_set():
            subscriber.stop()
        else:
            self._subscriber = subscriber
            subscriber.start()

    async def next(self, answer: Answer, cursor: str) -> None:  # noqa: ARG002  # the cursor is SSE's `id`
        """Send an event's answer."""
        body = answer.body(self._request.id)
        if self._principal is not None and not self._socket.runtime.gate.is_revoked(self._principal):
            await self._say("next", body)

    def ended(self, error: ForgeError) -> None:
        """Hear that no more will come."""
        if isinstance(error, SlowConsumer):
            self._socket.close(SLOW, error.message)
        elif isinstance(error, Unavailable):
            self._socket.close(AGAIN, error.message)  # a client that gets an `error` does not come again
        else:
            self._socket.streams.spawn(self.refuse(error))

    def stop(self) -> None:
        """End it without a word: the client said so, or the connection ends. A command under way is not cut off."""
        self._stopped.set()
        if self._subscriber is not None:
            self._subscriber.stop()

    async def refuse(self, error: ForgeError) -> None:
        """Say that it failed; its id is free again."""
        await self._refuse(Answer(None, [GraphQLError(error.message, original_error=error)]))

    async def _refuse(self, answer: Answer) -> None:
        original = answer.errors[0].original_error
        self._status = int(original.status if isinstance(original, ForgeError) else HTTPStatus.BAD_REQUEST)
        await self._say("error", orjson.dumps([show(error, self._request.id) for error in answer.errors]))
        self._forget()

    async def _say(self, kind: str, payload: bytes | None = None) -> None:
        if not self._stopped.is_set():
            rest = "" if payload is None else f',"payload":{payload.decode()}'
            await self._socket.write(f'{{"id":{orjson.dumps(self._name).decode()},"type":"{kind}"{rest}}}')

    def _forget(self) -> None:
        if not self._stopped.is_set():
            self._socket.forget(self._name)
        self.stop()
