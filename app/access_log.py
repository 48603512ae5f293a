"""The access log: one line a request, on stdout.

A line names the route's template, never the path or the query of a request: those may hold ids and values of callers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from select import PIPE_BUF
from typing import Final

import orjson

from app.seen import Seen
from core.logs import moment

_STDOUT: Final = 1


class AccessLog:
    """Writes lines to a file descriptor; `json` says how they look."""

    def __init__(self, *, json: bool, descriptor: int = _STDOUT) -> None:
        self._line = _as_json if json else _as_text
        self._descriptor = descriptor

    def write(self, seen: Iterable[Seen]) -> None:
        """Write a line for each request; a reader that went away is no reason to stop serving."""
        try:
            for piece in _pieces(map(self._line, seen)):
                data = memoryview(piece)
                while data:
                    data = data[os.write(self._descriptor, data) :]
        except OSError:
            return


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
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
