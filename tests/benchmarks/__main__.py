"""Run the benchmark: `python -m tests.benchmarks [--rounds N] [--times N] [--write]`.

Servers of one process each, on one core; the client, PostgreSQL and Valkey on the other. Requests go round robin, so
that a slow moment of the machine hits everybody. CPU is read from the kernel: the server's own, PostgreSQL's and
Valkey's. Only ratios to the limit mean anything. PostGraphile takes part where there is Node.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from tempfile import TemporaryDirectory

import uvloop

from app.embedded import throw_away
from app.migrations import upgrade
from core.settings import Settings
from tests.benchmarks import processes, tasks, upsert
from tests.benchmarks.data import prepare
from tests.benchmarks.measure import Cost, Link, answers_a_second, children_of
from tests.benchmarks.report import report
from tests.benchmarks.serving import ROOT, serving
from tests.benchmarks.tasks import Subject
from tests.benchmarks.ways import WAYS, is_here

PAGE = ROOT / "docs" / "benchmarks.md"
MARK = "<!-- measured: everything below is written by `make bench` -->\n"
LAST_READ, CLIENTS, SECONDS, TURNS = "one", 8, 2.0, 3


async def measure(
    subject: Subject, servers: list[int], ports: dict[str, tuple[int, int]], rounds: int, times: int
) -> str:
    """Ask every way about every task, round robin; the largest one also by several clients at once."""
    ways = {name: way for name, way in WAYS.items() if way.server in ports}
    requests = {name: way.ask(subject) for name, way in ways.items()}
    costs: dict[str, dict[str, Cost]] = {}
    rates: dict[str, list[float]] = {name: [] for name, way in ways.items() if way.raced}
    for task in tasks.TASKS:
        asked = {name: (Link(ports[way.server][1]), ports[way.server][0]) for name, way in ways.items()}
        asked = {name: each for name, each in asked.items() if task in requests[name]}
        costs[task] = {name: Cost() for name in asked}
        for name, (link, pid) in asked.items():
            await Cost().add(link, requests[name][task], 40, pid, servers)  # V8 takes its time to get warm
        for _ in range(rounds):
            for name, (link, pid) in asked.items():
                await costs[task][name].add(link, requests[name][task], times, pid, servers)
        if task == LAST_READ:  # before anything is created: the newest quotes are those with parts
            for name in [*rates] * TURNS:
                port = ports[ways[name].server][1]
                rates[name].append(await answers_a_second(port, requests[name]["tree"], CLIENTS, SECONDS))
    return report(costs, rates, rounds, times)


def main() -> int:
    """Bring everything up, measure, print, and write the page when asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="how often each way has its turn (default 12)")
    parser.add_argument("--times", type=int, default=15, help="requests in one turn (default 15)")
    parser.add_argument("--only", help="only these servers: limit,forge,scoped,sqlmodel,sqlalchemy,postgraphile")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    with TemporaryDirectory() as home, throw_away() as servers, contextlib.ExitStack() as stack:
        settings = Settings.load(
            {
                "FORGE_HOME": home,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "FORGE_SECRET": "a-secret-for-the-benchmark-0123456789",
                "FORGE_METRICS_PORT": "0",
            }
        )
        pids = children_of(os.getpid())
        asyncio.run(upgrade(servers.database_url))
        subject, workspace = asyncio.run(prepare(settings))
        wanted = {way.server for way in WAYS.values() if asked.only is None or way.server in asked.only.split(",")}
        ports = {name: stack.enter_context(serving(name, settings, str(workspace))) for name in wanted if is_here(name)}
        said = uvloop.run(measure(subject, pids, ports, asked.rounds, asked.times))
        said += upsert.section(upsert.run(settings))
        said += processes.section(processes.run(settings, subject))
    print(said)  # noqa: T201
    if asked.write:
        head, _, _ = PAGE.read_text().partition(MARK)
        PAGE.write_text(f"{head}{MARK}\n{said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
