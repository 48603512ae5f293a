"""A light pool of connections to PostgreSQL: last in first out, bounded, fair, never handing out a dirty connection.

asyncpg's own pool resets every connection and shields every call; taking and giving back costs it more than a small
query. Here a connection comes back only when its last statement ended in order; any other one is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import asyncpg

from core.database.sqlstates import passing
from core.database.turns import FORGE, Share, Turns
from core.errors import Unavailable
from core.instruments import POOL_WAITS, STATEMENT_SECONDS

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
    """At most `size` connections, opened when they are needed; give back each one taken, by `release` or `discard`.

    They are shared fairly by company and key (`core.database.turns`). Whoever waits longer than `patience` seconds gets
    Unavailable; so does at once who would be one more than `most_waiting` of a key.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        size: int,
        lane: str = "write",
        patience: float = PATIENCE,
        most_waiting: int | None = None,
    ) -> None:
        self.size = size
        self.patience = patience
        self._connect = connect
        self.statements = STATEMENT_SECONDS.labels(lane)
        """Times what runs on its connections."""
        self._waits = POOL_WAITS.labels(lane)
        self._idle: list[Connection] = []
        self._turns: Turns[Connection | None] = Turns(size, most_waiting)
        self._takers: dict[Connection, Share] = {}
        self._places = 0  # connections there are, in use or not, being made or being closed
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def acquire(self, share: Share = FORGE, *, fresh: bool = False) -> Connection:
        """Take a connection, a newly made one if asked to; raises Unavailable when none is to be had."""
        if self._closed:
            raise Unavailable("The server is shutting down", retry_after=1)
        if (self._idle or self._places < self.size) and self._turns.take(share):
            if not self._idle:
                self._places += 1
                return await self._make(share)
            return await self._sound(self._idle.pop(), share, fresh=fresh)
        return await self._wait(share, fresh=fresh)

    def take_idle(self, share: Share) -> Connection | None:
        """Take a connection that is open and free; None when there is none for this share."""
        idle = self._idle
        if not idle or idle[-1].is_closed() or not self._turns.take(share):
            return None
        connection = idle.pop()
        self._takers[connection] = share
        return connection

    def release(self, connection: Connection) -> None:
        """Give back a connection that is in order: its last statement has ended and no transaction is open."""
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            self.discard(connection)
            return
        self._turns.give(self._takers.pop(connection))
        waiter = self._turns.next() if self._turns.waited_for else None
        if waiter is None:
            self._idle.append(connection)
        else:
            self._takers[connection] = waiter.share
            waiter.future.set_result(connection)

    def discard(self, connection: Connection) -> None:
        """Give back a connection in an unknown state: it is cancelled and closed, and its place comes free."""
        share = self._takers.pop(connection)
        if connection.is_closed():
            connection.terminate()
            self._free_place(share)
        else:
            self._close(connection, share)

    async def close(self) -> None:
        """Close what is idle now and the rest as it comes back; waiters and later callers get Unavailable."""
        self._closed = True
        for future in self._turns.clear():
            future.set_exception(Unavailable("The server is shutting down", retry_after=1))
        while self._idle:
            self._close(self._idle.pop(), FORGE)
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _make(self, share: Share) -> Connection:
        """Open a connection in a place that is already ours."""
        try:
            connection = await self._connect()
        except FAILURES as error:
            self._free_place(share)
            raise passing(error) or Unavailable("The database does not answer", retry_after=1) from error
        except BaseException:
            self._free_place(share)
            raise
        self._takers[connection] = share
        return connection

    async def _sound(self, connection: Connection, share: Share, *, fresh: bool) -> Connection:
        """The connection, or a newly made one in its place when it is closed or was in use before."""
        if fresh or connection.is_closed():
            self._takers.pop(connection, None)
            connection.terminate()
            return await self._make(share)
        self._takers[connection] = share
        return connection

    async def _wait(self, share: Share, *, fresh: bool) -> Connection:
        self._waits.inc()
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        if not self._turns.wait(share, waiter):
            raise Unavailable("The database is busy with many requests of this key", retry_after=self._later)
        try:
            async with asyncio.timeout(self.patience):
                connection = await waiter
        except BaseException as error:
            self._give_back(share, waiter)
            if isinstance(error, TimeoutError):
                raise Unavailable("The database is busy", retry_after=self._later) from None
            raise
        if connection is None:
            return await self._make(share)
        return await self._sound(connection, share, fresh=fresh)

    @property
    def _later(self) -> int:
        """When to ask again, in seconds."""
        return max(1, int(self.patience / 2))

    def _give_back(self, share: Share, waiter: asyncio.Future[Connection | None]) -> None:
        """Stop to wait, and pass on what a waiter was handed in the moment it gave up."""
        if waiter.done() and not waiter.cancelled():
            if waiter.exception() is None:
                connection = waiter.result()
                self._free_place(share) if connection is None else self.release(connection)
        else:
            waiter.cancel()
            self._turns.leave(share, waiter)

    def _free_place(self, share: Share) -> None:
        self._turns.give(share)
        if waiter := self._turns.next():
            waiter.future.set_result(None)  # the place is the waiter's now: it opens its own connection
        else:
            self._places -= 1

    def _close(self, connection: Connection, share: Share) -> None:
        task = asyncio.get_running_loop().create_task(self._part_with(connection, share))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _part_with(self, connection: Connection, share: Share) -> None:
        try:
            await connection.close(timeout=_FAREWELL)  # asks the server to cancel, then says goodbye
        except FAILURES:
            connection.terminate()
        finally:
            self._free_place(share)


def is_dead(connection: Connection, error: BaseException) -> bool:
    """Tell whether an error means that the connection is gone, so that its statement may run again if it only read."""
    if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.InternalClientError):
        return True  # the latter: a farewell had come that asyncpg had not read, and so nothing was sent
    if isinstance(error, asyncpg.PostgresError) and error.sqlstate in _AWAY:
        return True
    return connection.is_closed()
