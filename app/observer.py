"""What is seen of each request once it was answered: it is counted, and leaves a line in the logs.

The access log is the operator's and has every request; the activity log is the customers' and has those of their keys.

Requests are only collected while they are answered, and taken note of together a few times a second: in one loop that
costs a fraction of what it costs between two requests, when nothing of it is in the processor's caches.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from access.activity import Activity
from access.seen import Seen
from app.access_log import AccessLog
from core.http import Request
from core.instruments import REFUSED_HEADS, REQUEST_SECONDS, REQUESTS

UNKNOWN: Final = "(none)"
"""The route of a request that no route matches."""
GONE: Final = 499
"""The status of a request whose caller went away before the answer."""
QUIET: Final = frozenset({"/livez", "/readyz"})
"""Routes that are asked every few seconds: what succeeds there leaves no line."""
DELAY: Final = 0.2
"""Seconds after which requests are taken note of at the latest; a process that is killed loses these."""
MANY: Final = 200
"""Requests that are taken note of at once, sooner than that."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WS"})
_OTHER: Final = "OTHER"
_GOOD: Final = 400


_Answered = tuple[Request, str, str, int, float, float]
"""A request, its method, route and status, and when it began and ended by `time.perf_counter`."""


class Observer:
    """Sees the requests of one process; without a log it only counts them."""

    def __init__(self, log: AccessLog | None = None) -> None:
        self._log = log
        self.activity: Activity | None = None
        """Where it is kept for the customers, while the database is open."""
        self._seen: list[_Answered] = []
        self._refused: list[Seen] = []
        self._timer: asyncio.TimerHandle | None = None
        self._known: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def saw(self, request: Request, method: str, route: str, status: int, began: float) -> None:
        """Take note of a request that was answered; `began` is by `time.perf_counter`."""
        seen = self._seen
        seen.append((request, method, route, status, began, time.perf_counter()))
        if self._timer is None or len(seen) >= MANY:
            self._soon(len(seen))

    def refused(self, status: int, address: str, request_id: str) -> None:
        """Take note of a request that was refused before it was read whole."""
        self._refused.append(Seen(time.time(), 0.0, status, "-", UNKNOWN, "", None, None, address, request_id))
        self._soon(len(self._refused))

    def flush(self) -> None:
        """Count and log what was seen so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        answered, self._seen = self._seen, []
        seen = list(map(_seen, answered))
        refused, self._refused = self._refused, []
        for each in seen:
            key = (each.method, each.route, each.status)
            counter, timer = self._known.get(key) or self._instruments(key)
            counter.inc()
            timer.observe(each.seconds)
        for each in refused:
            REFUSED_HEADS.labels(str(each.status)).inc()
        if self.activity is not None:
            self.activity.add(seen)
        if self._log is not None:
            told = [each for each in seen if each.status >= _GOOD or each.route not in QUIET]
            self._log.write(sorted(told + refused, key=lambda each: each.began) if refused else told)

    def close(self) -> None:
        """Count and log what was seen so far, and have it written before the process ends."""
        self.flush()
        if self._log is not None:
            self._log.drain()

    def _soon(self, waiting: int) -> None:
        if waiting >= MANY:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY, self.flush)

    def _instruments(self, key: tuple[str, str, int]) -> tuple[Any, Any]:
        method, route, status = key
        method = method if method in _METHODS else _OTHER
        found = REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(method, route)
        self._known[method, route, status] = found
        return found


def _seen(answered: _Answered) -> Seen:
    request, method, route, status, began, ended = answered
    at = time.time() - time.perf_counter() + began
    told = (request.operation, request.points, request.caller, request.client, request.id)
    return Seen(at, ended - began, status, method, route, *told)


async def nothing_to_read() -> dict[str, str]:
    """The `receive` of a request whose body nobody reads."""
    return {"type": "http.disconnect"}
