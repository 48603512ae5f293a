"""The watch: tells the gate of lost rights as they are published, and every 5 s of those whose message was lost."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import asyncpg

from access.gatekeeper import Gatekeeper
from access.limiter import CHANNEL
from core.errors import Unavailable
from core.listening import listen

SWEEP: Final = 5.0
log = logging.getLogger("forge")


class Watch:
    """Two background tasks of one process, for as long as it is entered."""

    def __init__(self, gate: Gatekeeper, redis_url: str, *, every: float = SWEEP) -> None:
        self._gate = gate
        self._redis_url = redis_url
        self._every = every
        self._due = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._sweep())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Unavailable, asyncpg.PostgresError):
            await self._gate.sweep()  # the last uses

    async def _listen(self) -> None:
        await listen(self._redis_url, CHANNEL.decode(), self._hear, self._due.set)

    def _hear(self, message: str) -> None:
        public_id, _, epoch = message.partition(" ")
        self._gate.hear(public_id, int(epoch))

    async def _sweep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._due.wait()
            self._due.clear()
            try:
                await self._gate.sweep()
            except Unavailable:
                log.info("PostgreSQL is away: the sweep waits for it")
            except Exception:
                log.exception("sweeping for lost rights")
