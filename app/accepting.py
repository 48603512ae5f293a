"""How new connections come to a process of a team: from sockets that all of them accept from, one at a time."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final, TypeAlias

from app.counts import Counts

_MOMENT: Final = 0.001
"""Seconds that a process with more connections than another one leaves a new connection to the others."""
_NO_ROOM: Final = 0.5
"""Seconds until it is tried again when the process may open no more files."""
Factory: TypeAlias = Callable[[], asyncio.Protocol]
log = logging.getLogger("forge")


class Accepting:
    """Accepts from listening sockets; `factory` makes the protocol of a connection, `count` says how many are open.

    The event loop's own servers take everything that has arrived at once, so that a burst of connections comes to
    whichever process wakes first.
    """

    def __init__(
        self,
        sockets: list[socket.socket],
        factory: Factory,
        counts: Counts,
        count: Callable[[], int],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._factory = factory
        self._counts = counts
        self._count = count
        self._resting: dict[socket.socket, asyncio.TimerHandle] = {}
        self._coming: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing that was accepted is yet to be made a connection."""
        return not self._coming

    def start(self) -> None:
        """Accept."""
        for each in self._sockets:
            each.setblocking(False)
            self._loop.add_reader(each.fileno(), self._arrived, each)
        self.tell()

    def stop(self) -> None:
        """Accept no more; what waits to be accepted is the others'."""
        for each in self._sockets:
            self._loop.remove_reader(each.fileno())
            each.close()
        for timer in self._resting.values():
            timer.cancel()
        self._sockets, self._resting = [], {}
        self._counts.leave(self._counts.place)

    def tell(self) -> None:
        """Tell the others how many connections are open here."""
        if self._sockets:
            self._counts.set(self._count() + len(self._coming))

    def take(self, connection: socket.socket, factory: Factory) -> None:
        """Serve a connection that was accepted, here or by another process."""
        connection.setblocking(False)
        if connection.family in {socket.AF_INET, socket.AF_INET6}:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._serve(connection, factory))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    def _arrived(self, listening: socket.socket) -> None:
        if self._counts.is_beyond(self._count() + len(self._coming)):
            self._rest(listening, _MOMENT)
        else:
            self._accept(listening)

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            log.warning("no connection can be accepted: %s", error)
            self._rest(listening, _NO_ROOM)
            return
        self.take(connection, self._factory)
        self.tell()

    def _rest(self, listening: socket.socket, seconds: float) -> None:
        self._loop.remove_reader(listening.fileno())
        self._resting[listening] = self._loop.call_later(seconds, self._go_on, listening)

    def _go_on(self, listening: socket.socket) -> None:
        del self._resting[listening]
        self._loop.add_reader(listening.fileno(), self._arrived, listening)
        self._accept(listening)

    async def _serve(self, connection: socket.socket, factory: Factory) -> None:
        try:
            await self._loop.connect_accepted_socket(factory, connection)
        except OSError:  # its caller is gone already
            connection.close()
