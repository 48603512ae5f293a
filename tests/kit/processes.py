"""A `run` under test: start it, know every process below it, see that they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.embedded.files import read_variables
from tests.kit.process import descendants, free_port

ROOT = Path(__file__).parents[2]


class Run:
    """`python -m app run` on a home of its own and a free port, in its own session as in a terminal."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.metrics_port = free_port()
        self.began = self.ready = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "run"],
            cwd=ROOT,
            env=plain_environment(
                {"FORGE_HOME": str(home), "FORGE_PORT": "0", "FORGE_METRICS_PORT": str(self.metrics_port)}
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def lines_when_ready(self) -> list[str]:
        """Wait for everything it says when it is ready."""
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                self.ready = time.monotonic()
                return lines
        raise AssertionError(f"it ended: {self.process.stderr.read() if self.process.stderr else ''}")

    @property
    def url(self) -> str:
        """Where the api answers."""
        return read_variables(self.home / "demo.env")["FORGE_URL"]

    @property
    def servers(self) -> dict[str, str]:
        """Where PostgreSQL and Valkey answer, by the names of their settings."""
        return read_variables(self.home / "servers.env")

    def end(self, with_signal: signal.Signals) -> float:
        """Send the signal and wait until every process is gone; returns the seconds that took."""
        below = descendants(self.process.pid)
        assert len(below) > 5, below  # postgres and its own, valkey, the api
        began = time.monotonic()
        self.process.send_signal(with_signal)
        self.process.communicate(timeout=20)
        wait_until_gone(below)
        return time.monotonic() - began

    def clear_up(self) -> str:
        """End it whatever happened, and everything below with it; returns what it said on stderr since it was ready."""
        if self.process.poll() is None:
            below = descendants(self.process.pid)
            self.process.kill()
            wait_until_gone(below)
        return "" if self.process.stderr is None or self.process.stderr.closed else self.process.communicate()[1]


def plain_environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with nothing of Forge in it but this, and a small demo, which is there at once."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"FORGE_DEMO": "small"} | dict(more)


def wait_until_gone(pids: Iterable[int], timeout: float = 10.0) -> None:
    """Wait until none of these processes is left; fails naming those that stay."""
    deadline = time.monotonic() + timeout
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
