"""A real API process: on a free port, on the test's servers, to be killed by its pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from core.settings import Settings
from tests.kit import forked

ROOT = Path(__file__).parents[2]
READY = 30.0


def free_port() -> int:
    """A TCP port of loopback that nobody uses."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def descendants(pid: int) -> list[int]:
    """Return the ids of every process below this one (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def memory_of(pid: int) -> int:
    """Resident bytes of a process (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class ServerProcess:
    """`python -m app serve`, or other words, while it is entered; `url` is where it answers, `pid` whom to kill."""

    def __init__(
        self,
        settings: Settings,
        variables: Mapping[str, str] | None = None,
        *,
        words: Sequence[str] = ("app", "serve"),
        flag: str = "-m",
    ) -> None:
        self._words = flag, *words
        self.settings = replace(settings, host="127.0.0.1", port=free_port())
        self.url = self.settings.url
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self._env = kept | self.settings.environ() | dict(variables or {})

    def __enter__(self) -> Self:
        self.process: subprocess.Popen[bytes] | forked.Forked
        if self._words[:2] == ("-m", "app"):
            self.process = forked.start(self._words[2:], self._env)
        else:
            self.process = subprocess.Popen(
                [sys.executable, *self._words],
                cwd=ROOT,
                env=self._env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        self.http = httpx.Client(base_url=self.url, timeout=30)
        deadline = time.monotonic() + READY
        while not self._ready():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not start: {self.said()}")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self.kill(signal.SIGTERM)
        self.said()

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it and wait; SIGTERM lets it finish, and is followed by SIGKILL when it does not."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            for each in [*descendants(self.pid), self.pid]:  # one that hangs would keep the pipe open for ever
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            self.process.wait()

    def graphql(self, query: str, key: str, variables: Any = None, **headers: str) -> httpx.Response:
        """POST a GraphQL document."""
        given = {"authorization": f"Bearer {key}"} | headers
        return self.http.post("/graphql", json={"query": query, "variables": variables or {}}, headers=given)

    def said(self) -> str:
        """What it wrote since it was asked last; it has ended."""
        assert self.process.stdout is not None
        if self.process.stdout.closed:
            return ""
        with self.process.stdout as output:
            return output.read().decode()

    def _ready(self) -> bool:
        try:
            return self.http.post("/graphql", json={}).status_code in {401, 429}
        except httpx.TransportError:
            return False
