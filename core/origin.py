"""Where a command came from: the request, the address and the program of the caller, as the audit keeps them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

LONGEST_AGENT: Final = 300
"""Characters kept of a `User-Agent`."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Origin:
    """A request as entries of the audit name it; None is what it did not say, or what was no request."""

    request_id: str | None = None
    address: str | None = None
    user_agent: str | None = None


FORGE_ITSELF: Final = Origin()
"""Of what Forge does by itself."""


@lru_cache(maxsize=2_000)
def plain(text: str, longest: int) -> str | None:
    """Text without control characters, cut to so many characters; None when nothing is left."""
    return _CONTROL.sub("", text)[:longest].strip() or None


@lru_cache(maxsize=2_000)
def address(text: str) -> str | None:
    """An IP address as it was told; None for what is none: a trusted proxy may forward anything as one."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None
