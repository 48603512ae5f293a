"""Run the benchmark: `python -m tests.benchmarks [--rounds N] [--times N] [--write]`.

Five servers, one process each, on one core; the client, PostgreSQL and Valkey on the other. Requests go round robin, so
that a slow moment of the machine hits everybody. CPU is read from the kernel: the server's own, PostgreSQL's and
Valkey's. Only ratios to the limit mean anything.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from app.embedded import throw_away
from app.migrations import upgrade
from core.settings import Settings
from tests.benchmarks import tasks
from tests.benchmarks.data import prepare
from tests.benchmarks.measure import Cost, Link, children_of, pin
from tests.benchmarks.report import report
from tests.benchmarks.tasks import Request, Subject

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
MARK = "<!-- measured: everything below is written by `make bench` -->\n"
SERVE = ("-m", "app", "serve")
WAYS: dict[str, tuple[tuple[str, ...], Callable[[Subject], dict[str, Request]]]] = {
    "limit": (("tests.benchmarks.limit:app",), tasks.plain),
    "Forge GraphQL": (SERVE, lambda subject: tasks.graphql("/graphql", subject)),
    "Forge REST": (SERVE, tasks.rest),
    "FastAPI + SQLModel": (("tests.benchmarks.plain_rest:app",), tasks.plain),
    "Strawberry + SQLAlchemy": (
        ("tests.benchmarks.plain_graphql:app",),
        lambda subject: tasks.graphql("/graphql", subject),
    ),
}
READY = 30


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextlib.contextmanager
def serving(what: tuple[str, ...], settings: Settings, workspace: str) -> Iterator[tuple[int, int]]:
    """Run a server on the first core; yields its pid and port."""
    port = free_port()
    options = ("--log-level", "error", "--no-access-log", "--no-server-header", "--timeout-keep-alive", "900")
    words = what if what is SERVE else ("-m", "uvicorn", *what, "--port", str(port), *options)
    env = {**os.environ, **settings.environ(), "FORGE_PORT": str(port), "BENCH_WORKSPACE": workspace}
    process = subprocess.Popen([sys.executable, *words], env=env, cwd=ROOT)
    try:
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.1)
        time.sleep(0.5)
        pin(process.pid, 0)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


async def measure(
    subject: Subject, servers: list[int], ports: dict[str, tuple[int, int]], rounds: int, times: int
) -> str:
    """Ask every way about every task, round robin."""
    links = {way: Link(port) for way, (_, port) in ports.items()}
    requests = {way: ask(subject) for way, (_, ask) in WAYS.items()}
    costs: dict[str, dict[str, Cost]] = {}
    for task in tasks.TASKS:
        costs[task] = {way: Cost() for way in WAYS}
        for way in WAYS:
            await Cost().add(links[way], requests[way][task], 12, ports[way][0], servers)
        for _ in range(rounds):
            for way in WAYS:
                await costs[task][way].add(links[way], requests[way][task], times, ports[way][0], servers)
    return report(costs, rounds, times)


def main() -> int:
    """Bring everything up, measure, print, and write the page when asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="how often each way has its turn (default 12)")
    parser.add_argument("--times", type=int, default=15, help="requests in one turn (default 15)")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    with TemporaryDirectory() as home, throw_away() as servers, contextlib.ExitStack() as stack:
        settings = Settings.load(
            {
                "FORGE_HOME": home,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "FORGE_SECRET": "a-secret-for-the-benchmark-0123456789",
            }
        )
        pids = children_of(os.getpid())
        asyncio.run(upgrade(servers.database_url))
        subject, workspace = asyncio.run(prepare(settings))
        ports = {way: stack.enter_context(serving(what, settings, str(workspace))) for way, (what, _) in WAYS.items()}
        said = asyncio.run(measure(subject, pids, ports, asked.rounds, asked.times))
    print(said)  # noqa: T201
    if asked.write:
        head, _, _ = PAGE.read_text().partition(MARK)
        PAGE.write_text(f"{head}{MARK}\n{said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
