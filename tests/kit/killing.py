"""Backends of PostgreSQL killed under a test, one every second; and callers who ask again until they are answered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final, TypeVar
from uuid import uuid4

import asyncpg
import httpx

from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.sweep import FULL

T = TypeVar("T")
_KILL: Final = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and application_name like 'forge forge_api%' order by random() limit 1
"""
_TRIES: Final = 200


@contextmanager
def killing(database_url: str, *, every: float = 1.0) -> Iterator[list[bool]]:
    """Kill a backend of the api every so many seconds while this is entered; yields what became of each."""
    killed: list[bool] = []
    ended = threading.Event()

    async def kill() -> None:
        connection = await asyncpg.connect(database_url)
        while not ended.wait(every):
            killed.append(bool(await connection.fetchval(_KILL)))
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(kill()))
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


@contextmanager
def killing_in_full(database_url: str) -> Iterator[list[bool]]:
    """Do the same in the long form of a test, and nothing in the suite."""
    with ExitStack() as stack:
        yield stack.enter_context(killing(database_url)) if FULL else []


class Persistent:
    """Sends commands to processes in turn, each until it is answered: what was lost with a backend is sent again."""

    def __init__(self, urls: list[str], key: str) -> None:
        self._http = [httpx.Client(base_url=f"{url}/api/v1", timeout=30) for url in urls]
        self._key, self._turn = {"authorization": f"Bearer {key}"}, 0

    def close(self) -> None:
        """Close the connections."""
        for each in self._http:
            each.close()

    def send(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Send a request; the same idempotency key goes with each try, so it takes effect once."""
        headers = self._key | ({} if method == "GET" else {"idempotency-key": uuid4().hex})
        for _ in range(_TRIES):
            self._turn += 1
            http = self._http[self._turn % len(self._http)]
            answer = http.request(method, path, json=json, headers=headers)
            if answer.status_code != 503 and "retry-after" not in answer.headers:
                return answer
        raise AssertionError(f"{method} {path} is never answered: {answer.text}")


async def answered(http: httpx.AsyncClient, url: str, headers: dict[str, str], json: object) -> httpx.Response:
    """The same for one command, among others at once."""
    sent = headers | {"idempotency-key": uuid4().hex}
    for _ in range(_TRIES):
        answer = await http.post(url, json=json, headers=sent)
        if answer.status_code != 503 and "retry-after" not in answer.headers:
            return answer
        await asyncio.sleep(0.01)
    raise AssertionError(f"{url} is never answered: {answer.text}")


async def looked(look: Callable[[], Awaitable[T]]) -> T:
    """Look at the tables; again when a backend of this process was killed meanwhile."""
    for _ in range(20):
        with suppress(asyncpg.ConnectionDoesNotExistError, asyncpg.AdminShutdownError, asyncpg.InterfaceError, OSError):
            return await look()
        await asyncio.sleep(0.1)
    raise AssertionError("the tables are never read")


class Patient(Api):
    """A client that asks again when a backend is killed under it: the same key goes with each try."""

    async def request(self, method: str, path: str, **how: Any) -> Answer:
        """Send one request until it is answered."""
        named = {} if method == "GET" else {"idempotency-key": uuid4().hex}
        how["headers"] = named | dict(how.get("headers") or {})
        for _ in range(50):
            answer = await super().request(method, path, **how)
            if answer.status != 503:
                return answer
            await asyncio.sleep(0.05)
        raise AssertionError(f"{path} is never answered")
