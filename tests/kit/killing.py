"""Backends of PostgreSQL killed under a test, one every second; and callers who ask again until they are answered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import asyncpg
import httpx

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
