"""Subscriptions: one event is one execution of the document, and a subscriber gets each event once, in order.

A subscriber first reads the feed by itself from its cursor; once it has caught up with the workspace's tail it waits
for that, and costs nothing until an event comes. One that does not take its events in time is dropped, and told where
to go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol
from uuid import UUID

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from core.errors import ForgeError, Internal, RateLimited, Unavailable
from core.feed import Event, read_page
from core.values.json import canonical
from engine.document.documents import Document
from engine.feed.changes import Followed, resources_of
from engine.feed.tails import AT_ONCE, Tail, Tails
from engine.run.answers import Answer
from engine.run.compiled import check_scopes, prepare
from engine.run.context import Reading
from engine.run.executed import execute_document

MAX_WAITING: Final = 1_000
"""Events that may wait for a subscriber; with more, it reads them from the database again, at its own pace."""
LARGEST_WAITING: Final = 1_048_576
"""Bytes of their data."""
PATIENCE: Final = 5.0
"""Seconds that a subscriber may refuse to take an event."""
_SHARED: Final = 64
"""Answers a tail keeps for others who ask the same of the same event."""
log = logging.getLogger("forge")


class SlowConsumer(RateLimited):
    """A subscriber took nothing for too long; nothing is lost, it can resume."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"slow consumer: resume after {cursor}", retry_after=1)


class Sink(Protocol):
    """Where a subscriber's answers go."""

    async def next(self, answer: Answer, cursor: str) -> None:
        """Send an event's answer, as slowly as the caller takes it."""

    def ended(self, error: ForgeError) -> None:
        """Hear that no more will come, and why; must neither wait nor raise."""


class Subscription:
    """A valid subscription document with its variables, opened by one key; raises what its resolver raises."""

    def __init__(self, document: Document, variables: Mapping[str, Any], contexts: Callable[[], Reading]) -> None:
        self.document, self.variables, self._contexts = document, dict(variables), contexts
        self.followed = Followed(None, frozenset())
        self.scopes: frozenset[str] = frozenset()
        self._coerced = VariableValues({}, {})
        self._audience: object = None

    async def open(self, after: str | None = None) -> Answer | None:
        """Ask the resolver what is to be followed; an answer with errors when that fails.

        `after` is a cursor that takes the place of the one in the document (`Last-Event-ID`).
        """
        coerced = self.document.variables(self.variables)
        if isinstance(coerced, list):
            return Answer(None, coerced)
        self._coerced = coerced
        ctx = self._contexts()
        prepared = prepare(self.document, coerced)
        check_scopes(prepared, ctx)
        if not prepared.calls:
            return Answer(None, [GraphQLError("The subscription selects nothing.")])
        [call] = prepared.calls
        assert call.root is not None
        assert call.arguments is not None
        try:
            given = dict(call.arguments(coerced))
            self.followed = await call.root.binding.call(ctx, given if after is None else given | {"after": after})
        except (ForgeError, GraphQLError) as error:
            return Answer(None, [call.located(error)])
        self.scopes = ctx.principal.scopes
        self._audience = (self.document, canonical(self.variables), self.scopes)
        return None

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        """Run a guarded statement as the key that opened it."""
        return await self._contexts().read(sql, args)

    async def shared(self, event: Event, tail: Tail) -> Answer:
        """The answer for an event; subscribers with the same document, variables and scopes share one."""
        key = (self._audience, event.place)
        found = tail.shared.get(key)
        if found is None:
            while len(tail.shared) >= _SHARED:
                del tail.shared[next(iter(tail.shared))]
            found = tail.shared[key] = asyncio.ensure_future(self.answer(event))
        return await asyncio.shield(found)

    async def answer(self, event: Event) -> Answer:
        """Execute the document for one event; raises Unavailable when the database is away meanwhile."""
        ctx = self._contexts()

        change = resources_of(ctx.catalogue).change(event, ctx.principal.scopes)
        answer = await execute_document(self.document, ctx, self.variables, self._coerced, ctx.render, change)
        for error in answer.errors:
            if isinstance(error.original_error, Unavailable):
                raise error.original_error
        return answer


class Subscriber:
    """One who follows a workspace's feed: a follower of its tail, and a task only while there is something to send."""

    def __init__(self, subscription: Subscription, tails: Tails, tail: Tail, sink: Sink) -> None:
        self._subscription, self._tails, self._tail, self._sink = subscription, tails, tail, sink
        self._followed = subscription.followed
        self._sent = subscription.followed.after
        """The place after the last event that was sent."""
        self._since = 0
        self._waiting: deque[Event] = deque()
        self._size = 0
        self._behind = True
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow, or go on."""
        self._task = asyncio.create_task(self._run())

    def push(self, event: Event) -> None:
        """Take the next event of the tail."""
        if event.place.sequence <= self._since or not self._followed.wants(event):
            return
        self._waiting.append(event)
        self._size += len(event.data)
        if len(self._waiting) > MAX_WAITING or self._size > LARGEST_WAITING:
            self._fall_behind()
        if self._task is None:
            self.start()

    def fail(self, error: ForgeError) -> None:
        """End it, telling the sink why."""
        if not self._stopped:
            self.stop()
            self._sink.ended(error)

    def stop(self) -> None:
        """End it; nothing is sent any more."""
        if self._stopped:
            return
        self._stopped = True
        self._tails.release(self._tail)
        self._tail.followers.discard(self)
        self._waiting.clear()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def _fall_behind(self) -> None:
        """Leave the tail: what comes is read from the database, once what was sent last is taken."""
        self._behind = True
        self._tail.followers.discard(self)
        self._waiting.clear()
        self._size = 0

    async def _run(self) -> None:
        try:
            while self._behind or self._waiting:
                await (self._catch_up() if self._behind else self._drain())
        except ForgeError as error:
            self.fail(error)
        except Exception:
            log.exception("unforeseen error in a subscription")
            self.fail(Internal("Internal error"))
        finally:
            self._task = None

    async def _catch_up(self) -> None:
        """Read on from the last place until the tail is reached, and follow that."""
        tail, tables, read = self._tail, sorted(self._followed.tables), self._subscription.read
        unchecked = self._sent is not None
        if self._sent is None:
            self._sent = (await read_page(read, tail.workspace_id, None, (), 0)).head
        while unchecked or self._sent.sequence < tail.position.sequence:
            unchecked = False
            page = await read_page(read, tail.workspace_id, self._sent, tables, AT_ONCE)
            for event in filter(self._followed.wants, page.events):
                await self._send(event, await self._subscription.answer(event))
            self._sent = page.reached
        self._since = self._sent.sequence
        self._behind = False
        if not self._stopped:
            tail.followers.add(self)

    async def _drain(self) -> None:
        while self._waiting and not self._stopped:
            event = self._waiting[0]
            answer = await self._subscription.shared(event, self._tail)
            await self._tail.turn()
            await self._send(event, answer)
            if self._waiting:
                self._waiting.popleft()
                self._size -= len(event.data)

    async def _send(self, event: Event, answer: Answer) -> None:
        if self._stopped:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._sink.next(answer, event.cursor)
        except TimeoutError:
            raise SlowConsumer(str(self._sent)) from None
        self._sent = event.place


async def subscribe(subscription: Subscription, tails: Tails, workspace_id: UUID, sink: Sink) -> Subscriber:
    """Make a follower of what an open subscription asks for; start it, and stop it when done.

    Raises Unavailable when the database is away.
    """
    return Subscriber(subscription, tails, await tails.hold(workspace_id), sink)
