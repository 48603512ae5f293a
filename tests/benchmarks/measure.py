"""Measuring: a keep-alive client that does as little as possible, and the CPU the kernel says was used."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tests.benchmarks.tasks import Request

UNCOUNTED = 5


@dataclass
class Link:
    """One connection to a server."""

    port: int
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)

    async def open(self) -> None:
        """Connect."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4 << 20)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send one request; returns status and body."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return int(head[9:12]), await self.reader.readexactly(length)


def children_of(pid: int) -> list[int]:
    """The processes a process has started itself."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def cpu_of(pid: int) -> dict[int, float]:
    """Seconds of CPU that a process and each of its descendants have used, by pid."""
    found: dict[int, float] = {}
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found[pid] = found.get(pid, 0.0) + int((task / "schedstat").read_text().split()[0]) / 1e9
            for child in (task / "children").read_text().split():
                found |= cpu_of(int(child))
    return found


def used(pids: Iterable[int], before: Mapping[int, float]) -> float:
    """Seconds that these processes and their descendants have used since; one that ended meanwhile is left out."""
    now = {pid: seconds for each in pids for pid, seconds in cpu_of(each).items()}
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in now.items())


@dataclass
class Cost:
    """What one task cost one server, added up: seconds of CPU, and every latency."""

    app: float = 0.0
    servers: float = 0.0
    latencies: list[float] = field(default_factory=list)

    async def add(self, link: Link, request: Request, times: int, app: int, servers: list[int]) -> None:
        """Ask `times` times on a new connection (servers close idle ones) and add what it cost.

        The first few are not counted: what ran before has emptied the processor's caches, of some servers more.
        """
        await link.open()
        for _ in range(UNCOUNTED):
            await link.ask(request())
        before_app = cpu_of(app)
        before_servers = {pid: seconds for each in servers for pid, seconds in cpu_of(each).items()}
        for _ in range(times):
            raw = request()
            start = time.perf_counter()
            status, body = await link.ask(raw)
            self.latencies.append(time.perf_counter() - start)
            if status not in {200, 201} or b'"errors"' in body[:20]:
                message = f"a server answered {status}: {body[:300]!r}"
                raise RuntimeError(message)
        link.close()
        self.app += used([app], before_app)
        self.servers += used(servers, before_servers)


class _Racer(asyncio.Protocol):
    """A client that asks again as soon as it is answered, and looks at nothing but the length."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._missing = 0
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request())

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            head, _, data = data.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            self._missing = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        self._missing -= len(data)
        if not self._missing:
            self.answers += 1
            self._transport.write(self._request())

    def stop(self) -> None:
        """Hang up."""
        self._transport.abort()


async def answers_a_second(port: int, request: Request, clients: int, seconds: float) -> float:
    """How many answers a second so many clients get that all ask again at once."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: _Racer(request), "127.0.0.1", port) for _ in range(clients)]
    await asyncio.sleep(seconds)
    for _, racer in made:
        racer.stop()
    return sum(racer.answers for _, racer in made) / seconds


def pin(pid: int, core: int) -> None:
    """Keep a process (its threads too) to one core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})
