"""Resolving names of hosts in threads that nobody waits for: a name server that hangs holds no process up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from functools import partial
from threading import Thread
from typing import Any


class Names:
    """Resolves names, so many at a time at most.

    A thread of an executor is waited for when the interpreter ends, however its executor was shut down, and nothing
    ends a thread in `getaddrinfo`. So each name has a daemon thread of its own.
    """

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def resolve(self, host: str, port: int) -> Sequence[Any]:
        """What `socket.getaddrinfo` says; raises what it raises. Whoever is cancelled leaves its thread to itself."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[Any]] = loop.create_future()

        def told(tell: Callable[[Any], None], what: Any) -> None:
            self._free.release()
            if not answer.done():
                tell(what)

        def ask() -> None:
            try:
                say = partial(told, answer.set_result, socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except Exception as error:  # noqa: BLE001  # it is raised where the name was asked for
                say = partial(told, answer.set_exception, error)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(say)

        try:
            Thread(target=ask, name=f"name {host}", daemon=True).start()
        except RuntimeError as error:  # no thread is to be had
            told(answer.set_exception, OSError(str(error)))
        return await answer
