"""What the activity log costs for each request: `python -m tests.benchmarks.activity [--rounds N]`.

CPU of the process and of PostgreSQL for collecting and writing entries, as the median of rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from tempfile import TemporaryDirectory
from typing import Final

import uvloop

from access.activity import Activity
from access.principal import Principal
from access.seen import Seen
from app.embedded import throw_away
from app.migrations import upgrade
from core.database.database import Database
from core.values.ids import new_id
from models import ApiKey, Company, Workspace
from tests.benchmarks.measure import children_of, cpu_of, used

ENTRIES: Final = 10_000


async def measure(database_url: str, rounds: int) -> str:
    """Collect and write, again and again."""
    database = await Database.open(database_url, role="forge_access", size=1)
    activity = Activity(database)
    who = [
        Principal(new_id(ApiKey), "public", new_id(Company), new_id(Workspace), frozenset(), 0, "USD")
        for _ in range(20)
    ]
    noting, writing, storing = [], [], []
    for _ in range(rounds):
        now, told = time.time(), (0.00192, 200, "GET", "/api/v1/quotes/{id}", "query Dashboard", 12)
        seen = [
            Seen(now + each / 1e5, *told, who[each % 20], "10.0.0.7", os.urandom(12).hex()) for each in range(ENTRIES)
        ]
        start = time.process_time()
        activity.add(seen)
        noted = time.process_time()
        before = {pid: seconds for each in children_of(os.getpid()) for pid, seconds in cpu_of(each).items()}
        await activity.write()
        written = time.process_time()
        storing.append(used(children_of(os.getpid()), before) / ENTRIES)
        noting.append((noted - start) / ENTRIES)
        writing.append((written - noted) / ENTRIES)
    await database.close()
    parts = {"collecting": noting, "writing, in Python": writing, "writing, in PostgreSQL": storing}
    shown = {name: statistics.median(each) * 1e6 for name, each in parts.items()}
    lines = [f"{name}: {each:.1f} µs" for name, each in shown.items()]
    return "\n".join([*lines, f"together: {sum(shown.values()):.1f} µs of CPU for a request"])


def run() -> int:
    """Bring PostgreSQL up, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.activity", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory(), throw_away() as servers:
        asyncio.run(upgrade(servers.database_url))
        print(uvloop.run(measure(servers.database_url, rounds)))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(run())
