"""What this process has heard of rights that were lost: asked at admission and just before bytes are sent."""

from __future__ import annotations

import time
from typing import Final

from access.principal import Principal

REMEMBERED: Final = 600.0
"""Seconds: longer than any principal is kept and any request runs."""


class Withdrawn:
    """Keys and the epoch from which they are to be read afresh: a principal that is older is no good."""

    def __init__(self) -> None:
        self._epochs: dict[str, tuple[int, float]] = {}

    def add(self, public_id: str, epoch: int) -> None:
        """Remember that a right of this key was lost at this epoch of its workspace."""
        known, _ = self._epochs.get(public_id, (0, 0.0))
        self._epochs[public_id] = (max(known, epoch), time.monotonic())

    def holds(self, principal: Principal) -> bool:
        """Whether a right of this principal's key was lost after it was read."""
        found = self._epochs.get(principal.public_id)
        return found is not None and principal.epoch < found[0]

    def forget_old(self) -> None:
        """Drop what no principal can be old enough for."""
        oldest = time.monotonic() - REMEMBERED
        self._epochs = {name: each for name, each in self._epochs.items() if each[1] > oldest}
