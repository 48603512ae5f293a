"""What the audit costs: commands with it and without it, in turns, in one process.

`python -m tests.benchmarks.audit [rounds]`. The application answers in this process (no socket, so the audit weighs
more than for a caller); the CPU of this process and of PostgreSQL is counted. Without the audit means that nothing is
compared, kept or written for it; everything else is done.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import uvloop

from app.embedded import throw_away
from app.migrations import upgrade
from app.server import create_app
from core.settings import Settings
from core.writing import statements
from core.writing.columns import Columns
from tests.benchmarks.data import prepare
from tests.benchmarks.measure import children_of, cpu_of, used
from tests.benchmarks.tasks import CREATE, PART, SCALARS, UPDATE, Subject
from tests.kit.client import Client

ROUNDS: Final = 60
REQUESTS: Final = 30
"""Of each kind, in each round."""
LINES: Final = 8
SEND: Final = f"mutation($input: CreateQuoteInput!) {{ createQuote(input: $input) {{ {' '.join(SCALARS)} }} }}"
TITLE: Final = (
    f"mutation($id: ID!, $input: UpdateQuoteInput!) {{ updateQuote(id: $id, input: $input) {{ {' '.join(SCALARS)} }} }}"
)
Ask = Callable[[], tuple[str, dict[str, Any]]]


def asked(subject: Subject) -> dict[str, Ask]:
    """The commands, by what they are called in the report."""
    line = dict(zip(PART[1:4], ("Bracket M8", "12", "3.50"), strict=True))
    whole = subject.body | {"parts": [line] * LINES}

    def title() -> tuple[str, dict[str, Any]]:
        return TITLE, {"id": subject.draft_id, "input": {"title": subject.changes["title"]}}

    return {
        "create a quote": lambda: (CREATE, {"input": subject.body}),
        "create a quote of 8 lines": lambda: (SEND, {"input": whole}),
        "change its title": title,
        "change it and its 8 lines": lambda: (UPDATE, {"id": subject.draft_id, "input": subject.changes}),
    }


def without_audit() -> ExitStack:
    """Leave the audit out for a while."""
    stack = ExitStack()
    stack.enter_context(patch.object(statements, "Entries", lambda _staging: None))
    stack.enter_context(patch.object(statements, "audited", lambda *_: []))
    stack.enter_context(patch.object(Columns, "snapshot", lambda _columns, values: values))
    return stack


async def spent(api: Client, ask: Ask, servers: list[int]) -> tuple[float, float]:
    """Seconds of CPU a command takes here and in PostgreSQL."""
    before = {pid: seconds for each in servers for pid, seconds in cpu_of(each).items()}
    began = time.process_time()
    for _ in range(REQUESTS):
        document, variables = ask()
        answer = await api.graphql(document, variables)
        assert answer.status == 200, answer.body
        assert b'"errors"' not in answer.body[:20], answer.body
    return (time.process_time() - began) / REQUESTS, used(servers, before) / REQUESTS


async def measure(settings: Settings, rounds: int) -> None:
    """Measure in turns and print, in microseconds and as ratios of the medians."""
    subject, _ = await prepare(settings)
    servers = children_of(os.getpid())
    front = create_app(settings)
    async with front.router.lifespan_context(front):
        api = Client(front, "127.0.0.1", subject.key)
        for name, ask in asked(subject).items():
            found: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
            for turn in range(rounds + 1):
                for way in ("without", "with") if turn % 2 else ("with", "without"):
                    with without_audit() if way == "without" else ExitStack():
                        cost = await spent(api, ask, servers)
                    if turn:
                        found[way].append(cost)
            report(name, found)


def report(name: str, found: dict[str, list[tuple[float, float]]]) -> None:
    """Print one line: what a command takes without the audit, and the median of the rounds' ratios."""
    ratios, plain = [], []
    for column in range(3):
        rounds = [[(*each, sum(each))[column] for each in found[way]] for way in ("without", "with")]
        plain.append(statistics.median(rounds[0]) * 1e6)
        ratios.append(statistics.median(after / before for before, after in zip(*rounds, strict=True)))
    here, there, total = plain
    print(  # noqa: T201  # what the script is for
        f"{name:<28} total {total:6.0f} µs × {ratios[2]:.3f}   Forge {here:6.0f} × {ratios[0]:.3f}"
        f"   PostgreSQL {there:6.0f} × {ratios[1]:.3f}"
    )


def main() -> None:
    """Bring everything up, measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
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
        uvloop.run(measure(settings, rounds))


if __name__ == "__main__":
    main()
