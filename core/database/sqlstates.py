"""What each of PostgreSQL's errors is answered with, by its SQLSTATE: one table, printed in docs/errors.md.

The first two characters of a SQLSTATE are its class. What is not in the table is a mistake of ours: it is logged with
its trace and answered as `internal`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import asyncpg

from core.errors import Conflict, ForgeError, Internal, Invalid, Unavailable

log = logging.getLogger("forge")


class RunAgain(Conflict):
    """The whole operation may run again with a fresh context: it lost a race and has changed nothing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What PostgreSQL says by a SQLSTATE or a whole class, and our answer.

    `operator` says that somebody must mend the server, so that it is logged.
    """

    sqlstate: str
    meaning: str
    kind: type[ForgeError]
    message: str
    retry_after: int | None = None
    operator: bool = False


_RACE: Final = "Another request changed the same rows at the same time"
_AWAY: Final = "The database does not answer"
_RESOURCES: Final = "The database is short of resources"
_BROKEN: Final = "The database cannot reach its files"
_VALUE: Final = "A value of this request is out of the range that the database can hold"
_COMPLEX: Final = "A value of this request is larger or more complex than the database can hold"
TABLE: Final = (
    Refusal("08", "the connection failed", Unavailable, _AWAY, 1),
    Refusal("22", "a value is out of range, or is no text", Invalid, _VALUE),
    Refusal("22012", "a division by zero, which no value of a request can cause", Internal, ""),
    Refusal("23502", "a value is missing; `field` names it", Invalid, _VALUE),
    Refusal("23503", "it refers to no record (`field`); what is still used: `conflict` (409)", Invalid, _VALUE),
    Refusal("23505", "a value is taken; `field` names it", Conflict, "A value is already taken"),
    Refusal("23514", "a value that is not allowed; `field` names it", Invalid, _VALUE),
    Refusal("25006", "the server takes no writes: a standby, or set to read only", Unavailable,
            "The database takes no writes at the moment", 5, operator=True),
    Refusal("25P03", "a transaction was idle for too long", Unavailable, _AWAY, 1),
    Refusal("25P04", "a transaction took too long", Unavailable, _AWAY, 1),
    Refusal("28", "the user or its password is not accepted", Unavailable, _AWAY, 5, operator=True),
    Refusal("3D000", "there is no such database", Unavailable, _AWAY, 5, operator=True),
    Refusal("40", "a deadlock, or a lost race; after three tries", RunAgain, _RACE, 1),
    Refusal("53", "short of resources", Unavailable, _RESOURCES, 5, operator=True),
    Refusal("53100", "the disk is full", Unavailable, "The database has no disk space left", 30, operator=True),
    Refusal("53200", "out of memory", Unavailable, _RESOURCES, 5, operator=True),
    Refusal("53300", "too many connections", Unavailable, "The database has no connection left", 1, operator=True),
    Refusal("54", "a limit of PostgreSQL, such as the size of an index row", Invalid, _COMPLEX),
    Refusal("55006", "an object is in use, by a migration for example", Unavailable, "The database is busy", 1),
    Refusal("55P03", "a lock was not had within `lock_timeout`", Conflict,
            "Another request holds a row this one needs", 1),
    Refusal("57", "an operator intervened: shut down, crashed, starting, dropped", Unavailable, _AWAY, 1),
    Refusal("57014", "a statement was cancelled, or took longer than it may; a read: `too_heavy` (503)", Unavailable,
            "The database took too long to answer", 1),
    Refusal("58", "an error of the operating system: reading or writing a file", Unavailable, _BROKEN, 30,
            operator=True),
)  # fmt: skip
_BY_STATE: Final = {row.sqlstate: row for row in TABLE}


def refusal(error: asyncpg.PostgresError) -> Refusal | None:
    """Return the row of the table for an error; None for a mistake of ours."""
    state = error.sqlstate or ""
    found = _BY_STATE.get(state) or _BY_STATE.get(state[:2])
    if found is None or found.kind is Internal or not _of_a_value(error):
        return None
    if found.operator:
        log.error("PostgreSQL refuses (%s): %s", state, error.message)
    return found


def _of_a_value(error: asyncpg.PostgresError) -> bool:
    """Whether an error can come of a value: asyncpg refuses arguments of a wrong type too, which are our mistake."""
    return error.__cause__ is None or isinstance(error.__cause__, (OverflowError, UnicodeError))


def passing(error: BaseException, *, reading: bool = False) -> ForgeError | None:
    """Return what to raise in place of an error that waiting may cure; None for anything else.

    A lost race counts as the database being busy. A statement that reads and tries to write is a mistake of ours.
    """
    if reading and isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return None
    found = refusal(error) if isinstance(error, asyncpg.PostgresError) else None
    if found is None or found.retry_after is None:
        return None
    return Unavailable(found.message, retry_after=found.retry_after)


def input_error(error: BaseException) -> ForgeError | None:
    """Return the refusal of a value that PostgreSQL, or asyncpg on the way to it, cannot hold; None for others."""
    found = refusal(error) if isinstance(error, asyncpg.PostgresError) else None
    return found.kind(found.message) if found is not None and found.kind is Invalid else None
