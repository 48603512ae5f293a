"""UUIDv7 ids that carry their type: the 12 `rand_a` bits hold a tag, so an id alone says which table it belongs to.

Layout (RFC 9562 §5.7): 48 bits Unix milliseconds, 4 bits version 7, 12 bits tag, 2 bits variant, 62 random bits.
Tags are listed in `models/__init__.py` and never used again.
"""

from __future__ import annotations

import os
import time
from typing import Protocol
from uuid import UUID

VERSION = 7
VARIANT = 0b10
_VERSION_BITS = VERSION << 76
_VARIANT_BITS = VARIANT << 62
_RANDOM_MASK = (1 << 62) - 1
_TAG_MASK = 0xFFF


class Tagged(Protocol):
    """A table whose ids carry `tag` (1..4095)."""

    tag: int


def new_id(of: Tagged) -> UUID:
    """Make an id for a row of this table; ids of one table made later sort later (by the millisecond)."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(8)) & _RANDOM_MASK
    return UUID(int=milliseconds << 80 | _VERSION_BITS | of.tag << 64 | _VARIANT_BITS | random)


def tag_of(row_id: UUID) -> int | None:
    """Return the tag an id carries, or None when it is not one of our ids (another UUID version)."""
    number = row_id.int
    if number >> 76 & 0xF != VERSION or number >> 62 & 0b11 != VARIANT:
        return None
    return number >> 64 & _TAG_MASK
