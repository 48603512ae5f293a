"""Running a command again when it lost a race: the whole of it, with nothing kept of the run before."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from core.writing.claim import Outcome, Replayed
from core.writing.violations import RunAgain

TRIES: Final = 3
_APART: Final = 0.02
"""Seconds that keep two losers from meeting again."""


async def attempt(operation: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Run an operation, up to three times while it raises RunAgain; one that was done before answers its replay.

    Each run must make its own `UnitOfWork`. Raises what the last run raised.
    """
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            return await operation()
        except Replayed as replayed:
            return replayed.outcome
        except RunAgain:
            if not tries_left:
                raise
            await asyncio.sleep(random.uniform(0, _APART))  # noqa: S311  # nothing secret about a pause
    raise AssertionError("unreachable")
