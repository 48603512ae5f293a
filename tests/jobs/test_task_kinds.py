"""Kinds of tasks, the schedule of those that belong to no company, and who may see and write what of tasks."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from access.transaction import transaction
from core.database.database import Database
from core.database.pool import Connection
from core.values.ids import new_id
from core.writing.unit_of_work import UnitOfWork
from jobs.kinds import KINDS as PRODUCT
from jobs.tasks.kinds import Kinds, Next, RepeatableKind, SystemKind, Tools, Work
from jobs.tasks.turns import Turns
from models import Client
from models.task import INSTALLATION
from tests.kit.client import Client as Api
from tests.kit.counting.kind import COUNTING, KINDS
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, row, start, turning

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
GIVEN = {"name": "Counted", "steps": 3, "pause": 0, "fail_at": 0, "refuse_at": 0}


@pytest.fixture(autouse=True)
async def _alone(company: Tenant, other_company: Tenant, owner: asyncpg.Connection[Any]) -> None:
    await put_off(owner, [company.workspace_id, other_company.workspace_id])


@pytest.fixture
async def turns(database_url: str) -> AsyncIterator[Turns]:
    async with turning(database_url, KINDS) as turns:
        yield turns


async def test_a_kind_that_a_worker_does_not_know_is_left_to_one_that_does(turns: Turns, company: Tenant):
    task_id = await start(company, "brew_coffee")
    assert await turns.turn() is False
    assert await row(company, task_id, "status, attempts, leased_by") == ("queued", 0, None)


def test_a_kind_is_registered_once_and_its_lease_is_not_too_long():
    with pytest.raises(ValueError, match="the kind of tasks count is registered twice"):
        Kinds(COUNTING, COUNTING)
    with pytest.raises(ValueError, match="a lease is up to 60 s"):
        Kinds(dataclasses.replace(COUNTING, lease=61))
    assert [each.name for each in PRODUCT] == [
        "expire_quotes",
        "expire_reservations",
        "fill_demo",
        "prune_events",
        "prune_attempts",
        "purge_sandboxes",
        "reset_sandbox",
        "send_invitation",
        "verify_stock",
    ]


async def nothing(_: Connection, __: Work) -> Next:
    return Next(None)


async def test_each_period_has_one_task_of_a_scheduled_kind_however_many_workers_there_are(
    database_url: str, owner: asyncpg.Connection[Any]
):
    kinds = Kinds(SystemKind("tick", "Does nothing.", nothing, every=timedelta(days=3_650)))
    workers = [turning(database_url, kinds) for _ in range(5)]
    opened = [await each.__aenter__() for each in workers]
    try:
        staged = await asyncio.gather(*(each.schedule() for each in opened))
        assert sorted(staged) == [False] * 4 + [True]
        assert not any(await asyncio.gather(*(each.schedule() for each in opened)))
        once = await owner.fetchval("select once from tasks where kind = 'tick'")
        assert once == "tick 2019-12-20T00:00:00Z"
        assert await opened[0].turn() is True
        found = await owner.fetchrow("select workspace_id, status, created_by_id from tasks where kind = 'tick'")
        assert found is not None
        assert tuple(found) == (INSTALLATION, "succeeded", None)
    finally:
        await owner.execute("delete from tasks where kind = 'tick'")
        for each in workers:
            await each.__aexit__(None, None, None)


async def test_a_repeatable_step_is_done_again_until_its_cursor_is_kept(database_url: str, company: Tenant):
    """What it did is committed before: a worker that dies then leaves the same step to the next one."""
    tries: list[Any] = []

    async def step(tools: Tools, work: Work) -> Next:
        tries.append(work.cursor)
        number = work.cursor or 0

        async def write(unit: UnitOfWork) -> None:
            if not await unit.find(Client, name=f"Client {number}"):
                unit.save(Client(id=new_id(Client), name=f"Client {number}", currency="USD"), "client.created")

        await tools.units.run(work.workspace_id, write, work.created_by_id)
        if len(tries) == 2:
            raise RuntimeError("after its commit")
        return Next(number + 1 if number < 2 else None, done=number + 1)

    async with turning(database_url, Kinds(RepeatableKind("repeat", "Writes clients.", step, retries=(0,)))) as turns:
        task_id = await start(company, "repeat")
        assert [await turns.turn() for _ in range(3)] == [True, True, False]
    assert tries == [None, 1, 1, 2]
    assert await row(company, task_id, "status, done") == ("succeeded", 3)
    assert await company.value("select count(*) from clients") == 3


async def test_a_repeatable_step_of_a_task_that_is_cancelled_meanwhile_is_the_last(database_url: str, company: Tenant):
    task_id, steps = None, 0

    async def step(_: Tools, __: Work) -> Next:
        nonlocal steps
        steps += 1
        await company.all("update tasks set status = 'cancelled' where id = $1", task_id)
        return Next(1)

    async with turning(database_url, Kinds(RepeatableKind("repeat", "Is cancelled.", step))) as turns:
        task_id = await start(company, "repeat")
        assert [await turns.turn() for _ in range(2)] == [True, False]
    assert (steps, await row(company, task_id, "status")) == (1, ("cancelled",))


async def test_no_company_sees_the_tasks_of_another_or_of_the_installation(
    company: Tenant, other_company: Tenant, api: Api, owner: asyncpg.Connection[Any]
):
    theirs = await start(other_company, "count", **GIVEN)
    system = await owner.fetchval("select id from tasks where workspace_id = $1 limit 1", INSTALLATION)
    for each in [theirs, *([system] if system else [])]:
        assert (await api.get(f"/api/v1/tasks/{each}")).status == 404
        assert (await api.post(f"/api/v1/tasks/{each}/cancel")).status == 404
    assert (await api.get("/api/v1/tasks")).json["data"] == []
    assert await company.value("select count(*) from tasks") == 0


async def test_the_worker_may_move_leases_and_positions_and_nothing_that_callers_see(owner: asyncpg.Connection[Any]):
    sql = "select has_column_privilege('forge_worker', 'tasks', $1, 'update')"
    for column in ("position", "attempts", "due_at", "leased_by"):
        assert await owner.fetchval(sql, column)
    for column in ("status", "done", "result", "error", "workspace_id", "parameters", "version"):
        assert not await owner.fetchval(sql, column)


async def test_the_worker_takes_no_task_of_a_company_away(database_url: str, company: Tenant):
    task_id = await start(company, "count", **GIVEN)
    database = await Database.open(database_url, role="forge_worker", size=1)
    async with transaction(database) as connection:
        assert await connection.execute("delete from tasks where workspace_id = $1", company.workspace_id) == "DELETE 0"
    await database.close()
    assert await row(company, task_id, "status") == ("queued",)
