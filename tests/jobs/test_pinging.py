"""Pings: a test event through the very worker that sends all others, once, in every state of an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook

from core.settings import Settings
from core.signing import sign
from models import Client as ClientRow
from tests.kit import forked
from tests.kit.client import Client
from tests.kit.processes import plain_environment
from tests.kit.receiver import Receiver, Reply
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

PATH = "/api/v1/webhook-endpoints"


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, {"FORGE_WEBHOOK_RETRIES": "0.1", "FORGE_WEBHOOK_TIMEOUT": "1"}) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


async def endpoint(api: Client, receiver: Receiver) -> dict[str, Any]:
    return dict((await api.post(PATH, {"url": receiver.url, "events": ["client.created"]})).data)


async def result(api: Client, row_id: str) -> dict[str, Any]:
    """The delivery of a ping, once it has ended."""
    path = f"/api/v1/webhook-deliveries/{row_id}"

    async def ended() -> Any:
        found = (await api.get(path)).data
        return found if found["status"] != "pending" else None

    return dict(await until(ended))


@pytest.mark.usefixtures("worker")
async def test_a_ping_is_sent_signed_and_its_attempt_is_listed(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver)
    before = await company.value("select max(sequence) from outbox")
    answer = await api.post(f"{PATH}/{made['id']}/ping")
    assert (answer.status, answer.data["status"], answer.data["event_type"]) == (202, "pending", "ping")
    assert answer.headers["location"] == f"/api/v1/webhook-deliveries/{answer.data['id']}"
    found = await result(api, answer.data["id"])
    assert (found["status"], found["attempt_count"], found["endpoint_id"]) == ("delivered", 1, made["id"])
    [got] = receiver.got
    assert (got.id, got.headers["x-forge-event"]) == (found["id"], "ping")
    assert "x-forge-sequence" not in got.headers
    created = answer.data["created_at"]
    assert got.json == {"type": "ping", "created_at": created, "data": {"webhook_endpoint_id": made["id"]}}
    assert Webhook(made["secret"]).verify(got.body, got.headers) == got.json
    assert got.headers["x-forge-signature"] == sign(made["secret"], got.body)
    poor = await company.key("settings.integrations")
    [tried] = (await api.get(f"/api/v1/webhook-attempts?delivery_id={found['id']}", key=poor)).data
    assert (tried["number"], tried["status_code"], tried["response_body"]) == (1, 200, "thanks")
    assert tried["request_body"] == got.body.decode()
    assert (await api.get(f"{PATH}/{made['id']}")).data["version"] == 1
    assert await company.value("select max(sequence) from outbox") == before
    assert (await api.post(f"/api/v1/webhook-deliveries/{found['id']}/resend")).code == "conflict"


@pytest.mark.usefixtures("worker")
async def test_one_command_sends_one_and_a_failure_is_not_tried_again(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver)
    receiver.answer = lambda _: Reply(500)
    once = {"Idempotency-Key": "a"}
    answers = await asyncio.gather(*(api.post(f"{PATH}/{made['id']}/ping", headers=once) for _ in range(5)))
    [row_id] = {each.data["id"] for each in answers if each.status == 202}
    assert all(each.status in {202, 409} for each in answers)
    assert (await result(api, row_id))["status"] == "exhausted"
    by_graphql = await api.graphql(
        "mutation($id: ID!) { pingWebhookEndpoint(id: $id) { id eventType endpoint { id } } }", {"id": made["id"]}
    )
    second = by_graphql.data["pingWebhookEndpoint"]
    assert second["endpoint"] == {"id": made["id"]}
    await result(api, second["id"])
    await asyncio.sleep(0.5)
    assert [each.id for each in receiver.got] == [row_id, second["id"]]
    assert await company.value("select count(*) from deliveries") == 2


@pytest.mark.usefixtures("worker")
async def test_a_paused_and_a_disabled_endpoint_are_pinged_and_sent_nothing_else(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver)
    await api.post(f"{PATH}/{made['id']}/pause")
    await company.make(ClientRow)
    await until(lambda: company.value("select count(*) = 1 from deliveries"))
    first = (await api.post(f"{PATH}/{made['id']}/ping")).data["id"]
    assert (await result(api, first))["status"] == "delivered"
    assert [each.id for each in receiver.got] == [first]
    assert await company.value("select count(*) from deliveries where status = 'pending'") == 1
    await api.post(f"{PATH}/{made['id']}/resume")
    await until(partial(receiver.has, 2))
    await api.patch(f"{PATH}/{made['id']}", {"status": "disabled"})
    second = (await api.post(f"{PATH}/{made['id']}/ping")).data["id"]
    assert (await result(api, second))["status"] == "delivered"
    assert receiver.types() == ["ping", "client.created", "ping"]
    assert (await api.post(f"{PATH}/{made['id']}/ping", headers={"If-Match": '"1"'})).code == "conflict"
    assert (await api.post(f"{PATH}/{made['id']}/ping", key=await company.key("quotes.view"))).status == 403
    await api.delete(f"{PATH}/{made['id']}")
    assert (await api.post(f"{PATH}/{made['id']}/ping")).status == 404


@pytest.mark.usefixtures("worker")
async def test_the_command_line_pings_and_says_what_came_back(
    api: Client, company: Tenant, receiver: Receiver, settings: Settings
):
    made, key = await endpoint(api, receiver), await company.key()
    command = ["webhooks", "ping", made["id"], "--key", key]
    run = partial(forked.run, command, plain_environment(settings.environ()))
    done = await asyncio.to_thread(run)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("  1  ping  succeeded  200\n")
    receiver.answer = lambda _: Reply(500)
    done = await asyncio.to_thread(run)
    assert (done.returncode, done.stderr) == (1, "forge: the receiver did not take it\n")
