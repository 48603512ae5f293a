"""The kinds of tasks that workers carry out, one module each."""

from __future__ import annotations

from typing import Final

from jobs.kinds.expiring_quotes import EXPIRE_QUOTES
from jobs.kinds.expiring_reservations import EXPIRE_RESERVATIONS
from jobs.kinds.invitations import SEND_INVITATION
from jobs.kinds.pruning import PRUNE_EVENTS
from jobs.kinds.pruning_attempts import PRUNE_ATTEMPTS
from jobs.kinds.purging_sandboxes import PURGE_SANDBOXES
from jobs.kinds.resetting_sandbox import RESET_SANDBOX
from jobs.kinds.verifying_stock import VERIFY_STOCK
from jobs.tasks.kinds import Kinds

KINDS: Final = Kinds(
    EXPIRE_QUOTES,
    EXPIRE_RESERVATIONS,
    PRUNE_EVENTS,
    PRUNE_ATTEMPTS,
    PURGE_SANDBOXES,
    RESET_SANDBOX,
    SEND_INVITATION,
    VERIFY_STOCK,
)
"""Every kind. A new one is added here."""
