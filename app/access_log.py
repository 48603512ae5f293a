"""The access log: one line a request, on stdout, written together a few times a second.

A line names the route's template, never the path or the query of a request: those may hold ids and values of callers.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from select import PIPE_BUF
from typing import Final

import orjson

from core.http import Request
from core.logs import moment

_DELAY: Final = 0.2
"""Seconds after which a line is written at the latest; a process that is killed loses these."""
_MANY: Final = 32_768
"""Bytes of lines that are written at once."""
_STDOUT: Final = 1


class AccessLog:
    """Collects lines and writes them to a file descriptor; `json` says how they look."""

    def __init__(self, *, json: bool, descriptor: int = _STDOUT) -> None:
        self._line = _as_json if json else _as_text
        self._descriptor = descriptor
        self._waiting: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None

    def note(self, request: Request, method: str, route: str, status: int, began: float, seconds: float) -> None:
        """Take note of a request; `began` is a Unix time."""
        line = self._line(request, method, route, status, began, seconds)
        self._waiting.append(line)
        self._size += len(line)
        if self._size > _MANY:
            self.write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_DELAY, self.write)

    def write(self) -> None:
        """Write what was collected; a reader that went away is no reason to stop serving."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._waiting = self._waiting, []
        self._size = 0
        try:
            for piece in _pieces(lines):
                data = memoryview(piece)
                while data:
                    data = data[os.write(self._descriptor, data) :]
        except OSError:
            return


def _pieces(lines: list[bytes]) -> Iterator[bytes]:
    """Whole lines together, as many as a pipe takes as one: other processes may write to it, too."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if size + len(line) > PIPE_BUF:
            yield b"".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    yield b"".join(piece)


def _as_json(request: Request, method: str, route: str, status: int, began: float, seconds: float) -> bytes:
    line = {
        "time": moment(began),
        "level": "info",
        "logger": "forge.access",
        "status": status,
        "method": method,
        "route": route,
        "operation": request.operation or None,
        "ms": round(seconds * 1000, 2),
        "points": request.points,
        "key": request.key or None,
        "address": request.client or None,
        "request_id": request.id or None,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _as_text(request: Request, method: str, route: str, status: int, began: float, seconds: float) -> bytes:
    operation = f" {request.operation}" if request.operation else ""
    points = "-" if request.points is None else request.points
    line = (
        f"{moment(began)} {status} {method} {route}{operation} {seconds * 1000:.2f} ms points={points} "
        f"key={request.key or '-'} address={request.client or '-'} request={request.id or '-'}\n"
    )
    return line.encode()
