"""A task whose worker is killed at random moments ends exactly once, and every step of it takes effect once.

In the suite its worker is killed eight times; with FORGE_FULL_LOAD set, as `make faults` does, fifty times.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from typing import Any
from uuid import UUID

from core.settings import Settings
from core.values.ids import new_id
from models import Task, TaskState
from resolvers.aggregate import now
from tests.kit.tenant import Tenant, finish
from tests.kit.worker import WorkerProcess, until

FULL = "FORGE_FULL_LOAD" in os.environ
KILLS = 50 if FULL else 8
STEPS = 200
WORDS = ("tests.kit.counting",)
PARAMETERS = {"name": "Counted", "steps": STEPS, "pause": 0.02, "fail_at": 0, "refuse_at": 0}


async def start(company: Tenant, kind: str, **more: Any) -> UUID:
    """Stage a task, as a command does."""
    task = Task(id=new_id(Task), kind=kind, parameters=PARAMETERS | more, due_at=now())
    async with company.unit(await company.epoch()) as unit:
        unit.save(task, "task.created")
        await finish(unit)
    return task.id


async def state(company: Tenant, task_id: UUID) -> str:
    return str(await company.value("select state from tasks where id = $1", task_id))


async def ended(company: Tenant, task_id: UUID) -> bool:
    return await state(company, task_id) not in {TaskState.QUEUED, TaskState.RUNNING}


async def names(company: Tenant) -> list[str]:
    return [row["name"] for row in await company.all("select name from clients order by created_at")]


async def told(company: Tenant, *types: str) -> list[str]:
    rows = await company.all("select type from outbox where type = any($1) order by sequence", list(types))
    return [row["type"] for row in rows]


async def test_a_task_whose_worker_is_killed_at_random_moments_ends_exactly_once(company: Tenant, settings: Settings):
    chance = random.Random(11)
    task_id = await start(company, "count_patiently")
    killed = 0
    while killed < KILLS:
        before = await company.value("select count(*) from clients")
        with WorkerProcess(settings, words=WORDS) as worker:

            async def moved(before: int = before) -> bool:
                return bool(await company.value("select count(*) > $1 from clients", before))

            await until(moved)
            await asyncio.sleep(chance.uniform(0, 0.06))
            worker.end(signal.SIGKILL)
        killed += 1
        assert await state(company, task_id) == TaskState.RUNNING
    with WorkerProcess(settings, words=WORDS):
        await until(lambda: ended(company, task_id))
        await asyncio.sleep(1)  # whoever would do it again has the time to
    assert await names(company) == [f"Counted {number}" for number in range(1, STEPS + 1)]
    assert await told(company, "task.created", "task.started", "task.finished") == [
        "task.created",
        "task.started",
        "task.finished",
    ]
    row = (await company.all("select state, done, total, result, error, leased_by from tasks"))[0]
    assert tuple(row) == ("succeeded", STEPS, STEPS, '{"clients":200,"name":"Counted"}', None, None)
