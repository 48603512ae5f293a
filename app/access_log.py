"""The access log: one line a request, on stdout, written by a thread: whoever reads it may be slow, or stop reading.

A line names the route's template, never the path or the query of a request: those may hold ids and values of callers.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from select import PIPE_BUF
from typing import Final

import orjson

from access.seen import Seen
from core.instruments import LINES_DROPPED
from core.logs import moment

MOST: Final = 500
"""Pieces of up to 4 kB that wait for the reader: about 10,000 lines."""
_STDOUT: Final = 1


class AccessLog:
    """Writes lines to a file descriptor; `json` says how they look."""

    def __init__(self, *, json: bool, descriptor: int = _STDOUT) -> None:
        self._line = _as_json if json else _as_text
        self._descriptor = descriptor
        self._pieces: queue.Queue[bytes] = queue.Queue(MOST)
        self._thread: threading.Thread | None = None

    def write(self, seen: Iterable[Seen]) -> None:
        """Have a line written for each request; those that find too many before them are dropped, and counted."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="access log", daemon=True)
            self._thread.start()
        for lines, piece in _pieces(map(self._line, seen)):
            try:
                self._pieces.put_nowait(piece)
            except queue.Full:
                LINES_DROPPED.inc(lines)

    def drain(self, seconds: float = 0.5) -> None:
        """Wait until everything is written, but not for ever: the process may be about to end."""
        until = time.monotonic() + seconds
        while self._pieces.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.001)

    def _write(self) -> None:
        while True:
            data = memoryview(self._pieces.get())
            with contextlib.suppress(OSError):  # a reader that went away is no reason to stop serving
                while data:
                    data = data[os.write(self._descriptor, data) :]
            self._pieces.task_done()


def _pieces(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Whole lines together and their number, as many as a pipe takes as one: other processes may write to it, too."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > PIPE_BUF:
            yield len(piece), b"".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield len(piece), b"".join(piece)


def _as_json(seen: Seen) -> bytes:
    line = {
        "time": moment(seen.began),
        "level": "info",
        "logger": "forge.access",
        "status": seen.status,
        "method": seen.method,
        "route": seen.route,
        "operation": seen.operation or None,
        "ms": round(seen.seconds * 1000, 2),
        "points": seen.points,
        "key": seen.key,
        "address": seen.address or None,
        "request_id": seen.request_id or None,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _as_text(seen: Seen) -> bytes:
    operation = f" {seen.operation}" if seen.operation else ""
    points = "-" if seen.points is None else seen.points
    line = (
        f"{moment(seen.began)} {seen.status} {seen.method} {seen.route}{operation} {seen.seconds * 1000:.2f} ms "
        f"points={points} key={seen.key or '-'} address={seen.address or '-'} request={seen.request_id or '-'}\n"
    )
    return line.encode()
