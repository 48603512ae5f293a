"""The days of the activity log: made ahead, filled without one, and dropped when they are over 30 days old."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import asyncpg
import pytest

from core.database.database import Database
from core.values.ids import new_id
from jobs.activity_days import ActivityDays
from models import ActivityEntry, ApiKey, Workspace
from tests.kit.servers import Addresses, clone, drop

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
DAYS = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'activity_days' and c.relkind = 'r' order by 1
"""
ADD = """
insert into activity (workspace_id, id, at, key_id, method, route, status, request_id, ms, points, dropped)
values ($1, $2, $3, $4, 'GET', '/livez', 200, 'r', 1, 0, 0)
"""
ATTACH = "create table activity_days.{} partition of activity for values from ('{}') to ('{}')"


@pytest.fixture
async def owner_here(servers: Addresses, worker_number: int) -> AsyncIterator[tuple[str, Owner]]:
    """A database of the test's own: days are everybody's."""
    url = await clone(servers, f"forge_days_{worker_number}")
    connection = await asyncpg.connect(url)
    yield url, connection
    await connection.close()
    await drop(servers, f"forge_days_{worker_number}")


async def names(owner: Owner) -> list[str]:
    return [row["relname"] for row in await owner.fetch(DAYS)]


def called(day: datetime) -> str:
    return f"d{day:%Y%m%d}"


async def test_days_are_made_ahead_and_dropped_when_they_are_old(owner_here: tuple[str, Owner]):
    url, owner = owner_here
    worker = await Database.open(url, role="forge_worker", size=2)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for name in await names(owner):
        if name != "later":
            await owner.execute(f"drop table activity_days.{name}")
    for ago in (29, 30, 31, 32):
        day = today - timedelta(days=ago)
        await owner.execute(ATTACH.format(called(day), day.isoformat(), (day + timedelta(days=1)).isoformat()))
    now, workspace, key = datetime.now(UTC), new_id(Workspace), new_id(ApiKey)
    moments = {ago: now - timedelta(days=ago) for ago in (0, 29, 31, 32, 40)}
    for at in moments.values():
        await owner.execute(ADD, workspace, new_id(ActivityEntry), at, key)
    assert await owner.fetchval("select count(*) from activity_days.later") == 2  # of today, and of 40 days ago
    for _ in range(2):
        await ActivityDays(worker).turn()
    kept = [today + timedelta(days=each) for each in (-30, -29, 0, 1, 2)]
    assert await names(owner) == sorted([*map(called, kept), "later"])
    left = [row["at"] for row in await owner.fetch("select at from activity order by at")]
    assert left == [moments[29], moments[0]]
    assert await owner.fetchval("select count(*) from activity_days.later") == 0
    await worker.close()
