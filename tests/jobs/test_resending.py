"""Deliveries that are sent once more: the same message, one further attempt for each command, whatever dies."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from core.settings import Settings
from core.writing.claim import StaleAccess
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.delivered import Owner, delivery
from tests.kit.receiver import Receiver, Reply
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

PATH = "/api/v1/webhook-endpoints"
SETTINGS = {"FORGE_WEBHOOK_RETRIES": "0.1", "FORGE_WEBHOOK_TIMEOUT": "1"}
RESEND = "mutation($id: ID!) { resendWebhookDelivery(id: $id) { id status attemptCount finishedAt } }"


@pytest.fixture
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, SETTINGS) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


async def endpoint(api: Client, receiver: Receiver) -> str:
    return str((await api.post(PATH, {"url": receiver.url, "events": ["client.created"]})).data["id"])


async def resend(api: Client, row_id: str, **how: Any) -> Any:
    return await api.post(f"/api/v1/webhook-deliveries/{row_id}/resend", **how)


async def ended(company: Tenant, row_id: str, status: str, attempts: int) -> None:
    sql = "select status = $2 and attempts = $3 from deliveries where id = $1"
    await until(lambda: company.value(sql, row_id, status, attempts))


@pytest.mark.usefixtures("worker")
async def test_one_is_sent_again_as_it_was_and_once_for_each_command(api: Client, company: Tenant, receiver: Receiver):
    await endpoint(api, receiver)
    await company.make(ClientRow)
    await until(partial(receiver.has, 1))
    [first] = receiver.got
    await ended(company, first.id, "delivered", 1)
    answers = await asyncio.gather(*(resend(api, first.id, headers={"Idempotency-Key": "a"}) for _ in range(5)))
    done = [each for each in answers if each.status == 200]
    assert done
    assert all(each.status in {200, 409} for each in answers)
    assert done[0].data["status"] == "pending"
    await ended(company, first.id, "delivered", 2)
    replayed = await resend(api, first.id, headers={"Idempotency-Key": "a"})
    assert (replayed.status, replayed.headers["idempotent-replayed"]) == (200, "true")
    racing = await asyncio.gather(*(resend(api, first.id) for _ in range(5)))
    assert sorted(each.status for each in racing) == [200, 409, 409, 409, 409]
    await ended(company, first.id, "delivered", 3)
    by_graphql = await api.graphql(RESEND, {"id": first.id})
    shown = {"id": first.id, "status": "PENDING", "attemptCount": 3, "finishedAt": None}
    assert by_graphql.data == {"resendWebhookDelivery": shown}
    await ended(company, first.id, "delivered", 4)
    await asyncio.sleep(2.2)  # a look of the worker: nothing else is due
    assert [(each.id, each.body) for each in receiver.got] == [(first.id, first.body)] * 4
    tries = (await api.get("/api/v1/webhook-attempts?sort=at")).data
    assert [(each["delivery_id"], each["number"]) for each in tries] == [(first.id, place) for place in (1, 2, 3, 4)]


@pytest.mark.usefixtures("worker")
async def test_one_that_had_all_its_tries_gets_one_more(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver)
    receiver.answer = lambda _: Reply(500)
    await company.make(ClientRow)
    await until(partial(receiver.has, 2))
    row_id = receiver.got[0].id
    await ended(company, row_id, "exhausted", 2)
    assert (await resend(api, row_id)).status == 200
    await ended(company, row_id, "exhausted", 3)
    await api.post(f"{PATH}/{made}/pause")
    receiver.answer = lambda _: Reply()
    assert (await resend(api, row_id)).data["status"] == "pending"
    await asyncio.sleep(2.2)
    assert len(receiver.got) == 3
    await api.post(f"{PATH}/{made}/resume")
    await ended(company, row_id, "delivered", 4)


async def test_what_cannot_be_sent_again_is_a_conflict(
    api: Client, company: Tenant, other_company: Tenant, owner: Owner, receiver: Receiver
):
    made = await endpoint(api, receiver)
    gone = str(await delivery(owner, company.workspace_id, made, 1_000))
    assert "kept no more" in (await resend(api, gone)).json["error"]["message"]
    pending = str(await delivery(owner, company.workspace_id, made, 1_001, "pending"))
    assert (await resend(api, pending)).code == "conflict"
    [mine] = await company.all("select sequence from outbox")
    sent = str(await delivery(owner, company.workspace_id, made, mine["sequence"]))
    assert (await resend(api, sent, key=await other_company.key())).status == 404
    assert (await resend(api, sent, key=await company.key("quotes.view"))).code == "insufficient_scope"
    await api.patch(f"{PATH}/{made}", {"status": "disabled"})
    assert (await resend(api, sent)).code == "conflict"
    await api.delete(f"{PATH}/{made}")
    assert (await resend(api, sent)).code == "conflict"
    assert await company.value("select count(*) from deliveries where status = 'pending'") == 1


async def test_a_worker_killed_while_it_sends_again_leaves_it_to_the_next(
    api: Client, company: Tenant, receiver: Receiver, settings: Settings
):
    await endpoint(api, receiver)
    with WorkerProcess(settings, SETTINGS) as worker:
        await company.make(ClientRow)
        await until(partial(receiver.has, 1))
        [first] = receiver.got
        await ended(company, first.id, "delivered", 1)
        receiver.answer = lambda _: Reply(seconds=0.5)
        assert (await resend(api, first.id)).status == 200
        await until(partial(receiver.has, 2))
        worker.end(signal.SIGKILL)
    receiver.answer = lambda _: Reply()
    with WorkerProcess(settings, SETTINGS):
        await ended(company, first.id, "delivered", 2)
    assert {(each.id, each.body) for each in receiver.got} == {(first.id, first.body)}
    assert len(receiver.got) == 3


async def test_a_right_that_was_lost_meanwhile_sends_nothing(
    api: Client, company: Tenant, owner: Owner, receiver: Receiver
):
    made = await endpoint(api, receiver)
    sent = await delivery(owner, company.workspace_id, made, await company.value("select max(sequence) from outbox"))
    async with company.unit(await company.epoch() - 1) as unit:
        with pytest.raises(StaleAccess):
            await unit.act("resend_delivery", sent)
    async with company.unit(await company.epoch()) as unit:
        assert await unit.act("resend_delivery", sent) == "due"
    assert await company.value("select status from deliveries where id = $1", sent) == "delivered"  # no end, no effect
