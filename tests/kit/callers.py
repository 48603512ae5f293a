"""Callers that do not forgive: they never repeat a request, and whatever is not the answer they expect is kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

LATE: Final = 20.0
_PAUSES: Final = (0.0, 0.002, 0.01, 0.05, 0.2)
"""Seconds between two requests of a connection: some are asked at once, some are idle for a while."""
_HALF: Final = 40
"""Bytes of a request that come first: within its head."""
_SHORT, _LONG = 0.005, 0.5
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Callers:
    """Ask one path for as long as it is entered; `answers` counts, `failures` says what went wrong, with its kind."""

    def __init__(self, port: int, path: str, key: str) -> None:
        self._port = port
        lines = (f"GET {path} HTTP/1.1", "Host: forge", f"Authorization: Bearer {key}", "", "")
        self._request = "\r\n".join(lines).encode()
        self.answers = 0
        self.failures: list[str] = []
        self.closed = 0
        """Connections that the server closed with `Connection: close`, which a caller has to open again."""
        self._over = False

    async def ask(self, link: Link, kind: str, pause: float = 0.0) -> bool:
        """Send one request, in two halves when there is a pause; True when the connection may be used again."""
        reader, writer = link
        try:
            writer.write(self._request[:_HALF])
            await asyncio.sleep(pause)
            writer.write(self._request[_HALF:])
            async with asyncio.timeout(LATE):
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(length)
        except (OSError, EOFError, TimeoutError) as error:
            self.failures.append(f"{kind}: {error!r}")
            return False
        if not head.startswith(b"http/1.1 200 "):
            self.failures.append(f"{kind}: {head[:12]!r} {body[:300]!r}")
        self.answers += 1
        return b"connection: close" not in head

    async def once(self) -> None:
        """Ask on a new connection each time."""
        while not self._over:
            link = await self._open("new")
            if link is not None:
                await self.ask(link, "new")
                link[1].close()
            await asyncio.sleep(_SHORT)

    async def again(self, number: int, pause: float = 0.0) -> None:
        """Ask again and again on one connection, with a pause in the middle of each request."""
        link = None
        choice = random.Random(number)  # pauses
        while not self._over:
            link = link or await self._open("kept")
            if link is not None and not await self.ask(link, "kept", pause):
                self.closed += 1
                link[1].close()
                link = None
            await asyncio.sleep(choice.choice(_PAUSES))
        if link is not None:
            link[1].close()

    async def _open(self, kind: str) -> Link | None:
        try:
            return await asyncio.open_connection("127.0.0.1", self._port)
        except OSError as error:
            self.failures.append(f"{kind}: {error!r}")
            await asyncio.sleep(0.01)
            return None

    def stop(self) -> None:
        """Ask no more."""
        self._over = True


@asynccontextmanager
async def calling(port: int, path: str, key: str, *, new: int = 1, kept: int = 8) -> AsyncIterator[Callers]:
    """Have so many callers ask all the time, on new connections and on kept ones; some of these send in halves."""
    callers = Callers(port, path, key)
    async with asyncio.TaskGroup() as group:
        for _ in range(new):
            group.create_task(callers.once())
        for number in range(kept):
            group.create_task(callers.again(number, _LONG if number % 4 == 0 else 0.0))
        try:
            yield callers
        finally:
            callers.stop()
