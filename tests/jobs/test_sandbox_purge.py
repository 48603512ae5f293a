"""Purging sandboxes: what is old goes by whole records, with tombstones, and nothing of a live workspace does."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import pytest

from app.front import Front
from app.generated import ROOT
from core.errors import Invalid
from core.record import Record
from core.settings import Settings
from core.writing.columns import table_of
from jobs.kinds import KINDS
from jobs.kinds.purging_sandboxes import PURGE_SANDBOXES
from jobs.sandbox.aggregates import parts_of
from jobs.sandbox.purge import Purge
from jobs.units import Units
from models import TAGS, Client, Quote, Task
from models.events import EVENTS
from models.task import INSTALLATION
from resolvers.aggregate import AGGREGATES
from tests.kit.client import Client as Api
from tests.kit.delivered import attempt, delivery
from tests.kit.every import Kind, kinds_here, made
from tests.kit.fixtures import address
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, turning
from tests.kit.worker import WorkerProcess, until

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
RECORDS = [each for each in TAGS if issubclass(each, Record) and not each.of_company]


@pytest.fixture
async def sandbox_api(app: Front, company: Tenant) -> Api:
    """The sandbox's door."""
    return Api(app, address(), await company.sandbox.key())


@pytest.fixture
def purging(company: Tenant) -> Purge:
    """The purge, a batch with each call."""
    return Purge(Units(company.database, company.unit()._projections, lambda _: None))


async def aged(owner: Owner, workspace_id: UUID, days: float, *ids: Any) -> None:
    """Make records (none: all of the workspace) this old."""
    for model in RECORDS:
        await owner.execute(
            f"update {table_of(model).name} set updated_at = updated_at - $2 * interval '1 day'"
            " where workspace_id = $1 and ($3::uuid[] = '{}' or id = any($3))",
            *(workspace_id, days, [UUID(str(each)) for each in ids]),
        )


async def purged(database_url: str, owner: Owner, *ours: UUID) -> None:
    """Have one round carried out."""
    async with turning(database_url, KINDS) as turns:
        await put_off(owner, [INSTALLATION, *ours])
        task_id = await turns._telling.stage(INSTALLATION, PURGE_SANDBOXES.name)
        while await turns.turn():
            pass
    assert await owner.fetchval("select status from tasks where id = $1", task_id) == "succeeded"


async def rows(owner: Owner, workspace_id: UUID) -> dict[str, int]:
    """How many rows of records and their parts there are, by table."""
    tables = {table_of(each).name for each in RECORDS}
    tables |= {table_of(part.model).name for each in RECORDS for part in parts_of(each)}
    found = {
        each: await owner.fetchval(f"select count(*) from {each} where workspace_id = $1", workspace_id)
        for each in tables
    }
    return {table: count for table, count in found.items() if count}


async def order(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """A client with a contact, and a quote of two parts for it, both with external ids."""
    names = {"external_ids": [{"system": "erp", "external_id": "4711"}]}
    client = (await api.post("/api/v1/clients", {"name": "Acme", "contacts": [{"first_name": "Ann"}], **names})).data
    part = {"description": "Plate", "quantity": "2", "unit_price": "5"}
    quote = (await api.post("/api/v1/quotes", {"client_id": client["id"], "parts": [part, part], **names})).data
    return client, quote


async def test_what_is_older_than_seven_days_goes_whole_and_a_sync_hears_of_it(
    sandbox_api: Api, api: Api, company: Tenant, owner: Owner, database_url: str
):
    sandbox = company.sandbox
    client, quote = await order(sandbox_api)
    assert (await sandbox_api.post(f"/api/v1/quotes/{quote['id']}/send", {})).status == 200  # no caller could delete it
    cursor = (await sandbox_api.get("/api/v1/changes")).json["resume_cursor"]
    since = (await sandbox_api.get(f"/api/v1/quotes/{quote['id']}")).data["updated_at"]
    live = (await order(api))[0]
    await aged(owner, company.workspace_id, 400)
    await aged(owner, sandbox.workspace_id, 6.9)
    await purged(database_url, owner)
    assert (await sandbox_api.get(f"/api/v1/quotes/{quote['id']}")).status == 200
    await aged(owner, sandbox.workspace_id, 0.2)
    await purged(database_url, owner)

    for path in (f"/api/v1/quotes/{quote['id']}", f"/api/v1/clients/{client['id']}"):
        assert (await sandbox_api.get(path)).status == 404
    feed = (await sandbox_api.get(f"/api/v1/changes?cursor={cursor}")).json["data"]
    assert [(each["type"], each["data"]["id"]) for each in feed] == [
        ("quote.deleted", quote["id"]),
        ("client.deleted", client["id"]),
    ]
    [tombstone] = (await sandbox_api.get(f"/api/v1/quotes?deleted=include&updated_since={since}")).data
    assert (tombstone["id"], tombstone["version"]) == (quote["id"], 3)
    assert datetime.now(UTC) - datetime.fromisoformat(tombstone["deleted_at"]) < timedelta(minutes=1)
    entries = (await sandbox_api.get(f"/api/v1/audit?record_id={quote['id']}")).data
    assert [(each["action"], each["actor_id"]) for each in entries][:1] == [("deleted", None)]
    assert (await api.get(f"/api/v1/clients/{live['id']}")).status == 200
    again, _ = await order(sandbox_api)  # its names are free
    assert again["external_ids"] == client["external_ids"]

    found = await rows(owner, sandbox.workspace_id)
    assert (found["quotes"], found["quote_parts"], found["contacts"]) == (2, 4, 2)
    await aged(owner, sandbox.workspace_id, 31, quote["id"], client["id"])
    await purged(database_url, owner)
    found = await rows(owner, sandbox.workspace_id)
    assert (found["quotes"], found["quote_parts"], found["clients"], found["contacts"]) == (1, 2, 1, 1)


@pytest.mark.parametrize("kind", kinds_here(), ids=lambda kind: kind.spec.name)
async def test_every_record_is_purged_unless_it_is_a_setting(
    sandbox_api: Api, company: Tenant, owner: Owner, purging: Purge, kind: Kind
):
    sandbox = company.sandbox
    found = await made(sandbox_api, kind)
    await aged(owner, sandbox.workspace_id, 8)
    while await purging.bury(sandbox.workspace_id, datetime.now(UTC) - timedelta(days=7)):
        pass
    stays = kind.spec.model.lasting  # type: ignore[attr-defined]
    assert (await sandbox_api.get(f"{kind.path}/{found['id']}")).status == (200 if stays else 404)
    while await purging.bury(sandbox.workspace_id, datetime.now(UTC), everything=True):
        pass
    assert (await sandbox_api.get(f"{kind.path}/{found['id']}")).status == 404
    changes = (await sandbox_api.get("/api/v1/changes")).json["data"]
    assert [each["type"] for each in changes if each["data"]["id"] == found["id"]][-1].endswith(".deleted")
    await aged(owner, sandbox.workspace_id, 31)
    assert not await purging.is_due(sandbox.workspace_id) or await purging.clear(sandbox.workspace_id)
    while await purging.clear(sandbox.workspace_id):
        pass
    assert await rows(owner, sandbox.workspace_id) == {}
    assert not await purging.is_due(sandbox.workspace_id)
    assert await made(sandbox_api, kind)  # its names are free


async def test_a_sandbox_that_goes_wrong_holds_up_no_other(
    company: Tenant, other_company: Tenant, owner: Owner, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    bad, good = sorted((company.sandbox, other_company.sandbox), key=lambda each: each.workspace_id)
    for each in (bad, good):
        await each.make(Client)
        await aged(owner, each.workspace_id, 8)
    bury = Purge.bury

    async def burying(self: Purge, workspace_id: UUID, before: datetime, **how: Any) -> int:
        if workspace_id == bad.workspace_id:
            raise RuntimeError("a bad sandbox")
        return await bury(self, workspace_id, before, **how)

    monkeypatch.setattr(Purge, "bury", burying)
    await purged(database_url, owner)
    left = [await each.value("select count(*) from clients where deleted_at is null") for each in (bad, good)]
    assert left == [1, 0]


async def test_what_a_younger_record_refers_to_stays_until_that_goes(
    sandbox_api: Api, company: Tenant, owner: Owner, purging: Purge
):
    sandbox = company.sandbox
    client, quote = await order(sandbox_api)
    await aged(owner, sandbox.workspace_id, 8, client["id"])
    week = datetime.now(UTC) - timedelta(days=7)
    assert not await purging.is_due(sandbox.workspace_id)
    assert await purging.bury(sandbox.workspace_id, week) == 0
    await aged(owner, sandbox.workspace_id, 8, quote["id"])
    assert await purging.bury(sandbox.workspace_id, week) == 1
    assert (await sandbox_api.get(f"/api/v1/clients/{client['id']}")).status == 200
    assert await purging.bury(sandbox.workspace_id, week) == 1
    assert (await sandbox_api.get(f"/api/v1/clients/{client['id']}")).status == 404
    await aged(owner, sandbox.workspace_id, 31, client["id"])
    assert await purging.clear(sandbox.workspace_id) == 0  # the tombstone of its quote still refers to it
    await aged(owner, sandbox.workspace_id, 31, quote["id"])
    assert [await purging.clear(sandbox.workspace_id) for _ in range(3)] == [1, 1, 0]


async def test_an_order_that_came_in_can_come_in_again(sandbox_api: Api, company: Tenant, purging: Purge):
    text = (ROOT / "examples/x12/full.850.edi").read_bytes()
    how: Any = {"content": text, "headers": {"content-type": "application/edi-x12"}}
    first = (await sandbox_api.request("POST", "/api/v1/intake", **how)).data
    assert (await sandbox_api.request("POST", "/api/v1/intake", **how)).data["quote"] == first["quote"]
    while await purging.bury(company.sandbox.workspace_id, datetime.now(UTC)):
        pass
    again = await sandbox_api.request("POST", "/api/v1/intake", **how)
    assert again.status == 200, again.body
    assert again.data["quote"]["id"] != first["quote"]["id"]


async def test_tasks_go_when_they_have_ended(company: Tenant, owner: Owner, purging: Purge):
    sandbox = company.sandbox
    async with sandbox.unit() as unit:
        for status in ("queued", "running", "succeeded", "failed", "cancelled"):
            unit.save(Task(kind="x", status=status, due_at=datetime.now(UTC) + timedelta(days=1)), "task.created")
        await unit.finish_with(b"")
    await aged(owner, sandbox.workspace_id, 8)
    assert await purging.bury(sandbox.workspace_id, datetime.now(UTC) - timedelta(days=7)) == 3
    left = await sandbox.all("select status from tasks where deleted_at is null order by status")
    assert [row["status"] for row in left] == ["queued", "running"]


async def test_the_log_of_webhooks_goes_after_seven_days(
    sandbox_api: Api, api: Api, company: Tenant, owner: Owner, purging: Purge
):
    for door, tenant in ((sandbox_api, company.sandbox), (api, company)):
        made = (await door.post("/api/v1/webhook-endpoints", {"url": "https://example.com/", "events": ["*"]})).data
        for number, (days, status) in enumerate(((8, "delivered"), (6, "delivered"), (8, "pending")), 1):
            row = await delivery(owner, tenant.workspace_id, made["id"], number, status, days)
            await attempt(owner, tenant.workspace_id, made["id"], row, days)
    week = datetime.now(UTC) - timedelta(days=7)
    assert await purging.is_due(company.sandbox.workspace_id)
    assert await purging.forget(company.sandbox.workspace_id, week) == 3
    for refused in (purging.forget, purging.bury):
        with pytest.raises(Invalid):
            await refused(company.workspace_id, week)
    with pytest.raises(Invalid):
        await purging.clear(company.workspace_id)
    left = await company.sandbox.all("select sequence from deliveries order by sequence")
    assert [row["sequence"] for row in left] == [2, 3]


async def test_nothing_of_a_live_workspace_can_be_taken_away(company: Tenant, owner: Owner, api: Api):
    await order(api)
    before = await rows(owner, company.workspace_id)
    kept = {table_of(each).name for each in RECORDS}
    kept |= {table_of(part.model).name for each in RECORDS for part in parts_of(each)}
    # Lines and external ids are taken away with a change of their record, in every workspace.
    kept -= {"contacts", "quote_parts", "external_ids"}
    for table in kept:
        assert await owner.fetchval(f"select has_table_privilege('forge_api', '{table}', 'delete')")
        assert await company.all(f"delete from {table} returning 1") == []
    assert await rows(owner, company.workspace_id) == before


def test_every_record_has_an_event_that_tells_that_it_is_gone():
    assert {f"{AGGREGATES[each].name}.deleted" for each in RECORDS} <= set(EVENTS)


async def test_a_purge_beside_writers_leaves_no_reference_to_what_is_gone(
    sandbox_api: Api, company: Tenant, owner: Owner, purging: Purge
):
    sandbox = company.sandbox
    clients = [each.id for each in await sandbox.make_many(Client, [{} for _ in range(60)])]
    await aged(owner, sandbox.workspace_id, 8)
    written: list[str] = []

    async def write() -> None:
        for client_id in clients[::7]:
            answer = await sandbox_api.post("/api/v1/quotes", {"client_id": str(client_id)})
            assert answer.status in {201, 422}, answer.body
            written.extend([answer.data["id"]] if answer.status == 201 else [])

    async def purge() -> None:
        while await purging.bury(sandbox.workspace_id, datetime.now(UTC) - timedelta(days=7)):
            pass

    await asyncio.gather(write(), purge(), write(), purge())
    orphans = await sandbox.all(
        "select q.id from quotes q join clients c on c.id = q.client_id"
        " where q.deleted_at is null and c.deleted_at is not null"
    )
    assert orphans == []
    left = await sandbox.value("select count(*) from clients where deleted_at is null")
    assert left == await sandbox.value("select count(distinct client_id) from quotes where deleted_at is null")
    told = await sandbox.value("select count(*) from outbox where type = 'client.deleted'")
    assert told == len(clients) - left


async def test_a_worker_that_is_killed_in_the_middle_leaves_the_rest_to_the_next(
    company: Tenant, owner: Owner, settings: Settings
):
    sandbox = company.sandbox
    client = await sandbox.make(Client)
    await sandbox.make_many(Quote, [{"client_id": client.id} for _ in range(500)])
    await aged(owner, sandbox.workspace_id, 8)
    await owner.execute("delete from tasks where workspace_id = $1 and kind = $2", INSTALLATION, PURGE_SANDBOXES.name)

    async def gone(least: int) -> bool:
        return bool(await sandbox.value("select count(*) >= $1 from quotes where deleted_at is not null", least))

    with WorkerProcess(settings) as worker:
        await until(lambda: gone(1))
        worker.end(signal.SIGKILL)
    assert not await gone(500), "it was killed too late"
    task = "select status from tasks where workspace_id = $1 and kind = $2"
    assert await owner.fetchval(task, INSTALLATION, PURGE_SANDBOXES.name) == "running"
    # Its lease runs out by itself in a minute.
    await owner.execute(
        "update tasks set due_at = now() where workspace_id = $1 and kind = $2", INSTALLATION, PURGE_SANDBOXES.name
    )
    with WorkerProcess(settings):
        await until(lambda: gone(500))
        await until(lambda: sandbox.value("select count(*) = 1 from clients where deleted_at is not null"))
    assert await sandbox.value("select count(*) from outbox where type = 'quote.deleted'") == 500
    versions = await sandbox.all("select distinct version from quotes")
    assert [row["version"] for row in versions] == [2]
    assert len(await owner.fetch(task, INSTALLATION, PURGE_SANDBOXES.name)) == 1  # one task, whoever looks at the clock
