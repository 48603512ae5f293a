"""Listening to a channel of Valkey for as long as a process runs; what is missed meanwhile, a sweep has to find."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

AGAIN: Final = 1.0
"""Seconds until Valkey is tried again."""
log = logging.getLogger("forge")


async def listen(url: str, channel: str, hear: Callable[[str], None], connected: Callable[[], None]) -> None:
    """Call `hear` with each message until cancelled, and `connected` whenever messages may have been missed before."""
    while True:
        try:
            await _hear(url, channel, hear, connected)
        except (RedisError, OSError, TimeoutError):
            log.info("Valkey is away: %s is not heard", channel)
        except Exception:
            log.exception("listening to %s", channel)
        await asyncio.sleep(AGAIN)


async def _hear(url: str, channel: str, hear: Callable[[str], None], connected: Callable[[], None]) -> None:
    async with Redis.from_url(url, socket_connect_timeout=AGAIN) as valkey, valkey.pubsub() as heard:
        await heard.subscribe(channel)
        connected()
        async for message in heard.listen():
            if message["type"] == "message":
                hear(message["data"].decode())
