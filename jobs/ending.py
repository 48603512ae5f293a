"""How a worker ends: when it has to have ended, and how what it runs is cancelled."""

from __future__ import annotations

import asyncio
import faulthandler
import math
import signal
import time
from collections.abc import Coroutine, Iterable
from typing import Any, Final

_LAST: Final = 3.5
"""Seconds after that until the kernel ends a worker that hangs: its leases run out by themselves."""
_TELLS: Final = 0.5
"""Seconds before that at which it is told where each thread is."""
_LONGER: Final = 1.5
"""Seconds that work has to end in its own way before it is cancelled a second time."""


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
        faulthandler.dump_traceback_later(self.left() + _LAST - _TELLS)  # where it hangs, on stderr

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._at - time.monotonic())


async def end(tasks: Iterable[asyncio.Task[Any]], insist: float = 0.5) -> None:
    """Cancel tasks, again every `insist` seconds until they have ended; a cancellation of this itself waits for that.

    Libraries lose a cancellation that comes in the moment in which what they wait for is done: `asyncio.wait_for` of
    Python 3.11 returns its result then. A TaskGroup, which cancels once, would wait for such a task for ever.
    """
    left, cancelled = set(tasks), False
    while left:
        for task in left:
            task.cancel()
        try:
            await asyncio.wait(left, timeout=insist)
        except asyncio.CancelledError:
            cancelled = True
        left = {task for task in left if not task.done()}
    if cancelled:
        raise asyncio.CancelledError


async def side_by_side(*work: Coroutine[Any, Any, None]) -> None:
    """Run work that has no end until some of it fails or this is cancelled; then end all of it.

    Raises what the first one raised that failed.
    """
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks, _LONGER)
    for task in done:
        await task
