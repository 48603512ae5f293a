"""Connections of a process that is replaced go to the process in its place, as open sockets: callers notice nothing.

HTTP/1.1 has no way to close an idle connection without the risk that its caller is just sending the next request, which
is lost then. What has arrived on a socket and was not read stays in it when it changes hands.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Final

_CONNECTION: Final = b"c"


def make() -> tuple[socket.socket, socket.socket]:
    """The two ends that each process of one place inherits: connections are given to the first, taken from the second.

    The supervisor keeps them, too, so that a connection under way is not lost with a process that ends.
    """
    return socket.socketpair()


class Handover:
    """One process's use of the two ends."""

    def __init__(self, giving: int, taking: int) -> None:
        self._giving, self._taking = socket.socket(fileno=giving), socket.socket(fileno=taking)
        self._giving.setblocking(False)
        self._taking.setblocking(False)

    def give(self, descriptor: int) -> bool:
        """Pass a connection on; False when there is no room just now. The giver then closes its own descriptor."""
        try:
            socket.send_fds(self._giving, [_CONNECTION], [descriptor])
        except OSError:
            return False
        return True

    def start_taking(self, take: Callable[[socket.socket], None]) -> None:
        """Have every connection that comes handed to `take`."""
        asyncio.get_running_loop().add_reader(self._taking.fileno(), self._take, take)

    def stop_taking(self) -> None:
        """Leave what comes to the process that takes over."""
        asyncio.get_running_loop().remove_reader(self._taking.fileno())

    def _take(self, take: Callable[[socket.socket], None]) -> None:
        with contextlib.suppress(BlockingIOError, InterruptedError):
            _, descriptors, _, _ = socket.recv_fds(self._taking, len(_CONNECTION), 1)
            for each in descriptors:
                take(socket.socket(fileno=each))
