"""Request windows in the process, for the time that Valkey is away: the same figures, each process for itself."""

from __future__ import annotations

import time
from typing import Final

from access.limiter import WINDOW, Counted

_MOST: Final = 100_000


class Windows:
    """Fixed windows by name; bounded, so that made-up addresses cannot fill the memory."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, float]] = {}

    def charge(self, name: str, *, count: int = 0, ends: float = 0.0) -> Counted:
        """Count one request; a window that is not known here goes on from `count` and `ends` (seconds since 1970)."""
        now = time.time()
        known, end = max(self._windows.get(name, (0, 0.0)), (count, ends), key=lambda each: each[1])
        if end <= now:
            known, end = 0, now + WINDOW / 1000
        if len(self._windows) >= _MOST:
            self._drop_ended(now)
        self._windows[name] = (known + 1, end)
        return Counted(None, known + 1, int((end - now) * 1000))

    def count(self, name: str) -> int:
        """Return the requests in a window so far."""
        count, end = self._windows.get(name, (0, 0.0))
        return count if end > time.time() else 0

    def _drop_ended(self, now: float) -> None:
        self._windows = {name: each for name, each in self._windows.items() if each[1] > now}
        while len(self._windows) >= _MOST:
            self._windows.pop(next(iter(self._windows)))
