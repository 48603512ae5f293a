"""A large file passes through the server without being held in memory.

In the suite it has 60 MB; with FORGE_FULL_LOAD set, as `make faults` does, 500 MB.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

from core.settings import Settings
from models import Quote
from tests.kit.process import ServerProcess, memory_of
from tests.kit.sweep import FULL
from tests.kit.tenant import Tenant

SIZE = 500_000_000 if FULL else 60_000_000
PIECE = 1_000_000
MOST = 48_000_000
"""Bytes by which the process may grow: two parts of 8 MiB in each direction, their copies, a library's caches."""


def pieces() -> Iterator[bytes]:
    for place in range(SIZE // PIECE):
        yield place.to_bytes(8, "big") * (PIECE // 8)


class Watch:
    """The most memory that a process has while this is entered."""

    def __init__(self, pid: int) -> None:
        self.most = memory_of(pid)
        self._pid, self._ended = pid, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            self.most = max(self.most, memory_of(self._pid))
            time.sleep(0.005)


def write(server: ServerProcess, kept: dict[str, str], record_id: str) -> Any:
    about = {"record_id": record_id, "filename": "large.step", "size": SIZE}
    made = server.http.post("/api/v1/attachments", json=about, headers=kept).json()["data"]
    sent = server.http.put(f"/api/v1/files/{made['id']}", content=pieces(), headers=kept, timeout=120)
    assert sent.status_code == 200, sent.text
    return sent.json()["data"]


def read(server: ServerProcess, kept: dict[str, str], file_id: str) -> str:
    digest = hashlib.sha256()
    with server.http.stream("GET", f"/api/v1/files/{file_id}", headers=kept, timeout=120) as answer:
        for piece in answer.iter_bytes():
            digest.update(piece)
    return digest.hexdigest()


async def test_memory_stays_flat_while_a_large_file_is_sent_and_read(company: Tenant, settings: Settings):
    kept = {"Authorization": f"Bearer {await company.key()}"}
    quote = str((await company.make(Quote)).id)
    expected = hashlib.sha256()
    for piece in pieces():
        expected.update(piece)
    with ServerProcess(settings) as server:
        before = memory_of(server.pid)
        with Watch(server.pid) as watch:
            made = write(server, kept, quote)
            assert (made["size"], made["sha256"]) == (SIZE, expected.hexdigest())
            assert read(server, kept, made["id"]) == expected.hexdigest()
        assert watch.most - before < MOST, f"{(watch.most - before) / 1e6:.0f} MB"
