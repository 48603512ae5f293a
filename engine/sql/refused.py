"""What PostgreSQL refuses while it reads, as an error of ours."""

from __future__ import annotations

import asyncpg

from core.errors import Invalid
from core.writing.violations import TOO_MANY, too_many
from engine.declare.zones import unknown_zone


def refused(error: asyncpg.PostgresError | Invalid) -> Exception:
    """The error to raise in place of one of PostgreSQL, or of what was made of it; without another, the same one."""
    cause = error.__cause__ if isinstance(error, Invalid) else error
    if isinstance(cause, asyncpg.PostgresError) and cause.sqlstate == TOO_MANY:
        return too_many(cause)
    if isinstance(cause, asyncpg.InvalidParameterValueError):
        return unknown_zone(cause, error)
    return error
