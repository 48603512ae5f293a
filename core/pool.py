"""A light pool of connections to PostgreSQL: last in first out, bounded, and never handing out a dirty connection.

asyncpg's own pool resets every connection and shields every call; taking and giving back costs it more than a small
query. Here a connection comes back only when its last statement ended in order; any other one is closed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import asyncpg

from core.errors import Unavailable
from core.sqlstates import passing

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect: TypeAlias = Callable[[], Awaitable[Connection]]

FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What running a statement may raise, a timeout included."""
PATIENCE: Final = 2.0
"""Seconds a request waits for a connection before it is told to come back."""
_FAREWELL: Final = 2.0
"""Seconds to let a cancelled statement end before its connection is cut."""
_AWAY: Final = frozenset({"57P01", "57P02", "57P03", "25P03", "25P04"})
"""Errors after which the server hangs up: shut down, crashed, starting, idle or open for too long."""


class Pool:
    """At most `size` connections, opened when they are needed; give back each one taken, by `release` or `discard`."""

    def __init__(self, connect: Connect, *, size: int, patience: float = PATIENCE) -> None:
        self.size = size
        self.patience = patience
        self._connect = connect
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._places = 0  # connections there are, in use or not, being made or being closed
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def acquire(self, *, fresh: bool = False) -> Connection:
        """Take a connection, a newly made one if asked to; raises Unavailable when none is to be had."""
        if self._closed:
            raise Unavailable("The server is shutting down", retry_after=1)
        if self._idle:
            connection = self._idle.pop()
            if not fresh and not connection.is_closed():
                return connection
            connection.terminate()
            return await self._make()
        if self._places < self.size:
            self._places += 1
            return await self._make()
        return await self._wait(fresh=fresh)

    def release(self, connection: Connection) -> None:
        """Give back a connection that is in order: its last statement has ended and no transaction is open."""
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            self.discard(connection)
        elif waiter := self._next_waiter():
            waiter.set_result(connection)
        else:
            self._idle.append(connection)

    def discard(self, connection: Connection) -> None:
        """Give back a connection in an unknown state: it is cancelled and closed, and its place comes free."""
        if connection.is_closed():
            connection.terminate()
            self._free_place()
            return
        task = asyncio.get_running_loop().create_task(self._part_with(connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close what is idle now and the rest as it comes back; waiters and later callers get Unavailable."""
        self._closed = True
        while waiter := self._next_waiter():
            waiter.set_exception(Unavailable("The server is shutting down", retry_after=1))
        while self._idle:
            self.discard(self._idle.pop())
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _make(self) -> Connection:
        """Open a connection in a place that is already ours."""
        try:
            return await self._connect()
        except FAILURES as error:
            self._free_place()
            raise passing(error) or Unavailable("The database does not answer", retry_after=1) from error
        except BaseException:
            self._free_place()
            raise

    async def _wait(self, *, fresh: bool) -> Connection:
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self.patience):
                connection = await waiter
        except BaseException as error:
            self._give_back(waiter)
            if isinstance(error, TimeoutError):
                raise Unavailable("The database is busy", retry_after=1) from None
            raise
        if connection is not None and not fresh and not connection.is_closed():
            return connection
        if connection is not None:
            connection.terminate()
        return await self._make()

    def _give_back(self, waiter: asyncio.Future[Connection | None]) -> None:
        """Pass on what a waiter was handed in the moment it gave up."""
        if not waiter.done():
            waiter.cancel()
        elif not waiter.cancelled() and waiter.exception() is None:
            connection = waiter.result()
            self._free_place() if connection is None else self.release(connection)

    def _next_waiter(self) -> asyncio.Future[Connection | None] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    def _free_place(self) -> None:
        if waiter := self._next_waiter():
            waiter.set_result(None)  # the place is the waiter's now: it opens its own connection
        else:
            self._places -= 1

    async def _part_with(self, connection: Connection) -> None:
        try:
            await connection.close(timeout=_FAREWELL)  # asks the server to cancel, then says goodbye
        except FAILURES:
            connection.terminate()
        finally:
            self._free_place()


def is_dead(connection: Connection, error: BaseException) -> bool:
    """Tell whether an error means that the connection is gone, so that its statement may run again if it only read."""
    if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.InternalClientError):
        return True  # the latter: a farewell had come that asyncpg had not read, and so nothing was sent
    if isinstance(error, asyncpg.PostgresError) and error.sqlstate in _AWAY:
        return True
    return connection.is_closed()
