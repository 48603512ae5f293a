"""Errors of the servers behind us in the operator's words: one line that names the variable to change.

What is not in here is a mistake of ours, and keeps its trace. No line shows a URL: passwords are in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final

import asyncpg
import hiredis
from redis.exceptions import RedisError

POSTGRES: Final = "DATABASE_URL"
VALKEY: Final = "REDIS_URL"
_NO_ANSWER: Final = "does not answer"
_MIGRATE: Final = "is not migrated to this version; run `python -m app migrate`"
_WORDS: Final[Mapping[str, str]] = {
    "08": _NO_ANSWER,
    "22023": "has a parameter whose value PostgreSQL refuses",
    "25006": "leads to a server that takes no writes",
    "28": "has a user or a password that PostgreSQL refuses",
    "3D000": "names a database that does not exist",
    "3F000": "has a search_path in which nothing can be made",
    "42501": "has a user who may not do this; docs/operating.md says what it must own and be granted",
    "42703": _MIGRATE,
    "42704": "has a parameter that PostgreSQL does not know; it takes those of asyncpg and settings of the server",
    "42883": _MIGRATE,
    "42P01": _MIGRATE,
    "53": "leads to a server that is short of resources",
    "53300": "leads to a server that has no connection left",
    "57": "leads to a server that is starting or stopping",
    "58": "leads to a server that cannot reach its files",
}
"""What is wrong with the database, by SQLSTATE or its class."""


def what_to_change(error: BaseException) -> str | None:
    """Return the line for an error that a server, or the way to it, has caused; None for any other."""
    return next((line for each in _chain(error) if (line := _line(each))), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _line(error: BaseException) -> str | None:
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        words = _WORDS.get(state) or _WORDS.get(state[:2])
        if state == "22023" and 'parameter "role"' in str(error):  # the role to act as does not exist
            words = _MIGRATE
        return None if words is None else f"{POSTGRES} {words}: {error.message or error}"
    if isinstance(error, asyncpg.ClientConfigurationError):
        return f"{POSTGRES} cannot be used: {error}"
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return f"{POSTGRES} leads to no server of the kind that its target_session_attrs asks for: {error}"
    if isinstance(error, hiredis.HiredisError):
        return f"{VALKEY} leads to something that is not Valkey: {error}"
    if isinstance(error, (RedisError, OSError, ValueError, OverflowError)):
        return _on_the_way(error)
    return None


def _on_the_way(error: Exception) -> str | None:
    """Tell by its trace which server an error is about that has no class of its own."""
    modules = _modules(error.__traceback__)
    if isinstance(error, RedisError) or "redis" in modules:
        variable = VALKEY
    elif "asyncpg" in modules:
        variable = POSTGRES
    else:
        return None
    if isinstance(error, (RedisError, OSError)):
        return f"{variable} {_NO_ANSWER}: {str(error) or 'no answer in time'}"
    return f"{variable} cannot be read as a URL; write special characters of its password as %XX"


def _modules(trace: TracebackType | None) -> set[str]:
    """The packages that a trace leads through."""
    found: set[str] = set()
    while trace is not None:
        found.add(str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0])
        trace = trace.tb_next
    return found
