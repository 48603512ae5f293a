"""Taking wakes from the queue ends as soon as it is told to, at whatever moment that is."""

from __future__ import annotations

import asyncio
import gc
import random
from uuid import UUID, uuid4

from core.settings import Settings
from jobs.queue import Calls, Wakes, consume

TIMES, AT_ONCE = 25, 10


async def nothing(_: UUID) -> None:
    pass


async def due(_: UUID) -> bool:
    return True


async def more() -> bool:
    return bool(random.getrandbits(1))


CALLS = Calls(nothing, due, more, more)


async def test_it_ends_at_once_whenever_it_is_cancelled(settings: Settings):
    """The library below (ARQ) loses some cancellations, so that one is not enough. No connection is left open."""
    assert settings.redis_url is not None
    chance = random.Random(7)
    wakes = Wakes(settings.redis_url)
    for _ in range(TIMES):
        for _ in range(AT_ONCE):
            wakes(uuid4())
        taking = [asyncio.create_task(consume(settings.redis_url, CALLS)) for _ in range(AT_ONCE)]
        await asyncio.sleep(chance.uniform(0, 0.1))
        for task in taking:
            task.cancel()
        ended, left = await asyncio.wait(taking, timeout=10)
        for task in left:
            task.cancel()
        assert (len(ended), len(left)) == (AT_ONCE, 0)
    await wakes.__aexit__(None, None, None)
    gc.collect()  # a connection left open says so now, not in another test
