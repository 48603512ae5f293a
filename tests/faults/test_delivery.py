"""Whatever dies, every event arrives: workers killed in mid-delivery, Valkey emptied, PostgreSQL hanging up."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis
from standardwebhooks import Webhook

from core.settings import Settings
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.receiver import Got, Receiver, Reply
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

FAST = {"FORGE_WEBHOOK_RETRIES": "0.3,0.5,1,1,1", "FORGE_WEBHOOK_TIMEOUT": "1"}
UNDER_WAY = "select count(*) from deliveries where leased_until > now()"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


async def endpoint(api: Client, receiver: Receiver, *events: str) -> dict[str, Any]:
    made = await api.post("/api/v1/webhook-endpoints", {"url": receiver.url, "events": list(events)})
    return dict(made.data)


async def quotes(api: Client, company: Tenant, count: int) -> list[str]:
    known = await company.make(ClientRow)
    answers = [await api.post("/api/v1/quotes", {"clientId": known.id}) for _ in range(count)]
    return [answer.data["id"] for answer in answers]


def numbers(got: list[Got]) -> list[str]:
    return [each.json["data"]["id"] for each in got]


async def test_workers_killed_in_mid_delivery_and_valkey_emptied_lose_nothing(
    api: Client, company: Tenant, receiver: Receiver, settings: Settings, redis_url: str
):
    receiver.answer = lambda _: Reply(seconds=0.4)
    made = await endpoint(api, receiver, "quote.created")
    written = []
    for _ in range(3):
        with WorkerProcess(settings, FAST) as worker:
            written += await quotes(api, company, 12)
            await until(partial(receiver.has, len(receiver.got) + 1))
            assert await company.value(UNDER_WAY) > 0
            worker.end(signal.SIGKILL)
        async with Redis.from_url(redis_url) as valkey:
            await valkey.flushdb()
    written += await quotes(api, company, 5)  # nobody is there to hear of these
    async with Redis.from_url(redis_url) as valkey:
        await valkey.flushdb()
    with WorkerProcess(settings, FAST):
        await until(lambda: set(numbers(receiver.got)) == set(written))
        await until(lambda: ended(company, len(written)))
    by_id: dict[str, set[bytes]] = {}
    for each in receiver.got:
        by_id.setdefault(each.id, set()).add(each.body)
        Webhook(made["secret"]).verify(each.body, each.headers)
    assert len(by_id) == len(written)  # what came twice came with the same id
    assert all(len(bodies) == 1 for bodies in by_id.values())
    assert len(receiver.got) > len(written)  # and some did: they were killed in the middle
    assert await company.value("select count(*) from attempts where status_code = 200") == len(written)


async def test_a_worker_told_to_stop_ends_what_is_under_way_or_gives_it_back(
    api: Client, company: Tenant, receiver: Receiver, settings: Settings
):
    receiver.answer = lambda got: Reply(seconds=0.5 if got.path == "/hook" else 30)
    await endpoint(api, receiver, "quote.created")
    with WorkerProcess(settings, {"FORGE_WEBHOOK_TIMEOUT": "30"}) as worker:
        [quick] = await quotes(api, company, 1)
        await until(lambda: len(receiver.got) == 1)
        assert worker.end(signal.SIGTERM) == ""
        assert worker.process.returncode == 0
    assert await company.value("select status from deliveries") == "delivered"
    receiver.answer = lambda _: Reply(seconds=5)
    with WorkerProcess(settings, {"FORGE_WEBHOOK_TIMEOUT": "30"}) as worker:
        [slow] = await quotes(api, company, 1)
        await until(lambda: len(receiver.got) == 2)
        worker.end(signal.SIGTERM)
    assert await company.value(UNDER_WAY) == 0
    receiver.answer = lambda _: Reply()
    with WorkerProcess(settings, {"FORGE_WEBHOOK_TIMEOUT": "30"}):  # the lease would have held for a minute
        await until(lambda: len(receiver.got) == 3, within=10)
        await until(lambda: ended(company, 2))
    assert numbers(receiver.got) == [quick, slow, slow]
    assert receiver.got[1].id == receiver.got[2].id


async def test_a_worker_ends_at_once_while_its_name_server_hangs(api: Client, company: Tenant, settings: Settings):
    await api.post("/api/v1/webhook-endpoints", {"url": "https://shop.example/hook", "events": ["quote.created"]})
    variables = {"FORGE_WEBHOOK_TIMEOUT": "30"}
    with WorkerProcess(settings, variables, words=("tests.kit.hanging_names",)) as worker:
        await quotes(api, company, 1)
        await until(lambda: company.value(UNDER_WAY))
        assert worker.end(signal.SIGTERM) == ""
        assert worker.process.returncode == 0
    assert await company.value(UNDER_WAY) == 0


async def test_two_workers_send_each_event_once(api: Client, company: Tenant, receiver: Receiver, settings: Settings):
    await endpoint(api, receiver, "*")
    with WorkerProcess(settings, FAST), WorkerProcess(settings, FAST):
        written = await quotes(api, company, 60)
        await until(lambda: ended(company, 61))
    assert Counter(numbers(receiver.got)).most_common(1)[0][1] == 1
    assert set(written) <= set(numbers(receiver.got))
    assert len(receiver.got) == 61


async def test_a_worker_whose_connections_are_cut_goes_on(
    api: Client, company: Tenant, receiver: Receiver, settings: Settings, owner: asyncpg.Connection[asyncpg.Record]
):
    await endpoint(api, receiver, "quote.created")
    with WorkerProcess(settings, FAST) as worker:
        first = await quotes(api, company, 1)
        await until(lambda: receiver.got)
        for _ in range(3):
            await owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'forge forge_worker' and datname = current_database()"
            )
            first += await quotes(api, company, 1)
            await asyncio.sleep(0.2)
        await until(lambda: set(numbers(receiver.got)) == set(first))
        assert worker.process.poll() is None


async def test_without_valkey_the_sweep_finds_everything(
    api: Client, company: Tenant, receiver: Receiver, settings: Settings
):
    await endpoint(api, receiver, "quote.created")
    with WorkerProcess(settings, FAST | {"REDIS_URL": "redis://127.0.0.1:1/0"}):
        written = await quotes(api, company, 3)
        await until(lambda: set(numbers(receiver.got)) == set(written))
        written += await quotes(api, company, 3)
        await until(lambda: set(numbers(receiver.got)) == set(written))


async def ended(company: Tenant, count: int) -> bool:
    found = await company.value("select count(*) from deliveries where status = 'delivered'")
    return bool(found == count)
