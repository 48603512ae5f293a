"""Several processes behind one port: whichever of them ends, and however, no caller is turned away.

With FORGE_FULL_LOAD=1 (`make faults`) the processes are replaced and killed again and again, under more callers.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from access.credentials import public_id_of
from core.settings import Settings
from tests.kit.callers import calling
from tests.kit.client import Client
from tests.kit.fixtures import Key, new_tenant
from tests.kit.metrics import metrics, value
from tests.kit.process import ServerProcess, free_port
from tests.kit.processes import wait_until_gone
from tests.kit.socket import Closed, SocketClient
from tests.kit.teams import children, connections, replaced, settled
from tests.kit.tenant import Tenant
from tests.kit.worker import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

FULL = bool(os.environ.get("FORGE_FULL_LOAD"))
TWO = {"FORGE_PROCESSES": "2"}
PATH = "/api/v1/clients?limit=1"
CREATE = 'mutation { createClient(input: {name: "Acme"}) { id } }'
FOLLOW = "subscription($after: String) { changes(after: $after) { cursor recordId } }"
together = pytest.mark.xdist_group("processes")


@pytest.fixture(scope="module")
def team(settings: Settings) -> Iterator[ServerProcess]:
    """An api of two processes, for the tests that leave it so."""
    with ServerProcess(replace(settings, metrics_port=free_port()), TWO) as process:
        yield process


async def asked(team: ServerProcess, key: str, times: int) -> Counter[int]:
    """The statuses of so many requests, each on a connection of its own."""
    limits = httpx.Limits(max_keepalive_connections=0, max_connections=8)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=team.url, headers=headers, limits=limits, timeout=30) as http:
        answers = await asyncio.gather(*(http.get(PATH) for _ in range(times)))
    return Counter(answer.status_code for answer in answers)


def answers_of(team: ServerProcess) -> float:
    """How many good answers of the callers' path all processes together have counted."""
    labels = {"method": "GET", "route": "/api/v1/clients", "status": "200"}
    return value(metrics(team.settings.metrics_port), "forge_http_requests_total", **labels)


@together
async def test_processes_are_replaced_under_load_and_no_request_is_refused_or_lost(team: ServerProcess, key: Key):
    await settled(team.pid, 2)
    shown = await key("clients.view")
    counted_before = answers_of(team)
    new, kept = (16, 64) if FULL else (4, 16)
    async with calling(team.settings.port, PATH, shown, new=new, kept=kept) as callers:
        for _ in range(5 if FULL else 1):
            before = children(team.pid)
            after = await replaced(team.pid, 2)
            assert not set(before) & set(after)
        answered = callers.answers
        await until(lambda: callers.answers > answered + 200)
    assert callers.failures == []
    assert callers.closed == 0  # idle connections went to the new processes
    assert answers_of(team) == counted_before + callers.answers


@together
async def test_a_process_that_is_killed_is_started_again_and_the_others_serve_on(team: ServerProcess, key: Key):
    shown = await key("clients.view")
    for _ in range(4 if FULL else 1):
        before = await settled(team.pid, 2)
        async with calling(team.settings.port, PATH, shown) as callers:
            await until(lambda: callers.answers > 50)
            least = answers_of(team)
            os.kill(before[0], signal.SIGKILL)
            wait_until_gone(before[:1])
            await asyncio.sleep(0.5)  # a caller notices when it asks again, after 0.2 s at most
            broken = len(callers.failures)
            assert broken <= 16  # the connections that it had, each once
            assert not [each for each in callers.failures if "refused" in each.lower()]
            after = await settled(team.pid, 2, (before[0],))
            assert before[1] in after
            assert least <= answers_of(team)
        assert callers.failures[broken:] == []


@together
async def test_a_key_that_is_revoked_is_refused_by_every_process(team: ServerProcess, company: Tenant, key: Key):
    await settled(team.pid, 2)
    shown = await key("clients.view")
    assert await asked(team, shown, 60) == {200: 60}
    await company.access.keys.revoke(str(public_id_of(shown)))
    await asyncio.sleep(1)
    assert await asked(team, shown, 40) == {401: 40}  # beyond 120 the address is refused


@together
async def test_a_rate_is_that_of_all_processes_together(team: ServerProcess, company: Tenant):
    await settled(team.pid, 2)
    limited = await new_tenant(company.access, company.runtime, limits={"requests": 30, "points": 0})
    found = await asked(team, await limited.key("clients.view"), 90)
    assert found[200] + found[429] == 90
    assert 30 <= found[200] <= 32  # the window goes on meanwhile


@together
async def test_connections_that_stay_open_come_to_all_processes_alike(team: ServerProcess):
    pids = await settled(team.pid, 2)
    await asyncio.sleep(0.3)  # for connections of tests before, which are closed now
    before = [connections(pid) for pid in pids]
    links = [await asyncio.open_connection("127.0.0.1", team.settings.port) for _ in range(24)]
    await until(lambda: sum(map(connections, pids)) >= sum(before) + 24)
    shares = [connections(pid) - least for pid, least in zip(pids, before, strict=True)]
    for _, writer in links:
        writer.close()
    assert min(shares) >= 8, shares


@together
async def test_followers_on_every_process_see_what_is_written_through_any_and_resume(team: ServerProcess, api: Client):
    await settled(team.pid, 2)
    shown = str(api.key)
    start = str((await api.get("/api/v1/changes?limit=1")).json["latest_cursor"])

    async def follow() -> list[str]:
        """Follow until four changes have come, over however many connections that takes."""
        seen: list[str] = []
        codes, after = set(), start
        while len(seen) < 4:
            async with SocketClient(team.url, shown) as link:
                await link.subscribe("1", FOLLOW, variables={"after": after})
                after, code = await heard(link, seen, after)
                codes.add(code)
        assert codes <= {None, 1012}
        return seen

    followers = [asyncio.create_task(follow()) for _ in range(6)]
    made = []
    for number in range(4):
        if number == 2:
            await replaced(team.pid, 2)
        answer = await asyncio.to_thread(team.graphql, CREATE, shown, connection="close")
        made.append(answer.json()["data"]["createClient"]["id"])
    for follower in followers:
        assert await follower == made


async def heard(link: SocketClient, seen: list[str], after: str) -> tuple[str, int | None]:
    """Take what comes until it is enough or the connection is closed; returns the cursor, and how it was closed."""
    while len(seen) < 4:
        try:
            message: dict[str, Any] = await link.hear()
        except Closed as closed:
            return after, closed.code
        change = message["payload"]["data"]["changes"]
        seen.append(change["recordId"])
        after = change["cursor"]
    return after, None
