"""A task whose worker is killed at random moments ends exactly once, and every step of it takes effect once.

In the suite its worker is killed four times; with FORGE_FULL_LOAD set, as `make faults` does, fifty times.
"""

from __future__ import annotations

import asyncio
import random
import signal

from core.settings import Settings
from tests.kit.sweep import FULL
from tests.kit.tenant import Tenant
from tests.kit.turning import ended, start
from tests.kit.worker import WorkerProcess, until

KILLS = 50 if FULL else 4
STEPS = 200
WORDS = ("tests.kit.counting",)
PARAMETERS = {"name": "Counted", "steps": STEPS, "pause": 0.05, "fail_at": 0, "refuse_at": 0}


async def names(company: Tenant) -> list[str]:
    return [row["name"] for row in await company.all("select name from clients order by created_at")]


async def told(company: Tenant, *types: str) -> list[str]:
    rows = await company.all("select type from outbox where type = any($1) order by sequence", list(types))
    return [row["type"] for row in rows]


async def test_a_task_whose_worker_is_killed_at_random_moments_ends_exactly_once(company: Tenant, settings: Settings):
    chance = random.Random(11)
    task_id = await start(company, "count_patiently", **PARAMETERS)
    killed = 0
    while killed < KILLS:
        before = await company.value("select count(*) from clients")
        with WorkerProcess(settings, words=WORDS) as worker:

            async def moved(before: int = before) -> bool:
                return bool(await company.value("select count(*) > $1 from clients", before))

            await until(moved)
            await asyncio.sleep(chance.uniform(0, 0.08))
            worker.end(signal.SIGKILL)
        killed += 1
        assert await company.value("select status from tasks") == "running"
    with WorkerProcess(settings, words=WORDS):
        await until(lambda: ended(company, task_id))
        await asyncio.sleep(1)  # whoever would do it again has the time to
    assert await names(company) == [f"Counted {number}" for number in range(1, STEPS + 1)]
    assert await told(company, "task.created", "task.started", "task.finished") == [
        "task.created",
        "task.started",
        "task.finished",
    ]
    row = (await company.all("select status, done, total, result, error, leased_by from tasks"))[0]
    assert tuple(row) == ("succeeded", STEPS, STEPS, '{"name": "Counted", "clients": 200}', None, None)
