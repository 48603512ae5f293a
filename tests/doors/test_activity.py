"""The activity log: each request of a key leaves an entry, which holds no query, no body and no secret."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import asyncpg
import pytest

from access.activity import Activity
from access.principal import Principal
from access.scopes import Scope
from access.seen import Seen
from app.front import Front
from core.database.database import Database
from core.errors import Unavailable
from core.values.ids import new_id
from engine.runtime import Runtime
from models import ApiKey, Client, Environment
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key, new_tenant
from tests.kit.process import ServerProcess
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
SECRET = "hunter2-hunter2"  # none


async def written(app: Front) -> None:
    """Have what was seen so far written."""
    app.observer.flush()
    assert app.observer.activity is not None
    await app.observer.activity.write()


async def listed(api: Api, query: str = "") -> list[dict[str, Any]]:
    """The entries, the earliest first, without those of asking for them."""
    assert isinstance(api.app, Front)
    await written(api.app)
    found = (await api.get(f"/api/v1/activity?sort=at&{query}")).data
    return [each for each in found if each["route"] != "/api/v1/activity"]


async def test_each_request_of_a_key_leaves_an_entry(api: Api, company: Tenant):
    client = await company.make(Client, name="Acme")
    began = datetime.now(UTC)
    answers = [
        await api.get(f"/api/v1/clients/{client.id}?include=contacts"),
        await api.get(f"/api/v1/clients?search={SECRET}"),
        await api.get(f"/api/v1/clients?nonsense={SECRET}"),
        await api.get(f"/api/v1/{SECRET}"),
        await api.post("/api/v1/clients", {"name": SECRET}),
        await api.graphql("query Board { clients(first: 1) { nodes { name } } }"),
        await api.graphql(f'{{ clients(first: 1, filter: {{name: {{eq: "{SECRET}"}}}}) {{ nodes {{ name }} }} }}'),
        await api.graphql("nonsense"),
    ]
    found = await listed(api)
    shown = [(each["method"], each["route"], each["operation"], each["status"], each["points"]) for each in found]
    assert shown == [
        ("GET", "/api/v1/clients/{id}", None, 200, 43),
        ("GET", "/api/v1/clients", None, 200, 51),
        ("GET", "/api/v1/clients", None, 422, 51),
        ("GET", "(none)", None, 404, 0),
        ("POST", "/api/v1/clients", None, 201, 52),
        ("POST", "/graphql", "query Board", 200, found[5]["points"]),
        ("POST", "/graphql", "query", 200, found[6]["points"]),
        ("POST", "/graphql", None, 200, 1),
    ]
    assert [each["request_id"] for each in found] == [each.headers["x-request-id"] for each in answers]
    assert {each["address"] for each in found} == {api.address}
    assert {each["key"]["name"] for each in found} == {"test"}
    assert all(Decimal(each["ms"]) > 0 for each in found)
    assert all(abs(datetime.fromisoformat(each["at"]) - began) < timedelta(seconds=30) for each in found)
    assert SECRET not in str(found)


async def test_what_its_limits_refuse_is_an_entry_and_a_bad_key_is_nobodys(
    app: Front, access: KitAccess, runtime: Runtime, owner: Owner
):
    company = await new_tenant(access, runtime, limits={"requests": 2})
    api = Api(app, "10.9.8.7", await company.key())
    answers = [await api.get("/api/v1/clients") for _ in range(4)]
    assert [each.status for each in answers] == [200, 200, 429, 429]
    assert (await api.get("/api/v1/clients", key="fmrp_live_wrong")).status == 401
    await written(app)
    rows = await owner.fetch("select status from activity where workspace_id = $1 order by at", company.workspace_id)
    assert [row["status"] for row in rows] == [200, 200, 429, 429]
    assert await owner.fetchval("select count(*) from activity where address = '10.9.8.7' and status = 401") == 0


async def test_it_is_seen_by_its_own_workspace_with_the_scope(
    app: Front, api: Api, key: Key, company: Tenant, other_company: Tenant
):
    await api.get("/api/v1/clients")
    assert len(await listed(api)) == 1
    assert await listed(Api(app, "10.0.0.8", await other_company.key())) == []
    sandbox = await company.access.keys.create(
        creator_id=company.made.owner_id, name="test", scopes=list(Scope), environment=Environment.TEST
    )
    assert await listed(Api(app, "10.0.0.9", sandbox.text)) == []
    refused = await api.get("/api/v1/activity", key=await key("clients.view"))
    assert (refused.status, refused.code) == (403, "insufficient_scope")


async def test_it_is_filtered_and_paged_like_any_list(api: Api, key: Key):
    other = await key("clients.view")
    for _ in range(3):
        await api.get("/api/v1/clients")
    await api.get("/api/v1/clients/none", key=other)
    everything = await listed(api)
    [mine] = {each["key_id"] for each in everything[:3]}
    assert len(await listed(api, f"key_id={mine}")) == 3
    assert [each["status"] for each in await listed(api, "status[gte]=400")] == [404]
    assert len(await listed(api, "route=/api/v1/clients&method=GET")) == 3
    assert len(await listed(api, f"request_id={everything[0]['request_id']}")) == 1
    pages, cursor = [], ""
    while cursor is not None:
        page = (await api.get(f"/api/v1/activity?limit=2&sort=at&route=/api/v1/clients{cursor}")).json
        pages.append(len(page["data"]))
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert pages == [2, 1]


@pytest.fixture
async def writer(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url, role="forge_access", size=1)
    yield database
    await database.close()


def caller(company: Tenant) -> Principal:
    return Principal(new_id(ApiKey), "public", company.made.id, company.workspace_id, frozenset(), 0, "USD")


def requests(who: Principal, times: int) -> list[Seen]:
    now = time.time()
    told = ("GET", "/livez", "", None, who, "10.0.0.1")
    return [Seen(now + each / 1000, 0.0123456, 200, *told, f"request-{each}") for each in range(times)]


async def test_what_is_too_much_is_dropped_and_told(writer: Database, company: Tenant, owner: Owner):
    activity, who = Activity(writer, most=3), caller(company)
    activity.add(requests(who, 5))
    await activity.write()
    activity.add(requests(who, 2))
    await activity.write()
    rows = await owner.fetch("select dropped, ms, points from activity where key_id = $1 order by id", who.key_id)
    assert sorted(row["dropped"] for row in rows) == [0, 0, 0, 0, 2]
    assert {(row["ms"], row["points"]) for row in rows} == {(Decimal("12.34"), 0)}


async def test_what_postgresql_refuses_is_dropped_and_holds_nothing_up(writer: Database, company: Tenant, owner: Owner):
    activity, who = Activity(writer), caller(company)
    wrong = requests(who, 1)[0]._replace(route="a\0b")
    activity.add([*requests(who, 2), wrong])
    with pytest.raises(asyncpg.DataError):
        await activity.write()
    activity.add(requests(who, 1))
    await activity.write()
    rows = await owner.fetch("select dropped from activity where key_id = $1", who.key_id)
    assert [row["dropped"] for row in rows] == [3]


async def test_what_cannot_be_written_now_is_written_later(
    writer: Database, database_url: str, company: Tenant, owner: Owner
):
    away = await Database.open(database_url, role="forge_access", size=1)
    await away.close()
    activity, who = Activity(away), caller(company)
    activity.add(requests(who, 2))
    with pytest.raises(Unavailable):
        await activity.write()
    vars(activity)["_database"] = writer
    await activity.write()
    assert await owner.fetchval("select count(*) from activity where key_id = $1", who.key_id) == 2


async def test_a_process_that_is_told_to_end_writes_what_it_holds(
    server: Callable[..., ServerProcess], company: Tenant, owner: Owner
):
    process = server()
    headers = {"authorization": f"Bearer {await company.key()}"}
    for _ in range(3):
        assert process.http.get("/api/v1/clients", headers=headers).status_code == 200
    process.kill(signal.SIGTERM)
    count = "select count(*) from activity where workspace_id = $1"
    assert await owner.fetchval(count, company.workspace_id) == 3
