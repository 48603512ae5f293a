"""Tasks through the doors: started by a command, followed, cancelled. `tests/jobs/test_tasks.py` carries them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from core.settings import Settings
from engine.runtime import Runtime
from engine.sql.projection import event_projections
from jobs.tasks.turns import Turns
from tests.kit.client import Client as Api
from tests.kit.counting import schema
from tests.kit.counting.kind import KINDS
from tests.kit.doors import Doors
from tests.kit.fixtures import Key, address
from tests.kit.process import ServerProcess
from tests.kit.socket import SocketClient
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, start, turning
from tests.kit.worker import WorkerProcess, until

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
BODY = {"name": "Counted", "steps": 2}
GIVEN = {"name": "Counted", "steps": 3, "pause": 0.0, "fail_at": 0, "refuse_at": 0}
START = """mutation($i: StartCountingInput!) {
  startCounting(input: $i) { id kind status done total result createdBy { name } }
}"""
FOLLOW = (
    "subscription($id: ID!, $after: String) { changes(recordId: $id, after: $after) { type recordId data cursor } }"
)


@pytest.fixture
async def shop(runtime: Runtime, company: Tenant, owner: asyncpg.Connection[Any], key: Key) -> Api:
    """Both doors of a graph that has a command which starts a task."""
    await put_off(owner, [company.workspace_id])
    graph = schema.graph()
    projections = event_projections(graph.catalogue)
    opened = Runtime(
        graph,
        runtime.database,
        runtime.gate,
        projections,
        installation=runtime.installation,
        wake=runtime._wake,
    )
    return Api(Doors(opened), address(), await key())  # type: ignore[arg-type]


@pytest.fixture
async def turns(database_url: str) -> AsyncIterator[Turns]:
    async with turning(database_url, KINDS) as turns:
        yield turns


async def test_a_command_answers_the_task_it_started_and_says_where_to_ask_for_it(shop: Api, turns: Turns):
    started = await shop.post("/api/v1/counting", BODY)
    assert started.status == 202, started.body
    where = started.headers["location"]
    assert where == f"/api/v1/tasks/{started.data['id']}"
    shown = await shop.get(where)
    assert (shown.data["status"], shown.data["kind"], shown.data["result"]) == ("queued", "count", {})
    assert (shown.headers["retry-after"], "link" in shown.headers) == ("1", False)
    known = await shop.get(where, headers={"if-none-match": shown.headers["etag"]})
    assert (known.status, known.headers["retry-after"]) == (304, "1")
    assert await turns.turn() is True
    ended = await shop.get(where, headers={"if-none-match": shown.headers["etag"]})
    assert (ended.status, "retry-after" in ended.headers) == (200, False)
    assert ended.headers["link"] == '</api/v1/clients?search=Counted>; rel="related"'
    assert {name: ended.data[name] for name in ("status", "done", "total", "result", "error")} == {
        "status": "succeeded",
        "done": 2,
        "total": 2,
        "result": {"clients": 2, "name": "Counted"},
        "error": None,
    }
    narrowed = await shop.get(f"{where}?fields=kind")
    assert (narrowed.data["kind"], "link" in narrowed.headers) == ("count", False)
    listed = (await shop.get("/api/v1/tasks?status=succeeded&kind=count")).json["data"]
    assert [each["id"] for each in listed] == [ended.data["id"]]
    clients = (await shop.get("/api/v1/clients")).json["data"]
    assert sorted(each["name"] for each in clients) == ["Counted 1", "Counted 2"]


async def test_both_doors_start_and_show_a_task(shop: Api, turns: Turns):
    answer = await shop.graphql(START, {"i": BODY})
    made = answer.data["startCounting"]
    assert {**made, "id": ""} == {
        "id": "",
        "kind": "count",
        "status": "QUEUED",
        "done": 0,
        "total": None,
        "result": {},
        "createdBy": {"name": "test"},
    }
    assert await turns.turn() is True
    asked = "query($id: ID!) { task(id: $id) { status done result resultUrl } tasks { nodes { id } } }"
    found = (await shop.graphql(asked, {"id": made["id"]})).data
    assert found["task"] == {
        "status": "SUCCEEDED",
        "done": 2,
        "result": {"clients": 2, "name": "Counted"},
        "resultUrl": "/api/v1/clients?search=Counted",
    }
    assert found["tasks"]["nodes"] == [{"id": made["id"]}]


async def test_one_idempotency_key_starts_one_task(shop: Api, company: Tenant):
    headers = {"idempotency-key": "once"}
    answers = await asyncio.gather(*(shop.post("/api/v1/counting", BODY, headers=headers) for _ in range(8)))
    assert {each.status for each in answers} <= {202, 409}
    again = await shop.post("/api/v1/counting", BODY, headers=headers)
    assert (again.status, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.headers["location"] == f"/api/v1/tasks/{again.data['id']}"
    assert await company.value("select count(*) from tasks") == 1


async def test_a_command_that_fails_starts_nothing(shop: Api, company: Tenant):
    document = """mutation($i: StartCountingInput!, $id: ID!) {
      startCounting(input: $i) { id }
      cancelTask(id: $id) { id }
    }"""
    nobody = "01975c00-7b2a-7010-8d5a-3f0c9b1e2a44"
    answer = await shop.graphql(document, {"i": BODY, "id": nobody})
    assert answer.code == "not_found"
    assert await company.value("select count(*) from tasks") == 0


async def test_tasks_are_seen_and_cancelled_with_their_scopes(shop: Api, key: Key):
    made = (await shop.post("/api/v1/counting", BODY)).data["id"]
    viewer, other = await key("tasks.view"), await key("clients.create")
    assert (await shop.get(f"/api/v1/tasks/{made}", key=viewer)).status == 200
    assert (await shop.get(f"/api/v1/tasks/{made}", key=other)).code == "insufficient_scope"
    assert (await shop.get("/api/v1/tasks", key=other)).code == "insufficient_scope"
    assert (await shop.post(f"/api/v1/tasks/{made}/cancel", key=viewer)).code == "insufficient_scope"
    cancelled = await shop.post(f"/api/v1/tasks/{made}/cancel", key=await key("tasks.cancel"))
    assert (cancelled.status, cancelled.data["status"]) == (200, "cancelled")
    assert (await shop.post(f"/api/v1/tasks/{made}/cancel")).code == "conflict"
    stale = await shop.post("/api/v1/counting", BODY)
    late = await shop.post(f"/api/v1/tasks/{stale.data['id']}/cancel", headers={"if-match": '"7"'})
    assert late.code == "conflict"


async def test_a_wake_starts_a_task_at_once_and_a_subscriber_hears_of_this_one_alone(
    process: ServerProcess, shop: Api, company: Tenant, settings: Settings, start: str
):
    with WorkerProcess(settings, words=("tests.kit.counting",)):
        warm = (await shop.post("/api/v1/counting", BODY)).data["id"]
        await until(lambda: company.value("select finished_at is not null from tasks"))
        made = (await shop.post("/api/v1/counting", BODY)).data["id"]
        async with SocketClient(process.url, shop.key) as client:
            await client.subscribe("1", FOLLOW, variables={"id": made, "after": start})
            heard: list[Any] = []
            while not heard or heard[-1]["type"] != "task.finished":
                message = await client.hear()
                heard.append(message["payload"]["data"]["changes"])
    assert warm != made
    assert {each["recordId"] for each in heard} == {made}
    assert [each["type"] for each in heard] == ["task.created", "task.started", "task.finished"]
    last = heard[-1]["data"]
    assert (last["status"], last["done"], last["result"]) == ("succeeded", 2, {"clients": 2, "name": "Counted"})
    took = await company.value(
        "select max(started_at - created_at) < interval '1.5 seconds' from tasks where id = $1", made
    )
    assert took, "found by the sweep, not by the wake"


async def test_without_valkey_the_sweep_finds_what_is_due(company: Tenant, settings: Settings):
    task_id = await start(company, "count", **GIVEN)  # nobody is woken
    with WorkerProcess(settings, {"REDIS_URL": "unix:///nowhere/valkey.sock"}, words=("tests.kit.counting",)):
        await until(lambda: company.value("select status = 'succeeded' from tasks where id = $1", task_id))
