"""Streams: every connection of this process that stays open, what bounds them, and what one timer does for all.

A connection costs its place in memory and no timer: once in a while all of them are asked to show that they live.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol
from uuid import UUID

from access.principal import Principal
from core.errors import ForgeError, RateLimited, Unauthorized, Unavailable
from core.http import Message, Receive
from core.instruments import STREAMS
from engine.runtime import Runtime

BEAT: Final = 15.0
"""Seconds between two signs of life."""
MAX_OPEN: Final = 10_000
"""Connections that one process keeps open."""
PER_KEY: Final = 100
"""Connections that one key may keep open on one process."""
PER_CONNECTION: Final = 20
"""Operations that one connection may have under way."""
STUCK: Final = 30.0
"""Seconds that a connection may refuse to take a message."""
FAREWELL: Final = 0.5
"""Seconds that connections have to say goodbye when the process stops."""
LOST: Final = "A right of this key was lost: connect again"


class Stream(Protocol):
    """A connection that stays open."""

    def beat(self) -> None:
        """Show the caller that it lives, or give it up."""

    def leave(self) -> None:
        """End it because the process stops: the caller is told to come again."""

    def hush(self) -> None:
        """Tell nothing any more, from this moment on: the key lost a right."""

    def lose(self, error: ForgeError) -> None:
        """End it, saying what became of the key."""


class Streams:
    """The open connections of one process."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._keys: Counter[UUID] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.stopping = False

    def enter(self, stream: Stream) -> None:
        """Take note of a connection; raises Unavailable when the process has too many, or stops."""
        if self.stopping or len(self._open) >= MAX_OPEN:
            raise Unavailable("No room for another open connection", retry_after=5)
        self._open.add(stream)
        STREAMS.inc()
        self._empty.clear()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def leave(self, stream: Stream) -> None:
        """Forget a connection."""
        if stream in self._open:
            STREAMS.dec()
        self._open.discard(stream)
        if not self._open:
            self._empty.set()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def admit(self, runtime: Runtime, principal: Principal, stream: Stream) -> Callable[[], None]:
        """Count a connection for its key, and tell it when a right is lost; returns what ends both.

        Raises RateLimited when the key has too many already, Unauthorized when it was lost since it was admitted.
        """
        runtime.check_revoked(principal)
        key = principal.key_id
        if self._keys[key] >= PER_KEY:
            raise RateLimited(f"More than {PER_KEY} open connections of this key: close some", retry_after=60)
        self._keys[key] += 1

        def lost() -> None:
            stream.hush()
            self.spawn(_lose(runtime, principal, stream))

        unfollow = runtime.gate.follow(principal, lost)

        def end() -> None:
            unfollow()
            self._keys[key] -= 1
            if not self._keys[key]:
                del self._keys[key]

        return end

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the connections."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def dismiss(self) -> None:
        """Tell every connection that is open to come again."""
        for stream in tuple(self._open):
            stream.leave()

    async def stop(self) -> None:
        """Tell every connection to come again, and give them a moment."""
        self.stopping = True
        self.dismiss()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self._empty.wait()

    def _beat(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)
        for stream in tuple(self._open):
            stream.beat()


async def _lose(runtime: Runtime, principal: Principal, stream: Stream) -> None:
    try:
        await runtime.gate.reload(principal)
    except Unauthorized as error:
        stream.lose(error)
    except ForgeError:
        stream.lose(Unauthorized(LOST))
    else:
        stream.lose(Unauthorized(LOST))


class Main:
    """The task of a connection: it waits for messages, and can be called away from that."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._task = asyncio.current_task()
        self._waiting = False
        self.away = False

    def call_away(self) -> None:
        """Have `receive` return None, now and ever after."""
        if not self.away:
            self.away = True
            if self._waiting and self._task is not None:
                self._task.cancel()

    async def receive(self) -> Message | None:
        """The next message, or None when the connection is to end."""
        if self.away:
            return None
        self._waiting = True
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if not self.away or self._task is None or self._task.uncancel() > 0:
                raise
            return None
        finally:
            self._waiting = False
