"""Paused endpoints: events are kept for them, and sent in their order once they are resumed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from core.settings import Settings
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.receiver import Receiver, Reply
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

PATH = "/api/v1/webhook-endpoints"
SETTINGS = {"FORGE_WEBHOOK_RETRIES": "60,60", "FORGE_WEBHOOK_TIMEOUT": "1"}


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, SETTINGS) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


async def endpoint(api: Client, receiver: Receiver, *events: str) -> str:
    made = await api.post(PATH, {"url": receiver.url, "events": list(events)})
    return str(made.data["id"])


async def move(api: Client, verb: str, row_id: str) -> Any:
    return await api.post(f"{PATH}/{row_id}/{verb}")


async def clients(company: Tenant, count: int, start: int = 0) -> list[str]:
    names = [f"Client {number}" for number in range(start, start + count)]
    for name in names:
        await company.make(ClientRow, name=name)
    return names


async def relayed(company: Tenant) -> None:
    await until(
        lambda: company.value(
            "select (select max(sequence) from outbox where workspace_id = $1)"
            " = (select max(sequence) from relay_positions where workspace_id = $1)",
            company.workspace_id,
        )
    )


def names(receiver: Receiver) -> list[str]:
    return [each.json["data"]["name"] for each in receiver.got]


@pytest.mark.usefixtures("worker")
async def test_what_happens_while_it_is_paused_is_sent_in_order_when_it_is_resumed(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver, "client.created")
    before = await clients(company, 3)
    await until(partial(receiver.has, 3))
    paused = await move(api, "pause", made)
    assert (paused.status, paused.data["status"], paused.data["version"]) == (200, "paused", 2)
    kept = await clients(company, 40, 3)
    await relayed(company)
    await asyncio.sleep(2.2)  # a look of the worker
    assert len(receiver.got) == 3
    receiver.answer = lambda _: Reply(seconds=0.005)
    resumed = await move(api, "resume", made)
    assert (resumed.status, resumed.data["status"], resumed.data["version"]) == (200, "enabled", 3)
    await until(partial(receiver.has, 43))
    assert sorted(names(receiver)[:3]) == before  # no order is promised of these
    assert names(receiver)[3:] == kept
    sequences = [int(each.headers["x-forge-sequence"]) for each in receiver.got[3:]]
    assert sequences == sorted(sequences)
    after = await clients(company, 2, 43)
    await until(partial(receiver.has, 45))
    assert sorted(names(receiver)[43:]) == after


@pytest.mark.usefixtures("worker")
async def test_what_waited_for_its_next_try_is_due_at_once_and_in_its_place(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver, "client.created")
    receiver.answer = lambda _: Reply(500)
    first = await clients(company, 3)
    await until(partial(receiver.has, 3))
    await until(lambda: company.value("select count(*) = 3 from attempts"))
    assert await company.value("select failing_since < now() from endpoints where id = $1", made)
    await move(api, "pause", made)
    later = await clients(company, 3, 3)
    await relayed(company)
    receiver.got.clear()
    receiver.answer = lambda got: Reply(500 if got.json["data"]["name"] == "Client 1" else 200)
    await move(api, "resume", made)
    await until(partial(receiver.has, 6))
    assert names(receiver) == first + later  # one that fails again holds up none
    await until(lambda: company.value("select count(*) = 5 from deliveries where status = 'delivered'"))
    assert await company.value("select failing_since from endpoints where id = $1", made) is None


@pytest.mark.usefixtures("worker")
async def test_of_two_pauses_one_wins_and_only_what_is_paused_is_resumed(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver, "*")
    assert (await api.post(f"{PATH}/{made}/resume")).code == "conflict"
    answers = await asyncio.gather(*(move(api, "pause", made) for _ in range(4)))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409]
    answers = await asyncio.gather(*(move(api, "resume", made) for _ in range(4)))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409]
    for verb, status in (("pauseWebhookEndpoint", "PAUSED"), ("resumeWebhookEndpoint", "ENABLED")):
        answer = await api.graphql(f"mutation($id: ID!) {{ {verb}(id: $id) {{ status }} }}", {"id": made})
        assert answer.data == {verb: {"status": status}}
    told = await company.all("select type from outbox where record_id = $1 order by sequence", made)
    assert [each["type"] for each in told] == [
        "webhook_endpoint.created",
        "webhook_endpoint.paused",
        "webhook_endpoint.resumed",
        "webhook_endpoint.paused",
        "webhook_endpoint.resumed",
    ]
    poor = await company.key("quotes.view")
    refused = await api.post(f"{PATH}/{made}/pause", key=poor)
    assert (refused.status, refused.code) == (403, "insufficient_scope")
    assert (await api.patch(f"{PATH}/{made}", {"status": "disabled"})).status == 200
    assert (await move(api, "pause", made)).code == "conflict"


@pytest.mark.usefixtures("worker")
async def test_a_paused_endpoint_that_is_disabled_gives_up_what_was_kept_and_enabling_by_update_resumes(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver, "client.created")
    await move(api, "pause", made)
    await clients(company, 2)
    await relayed(company)
    assert (await api.patch(f"{PATH}/{made}", {"status": "disabled"})).status == 200
    await until(lambda: company.value("select count(*) = 2 from deliveries where status = 'cancelled'"))
    assert (await api.patch(f"{PATH}/{made}", {"status": "enabled"})).status == 200
    await move(api, "pause", made)
    kept = await clients(company, 2, 2)
    await relayed(company)
    assert (await api.patch(f"{PATH}/{made}", {"status": "enabled"})).data["status"] == "enabled"
    await until(partial(receiver.has, 2))
    assert names(receiver) == kept


@pytest.mark.usefixtures("worker")
async def test_an_endpoint_that_only_failed_for_five_days_is_paused_and_the_change_is_told(
    api: Client, company: Tenant, receiver: Receiver
):
    receiver.answer = lambda _: Reply(500)
    made = await endpoint(api, receiver, "client.created")
    with Receiver() as watching:
        await endpoint(api, watching, "webhook_endpoint.paused")
        await clients(company, 1)
        await until(lambda: company.value("select count(*) = 1 from attempts where status_code = 500"))
        assert (await api.get(f"{PATH}/{made}")).data["status"] == "enabled"
        await failing_since(company, made, "4 days 23 hours")
        await clients(company, 1, 1)
        await until(lambda: company.value("select count(*) = 2 from attempts where status_code = 500"))
        assert (await api.get(f"{PATH}/{made}")).data["status"] == "enabled"
        await failing_since(company, made, "5 days")
        await clients(company, 1, 2)
        await until(partial(watching.has, 1))
    told = watching.got[0].json["data"]
    assert (told["id"], told["status"], told["version"]) == (made, "paused", 2)
    assert await company.value("select count(*) from deliveries where status = 'pending'") == 3
    receiver.answer = lambda _: Reply()
    receiver.got.clear()
    assert (await move(api, "resume", made)).data["status"] == "enabled"
    await until(partial(receiver.has, 3))
    assert names(receiver) == ["Client 0", "Client 1", "Client 2"]


async def failing_since(company: Tenant, endpoint_id: str, age: str) -> None:
    """Have an endpoint fail for this long already."""
    sql = f"update endpoints set failing_since = now() - interval '{age}' where id = $1 returning true"
    await until(lambda: company.value("select failing_since is not null from endpoints where id = $1", endpoint_id))
    assert await company.value(sql, endpoint_id)


async def test_workers_killed_while_a_backlog_goes_out_lose_nothing_and_keep_the_order(
    api: Client, company: Tenant, receiver: Receiver, settings: Settings
):
    made = await endpoint(api, receiver, "client.created")
    await move(api, "pause", made)
    kept = await clients(company, 12)
    receiver.answer = lambda _: Reply(seconds=0.1)
    with WorkerProcess(settings, SETTINGS) as worker, WorkerProcess(settings, SETTINGS):
        await relayed(company)
        await move(api, "resume", made)
        await until(partial(receiver.has, 4))
        worker.end(signal.SIGKILL)
        await until(lambda: company.value("select count(*) = 12 from deliveries where status = 'delivered'"))
    seen = list(dict.fromkeys(names(receiver)))
    assert seen == kept
    assert len(receiver.got) <= len(kept) + 1
    assert len({each.id for each in receiver.got}) == len(kept)
