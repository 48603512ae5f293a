"""A server of a test's own that speaks S3, in a process: moto's, which keeps objects in memory."""

from __future__ import annotations

import subprocess
import sys
import time
from types import TracebackType
from typing import Self

import httpx

from tests.kit.process import free_port

NAME = "drawings"
PATIENCE = 20.0


class Bucket:
    """One bucket while it is entered; `url` is what `FORGE_FILES_URL` says of it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"s3+plain://access:secret@127.0.0.1:{self.port}/{NAME}/forge"

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                made = httpx.put(f"http://127.0.0.1:{self.port}/{NAME}")
            except httpx.TransportError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                assert made.status_code == 200, made.text
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server."""
        self.process.kill()
        self.process.wait()
