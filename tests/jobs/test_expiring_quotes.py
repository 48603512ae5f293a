"""Expiring quotes: what is sent expires when its last day is over in the shop's time zone, and nothing else does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from app.front import Front
from jobs.kinds import KINDS
from jobs.kinds.expiring_quotes import EXPIRE_QUOTES
from models import Quote
from models.task import INSTALLATION
from tests.kit.client import Client as Api
from tests.kit.fixtures import address
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, turning
from tests.resources.making import V1, client, quote, told

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
WEST, EAST = "Etc/GMT+12", "Pacific/Kiritimati"
"""Zones 26 hours apart: there is always a day that is over in one and not in the other."""


async def expired(database_url: str, owner: Owner, workspace_id: UUID) -> set[UUID]:
    """Have one round carried out; returns the workspaces in which something was done."""
    woken: set[UUID] = set()
    async with turning(database_url, KINDS, wake=woken.add) as turns:
        await put_off(owner, [INSTALLATION, workspace_id])
        task_id = await turns._telling.stage(INSTALLATION, EXPIRE_QUOTES.name)
        while await turns.turn():
            pass
    assert await owner.fetchval("select status from tasks where id = $1", task_id) == "succeeded"
    return woken - {INSTALLATION}


async def states(company: Tenant, *ids: Any) -> list[str]:
    rows = await company.all("select id, status from quotes where id = any($1)", list(ids))
    found = {str(row["id"]): row["status"] for row in rows}
    return [found[str(each)] for each in ids]


async def hold_until(company: Tenant, quote_id: str, day: date) -> None:
    """Let a quote that was sent be held until a day, as if that were long ago."""
    await company.all("update quotes set expires_on = $2 where id = $1", quote_id, day)


async def test_a_sent_quote_expires_when_its_last_day_is_over_in_the_shops_zone(
    api: Api, company: Tenant, owner: Owner, database_url: str
):
    today = datetime.now(UTC).astimezone(ZoneInfo(WEST)).date()
    yesterday = (today - timedelta(days=1)).isoformat()
    held, late = {"expires_on": today.isoformat()}, {"expires_on": yesterday}
    kept = [
        await quote(api, until="sent", **held),
        await quote(api, until="sent"),
        await quote(api, until="draft", **late),
        await quote(api, until="approved", **held),
    ]
    over = await quote(api, until="sent", **held)
    for each in (kept[-1], over):
        await hold_until(company, each["id"], today - timedelta(days=1))
    zone = "update workspaces set time_zone = $2 where id = $1"
    await owner.execute(zone, company.workspace_id, WEST)
    await expired(database_url, owner, company.workspace_id)
    ids = [each["id"] for each in (*kept, over)]
    assert await states(company, *ids) == ["sent", "sent", "draft", "approved", "expired"]
    await owner.execute(zone, company.workspace_id, EAST)
    await expired(database_url, owner, company.workspace_id)
    assert await states(company, *ids) == ["expired", "sent", "draft", "approved", "expired"]
    assert (await told(company, "quote")).count("quote.expired") == 2
    assert (await api.post(f"{V1}/quotes/{over['id']}/approve")).code == "conflict"
    assert (await api.post(f"{V1}/quotes/{over['id']}/revise")).data["revision"] == 2


async def test_many_expire_in_several_transactions_each_once(
    api: Api, company: Tenant, owner: Owner, database_url: str
):
    client_id = await client(api)
    day = datetime(2026, 1, 31, tzinfo=UTC).date()
    given = {"client_id": client_id, "status": "sent", "expires_on": day}
    await company.make_many(Quote, [given | {"number": f"X-{number}"} for number in range(401)])
    await expired(database_url, owner, company.workspace_id)
    await expired(database_url, owner, company.workspace_id)
    assert await company.value("select count(*) from quotes where status = 'expired'") == 401
    assert (await told(company, "quote")).count("quote.expired") == 401


async def test_a_round_goes_only_to_workspaces_in_which_a_quote_is_late(
    app: Front, api: Api, company: Tenant, other_company: Tenant, owner: Owner, database_url: str
):
    late = (datetime.now(UTC) - timedelta(days=2)).date()
    await expired(database_url, owner, company.workspace_id)  # what other tests left
    found = await quote(api, until="sent")
    await hold_until(company, found["id"], late)
    await quote(Api(app, address(), await other_company.key()), until="draft", expires_on=late.isoformat())
    assert await expired(database_url, owner, company.workspace_id) == {company.workspace_id}
    assert await expired(database_url, owner, company.workspace_id) == set()
