"""Resolving names of hosts in threads that nobody waits for: a name server that hangs holds no process up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
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

        def told(found: Sequence[Any] | None, error: Exception | None) -> None:
            self._free.release()
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found or [])

        def ask() -> None:
            try:
                say = partial(told, socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), None)
            except Exception as error:  # noqa: BLE001  # it is raised where the name was asked for
                say = partial(told, None, error)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(say)

        Thread(target=ask, name=f"name {host}", daemon=True).start()
        return await answer
