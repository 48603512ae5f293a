"""The months of the audit: made ahead, filled without one, and taken away when no plan keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import asyncpg
import pytest

from access.plans import PLANS
from access.retention import audit_days
from core.database.database import Database
from core.writing.attempt import attempt
from core.writing.claim import Outcome
from jobs.audit_months import AuditMonths
from models import Client, Plan
from tests.kit.client import Client as Api
from tests.kit.fixtures import new_tenant
from tests.kit.servers import Addresses, clone, drop
from tests.kit.shop import Said, client, open_shop
from tests.kit.tenant import Tenant

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
MONTHS = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'audit_months' and c.relkind = 'r' order by 1
"""


@pytest.fixture
async def here(servers: Addresses, worker_number: int) -> AsyncIterator[str]:
    """A database of the test's own: months are everybody's."""
    yield await clone(servers, f"forge_months_{worker_number}")
    await drop(servers, f"forge_months_{worker_number}")


@pytest.fixture
async def owner_here(here: str) -> AsyncIterator[Owner]:
    connection = await asyncpg.connect(here)
    yield connection
    await connection.close()


@pytest.fixture
async def months(here: str) -> AsyncIterator[AuditMonths]:
    worker = await Database.open(here, role="forge_worker", size=2)
    access = await Database.open(here, role="forge_access", size=1)
    yield AuditMonths(worker, access)
    await worker.close()
    await access.close()


async def names(owner: Owner) -> list[str]:
    return [row["relname"] for row in await owner.fetch(MONTHS)]


async def ahead(owner: Owner, *offsets: int) -> list[str]:
    sql = "select to_char(now() at time zone 'UTC' + $1::integer * interval '1 month', '\"y\"YYYY\"m\"MM')"
    return [await owner.fetchval(sql, offset) for offset in offsets]


async def test_three_months_are_there_and_nothing_is_made_twice(months: AuditMonths, owner_here: Owner):
    made = await ahead(owner_here, 0, 1, 2)
    assert await names(owner_here) == ["later", *made]
    await asyncio.gather(months.turn(), months.turn(), months.turn())
    assert await names(owner_here) == ["later", *made]


async def test_without_its_month_an_entry_is_kept_and_moves_when_the_month_is_made(
    months: AuditMonths, owner_here: Owner, here: str
):
    database = await Database.open(here, size=2)
    shop = await open_shop(database, owner_here)
    await shop.client(name="Before")
    [month] = await ahead(owner_here, 0)
    await owner_here.execute(f"drop table audit_months.{month}")  # as if no worker had run for months
    await shop.client(name="Without")
    where = "select tableoid::regclass::text, changes -> 'new' ->> 'name' from audit"
    assert [tuple(row) for row in await owner_here.fetch(where)] == [("audit_months.later", "Without")]

    async def write(name: str) -> Outcome:
        async with shop.unit() as unit:
            unit.save(client(name=name), "client.created")
            return await unit.finish(Said())
        raise AssertionError

    writers = asyncio.gather(*(attempt(partial(write, f"Meanwhile {turn}")) for turn in range(20)))
    await months.turn()
    await writers
    rows = await owner_here.fetch(f"{where} order by at")
    assert {row[0] for row in rows} == {f"audit_months.{month}"}
    assert len(rows) == 21
    await database.close()


async def test_a_month_goes_when_no_plan_keeps_it_and_an_older_entry_when_its_own_does_not(
    months: AuditMonths, owner_here: Owner, here: str
):
    database = await Database.open(here, size=2)
    short, long = await open_shop(database, owner_here), await open_shop(database, owner_here)
    await owner_here.execute(
        "update companies set limits = '{\"audit_days\": 40}'"
        " where id = (select company_id from workspaces where id = $1)",
        short.workspace_id,
    )
    past = {days: await past_month(owner_here, days) for days in (731, 800)}
    for shop in (short, long):
        await shop.client(name="Now")
        for days in (39, 41, 729, 731, 800):
            await owner_here.execute(AGED, shop.workspace_id, days)
    await months.turn()
    assert past[800] not in await names(owner_here)
    assert past[731] in await names(owner_here)
    assert await kept(owner_here, short.workspace_id) == [0, 39]
    assert await kept(owner_here, long.workspace_id) == [0, 39, 41, 729]
    await database.close()


AGED = """
insert into audit (workspace_id, id, at, record_type, record_id, action)
select $1, overlay(id::text placing lpad($2::integer::text, 12, '0') from 25)::uuid,
  now() - $2::integer * interval '1 day', record_type, record_id, action
from audit where workspace_id = $1 and at > now() - interval '1 hour'
"""


async def past_month(owner: Owner, days: int) -> str:
    """Make the month of so many days ago; returns its name."""
    first = (datetime.now(UTC) - timedelta(days=days)).replace(day=1).date()
    after = (first + timedelta(days=31)).replace(day=1)
    name = f"y{first:%Y}m{first:%m}"
    await owner.execute(
        f"create table if not exists audit_months.{name} partition of audit for values from ('{first}') to ('{after}')"
    )
    return name


async def kept(owner: Owner, workspace_id: Any) -> list[int]:
    sql = "select distinct extract(day from now() - at)::integer from audit where workspace_id = $1 order by 1"
    return [row[0] for row in await owner.fetch(sql, workspace_id)]


async def test_a_month_in_use_waits_for_the_next_round_and_writers_do_not(
    months: AuditMonths, owner_here: Owner, here: str
):
    database = await Database.open(here, size=2)
    shop = await open_shop(database, owner_here)
    old = await past_month(owner_here, 9_000)
    reader = await asyncpg.connect(here)
    await reader.execute("begin")
    await reader.fetch("select from audit")
    turn = asyncio.create_task(months.turn())
    began = asyncio.get_running_loop().time()
    while not turn.done():
        await shop.client()
    assert asyncio.get_running_loop().time() - began < 2
    assert old in await names(owner_here)
    await reader.close()
    await months.turn()
    assert old not in await names(owner_here)
    await database.close()


async def test_what_a_plan_no_longer_keeps_is_not_shown(api: Api, company: Tenant, owner: Owner):
    client = await company.make(Client)
    path = f"/api/v1/audit?record_id={client.id}"
    for days, shown in ((PLANS[Plan.STARTER].audit_days - 1, 1), (PLANS[Plan.STARTER].audit_days + 1, 0)):
        await owner.execute(
            "update audit set at = now() - $2::integer * interval '1 day' where workspace_id = $1",
            *(company.workspace_id, days),
        )
        assert len((await api.get(path)).json["data"]) == shown
    await owner.execute("update audit set at = now() where workspace_id = $1", company.workspace_id)
    assert len((await api.get(path)).json["data"]) == 1


async def test_the_days_are_the_plans_or_the_companys_own(access: Any, runtime: Any, database_url: str):
    plain = await new_tenant(access, runtime)
    own = await new_tenant(access, runtime, limits={"requests": 0, "points": 0, "audit_days": 0})
    opened = await Database.open(database_url, role="forge_access", size=1)
    found = await audit_days(opened)
    assert (found[plain.made.live_id], found[plain.made.test_id]) == (365, 365)
    assert found[own.made.live_id] == 1_000_000_000
    await opened.close()
