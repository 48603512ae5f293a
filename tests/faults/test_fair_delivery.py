"""One company's receivers that hang do not hold up another company's webhooks.

In the suite 200 endpoints hang; with FORGE_FULL_LOAD set, as `make faults` does, 1,000 for the usual timeout.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from app.front import Front
from core.settings import Settings
from engine.runtime import Runtime
from jobs.lanes import MAX_SLOW, QUICK_SLOTS
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.fixtures import address, new_tenant
from tests.kit.receiver import Receiver
from tests.kit.rights import KitAccess
from tests.kit.sweep import FULL
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

COMPANIES = 10
ENDPOINTS = 100 if FULL else 20
EVENTS = 20
TIMEOUT = "15" if FULL else "4"
MEASURED = 200 if FULL else 40
FAST = {"FORGE_WEBHOOK_TIMEOUT": TIMEOUT, "FORGE_WEBHOOK_RETRIES": "1"}
LEAST = 0.1 if FULL else 1.0
"""Seconds that delays are taken to be at least: in the suite the machine is busy with other tests.

Whoever waits for a receiver that hangs waits for TIMEOUT, which is twice as long as what is allowed then.
"""


class Hanging:
    """Takes connections and never answers, unless it `answers`; `open` are those that wait now."""

    def __init__(self) -> None:
        self.answers = False
        self.answered = 0
        self.open = 0
        self.most = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._hold, "127.0.0.1", 0, backlog=1_000)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        finally:
            server.close()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while await reader.read(65_536):
                if self.answers:
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                    self.answered += 1
                    break
        except OSError:
            pass
        self.open -= 1
        writer.close()


async def endpoints(app: Front, company: Tenant, url: str, count: int = 1) -> None:
    api = Client(app, address(), await company.key())
    for _ in range(count):
        made = await api.post("/api/v1/webhook-endpoints", {"url": url, "events": ["client.created"]})
        assert made.status == 201, made.body


async def happen(company: Tenant, count: int) -> None:
    """Have so many events, and wake the worker."""
    await company.make_many(ClientRow, [{} for _ in range(count)])
    company.runtime.committed(company.workspace_id)


@pytest.fixture
async def bad(
    access: KitAccess, runtime: Runtime, owner: asyncpg.Connection[asyncpg.Record]
) -> AsyncIterator[list[Tenant]]:
    """Companies whose endpoints hang; what they are owed in the end is given up, for other tests have workers too."""
    companies = [await new_tenant(access, runtime) for _ in range(COMPANIES)]
    yield companies
    ids = [each.workspace_id for each in companies]
    await owner.execute("update deliveries set status = 'cancelled' where workspace_id = any($1)", ids)


async def p95(company: Tenant, receiver: Receiver) -> float:
    """Seconds from commit to arrival that 95 of 100 deliveries do not exceed."""
    delays = []
    for _ in range(MEASURED):
        count = len(receiver.got)
        await happen(company, 1)
        committed = time.monotonic()
        await until(partial(receiver.has, count + 1))
        delays.append(receiver.got[-1].at - committed)
    return statistics.quantiles(delays, n=20)[-1]


async def test_a_thousand_hanging_endpoints_of_ten_companies_do_not_hold_up_another(
    app: Front, bad: list[Tenant], company: Tenant, other_company: Tenant, settings: Settings
):
    hanging = Hanging()
    with Receiver() as receiver, Receiver() as late:
        await endpoints(app, company, receiver.url)
        async with hanging.listening() as url:
            with WorkerProcess(settings, FAST) as worker:
                quiet = max(await p95(company, receiver), LEAST)
                for each in bad:
                    await endpoints(app, each, url, ENDPOINTS)
                    await happen(each, EVENTS)
                assert await p95(company, receiver) <= 2 * quiet  # while the first of them are tried
                await until(lambda: hanging.most >= COMPANIES)
                assert await p95(company, receiver) <= 2 * quiet  # when they are known
                await endpoints(app, other_company, late.url)  # an endpoint that nobody knows yet
                assert await p95(other_company, late) <= 2 * quiet
                assert hanging.open >= COMPANIES
                assert worker.process.poll() is None
            with WorkerProcess(settings, FAST):  # it has seen nothing itself
                assert await p95(company, receiver) <= 2 * quiet
        assert hanging.most <= QUICK_SLOTS + MAX_SLOW


async def test_endpoints_that_were_quick_and_begin_to_hang_do_not_hold_up_another(
    app: Front, bad: list[Tenant], company: Tenant, settings: Settings
):
    hanging = Hanging()
    hanging.answers = True
    with Receiver() as receiver, WorkerProcess(settings, FAST):
        await endpoints(app, company, receiver.url)
        quiet = max(await p95(company, receiver), LEAST)
        async with hanging.listening() as url:
            for each in bad:
                await endpoints(app, each, url, ENDPOINTS)
                await happen(each, 1)
            await until(lambda: hanging.answered == COMPANIES * ENDPOINTS)
            hanging.answers, hanging.most = False, 0
            for each in bad:
                await happen(each, EVENTS)
            assert await p95(company, receiver) <= 2 * quiet
            assert hanging.most >= COMPANIES
