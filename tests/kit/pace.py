"""Latencies of a steady caller, quiet and beside others."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

PAUSE = 0.02


@dataclass
class Pace:
    """What a steady caller saw: seconds of each answer in order of size, and how many answers of each status."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)]


async def steady(http: httpx.AsyncClient, path: str, key: str, seconds: float) -> Pace:
    """Ask for a path again and again, with a pause after each answer."""
    found, end = Pace(), time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        answer = await http.get(path, headers=bearer(key))
        found.seconds.append(time.perf_counter() - began)
        found.statuses[answer.status_code] += 1
        await asyncio.sleep(PAUSE)
    return found


@asynccontextmanager
async def crowd(http: httpx.AsyncClient, ask: Callable[[], str], key: str, count: int) -> AsyncIterator[Counter[int]]:
    """Let so many callers ask again and again; yields how many answers of each status they got."""
    statuses: Counter[int] = Counter()

    async def one() -> None:
        while True:
            answer = await http.get(ask(), headers=bearer(key))
            statuses[answer.status_code] += 1
            if answer.status_code != httpx.codes.OK:
                await asyncio.sleep(0.2)

    callers = [asyncio.create_task(one()) for _ in range(count)]
    try:
        yield statuses
    finally:
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)


def bearer(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"authorization": f"Bearer {key}"}
