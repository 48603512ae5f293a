"""Tails: each workspace that somebody follows is read once per process, however many follow it.

A tail is woken by a commit of this process, by Valkey for those of others, and by a slow look at the clocks, which
finds what was missed. A follower that nobody wakes costs nothing but its place in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Final, Protocol, Self
from uuid import UUID, uuid4

import asyncpg

from core.errors import ForgeError, Gone, Internal, Unavailable
from core.feed import CHANNEL, Cursor, Event, Read, read_page
from core.listening import listen

LOOK: Final = 1.5
"""Seconds between two looks at the clocks of the workspaces that are followed."""
AT_ONCE: Final = 200
"""Events read in one statement."""
IN_A_ROUND: Final = 50
"""Followers that are told something before the loop does other things."""
log = logging.getLogger("forge")

Moved = Callable[[Mapping[UUID, int]], Awaitable[list[UUID]]]


class Follower(Protocol):
    """Follows a tail: must neither wait nor raise."""

    def push(self, event: Event) -> None:
        """Take the next event."""

    def fail(self, error: ForgeError) -> None:
        """Hear that the feed cannot be followed any further."""


class Tail:
    """The end of one workspace's feed: its position, and who is told of what comes after it."""

    def __init__(self, workspace_id: UUID, read: Read) -> None:
        self.workspace_id = workspace_id
        self.position = Cursor(0, 0)
        self.followers: set[Follower] = set()
        self.read = read
        self.started = asyncio.create_task(self._start())
        self.shared: dict[object, asyncio.Future[Any]] = {}
        """Answers for the last events, for subscribers who ask the same."""
        self._due = False
        self._told = 0
        self._reading: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        """Look for new events soon."""
        self._due = True
        if self._reading is None and self.started.done() and not self.started.cancelled():
            self._reading = asyncio.create_task(self._advance())

    async def moved(self, since: Cursor, until: asyncio.Future[None]) -> None:
        """Wait until the tail is past a place, or `until` is done."""
        while self.position.sequence <= since.sequence and not until.done():
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await asyncio.wait({waiting, until}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._waiting.discard(waiting)

    async def turn(self) -> None:
        """Wait until it is one's turn to be told: so many in one round of the loop, that other requests get theirs."""
        while self._told >= IN_A_ROUND:  # noqa: ASYNC110  # an event would wake all of them in one round
            await asyncio.sleep(0)
        if not self._told:
            asyncio.get_running_loop().call_soon(self._next_round)
        self._told += 1

    def _next_round(self) -> None:
        self._told = 0

    async def _start(self) -> None:
        page = await read_page(self.read, self.workspace_id, None, (), 0)
        self.position = page.head
        if self._due:
            asyncio.get_running_loop().call_soon(self.wake)

    async def _advance(self) -> None:
        try:
            while self._due:
                self._due = False
                await self._batch()
        except (Unavailable, asyncpg.PostgresError) as error:
            log.info("a feed is read again later: %s", error)
        except Gone as error:
            self._fail(error)
        except Exception:
            log.exception("reading a feed")
            self._fail(Internal("Internal error"))
        finally:
            self._reading = None

    async def _batch(self) -> None:
        page = await read_page(self.read, self.workspace_id, self.position, None, AT_ONCE)
        self.position = page.reached
        self._due |= page.reached.sequence < page.head.sequence
        for event in page.events:
            for number, follower in enumerate(tuple(self.followers), 1):
                follower.push(event)
                if number % IN_A_ROUND == 0:
                    await asyncio.sleep(0)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    def _fail(self, error: ForgeError) -> None:
        for follower in tuple(self.followers):
            follower.fail(error)


class Tails:
    """The tails of one process, for as long as it is entered; `moved` tells which workspaces are not at a tick."""

    def __init__(self, read: Read, moved: Moved, redis_url: str) -> None:
        self._read, self._moved, self._redis_url = read, moved, redis_url
        self._tails: dict[UUID, Tail] = {}
        self._held: dict[UUID, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.process = uuid4().hex
        """What this process signs with, so that it need not hear itself."""

    async def __aenter__(self) -> Self:
        heard = listen(self._redis_url, CHANNEL, self._hear, self._wake_all)
        self._tasks = [asyncio.create_task(heard), asyncio.create_task(self._look())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def hold(self, workspace_id: UUID) -> Tail:
        """Take hold of a workspace's tail; `release` it when done. Raises Unavailable when the database is away."""
        tail = self._tails.get(workspace_id)
        if tail is None:
            tail = self._tails[workspace_id] = Tail(workspace_id, self._read)
        self._held[workspace_id] = self._held.get(workspace_id, 0) + 1
        try:
            await asyncio.shield(tail.started)
        except BaseException:
            self.release(tail)
            raise
        return tail

    def release(self, tail: Tail) -> None:
        """Let go of a tail; without anybody who holds it, it ends."""
        self._held[tail.workspace_id] -= 1
        if not self._held[tail.workspace_id]:
            del self._held[tail.workspace_id]
            del self._tails[tail.workspace_id]

    def wake(self, workspace_id: UUID) -> None:
        """Say that something was committed in a workspace."""
        tail = self._tails.get(workspace_id)
        if tail is not None:
            tail.wake()

    def _hear(self, told: str) -> None:
        workspace_id, _, process = told.partition(" ")
        if process != self.process:
            self.wake(UUID(workspace_id))

    def _wake_all(self) -> None:
        for tail in self._tails.values():
            tail.wake()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                seen = {name: tail.position.sequence for name, tail in self._tails.items() if tail.started.done()}
                for workspace_id in await self._moved(seen) if seen else ():
                    self.wake(workspace_id)
            except (Unavailable, asyncpg.PostgresError):
                log.info("PostgreSQL is away: feeds wait for it")
            except Exception:
                log.exception("looking for changes")
