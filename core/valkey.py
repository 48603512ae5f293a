"""A thin client of Valkey for the hot path: one connection, calls pipelined on it, bounded waiting, a breaker.

A general client costs several times what the answer is worth. Here a command is bytes made by the caller, a reply is
parsed by hiredis, and a server that does not answer is left alone for a while: callers do without it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable
from typing import Any, Final, cast

import hiredis
from redis.asyncio.connection import parse_url

from core.instruments import VALKEY_FAILURES

PATIENCE: Final = 0.05
"""Seconds a call may take."""
REST: Final = 1.0
"""Seconds during which nothing is asked of a server that has failed."""
_GRACE: Final = 0.001
"""Seconds more, so that a reply which came while our own process was busy is read before it counts as late."""


class ValkeyAway(Exception):
    """Valkey did not answer in time, or has failed just now."""


class ValkeyRefused(Exception):
    """Valkey answered with an error."""


def pack(*words: bytes) -> bytes:
    """Write a command as the protocol (RESP) wants it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


class Valkey:
    """One Valkey server; use it in one event loop, and close it when done."""

    def __init__(self, url: str, *, patience: float = PATIENCE, rest: float = REST) -> None:
        self._where = parse_url(url)
        self._secure = url.startswith("rediss:")
        self._patience = patience
        self._rest = rest
        self._link: _Link | None = None
        self._connecting: asyncio.Task[_Link] | None = None
        self._resting_until = 0.0

    def call(self, command: bytes) -> Awaitable[Any]:
        """Send a packed command and return its reply; raises ValkeyAway, or ValkeyRefused for an error reply."""
        link = self._link
        return self._call_later(command) if link is None else link.send(command)

    async def close(self) -> None:
        """Hang up; calls under way end with ValkeyAway."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._link is not None:
            self._link.fail()

    async def _call_later(self, command: bytes) -> Any:
        loop = asyncio.get_running_loop()
        if self._connecting is None:
            if loop.time() < self._resting_until:
                raise ValkeyAway
            self._connecting = loop.create_task(self._connect())
            self._connecting.add_done_callback(self._connected)
        try:
            async with asyncio.timeout(self._patience):
                link = await asyncio.shield(self._connecting)
        except (OSError, TimeoutError) as error:
            self._resting_until = loop.time() + self._rest
            VALKEY_FAILURES.inc()
            raise ValkeyAway from error
        return await link.send(command)

    async def _connect(self) -> _Link:
        loop, where = asyncio.get_running_loop(), self._where

        def link() -> _Link:
            return _Link(self._patience, self._lost)

        async with asyncio.timeout(self._rest):
            if "path" in where:
                _, made = await loop.create_unix_connection(link, where["path"])
            else:
                host, port = where.get("host", "localhost"), where.get("port", 6379)
                secure = ssl.create_default_context() if self._secure else None
                _, made = await loop.create_connection(link, host, port, ssl=secure)
            try:
                if where.get("password"):
                    names = [where["username"]] if where.get("username") else []
                    await made.send(pack(b"AUTH", *(name.encode() for name in (*names, where["password"]))))
                if where.get("db"):
                    await made.send(pack(b"SELECT", b"%d" % where["db"]))
            except (ValkeyAway, ValkeyRefused) as error:
                made.fail()
                raise OSError("Valkey does not let us in") from error
        return made

    def _connected(self, task: asyncio.Task[_Link]) -> None:
        self._connecting = None
        if task.cancelled() or task.exception() is not None:
            self._resting_until = task.get_loop().time() + self._rest
        elif not task.result().failed:
            self._link = task.result()

    def _lost(self) -> None:
        self._link = None
        self._resting_until = asyncio.get_running_loop().time() + self._rest


class _Link(asyncio.Protocol):
    """One connection: replies come in the order of the commands."""

    def __init__(self, patience: float, lost: Any) -> None:
        self._patience = patience
        self._lost = lost
        self._reader = hiredis.Reader(replyError=ValkeyRefused)
        self._pending: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._loop = asyncio.get_running_loop()
        self._watching = False
        self.failed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without being registered as one

    def send(self, command: bytes) -> asyncio.Future[Any]:
        """Send a command; the future is its reply."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if self.failed:
            future.set_exception(ValkeyAway())
            return future
        self._pending.append((future, self._loop.time()))
        self._transport.write(command)
        if not self._watching:
            self._watching = True
            self._loop.call_later(self._patience, self._look)
        return future

    def data_received(self, data: bytes) -> None:
        try:
            self._read(data)
        except (hiredis.ProtocolError, IndexError):  # what answers is not Valkey, or answers what nobody asked
            self.fail()

    def _read(self, data: bytes) -> None:
        reader = self._reader
        reader.feed(data)
        while (reply := reader.gets()) is not False:
            future, _ = self._pending.popleft()
            if future.done():
                continue
            if isinstance(reply, ValkeyRefused):
                future.set_exception(reply)
            else:
                future.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio names it
        self.fail()

    def fail(self) -> None:
        """Hang up and tell everybody who waits."""
        if self.failed:
            return
        self.failed = True
        VALKEY_FAILURES.inc()
        self._transport.abort()
        self._lost()
        while self._pending:
            future, _ = self._pending.popleft()
            if not future.done():
                future.set_exception(ValkeyAway())

    def _look(self) -> None:
        """Look whether the oldest call is late; this runs once in a while, not once a call."""
        if self.failed or not self._pending:
            self._watching = False
            return
        oldest, since = self._pending[0]
        left = self._patience - (self._loop.time() - since)
        if left <= 0:
            self._loop.call_later(_GRACE, self._give_up, oldest)
        else:
            self._loop.call_later(left, self._look)

    def _give_up(self, oldest: asyncio.Future[Any]) -> None:
        if self._pending and self._pending[0][0] is oldest:
            self.fail()
        else:
            self._look()
