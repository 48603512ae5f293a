"""Open files: each connection is one, and the machine allows a process only so many."""

from __future__ import annotations

import resource
from typing import Final

_OTHERS: Final = 256
"""Files that are not connections of callers: databases, logs, modules, the reserve for the health routes."""


def connections_that_fit(wanted: int) -> int:
    """Let this process open as many files as it may, and return how many connections then fit, `wanted` at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):  # macOS says `unlimited` and means less
            pass
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, soft - min(_OTHERS, soft // 2))
