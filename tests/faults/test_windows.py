"""Request windows of four processes behind one port: exact with Valkey, roughly held without it, never a 5xx."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from dataclasses import replace

import httpx
import pytest

from access.credentials import public_id_of
from access.plans import PLANS
from app.embedded.valkey import Valkey
from core.settings import Settings
from core.valkey import Valkey as Link
from core.valkey import pack
from models import Plan
from tests.kit.fixtures import Key, new_tenant
from tests.kit.process import ServerProcess, free_port
from tests.kit.teams import settled
from tests.kit.tenant import Tenant
from tests.kit.valkey import pid_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

PROCESSES = 4
LIMIT = PLANS[Plan.STARTER].requests
PATHS = ("/api/v1/clients?limit=1", "/graphql?query={__typename}")
"""Both doors count in one window."""


class Callers:
    """Several at once, on connections of their own, so that every process is asked."""

    def __init__(self, server: ServerProcess, key: str) -> None:
        limits = httpx.Limits(max_keepalive_connections=0, max_connections=16)
        self.http = httpx.AsyncClient(
            base_url=server.url, headers={"authorization": f"Bearer {key}"}, limits=limits, timeout=30
        )

    async def ask(self, times: int) -> Counter[int]:
        """The statuses of so many requests; each answer tells the window."""
        answers = await asyncio.gather(*(self.http.get(PATHS[number % 2]) for number in range(times)))
        for answer in answers:
            assert {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= set(answer.headers)
        return Counter(answer.status_code for answer in answers)


async def test_four_processes_let_exactly_the_limit_through_and_stand_the_death_of_valkey(
    settings: Settings, company: Tenant, key: Key, own_valkey: Valkey
):
    paying = await new_tenant(company.access, company.runtime, limits={})
    shown, revoked = await paying.key(), await key()
    own = replace(settings, redis_url=own_valkey.url, metrics_port=free_port())
    with ServerProcess(own, {"FORGE_PROCESSES": str(PROCESSES)}) as server:
        await settled(server.pid, PROCESSES)
        callers, lost = Callers(server, shown), Callers(server, revoked)
        link = Link(own_valkey.url)
        for _ in range(2):  # in each window
            assert await callers.ask(LIMIT + 30) == {200: LIMIT, 429: 30}
            await link.call(pack(b"PEXPIRE", f"window:key:{public_id_of(shown)}".encode(), b"1"))
            await asyncio.sleep(0.02)
        await link.close()
        assert await lost.ask(PROCESSES * 4) == {200: PROCESSES * 4}
        assert await callers.ask(PROCESSES * 4) == {200: PROCESSES * 4}  # a third window, which every process has seen

        under_way = asyncio.create_task(callers.ask(LIMIT))
        await asyncio.sleep(0.05)
        os.kill(pid_of(own_valkey), signal.SIGKILL)
        found = await under_way + await callers.ask(LIMIT)
        assert set(found) <= {200, 429}
        # Each process counts by itself from here on, by the same figure.
        assert LIMIT - PROCESSES * 4 <= found[200] <= LIMIT * PROCESSES

        await company.access.keys.revoke(public_id_of(revoked) or "")
        assert await lost.ask(PROCESSES * 4) == {401: PROCESSES * 4}
        for each in (callers, lost):
            await each.http.aclose()
