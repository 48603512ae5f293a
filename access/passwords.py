"""Passwords of people, kept as Argon2id hashes: slow to guess, and made in a thread."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Final

from argon2 import PasswordHasher, Type

AT_ONCE: Final = 2
"""Hashes that one process makes side by side: each takes 64 MiB, and some tenths of a second of a processor."""
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1, type=Type.ID)


class Passwords:
    """Makes hashes, one in each of a few turns; one for each process."""

    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(AT_ONCE)
        """Enter it to hash; ask then whether there is still anything to hash for."""

    async def hash(self, password: str) -> str:
        """Hash a password; the same text in another form of Unicode is the same password (NFKC)."""
        return await asyncio.to_thread(_HASHER.hash, unicodedata.normalize("NFKC", password))
