"""The kinds of tasks that workers carry out, one module each."""

from __future__ import annotations

from typing import Final

from jobs.kinds.pruning import PRUNE_EVENTS
from jobs.kinds.pruning_attempts import PRUNE_ATTEMPTS
from jobs.tasks.kinds import Kinds

KINDS: Final = Kinds(PRUNE_EVENTS, PRUNE_ATTEMPTS)
"""Every kind. A new one is added here."""
