"""The kinds of tasks that workers carry out, one module each."""

from __future__ import annotations

from typing import Final

from jobs.kinds.pruning import PRUNE_EVENTS
from jobs.tasks.kinds import Kinds

KINDS: Final = Kinds(PRUNE_EVENTS)
"""Every kind. A new one is added here."""
