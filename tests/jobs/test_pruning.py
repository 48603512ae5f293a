"""Pruning: old events leave from the front of the feed, and nothing leaves that is still to be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest

from access.holders import Holders
from core.database.database import Database
from engine.sql.projection import guarded_tables
from jobs.fan_out import FanOut
from jobs.kinds import KINDS, pruning
from jobs.kinds.pruning import PRUNE_EVENTS
from models import Client
from models.task import INSTALLATION
from schema.assembly import graph
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, turning

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def worker(database_url: str) -> AsyncIterator[Database]:
    """The database as the worker uses it."""
    opened = await Database.open(database_url, role="forge_worker", size=2)
    yield opened
    await opened.close()


async def kept(company: Tenant) -> list[int]:
    rows = await company.all("select sequence from outbox order by sequence")
    return [int(row["sequence"]) for row in rows]


async def aged(company: Tenant, owner: Owner, upto: int, days: int = 31) -> None:
    """Make the first events this old."""
    await owner.execute(
        "update outbox set at = at - $3 * interval '1 day' where workspace_id = $1 and sequence <= $2",
        *(company.workspace_id, upto, days),
    )


async def pruned(database_url: str, owner: Owner) -> None:
    """Have one task of this kind started and carried out."""
    async with turning(database_url, KINDS) as turns:
        await put_off(owner, [INSTALLATION])
        task_id = await turns._telling.stage(INSTALLATION, PRUNE_EVENTS.name)
        while await turns.turn():
            pass
    status = await owner.fetchval("select status from tasks where id = $1", task_id)
    assert status == "succeeded"


async def relayed(company: Tenant, worker: Database, database_url: str) -> None:
    access = await Database.open(database_url, role="forge_access", size=1)
    await FanOut(worker, Holders(access), guarded_tables(graph().catalogue)).relay(company.workspace_id)
    await access.close()


async def test_what_is_older_than_thirty_days_leaves_and_the_feed_says_so(
    api: Api, company: Tenant, owner: Owner, worker: Database, database_url: str
):
    await company.make_many(Client, [{} for _ in range(6)])
    page = (await api.get("/api/v1/changes")).json
    await aged(company, owner, 4)
    await aged(company, owner, 2, days=10)
    await pruned(database_url, owner)
    assert await kept(company) == [1, 2, 3, 4, 5, 6]  # not relayed yet
    await relayed(company, worker, database_url)
    await pruned(database_url, owner)
    assert await kept(company) == [5, 6]
    cursors = [each["cursor"] for each in page["data"]]
    assert (await api.get(f"/api/v1/changes?cursor={cursors[2]}")).status == 410
    for cursor, left in ((cursors[3], 2), (cursors[4], 1), (cursors[5], 0)):
        assert len((await api.get(f"/api/v1/changes?cursor={cursor}")).json["data"]) == left


async def test_twenty_nine_days_are_kept(company: Tenant, owner: Owner, worker: Database, database_url: str):
    await company.make_many(Client, [{} for _ in range(3)])
    await aged(company, owner, 3, days=29)
    await relayed(company, worker, database_url)
    await pruned(database_url, owner)
    assert await kept(company) == [1, 2, 3]


async def test_what_is_still_to_be_delivered_stays_and_all_after_it(
    api: Api, company: Tenant, owner: Owner, worker: Database, database_url: str
):
    await company.make(Client)
    endpoint = {"url": "https://example.com", "events": ["client.*"]}
    assert (await api.post("/api/v1/webhook-endpoints", endpoint)).status == 201
    await company.make_many(Client, [{} for _ in range(3)])
    await relayed(company, worker, database_url)
    await aged(company, owner, 5)
    await pruned(database_url, owner)
    assert await kept(company) == [3, 4, 5]
    await owner.execute("update deliveries set status = 'delivered' where workspace_id = $1", company.workspace_id)
    await pruned(database_url, owner)
    assert await kept(company) == []


async def test_how_many_events_left_is_told_and_old_tasks_of_the_installation_leave_too(
    company: Tenant, other_company: Tenant, owner: Owner, worker: Database, database_url: str
):
    for each, count in ((company, 3), (other_company, 5)):
        await each.make_many(Client, [{} for _ in range(count)])
        await relayed(each, worker, database_url)
        await aged(each, owner, count)
    await pruned(database_url, owner)
    newest = "select id, done, result from tasks where kind = 'prune_events' order by created_at desc limit 1"
    found = await owner.fetchrow(newest)
    assert found is not None
    assert found["done"] >= 8
    assert await kept(company) == await kept(other_company) == []
    await owner.execute("update tasks set finished_at = now() - interval '31 days' where id = $1", found["id"])
    await pruned(database_url, owner)
    assert await owner.fetchval("select count(*) from tasks where id = $1", found["id"]) == 0


async def test_a_workspace_with_more_events_than_one_step_takes_is_pruned_whole(
    company: Tenant, owner: Owner, worker: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pruning, "AT_ONCE", 5)
    await company.make_many(Client, [{} for _ in range(12)])
    await relayed(company, worker, database_url)
    await aged(company, owner, 11)
    await pruned(database_url, owner)
    assert await kept(company) == [12]
