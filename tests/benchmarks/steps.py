"""What a step of a task costs beside the same write without a task, and what finding the next task costs.

`python -m tests.benchmarks.steps`; in this process, on servers of its own, in turns. A step writes one client.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import asyncpg
import uvloop

from app.embedded import throw_away
from app.migrations import upgrade
from core.database.database import Database
from core.settings import Settings
from core.values.ids import new_id
from core.writing.unit_of_work import UnitOfWork
from engine.sql.projection import event_projections
from jobs.tasks.holding import Holding, Position
from jobs.tasks.kinds import Next, Work
from jobs.units import Units
from models import Client, Task, Workspace
from resolvers.aggregate import now
from schema.assembly import graph

STEPS: Final = 200
ROUNDS: Final = 7
WORKSPACES, TASKS = 1_000, 20


async def step(unit: UnitOfWork, work: Work) -> Next:
    """Write one client."""
    unit.save(Client(id=new_id(Client), name="Acme", currency="USD"), "client.created")
    return Next((work.cursor or 0) + 1)


async def timed(run: Callable[[], Awaitable[Any]]) -> float:
    """Milliseconds for each of some runs."""
    began = time.perf_counter()
    for _ in range(STEPS):
        await run()
    return (time.perf_counter() - began) / STEPS * 1_000


async def measure(settings: Settings) -> None:
    """Print the medians."""
    url = str(settings.database_url)
    await upgrade(url)
    owner = await asyncpg.connect(url)
    worker, api = await Database.open(url, role="forge_worker", size=2), await Database.open(url, size=2)
    units, holding = Units(api, event_projections(graph().catalogue), lambda _: None), Holding(worker, 60, ["count"])
    workspace = new_id(Workspace)
    await owner.execute("insert into clocks (workspace_id) values ($1)", workspace)

    async def start(unit: UnitOfWork) -> UUID:
        return unit.save(Task(id=new_id(Task), kind="count", due_at=now()), "task.created").id

    await units.run(workspace, start)
    held = await holding.claim()
    assert held is not None
    await owner.execute("update tasks set status = 'running'")
    work = held.work(Position())

    async def alone(unit: UnitOfWork) -> None:
        await step(unit, work)

    async def fenced(unit: UnitOfWork) -> None:
        await holding.advance(held, Position.after(await step(unit, work)), 60, unit)

    runs = {"a write": lambda: units.run(workspace, alone), "a step of a task": lambda: units.run(workspace, fenced)}
    await report(runs)
    await owner.execute(
        "insert into clocks (workspace_id) select gen_random_uuid() from generate_series(1, $1)", WORKSPACES
    )
    await owner.execute(_MANY, workspace, TASKS)
    await owner.execute("vacuum analyze tasks")
    print(f"{WORKSPACES:,} workspaces with {TASKS} due tasks each, and one with none that is due:")  # noqa: T201
    await report(
        {
            "claiming": holding.claim,
            "counting what is due": holding.count_due,
            "asking of a workspace": lambda: holding.is_due(workspace),
        }
    )
    for each in (worker, api, owner):
        await each.close()


_MANY: Final = """
insert into tasks (workspace_id, id, created_at, updated_at, version, kind, status, done, attempts, due_at)
select c.workspace_id, overlay(
  overlay(gen_random_uuid()::text placing '7010' from 15) placing '8' from 20)::uuid,
  now(), now(), 1, 'count', 'queued', 0, 0, now()
from clocks c, generate_series(1, $2) n where c.workspace_id <> $1
"""


async def report(runs: Mapping[str, Callable[[], Awaitable[Any]]]) -> None:
    """Measure in turns, and print the median of each."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            found[name].append(await timed(run))
    for name, times in found.items():
        print(f"{name}: {statistics.median(times):.2f} ms")  # noqa: T201


def main() -> None:
    """Measure on throw-away servers."""
    with throw_away() as servers, TemporaryDirectory() as home:
        os.environ |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "FORGE_HOME": home}
        os.environ["FORGE_SECRET"] = "a-secret-for-benchmarks-0123456789"
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(measure(Settings.load()))


if __name__ == "__main__":
    main()
