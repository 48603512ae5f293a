"""Request windows and points in the process, for the time that Valkey is away: each process counts for itself."""

from __future__ import annotations

import time
from typing import Final

from access.limiter import WINDOW, Counted, Figures

_MAX: Final = 100_000


class Windows:
    """Fixed windows by name; bounded, so that made-up addresses cannot fill the memory."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, float]] = {}
        self._full: dict[str, float] = {}

    def charge(self, name: str, *, count: int = 0, ends: float = 0.0) -> Counted:
        """Count one request; a window that is not known here goes on from `count` and `ends` (seconds since 1970)."""
        now = time.time()
        known, end = max(self._windows.get(name, (0, 0.0)), (count, ends), key=lambda each: each[1])
        if end <= now:
            known, end = 0, now + WINDOW / 1000
        if len(self._windows) >= _MAX:
            self._drop_ended(now)
        self._windows[name] = (known + 1, end)
        return Counted(None, known + 1, int((end - now) * 1000))

    def draw(self, name: str, points: int, figures: Figures, *, full: float = 0.0) -> Counted:
        """Draw points, and tell what is left or how long it takes until there are enough.

        A bucket that is not known here is taken to be full at `full` (seconds since 1970).
        """
        now = time.time()
        full = max(self._full.get(name, full), now)
        left = figures.capacity - (full - now) * figures.restored
        if points > left:
            return Counted(None, 0, 0, max(int(left), 0), int((points - left) * 1000 / figures.restored) + 1)
        if len(self._full) >= _MAX:
            self._full = {name: each for name, each in self._full.items() if each > now}
        self._full[name] = full + points / figures.restored
        return Counted(None, 0, 0, int(left - points))

    def count(self, name: str) -> int:
        """Return the requests in a window so far."""
        count, end = self._windows.get(name, (0, 0.0))
        return count if end > time.time() else 0

    def _drop_ended(self, now: float) -> None:
        self._windows = {name: each for name, each in self._windows.items() if each[1] > now}
        while len(self._windows) >= _MAX:
            self._windows.pop(next(iter(self._windows)))
