"""Weights: how long a statement takes in each workspace, as far as it was seen; that decides which lane it takes.

What is not known yet is heavy if it is expected to be (`presumed`): figures and exact counts read whole index ranges,
where a page reads its rows.
"""

from __future__ import annotations

import time
from typing import Final

SLOW: Final = 0.05
"""Seconds from which a statement is heavy."""
QUICK: Final = 0.01
"""Seconds up to which a run need not be noted, if the one before was as quick."""
_TRUSTED: Final = 30.0
"""Seconds for which what PostgreSQL measured outweighs what we measured: our clock also counts a busy loop."""
_FIRST: Final = SLOW * 0.9
"""Seconds that a first run counts for at most: it also prepares the statement."""
_MAX: Final = 1_000
LISTS: Final = "filter by fields that say more, or ask for fewer rows and lists at once"
COUNTS: Final = "ask for totalCount without `exact`, or filter by fields that say more"
FIGURES: Final = "narrow the filter or the time of the buckets, or ask for fewer figures and groups"
"""How to ask for less."""


class Weight:
    """What is known of one statement; `narrow` tells a caller how to ask for less."""

    __slots__ = ("_measured", "narrow", "presumed", "seconds")

    def __init__(self, narrow: str, *, presumed: bool = False) -> None:
        self.narrow, self.presumed = narrow, presumed
        self.seconds: dict[str, float] = {}
        """By workspace."""
        self._measured: dict[str, float] = {}

    def is_heavy(self, workspace: str) -> bool:
        """Whether it belongs into the heavy lane."""
        seconds = self.seconds.get(workspace)
        return self.presumed if seconds is None else seconds >= SLOW

    def is_known(self, workspace: str) -> bool:
        """Whether it ran to its end, or to its limit, in this workspace before."""
        return workspace in self.seconds

    def took(self, workspace: str, seconds: float) -> None:
        """Note what our clock says of a run in the light lane: a moving average, for one slow run says little."""
        known = self.seconds.get(workspace)
        if known is None:
            self._note(workspace, min(seconds, _FIRST))
        elif seconds < SLOW or time.monotonic() > self._measured.get(workspace, 0.0) + _TRUSTED:
            self.seconds[workspace] = known + (seconds - known) / 4

    def measured(self, workspace: str, seconds: float) -> None:
        """Note what PostgreSQL says of a run, or that it was stopped after so long."""
        self._note(workspace, seconds)
        self._measured[workspace] = time.monotonic()

    def _note(self, workspace: str, seconds: float) -> None:
        if len(self.seconds) >= _MAX:
            self.seconds.clear()
            self._measured.clear()
        self.seconds[workspace] = seconds
