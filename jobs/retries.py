"""When a delivery that failed is tried again."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

SPREAD: Final = 0.2
"""Each delay is longer or shorter by up to this fraction, so that what failed together does not come back together."""
LONGEST_WISH: Final = 86_400.0
"""Seconds of a `Retry-After` that are honoured."""


def next_delay(delays: Sequence[float], failures: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait after so many failed tries (from 1), or None when that was the last.

    A receiver that says `Retry-After` is not asked again before.
    """
    if failures > len(delays):
        return None
    delay = delays[failures - 1] * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  # nothing secret about a pause
    return max(delay, min(_wish(headers.get("retry-after", "")), LONGEST_WISH))


def _wish(text: str) -> float:
    """Read `Retry-After`: seconds, or a date of HTTP; 0 for anything else, which counts as absent."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
        return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, LookupError, ArithmeticError):  # all of them come of dates that are none
        return 0.0
