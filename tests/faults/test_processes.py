"""Several processes behind one port: whichever of them ends, and however, no caller is turned away.

With FORGE_FULL_LOAD=1 (`make faults`) the processes are replaced and killed again and again, under more callers.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from functools import partial

import httpx
import orjson
import pytest

from access.credentials import public_id_of
from core.settings import Settings
from tests.kit.callers import Callers, Link, calling
from tests.kit.client import Client
from tests.kit.fixtures import Key, new_tenant
from tests.kit.metrics import metrics, value
from tests.kit.process import ServerProcess, free_port
from tests.kit.processes import wait_until_gone
from tests.kit.socket import Closed, SocketClient
from tests.kit.sweep import FULL
from tests.kit.teams import children, connections, replaced, settled
from tests.kit.tenant import Tenant
from tests.kit.worker import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

TWO = {"FORGE_PROCESSES": "2"}
PATH = "/api/v1/clients?limit=1"
CREATE = 'mutation { createClient(input: {name: "Acme"}) { id } }'
FOLLOW = "subscription($after: String) { changes(after: $after) { cursor recordId } }"
Changes = AsyncGenerator[dict[str, str], None]
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


async def shares_of(team: ServerProcess, links: list[Link]) -> list[int]:
    """How many of these connections each process has: as many as it has fewer when they are closed."""
    pids = children(team.pid)
    await asyncio.sleep(0.3)  # others were closed just now, or come just now
    before = [connections(pid) for pid in pids]
    for _, writer in links:
        writer.close()
    await until(lambda: sum(map(connections, pids)) <= sum(before) - len(links))
    return [most - connections(pid) for pid, most in zip(pids, before, strict=True)]


@together
async def test_processes_are_replaced_under_load_and_no_request_is_refused_or_lost(team: ServerProcess, key: Key):
    await settled(team.pid, 2)
    shown = await key("clients.view")
    counted_before = answers_of(team)
    new, kept = (6, 24) if FULL else (1, 8)  # one key may have 18 slow reads on a process, if the machine is busy
    async with calling(team.settings.port, PATH, shown, new=new, kept=kept) as callers:
        for _ in range(5 if FULL else 1):
            before = children(team.pid)
            after = await replaced(team.pid, 2)
            assert not set(before) & set(after)
        answered = callers.answers
        await until(lambda: callers.answers > answered + 200)
    assert callers.failures == []
    assert callers.closed == 0  # kept connections went to the new processes
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
            await asyncio.sleep(1)  # a caller notices when it asks again, after 0.7 s at most
            broken = len(callers.failures)
            assert broken <= 9  # the connections that it had, each once
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
    await settled(team.pid, 2)
    links = [await asyncio.open_connection("127.0.0.1", team.settings.port) for _ in range(24)]
    assert min(await shares_of(team, links)) >= 8


async def by_socket(team: ServerProcess, key: str, after: str) -> Changes:
    """The changes after a cursor, until the connection is closed: the caller is told to come again."""
    async with SocketClient(team.url, key) as link:
        await link.subscribe("1", FOLLOW, variables={"after": after})
        while True:
            try:
                message = await link.hear()
            except Closed as closed:
                if closed.code == 1012:
                    return
                raise
            yield message["payload"]["data"]["changes"]


async def by_event_stream(team: ServerProcess, key: str, after: str) -> Changes:
    """The changes after a cursor, until the stream ends as it should, and without `complete`."""
    headers = {"authorization": f"Bearer {key}", "accept": "text/event-stream"}
    asked = {"query": FOLLOW, "variables": {"after": after}}
    async with (
        httpx.AsyncClient(headers=headers, timeout=30) as http,
        http.stream("POST", f"{team.url}/graphql", json=asked) as answer,
    ):
        async for line in answer.aiter_lines():
            assert line != "event: complete"
            if line.startswith("data:"):
                yield orjson.loads(line.removeprefix("data:"))["data"]["changes"]


async def follow(changes: Callable[[str], Changes], after: str) -> list[str]:
    """Follow until four changes have come, over however many connections that takes."""
    seen: list[str] = []
    while len(seen) < 4:
        async with aclosing(changes(after)) as found:
            async for change in found:
                seen.append(change["recordId"])
                after = change["cursor"]
                if len(seen) == 4:
                    break
    return seen


@together
async def test_followers_on_every_process_resume_when_it_is_replaced_and_idle_connections_stay(
    team: ServerProcess, api: Client
):
    await settled(team.pid, 2)
    key = str(api.key)
    start = str((await api.get("/api/v1/changes?limit=1")).json["latest_cursor"])
    caller = Callers(team.settings.port, PATH, key)
    idle = [await asyncio.open_connection("127.0.0.1", team.settings.port) for _ in range(24)]
    for link in idle:
        assert await caller.ask(link, "idle")
    ways = (by_socket, by_event_stream)
    followers = [asyncio.create_task(follow(partial(way, team, key), start)) for way in ways for _ in range(3)]
    made = []
    for number in range(4):
        if number == 2:
            await replaced(team.pid, 2)
        answer = await asyncio.to_thread(team.graphql, CREATE, key, connection="close")
        made.append(answer.json()["data"]["createClient"]["id"])
    for follower in followers:
        assert await follower == made
    await asyncio.sleep(11 if FULL else 0)  # longer than a new connection may say nothing
    for link in idle:
        assert await caller.ask(link, "idle")
    assert caller.failures == []
    assert min(await shares_of(team, idle)) >= 8
