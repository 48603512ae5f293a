"""A real worker process, on the test's servers, to be killed by its pid; and waiting for what it does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.settings import Settings
from tests.kit import forked

ROOT = Path(__file__).parents[2]
LONG = 60.0


class WorkerProcess:
    """`python -m app worker`, or other words, while it is entered."""

    def __init__(
        self,
        settings: Settings,
        variables: Mapping[str, str] | None = None,
        *,
        words: Sequence[str] = ("app", "worker"),
    ) -> None:
        self._words = words
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self._env = kept | settings.environ() | dict(variables or {})

    def __enter__(self) -> Self:
        self.process: subprocess.Popen[bytes] | forked.Forked
        if self._words[0] == "app":
            self.process = forked.start(self._words[1:], self._env)
        else:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self._words],
                cwd=ROOT,
                env=self._env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(signal.SIGTERM)

    def end(self, number: signal.Signals) -> str:
        """Send the signal, wait, and return everything it has said."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            said, _ = self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
        except ValueError:  # it was ended before
            said = b""
        return said.decode()


async def until(true: Callable[[], Any | Awaitable[Any]], within: float = LONG) -> Any:
    """Wait until this is true and return it; fails when it does not become so."""
    deadline = time.monotonic() + within
    while True:
        found = true()
        if isawaitable(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)
