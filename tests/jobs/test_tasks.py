"""Tasks: leases, turns, retries, cancelling, and the schedule. Killed workers: `tests/faults/test_tasks.py`."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.database.database import Database
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks import turns as turning_module
from jobs.tasks.holding import Held, Holding, LostLease, Position
from jobs.tasks.kinds import Kind, Kinds, Next, Work
from jobs.tasks.turns import AT_ONCE, Turns
from tests.kit.client import Client as Api
from tests.kit.counting.kind import COUNTING, KINDS, RETRIES, SECRET
from tests.kit.tenant import Tenant
from tests.kit.turning import ended, put_off, row, start, turning
from tests.kit.worker import until

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
GIVEN = {"name": "Counted", "steps": 3, "pause": 0, "fail_at": 0, "refuse_at": 0}


@pytest.fixture(autouse=True)
async def _alone(company: Tenant, other_company: Tenant, owner: asyncpg.Connection[Any]) -> None:
    await put_off(owner, [company.workspace_id, other_company.workspace_id])


@pytest.fixture
async def turns(database_url: str) -> AsyncIterator[Turns]:
    async with turning(database_url, KINDS) as turns:
        yield turns


@asynccontextmanager
async def holding_of(database_url: str, lease: float) -> AsyncIterator[Holding]:
    """The leases of another worker."""
    database = await Database.open(database_url, role="forge_worker", size=8)
    yield Holding(database, lease, [each.name for each in KINDS])
    await database.close()


async def told(company: Tenant) -> list[str]:
    rows = await company.all("select type from outbox where record_type = 'tasks' order by sequence")
    return [each["type"].removeprefix("task.") for each in rows]


async def clients(company: Tenant) -> list[str]:
    return [each["name"] for each in await company.all("select name from clients order by created_at")]


async def test_a_task_runs_to_its_end_and_says_what_came_of_it(turns: Turns, company: Tenant):
    task_id = await start(company, "count", **GIVEN)
    assert await turns.turn() is True
    assert await turns.turn() is False
    shown = "status, done, total, result, result_url, error, version, started_at < finished_at, leased_by, attempts"
    result, url = '{"name": "Counted", "clients": 3}', "/api/v1/clients?search=Counted"
    assert await row(company, task_id, shown) == ("succeeded", 3, 3, result, url, None, 3, True, None, 0)
    assert await clients(company) == ["Counted 1", "Counted 2", "Counted 3"]
    assert await told(company) == ["created", "started", "finished"]


async def test_each_commit_of_a_worker_wakes_those_who_follow_the_workspace(database_url: str, company: Tenant):
    woken: list[UUID] = []
    await start(company, "count", **GIVEN)
    async with turning(database_url, KINDS, wake=woken.append) as turns:
        await turns.turn()
    assert woken == [company.workspace_id] * 5  # it began, three steps, it ended


async def test_a_step_that_fails_takes_nothing_with_it_and_is_tried_again_until_the_task_fails(
    turns: Turns, company: Tenant, caplog: pytest.LogCaptureFixture
):
    task_id = await start(company, "count", **GIVEN | {"fail_at": 3})
    for tries in range(1, len(RETRIES) + 1):
        await until(turns.turn)
        shown = "status, attempts, leased_by, error"
        assert await row(company, task_id, shown) == ("running", tries, None, None)
    await until(turns.turn)
    assert await row(company, task_id, "status, done, result") == ("failed", 2, "{}")
    error = (await row(company, task_id, "error"))[0]
    assert error == "It failed unexpectedly; the log of the worker says why"
    assert SECRET in caplog.text
    assert await clients(company) == ["Counted 1", "Counted 2"]
    assert await told(company) == ["created", "started", "finished"]
    rows = await company.all("select row_to_json(t)::text as all from tasks t")
    data = await company.all("select data from outbox")
    assert not any("a-password" in str(each[0]) for each in [*rows, *data])


async def test_a_task_that_failed_waits_before_it_is_tried_again(database_url: str, company: Tenant):
    slow = Kinds(dataclasses.replace(COUNTING, retries=(30.0,)))
    async with turning(database_url, slow) as turns:
        task_id = await start(company, "count", **GIVEN | {"fail_at": 1})
        assert await turns.turn() is True
        assert await turns.turn() is False
    assert await row(company, task_id, "due_at - now() between '20 seconds' and '36 seconds'") == (True,)


async def test_what_the_caller_got_wrong_is_not_tried_again_and_is_said(turns: Turns, company: Tenant):
    task_id = await start(company, "count", **GIVEN | {"refuse_at": 2})
    assert await turns.turn() is True
    assert await row(company, task_id, "status, done, error") == ("failed", 1, "row 3: no such currency")
    assert await told(company) == ["created", "started", "finished"]


async def test_tries_are_counted_anew_when_a_step_goes_through(database_url: str, company: Tenant):
    failures = dict.fromkeys(range(1, 4), len(RETRIES))

    async def step(_: UnitOfWork, work: Work) -> Next:
        number = (work.cursor or 0) + 1
        if failures[number]:
            failures[number] -= 1
            raise RuntimeError("once more")
        return Next(number if number < 3 else None)

    quick = (0.0,) * len(RETRIES)
    async with turning(database_url, Kinds(Kind("stubborn", "Fails as often as it may.", step, quick))) as stubborn:
        task_id = await start(company, "stubborn")
        await until(lambda: _turned(stubborn, company, task_id))
    assert await row(company, task_id, "status, error") == ("succeeded", None)
    assert failures == {1: 0, 2: 0, 3: 0}


async def _turned(turns: Turns, company: Tenant, task_id: UUID) -> bool:
    await turns.turn()
    return await ended(company, task_id)


async def test_a_task_whose_worker_dies_at_the_same_step_again_and_again_fails(
    database_url: str, turns: Turns, company: Tenant
):
    task_id = await start(company, "count", **GIVEN)
    async with holding_of(database_url, lease=0) as holding:
        for _ in range(len(RETRIES) + 1):
            assert await holding.claim() is not None  # its worker is killed: the lease runs out, nobody gave it back
    assert await turns.turn() is True
    why = f"The worker ended unexpectedly at the same step {len(RETRIES) + 1} times"
    assert await row(company, task_id, "status, error") == ("failed", why)
    assert await clients(company) == []


async def test_sixteen_workers_that_claim_at_once_get_a_task_each(
    database_url: str, company: Tenant, other_company: Tenant
):
    made = {await start(each, "count", **GIVEN) for each in (company, other_company) for _ in range(4)}
    async with holding_of(database_url, 60) as holding:
        held: list[Held] = []
        while len(held) < len(made):
            held += [each for each in await asyncio.gather(*(holding.claim() for _ in range(16))) if each]
        assert {each.id for each in held} == made
        assert len(held) == len(made)
        assert await holding.claim() is None


async def test_of_two_workers_with_one_task_only_the_holder_of_the_lease_commits_a_step(
    database_url: str, company: Tenant
):
    """The first one's lease runs out while its first step runs; each step takes effect once all the same."""
    task_id = await start(company, "count", **GIVEN | {"pause": 0.3})
    async with turning(database_url, KINDS, lease=0.05) as first, turning(database_url, KINDS) as second:
        found = await asyncio.gather(first.turn(), _after(0.15, second))
        assert list(found) == [True, True]
        assert await ended(company, task_id)
    assert await clients(company) == ["Counted 1", "Counted 2", "Counted 3"]
    assert await told(company) == ["created", "started", "finished"]


async def _after(seconds: float, turns: Turns) -> bool:
    await asyncio.sleep(seconds)
    return await turns.turn()


async def test_a_step_of_a_lost_lease_cannot_be_committed(database_url: str, company: Tenant):
    await start(company, "count", **GIVEN)
    async with holding_of(database_url, 0) as first, holding_of(database_url, 60) as second:
        lost = await first.claim()
        held = await second.claim()
        assert lost is not None
        assert held is not None
        await company.all("update tasks set status = 'running' returning id")
        async with company.unit() as unit:
            with pytest.raises(LostLease):
                await first.advance(lost, Position(1), 60, unit)
        async with company.unit() as unit:
            await second.advance(held, Position(1), 60, unit)
        await second.release([lost])
        assert await second.claim() is None  # a lease that is lost gives nothing back
        await second.release([held])
        assert await second.claim() is not None


async def test_a_cancelled_task_never_runs_and_one_that_runs_stops_at_its_step(turns: Turns, company: Tenant, api: Api):
    queued = await start(company, "count", **GIVEN)
    assert (await api.post(f"/api/v1/tasks/{queued}/cancel")).data["status"] == "cancelled"
    assert await turns.turn() is False
    running = await start(company, "count", **GIVEN | {"steps": 50, "pause": 0.05})
    turn = asyncio.create_task(turns.turn())
    await until(lambda: company.value("select count(*) >= 2 from clients"))
    answer = await api.graphql("mutation($id: ID!) { cancelTask(id: $id) { status finishedAt } }", {"id": str(running)})
    assert answer.data["cancelTask"]["status"] == "CANCELLED"
    done = await clients(company)
    assert await turn is True
    await asyncio.sleep(0.2)
    assert await clients(company) == done
    assert 2 <= len(done) < 50
    assert await told(company) == ["created", "finished", "created", "started", "finished"]
    again = await api.post(f"/api/v1/tasks/{running}/cancel")
    message = "The task is cancelled: it can be cancelled only while it is queued or running"
    assert (again.status, again.json["error"]["message"]) == (409, message)


async def test_cancelling_raced_with_finishing_is_one_of_the_two(turns: Turns, company: Tenant, api: Api):
    for number in range(12):
        task_id = await start(company, "count", **GIVEN | {"steps": 1, "name": f"R{number}"})

        async def cancel(task_id: UUID = task_id, delay: float = number / 1_000) -> int:
            await asyncio.sleep(delay)
            return (await api.post(f"/api/v1/tasks/{task_id}/cancel")).status

        _, answered = await asyncio.gather(turns.turn(), cancel())
        status = (await row(company, task_id, "status"))[0]
        assert (answered, status) in {(200, "cancelled"), (409, "succeeded")}
        events = await company.all(
            "select data::json ->> 'status' as status, type from outbox where record_id = $1", task_id
        )
        assert [each["status"] for each in events if each["type"] == "task.finished"] == [status]


async def test_progress_is_told_at_most_once_a_second_and_a_long_task_gives_others_their_turn(
    turns: Turns, company: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turning_module, "TELLS", 0.2)
    monkeypatch.setattr(turning_module, "TURN", 0.5)
    task_id = await start(company, "count", **GIVEN | {"steps": 20, "pause": 0.05})
    assert await turns.turn() is True
    assert await row(company, task_id, "status, leased_by, due_at <= now(), attempts") == ("running", None, True, 0)
    while not await ended(company, task_id):
        await turns.turn()
    events = await company.all(
        "select data::json ->> 'done' as done, at from outbox where type = 'task.progressed' order by sequence"
    )
    numbers = [int(each["done"]) for each in events]
    assert numbers == sorted(set(numbers))
    assert 2 <= len(numbers) <= 8
    assert len(await clients(company)) == 20
    told = await company.all("select distinct action from audit where record_type = 'task' order by 1")
    assert [each["action"] for each in told] == ["created", "finished", "started"]


async def test_the_company_with_the_fewest_running_tasks_comes_next(
    database_url: str, company: Tenant, other_company: Tenant
):
    for _ in range(5):
        await start(company, "count", **GIVEN)
    late = await start(other_company, "count", **GIVEN)
    async with holding_of(database_url, 60) as holding:
        first, second = await holding.claim(), await holding.claim()
        assert first is not None
        assert second is not None
        assert (first.workspace_id, second.id) == (company.workspace_id, late)


async def test_a_worker_takes_no_more_than_it_may_at_once(turns: Turns, company: Tenant):
    for number in range(AT_ONCE + 1):
        await start(company, "count", **GIVEN | {"steps": 1, "pause": 0.3, "name": f"N{number}"})
    found = await asyncio.gather(*(turns.turn() for _ in range(AT_ONCE + 1)))
    assert sorted(found) == [False, *[True] * AT_ONCE]
    assert len(await clients(company)) == AT_ONCE


async def test_what_a_worker_breaks_off_is_given_back_and_counts_as_no_try(turns: Turns, company: Tenant):
    task_id = await start(company, "count", **GIVEN | {"pause": 5})
    turn = asyncio.create_task(turns.turn())
    await until(lambda: company.value("select status = 'running' from tasks"))
    await asyncio.sleep(0.1)
    turn.cancel()
    await asyncio.wait({turn})
    await turns.stop()
    assert await row(company, task_id, "status, leased_by, due_at <= now(), attempts") == ("running", None, True, 0)
