"""What PostgreSQL refuses while it reads, as an error of ours."""

from __future__ import annotations

import asyncpg

from core.violations import TOO_MANY, too_many
from engine.zones import unknown_zone


def refused(error: asyncpg.PostgresError) -> Exception:
    """The error to raise in place of PostgreSQL's; the same one when it is our own mistake."""
    if error.sqlstate == TOO_MANY:
        return too_many(error)
    return unknown_zone(error) if isinstance(error, asyncpg.InvalidParameterValueError) else error
