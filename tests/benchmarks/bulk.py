"""A bulk upsert of 1,000 quotes of 8 lines through REST, and how others fare: `python -m tests.benchmarks.bulk`.

One api process. Two callers read a page of 50 quotes in turns, two write a client each; first without, then while bulk
commands run one after the other. Printed: seconds of each bulk command (all new, sent again, all changed), the p95 of
the readers and the p99 of the writers.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
import orjson

from access.scopes import Scope
from app.embedded import throw_away
from app.migrations import upgrade
from app.wiring import open_access
from core.settings import Settings
from tests.kit.process import ServerProcess

ROWS, LINES, QUIET, ROUNDS = 1_000, 8, 6.0, 3
_LINE: Final = {"quantity": "1.5", "unit_price": "2.25", "unit_cost": "1"}


def quotes(client: str, turn: int, title: str) -> bytes:
    """A body of so many quotes; those of one turn have the same external ids."""
    parts = [{"description": f"Part {place}"} | _LINE for place in range(LINES)]
    rows = [
        {
            "external_ids": [{"system": "erp", "external_id": f"{turn}-{number}"}],
            "client_id": client,
            "title": f"{title} {number}",
            "parts": parts,
        }
        for number in range(ROWS)
    ]
    return orjson.dumps({"inputs": rows})


class Callers:
    """Who reads and writes beside the bulk commands: how long each request took, in seconds."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.reads: list[float] = []
        self.writes: list[float] = []
        self._tasks = [asyncio.create_task(each()) for each in (self._read, self._read, self._write, self._write)]

    async def stop(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            await self._timed(self.reads, lambda: self._http.get("/api/v1/quotes", params={"limit": 50}))
            await asyncio.sleep(0.01)

    async def _write(self) -> None:
        while True:
            await self._timed(self.writes, lambda: self._http.post("/api/v1/clients", json={"name": "Beside"}))
            await asyncio.sleep(0.02)

    async def _timed(self, times: list[float], ask: Callable[[], Any]) -> None:
        began = time.perf_counter()
        answer = await ask()
        answer.raise_for_status()
        times.append(time.perf_counter() - began)


def _percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


async def measure(url: str, key: str) -> None:
    """Run it all and print what was measured."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
        client = (await http.post("/api/v1/clients", json={"name": "Acme"})).json()["data"]["id"]
        first = await _bulk(http, quotes(client, -1, "First"))
        print(f"the first, all new: {first:.2f} s")  # noqa: T201  # what the script is for
        quiet = Callers(http)
        await asyncio.sleep(QUIET)
        await quiet.stop()
        busy = Callers(http)
        took: dict[str, list[float]] = {"all new": [], "sent again": [], "all changed": []}
        for turn in range(ROUNDS):
            for name, title in (("all new", "New"), ("sent again", "New"), ("all changed", "Changed")):
                took[name].append(await _bulk(http, quotes(client, turn, title)))
        await busy.stop()
    for name, times in took.items():
        print(f"{name}, beside others: {statistics.median(times):.2f} s")  # noqa: T201
    for name, callers in (("quiet", quiet), ("beside bulk", busy)):
        reads, writes = _percentile(callers.reads, 95), _percentile(callers.writes, 99)
        print(f"{name}: readers p95 {1_000 * reads:.1f} ms, writers p99 {1_000 * writes:.0f} ms")  # noqa: T201


async def _bulk(http: httpx.AsyncClient, body: bytes) -> float:
    began = time.perf_counter()
    answer = await http.post("/api/v1/quotes/bulk", content=body)
    answer.raise_for_status()
    assert answer.json()["data"]["failed"] == 0
    return time.perf_counter() - began


def main() -> None:
    """Bring everything up, measure and print."""
    with TemporaryDirectory() as home, throw_away() as servers:
        settings = Settings.load(
            {
                "FORGE_HOME": home,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "FORGE_SECRET": "a-secret-for-the-benchmark-0123456789",
            }
        )
        asyncio.run(upgrade(servers.database_url))
        key = asyncio.run(_key(settings))
        with ServerProcess(settings) as server:
            asyncio.run(measure(server.url, key))


async def _key(settings: Settings) -> str:
    async with open_access(settings) as access:
        limits = {"requests": 0, "points": 0}
        made = await access.companies.create("Bench", owner="owner@example.com", limits=limits)
        key = await access.keys.create(creator_id=made.owner_id, name="Bench", scopes=list(Scope))
        return key.text


if __name__ == "__main__":
    main()
