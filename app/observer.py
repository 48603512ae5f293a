"""What is seen of each request once it was answered: it is counted, and leaves a line in the access log."""

from __future__ import annotations

import time
from typing import Any, Final

from app.access_log import AccessLog
from core.http import Request
from core.instruments import REFUSED_HEADS, REQUEST_SECONDS, REQUESTS

UNKNOWN: Final = "(none)"
"""The route of a request that no route matches."""
GONE: Final = 499
"""The status of a request whose caller went away before the answer."""
QUIET: Final = frozenset({"/livez", "/readyz"})
"""Routes that are asked every few seconds: what succeeds there leaves no line."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WS"})
_OTHER: Final = "OTHER"
_GOOD: Final = 400


class Observer:
    """Sees the requests of one process; without a log it only counts them."""

    def __init__(self, log: AccessLog | None = None) -> None:
        self._log = log
        self._known: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def saw(self, request: Request, method: str, route: str, status: int, began: float) -> None:
        """Take note of a request that was answered; `began` is by `time.perf_counter`."""
        seconds = time.perf_counter() - began
        key = (method, route, status)
        counter, timer = self._known.get(key) or self._instruments(key)
        counter.inc()
        timer.observe(seconds)
        if self._log is not None and not (route in QUIET and status < _GOOD):
            self._log.note(request, method, route, status, time.time() - seconds, seconds)

    def refused(self, status: int, address: str, request_id: str) -> None:
        """Take note of a request that was refused before it was read whole."""
        REFUSED_HEADS.labels(str(status)).inc()
        if self._log is not None:
            request = Request("", "", "", {}, address, nothing_to_read, request_id)
            self._log.note(request, "-", UNKNOWN, status, time.time(), 0.0)

    def close(self) -> None:
        """Write what the log still holds."""
        if self._log is not None:
            self._log.write()

    def _instruments(self, key: tuple[str, str, int]) -> tuple[Any, Any]:
        method, route, status = key
        method = method if method in _METHODS else _OTHER
        found = REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(method, route)
        self._known[method, route, status] = found
        return found


async def nothing_to_read() -> dict[str, str]:
    """The `receive` of a request whose body nobody reads."""
    return {"type": "http.disconnect"}
