"""The kinds of tasks that workers carry out, one module each."""

from __future__ import annotations

from typing import Final

from core.database.database import Database
from core.mail import Mailer
from core.secrets import Secrets
from core.settings import Settings
from jobs.kinds.invitations import sending
from jobs.kinds.pruning import PRUNE_EVENTS
from jobs.kinds.pruning_attempts import PRUNE_ATTEMPTS
from jobs.tasks.kinds import Kinds

KINDS: Final = Kinds(PRUNE_EVENTS, PRUNE_ATTEMPTS)
"""The kinds that need nothing but the database they are given. A new one is added here."""


def kinds_of(settings: Settings, database: Database) -> Kinds:
    """Every kind, also those that the settings are for; `database` acts as `forge_api`."""
    return Kinds(*KINDS, sending(Mailer.of(settings), Secrets.of(settings), database))
