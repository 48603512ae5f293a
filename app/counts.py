"""How many connections each process of a team has, in memory that all of them share; each writes its own number.

Whoever has more than another one waits a moment before it accepts, so that connections, which may stay open for long,
come to all processes alike.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from typing import Final

_SIZE: Final = 4
_FORMAT: Final = "i"
AWAY: Final = -1
"""The number of a process that accepts nothing."""


def make(places: int) -> int:
    """Return the descriptor of a file without a name, in which nobody accepts yet; on Linux it needs no disk."""
    numbers = AWAY.to_bytes(_SIZE, "little", signed=True) * places
    if sys.platform == "linux":
        descriptor = os.memfd_create("forge-counts")
        os.write(descriptor, numbers)
        return descriptor
    with tempfile.TemporaryFile() as file:
        file.write(numbers)
        file.flush()
        return os.dup(file.fileno())


class Counts:
    """The numbers of all, as one of them sees them."""

    def __init__(self, descriptor: int, place: int) -> None:
        self._map = mmap.mmap(descriptor, 0)
        self._numbers = memoryview(self._map).cast(_FORMAT)
        self.place = place

    def set(self, count: int) -> None:
        """Say how many connections this one has."""
        self._numbers[self.place] = count

    def is_beyond(self, count: int) -> bool:
        """Whether one that accepts has fewer than `count`."""
        return any(0 <= number < count for number in self._numbers)

    def leave(self, place: int) -> None:
        """Say that the process of a place accepts nothing."""
        self._numbers[place] = AWAY
