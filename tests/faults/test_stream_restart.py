"""Subscribers over API processes that are killed: with the published clients, each change is seen once, in order."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from access.credentials import public_id_of
from core.settings import Settings
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.node import node
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant
from tests.kit.worker import until

FOLLOW = "subscription($after: String) { changes(after: $after) { cursor recordId node { id } } }"
CREATE = 'mutation { createClient(input: {name: "Acme"}) { id } }'
SCRIPTS = ("follow_by_socket.mjs", "follow_by_events.mjs")


class Follower:
    """A script of Node that follows changes and says each as a line of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.said: list[dict[str, Any]] = []
        self._process = process
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def told(self) -> list[str]:
        """The records of the changes it was told, in order."""
        return [each["data"]["changes"]["recordId"] for each in self.said if each.get("data")]

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(orjson.loads(line) if line.startswith("{") else {"error": line})


@contextmanager
def following(script: str, url: str, key: str, after: str = "") -> Iterator[Follower]:
    follower = Follower(node(script, url, key, FOLLOW, after))
    try:
        yield follower
    finally:
        follower.end()


async def latest(api: Api) -> str:
    return str((await api.get("/api/v1/changes?limit=1")).json["latest_cursor"])


def again(process: ServerProcess) -> None:
    """Kill it as if the power went, and start it where it was."""
    process.kill()
    process.http.close()
    process.said()
    process.__enter__()


async def test_over_a_process_killed_twice_while_others_write_each_change_comes_once(settings: Settings, api: Api):
    made: list[str] = []
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            made.append((await api.graphql(CREATE)).data["createClient"]["id"])
            await asyncio.sleep(0.01)

    start = await latest(api)
    with (
        ServerProcess(settings) as process,
        following(SCRIPTS[0], process.url, str(api.key), start) as by_socket,
        following(SCRIPTS[1], process.url, str(api.key), start) as by_events,
    ):
        writing = asyncio.create_task(write())
        for _ in range(2):
            before = len(made)
            await until(lambda: min(len(by_socket.told), len(by_events.told)) > before)  # noqa: B023
            await asyncio.to_thread(again, process)
        stop.set()
        await writing
        everything = [each["record_id"] for each in await changes(api, start)]
        await until(lambda: min(len(by_socket.told), len(by_events.told)) >= len(everything))
        await asyncio.sleep(0.3)  # for what should not come
        assert sorted(everything) == sorted(made)
        assert by_socket.told == everything
        assert by_events.told == everything
        assert sum("connected" in each for each in by_socket.said) == 3


async def changes(api: Api, after: str) -> list[Any]:
    """Everything after a cursor, by plain requests."""
    found: list[Any] = []
    while True:
        page = (await api.get(f"/api/v1/changes?limit=250&cursor={after}")).json
        found += page["data"]
        after = page["resume_cursor"]
        if not page["has_more"]:
            return found


@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_process_that_stops_is_come_back_to(settings: Settings, api: Api, script: str):
    start = await latest(api)
    with ServerProcess(settings) as process, following(script, process.url, str(api.key), start) as follower:
        first = (await api.graphql(CREATE)).data["createClient"]["id"]
        await until(lambda: follower.told == [first])
        process.process.terminate()
        await asyncio.to_thread(process.process.wait)
        await asyncio.to_thread(again, process)
        second = (await api.graphql(CREATE)).data["createClient"]["id"]
        await until(lambda: follower.told == [first, second])
        if script == SCRIPTS[0]:
            assert {"closed": 1012, "reason": "Service restart: come again"} in follower.said


@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_revoked_key_ends_the_published_clients_with_an_error(
    settings: Settings, api: Api, company: Tenant, key: Key, script: str
):
    shown = await key("clients.view")
    start = await latest(api)
    with ServerProcess(settings) as process, following(script, process.url, shown, start) as follower:
        first = (await api.graphql(CREATE)).data["createClient"]["id"]
        await until(lambda: follower.told == [first])
        await company.access.keys.revoke(str(public_id_of(shown)))
        if script == SCRIPTS[0]:
            reason = "The key is missing, wrong, expired or revoked"
            await until(lambda: {"closed": 4403, "reason": reason} in follower.said)
        else:
            await until(lambda: {"complete": True} in follower.said)
            assert follower.said[-2]["errors"][0]["extensions"]["code"] == "unauthorized"
