"""Running one of the servers that are compared."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.settings import Settings
from tests.benchmarks.measure import pin
from tests.benchmarks.ways import words_of
from tests.kit.process import free_port

ROOT: Final = Path(__file__).parents[2]
READY: Final = 30


@contextlib.contextmanager
def serving(server: str, settings: Settings, workspace: str) -> Iterator[tuple[int, int]]:
    """Run a server on the first core; yields its pid and port."""
    port = free_port()
    words, env = words_of(server, settings, port)
    env = {**os.environ, **env, "BENCH_WORKSPACE": workspace}
    process = subprocess.Popen(words, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)  # where the access log goes
    try:
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.1)
        time.sleep(0.5)
        pin(process.pid, 0)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)
