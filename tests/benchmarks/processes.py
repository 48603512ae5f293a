"""Answers a second of one api process, and of two behind one port: `python -m tests.benchmarks.processes`.

`make bench` prints it, too. Both serve the same data and are asked in turns by several clients at once. Nothing is
pinned: processes, clients, PostgreSQL and Valkey share the processors of the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from tempfile import TemporaryDirectory
from typing import Final

import uvloop

from app.embedded import throw_away
from app.migrations import upgrade
from core.settings import Settings
from tests.benchmarks.data import prepare
from tests.benchmarks.measure import answers_a_second
from tests.benchmarks.tasks import TITLES, Subject, forge
from tests.kit.process import ServerProcess

COUNTS: Final = (1, 2)
ASKED: Final = ("one", "tree", "create")
CLIENTS, SECONDS, ROUNDS = 16, 0.6, 21
Rates = dict[str, dict[int, list[float]]]
_QUIET: Final = {"FORGE_ACCESS_LOG": "off", "FORGE_METRICS_PORT": "0"}


async def measure(ports: dict[int, int], subject: Subject) -> Rates:
    """Ask both about each task in turns; returns answers a second, by the task and the number of processes."""
    requests = forge(subject)
    rates: Rates = {task: {count: [] for count in ports} for task in ASKED}
    for task in ASKED:
        for port in ports.values():
            await answers_a_second(port, requests[task], CLIENTS, 0.5)
        for _ in range(ROUNDS):
            for count, port in ports.items():
                rates[task][count].append(await answers_a_second(port, requests[task], CLIENTS, SECONDS))
    return rates


def section(rates: Rates) -> str:
    """What the page says."""
    lines = [
        "",
        f"### One api process and two behind one port, {CLIENTS} clients at once",
        "",
        "Nothing is pinned: the processes share the processors with PostgreSQL, Valkey and the clients.",
        "",
        "| answers a second | 1 process | 2 processes | ratio |",
        "| --- | ---: | ---: | ---: |",
    ]
    for task, found in rates.items():
        alone, both = (found[count] for count in COUNTS)
        ratio = statistics.median(two / one for one, two in zip(alone, both, strict=True))
        lines.append(
            f"| {TITLES[task]} | {statistics.median(alone):,.0f} | {statistics.median(both):,.0f} | {ratio:.2f} |"
        )
    return "\n".join(lines) + "\n"


def run(settings: Settings, subject: Subject) -> Rates:
    """Start both, measure; returns answers a second."""
    with contextlib.ExitStack() as stack:
        ports = {}
        for count in COUNTS:
            server = stack.enter_context(ServerProcess(settings, _QUIET | {"FORGE_PROCESSES": str(count)}))
            ports[count] = server.settings.port
        return uvloop.run(measure(ports, subject))


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
        subject, _ = asyncio.run(prepare(settings))
        print(section(run(settings, subject)))  # noqa: T201  # what the script is for


if __name__ == "__main__":
    main()
