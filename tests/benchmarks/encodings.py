"""What compressing and logging cost: `python -m tests.benchmarks.encodings [--rounds N]`.

One server that does neither, and one that does both, asked in turns for the same answers. The server's CPU for one
request is the median of rounds; its ratio is to the server that does neither.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Final

import uvloop

from app.embedded import throw_away
from app.migrations import upgrade
from core.settings import Settings
from tests.benchmarks import tasks
from tests.benchmarks.data import prepare
from tests.benchmarks.measure import Link
from tests.benchmarks.serving import serving
from tests.benchmarks.tasks import Subject
from tests.benchmarks.wire import spent

TIMES: Final = {"tree": 60, "flat": 100, "one": 400}
WAYS: Final = {
    "neither": ("neither", b""),
    "logged": ("both", b""),
    "logged, gzip": ("both", b"gzip"),
    "logged, br": ("both", b"br"),
    "logged, zstd": ("both", b"zstd"),
}


def accepting(raw: bytes, encoding: bytes) -> bytes:
    """The request with an `Accept-Encoding`."""
    return raw.replace(b"\r\n", b"\r\nAccept-Encoding: " + encoding + b"\r\n", 1) if encoding else raw


async def measure(servers: dict[str, tuple[int, Link]], subject: Subject, rounds: int) -> str:
    """Ask every way for every answer, round robin."""
    lines = ["| answer | way | bytes | µs of CPU | ratio |", "|---|---|---|---|---|"]
    for task, times in TIMES.items():
        raw = tasks.rest(subject)[task]()
        took: dict[str, list[float]] = {way: [] for way in WAYS}
        for turn in range(rounds + 1):
            for way in sorted(took, reverse=bool(turn % 2)):
                server, encoding = WAYS[way]
                seconds = await spent(*servers[server], accepting(raw, encoding), times)
                if turn:
                    took[way].append(seconds)
        least = statistics.median(took["neither"])
        for way, (server, encoding) in WAYS.items():
            found = statistics.median(took[way])
            size = await length(servers[server][1], accepting(raw, encoding))
            lines.append(f"| {tasks.TITLES[task]} | {way} | {size:,} | {found * 1e6:.0f} | {found / least:.2f} |")
    return "\n".join(lines)


async def length(link: Link, raw: bytes) -> int:
    """Bytes of an answer's body."""
    await link.open()
    _, body = await link.ask(raw)
    link.close()
    return len(body)


@contextlib.contextmanager
def up(settings: Settings, workspace: str) -> Iterator[tuple[int, Link]]:
    """Run a server; yields its pid and a connection."""
    with serving("forge", settings, workspace) as (pid, port):
        yield pid, Link(port)


def run() -> int:
    """Bring everything up, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.encodings", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory() as home, throw_away() as servers, contextlib.ExitStack() as stack:
        found = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "FORGE_HOME": home}
        found |= {"FORGE_SECRET": "a-secret-for-the-benchmark-0123456789", "FORGE_METRICS_PORT": "0"}
        both = Settings.load(found)
        asyncio.run(upgrade(servers.database_url))
        subject, workspace = asyncio.run(prepare(both))
        neither = replace(both, access_log=False, compression=False)
        ways = {"neither": neither, "both": both}
        running = {name: stack.enter_context(up(each, str(workspace))) for name, each in ways.items()}
        print(uvloop.run(measure(running, subject, rounds)))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(run())
