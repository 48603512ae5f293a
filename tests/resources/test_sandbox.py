"""The sandbox begins with sample data. Reset, all of it goes with tombstones, and the sample data comes again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.front import Front
from app.sandboxes import start_reset
from core.errors import Invalid
from jobs.kinds import KINDS
from jobs.sandbox.seed import CLIENTS, QUOTES, seed
from jobs.tasks.turns import Turns
from models import Client, Quote, TaskStatus
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.command import Forge
from tests.kit.every import kinds_here, made
from tests.kit.fixtures import address
from tests.kit.tenant import Tenant
from tests.kit.turning import ended, put_off, start, turning

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
RESET = "/api/v1/sandbox/reset"
SEEDED = len(CLIENTS) + len(QUOTES)


@pytest.fixture
async def sandbox_api(app: Front, company: Tenant) -> Api:
    """The sandbox's door."""
    return Api(app, address(), await company.sandbox.key())


@pytest.fixture
async def turns(database_url: str, company: Tenant, owner: Any) -> AsyncIterator[Turns]:
    """A worker that takes turns when it is told."""
    async with turning(database_url, KINDS) as opened:
        await put_off(owner, [company.sandbox.workspace_id, company.workspace_id])
        yield opened


async def carried_out(turns: Turns) -> None:
    while await turns.turn():
        pass


async def reset(api: Api, turns: Turns) -> dict[str, Any]:
    """Reset through REST; returns the task as it ended."""
    started = await api.post(RESET)
    assert started.status == 202, started.body
    assert started.headers["location"] == f"/api/v1/tasks/{started.data['id']}"
    await carried_out(turns)
    found = (await api.get(started.headers["location"])).data
    assert found["status"] == "succeeded", found
    return dict(found)


async def data(api: Api) -> tuple[list[str], list[tuple[str, str]]]:
    """The names of clients, and the titles of quotes with their states."""
    clients = (await api.get("/api/v1/clients?sort=name")).data
    quotes = (await api.get("/api/v1/quotes?sort=created_at")).data
    return [each["name"] for each in clients], [(each["title"], each["status"]) for each in quotes]


async def test_everything_goes_with_tombstones_and_the_sample_data_comes(
    sandbox_api: Api, company: Tenant, turns: Turns
):
    found = {kind.spec.name: await made(sandbox_api, kind) for kind in kinds_here()}
    cursor = (await sandbox_api.get("/api/v1/changes")).json["resume_cursor"]
    there = await sandbox_api.get("/api/v1/clients?deleted=include")
    assert there.data
    told = (await sandbox_api.get("/api/v1/changes")).json["data"]
    count = len({each["data"]["id"] for each in told})
    task = await reset(sandbox_api, turns)
    assert (task["kind"], task["result"]) == ("reset_sandbox", {"purged": count, "seeded": SEEDED})
    for kind in kinds_here():
        assert (await sandbox_api.get(f"{kind.path}/{found[kind.spec.name]['id']}")).status == 404
    told = (await sandbox_api.get(f"/api/v1/changes?cursor={cursor}&limit=250")).json["data"]
    gone = {each["data"]["id"] for each in told if each["type"].endswith(".deleted")}
    assert {each["id"] for each in found.values()} <= gone
    assert len(gone) == count
    names, quotes = await data(sandbox_api)
    assert names == sorted(row[1] for row in CLIENTS)
    assert dict(quotes) == {title: "sent" if sent else "draft" for _, _, title, sent, _ in QUOTES}
    [entry] = (await sandbox_api.get(f"/api/v1/audit?record_id={found['Client']['id']}&action=deleted")).data
    key_id = await company.sandbox.value("select created_by_id from tasks where id = $1", UUID(task["id"]))
    assert (entry["actor_id"], key_id is None) == (str(key_id), False)
    for kind in kinds_here():  # everything can be made again, under the same names
        if kind.spec.name == "CustomFieldDefinition":
            same = {name: found[kind.spec.name][name] for name in ("record_type", "key", "label", "type")}
            assert (await sandbox_api.post(kind.path, same)).status == 201


async def test_reset_twice_is_reset_once_more(sandbox_api: Api, company: Tenant, turns: Turns):
    await reset(sandbox_api, turns)
    first = await data(sandbox_api)
    task = await reset(sandbox_api, turns)
    assert task["result"] == {"purged": SEEDED + 1, "seeded": SEEDED}  # and the task before
    assert await data(sandbox_api) == first
    live = await company.value("select count(*) from outbox")
    assert live == 0


async def test_resets_at_once_are_one_task(sandbox_api: Api, company: Tenant, turns: Turns):
    mutation = "mutation { resetSandbox { id status } }"
    answers: list[Answer] = await asyncio.gather(
        *(sandbox_api.post(RESET) for _ in range(5)), *(sandbox_api.graphql(mutation) for _ in range(5))
    )
    ids = {each.data.get("resetSandbox", each.data)["id"] for each in answers}
    assert len(ids) == 1
    await carried_out(turns)
    assert await company.sandbox.value("select count(*) from tasks") == 1
    assert (await data(sandbox_api))[0] == sorted(row[1] for row in CLIENTS)


async def test_what_is_written_beside_a_reset_stays_whole(sandbox_api: Api, company: Tenant, turns: Turns):
    sandbox = company.sandbox
    clients = [each.id for each in await sandbox.make_many(Client, [{} for _ in range(300)])]
    written: dict[str, str] = {}

    async def write() -> None:
        for client_id in clients[::25]:
            answer = await sandbox_api.post("/api/v1/quotes", {"client_id": str(client_id), "title": "Beside"})
            assert answer.status in {201, 422}, answer.body
            if answer.status == 201:
                written[answer.data["id"]] = str(client_id)

    assert (await sandbox_api.post(RESET)).status == 202
    await asyncio.gather(write(), carried_out(turns), write())
    orphans = await sandbox.value(
        "select count(*) from quotes q join clients c on c.id = q.client_id"
        " where q.deleted_at is null and c.deleted_at is not null"
    )
    assert orphans == 0
    left = await sandbox.value("select count(*) from clients where deleted_at is null and external_ids = '[]'")
    kept = await sandbox.value(
        "select count(distinct client_id) from quotes where deleted_at is null and title = 'Beside'"
    )
    assert left == kept
    assert await sandbox.value("select count(*) from clients where deleted_at is null") == left + len(CLIENTS)


async def test_a_live_key_resets_nothing(api: Api, sandbox_api: Api, company: Tenant):
    await company.make(Quote)
    refused = await api.post(RESET)
    assert (refused.status, refused.code) == (409, "conflict")
    assert (await api.graphql("mutation { resetSandbox { id } }")).code == "conflict"
    narrow = await company.sandbox.key("clients.view")
    assert (await sandbox_api.post(RESET, key=narrow)).status == 403
    assert await company.value("select count(*) from tasks") == 0


async def test_a_task_of_a_live_workspace_is_refused_by_the_worker_too(company: Tenant, turns: Turns):
    """No door starts one; the role that the worker writes as would not take a row away either."""
    await company.make(Quote)
    task_id = await start(company, "reset_sandbox")
    await carried_out(turns)
    assert await ended(company, task_id)
    assert await company.value("select status from tasks where id = $1", task_id) == TaskStatus.FAILED
    assert await company.value("select count(*) from quotes where deleted_at is null") == 1


async def test_seeding_again_or_at_once_adds_nothing(company: Tenant, turns: Turns):
    sandbox, tools = company.sandbox, turns._tools
    found = await asyncio.gather(*(seed(tools, sandbox.workspace_id, if_empty=True) for _ in range(4)))
    assert sorted(found) == [0, 0, 0, SEEDED]
    assert await seed(tools, sandbox.workspace_id) == 0
    with pytest.raises(Invalid):
        await seed(tools, company.workspace_id)
    with pytest.raises(Invalid):
        await start_reset(tools, company.workspace_id)
    assert await company.value("select count(*) from outbox") == 0


def records(url: str) -> dict[str, int]:
    """How many records of the sandboxes of a database are not deleted, by table."""

    async def counted() -> dict[str, int]:
        connection = await asyncpg.connect(url)
        sql = (
            "select count(*) from {0} r join workspaces w on w.id = r.workspace_id"
            " where environment = 'test' and deleted_at is null"
        )
        found = {table: await connection.fetchval(sql.format(table)) for table in ("clients", "quotes", "tasks")}
        await connection.close()
        return found

    return asyncio.run(counted())


def empty(url: str) -> None:
    """Take clients and quotes out of a database that is this test's own."""

    async def truncate() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("truncate clients, quotes, external_ids cascade")
        await connection.close()

    asyncio.run(truncate())


def test_the_command_line_seeds_resets_and_lists(
    forge: Forge, empty_database_url: str, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("keys")
    seeded = {"clients": len(CLIENTS), "quotes": len(QUOTES), "tasks": 0}
    assert forge("migrate").code == 0
    assert (
        forge("companies", "create", "Ours", "--owner", "a@ours.example", "--key-file", str(folder / "live")).code == 0
    )
    assert records(empty_database_url) == seeded
    test_key = ("keys", "create", "--name", "ci", "--scopes", "all", "--environment", "test", "--key-file")
    assert forge(*test_key, str(folder / "test")).code == 0
    assert records(empty_database_url) == seeded  # it was not empty
    started = forge("sandbox", "reset")
    task_id = UUID(started.out.strip())
    assert started.err == f"forge: follow it with `python -m app tasks watch {task_id}`\n"
    assert forge("sandbox", "reset").out.strip() == str(task_id)
    assert records(empty_database_url) == seeded | {"tasks": 1}
    assert json.loads(forge("sandbox", "requests", "--json").out) == []
    assert forge("sandbox", "reset", "--company", "Nobody").err == "forge: No such company\n"


def test_the_first_test_key_finds_sample_data(forge: Forge, empty_database_url: str):
    assert forge("seed").code == 0
    empty(empty_database_url)  # as it was before sandboxes had data
    make = ("keys", "create", "--name", "ci", "--scopes", "all", "--company", "Otterburn Tooling", "--print")
    assert forge(*make).code == 0
    assert records(empty_database_url)["quotes"] == 0
    for _ in range(2):
        assert forge(*make, "--environment", "test").code == 0
        assert records(empty_database_url)["quotes"] == len(QUOTES)
