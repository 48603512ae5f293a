"""Look-ups for addresses that showed too many bad keys: many in one statement, so that a flood costs little.

A good key must get in from such an address, although neither Valkey nor this process knows it; so nobody is refused
before PostgreSQL was asked. What is bounded is how often it is asked.
"""

from __future__ import annotations

import asyncio
from typing import Final

from access.credentials import Pepper
from access.directory import Directory

PAUSE: Final = 0.02
"""Seconds in which look-ups gather: at most 50 statements a second."""
MAX_WAITING: Final = 1_000
"""Look-ups of one statement; what is beyond is refused unseen, until the next one."""


class Lookups:
    """Gathers look-ups; one for each process."""

    def __init__(self, directory: Directory, pepper: Pepper) -> None:
        self._directory, self._pepper = directory, pepper
        self._waiting: dict[tuple[str, str], asyncio.Future[bool]] = {}
        self._task: asyncio.Task[None] | None = None

    async def is_good(self, public_id: str, key: str) -> bool:
        """Whether this is a key that is good now; raises Unavailable when PostgreSQL is away."""
        place = (public_id, key)
        future = self._waiting.get(place)
        if future is None:
            if len(self._waiting) >= MAX_WAITING:
                return False
            future = self._waiting[place] = asyncio.get_running_loop().create_future()
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await asyncio.shield(future)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(PAUSE)
                asked, self._waiting = self._waiting, {}
                await self._answer(asked)
        finally:
            self._task = None

    async def _answer(self, asked: dict[tuple[str, str], asyncio.Future[bool]]) -> None:
        try:
            digests = await self._directory.digests(sorted({public_id for public_id, _ in asked}))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where it was asked
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # nobody may wait for it any more
            return
        for (public_id, key), future in asked.items():
            digest = digests.get(public_id)
            future.set_result(digest is not None and self._pepper.matches(key, digest))
