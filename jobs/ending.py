"""When a worker has to have ended: what is under way has time until then."""

from __future__ import annotations

import asyncio
import math
import signal
import time
from typing import Final

_LAST: Final = 3.5
"""Seconds after that until the kernel ends a worker that hangs: its leases run out by themselves."""


class Ending:
    """The end of one worker: `begun` is set when it was told to end, and it may be told to hurry later."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._at = math.inf

    def within(self, seconds: float) -> None:
        """End within so many seconds, or earlier when that was said before."""
        self._at = min(self._at, time.monotonic() + seconds)
        signal.setitimer(signal.ITIMER_REAL, self.left() + _LAST)
        self.begun.set()

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._at - time.monotonic())
