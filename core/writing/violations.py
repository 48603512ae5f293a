"""PostgreSQL's refusals as our errors: the constraint names the field, the caller never sees SQL."""

from __future__ import annotations

from functools import cache

import asyncpg
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlmodel import SQLModel

from core.database.sqlstates import RunAgain, refusal
from core.errors import Conflict, ForgeError, Invalid

__all__ = ["RunAgain", "translate"]

REFERS_TO_DELETED = "FG001"
STILL_REQUIRED = "FG002"
TOO_MANY = "FG003"
CIRCLE = "FG004"
_TENANT = "workspace_id"


def translate(error: asyncpg.PostgresError) -> ForgeError | None:
    """Return the error to raise in place of PostgreSQL's; None for one that is our own mistake."""
    if ours := _raised(error):
        return ours
    if isinstance(error, asyncpg.CheckViolationError) and not error.constraint_name:
        return RunAgain("A partition was made for these rows meanwhile", retry_after=1)
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return _violation(error)
    found = refusal(error)
    return None if found is None else found.kind(found.message, retry_after=found.retry_after)


def _raised(error: asyncpg.PostgresError) -> ForgeError | None:
    """What it means when a function of ours raises."""
    if error.sqlstate == REFERS_TO_DELETED:
        return Invalid(f"{error.column_name} refers to a deleted record", field=error.column_name)
    if error.sqlstate == CIRCLE:
        return Invalid(f"{error.column_name}: {error.message}", field=error.column_name)
    if error.sqlstate == TOO_MANY:
        return too_many(error)
    return Conflict(f"The record {error.message}") if error.sqlstate == STILL_REQUIRED else None


def too_many(error: asyncpg.PostgresError) -> Invalid:
    """Return what it means when a filter finds more than it may: the message begins with the filter's name."""
    return Invalid(str(error), field=str(error).partition(":")[0])


def _violation(error: asyncpg.IntegrityConstraintViolationError) -> ForgeError | None:
    table, constraint = error.table_name or "", error.constraint_name or ""
    field = _fields(table).get(constraint)
    if isinstance(error, asyncpg.NotNullViolationError):
        return Invalid(f"{error.column_name} is required", field=error.column_name)
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError):
        if table in _run_again():
            return RunAgain("Another request did the same at the same time", retry_after=1)
        return Conflict(f"{field or 'A value'} is already taken", field=field)
    if isinstance(error, asyncpg.RestrictViolationError) or "still referenced" in (error.detail or ""):
        return Conflict(f"The record is still used in {table}")
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return Invalid(f"{field} refers to no record", field=field)
    known = isinstance(error, asyncpg.CheckViolationError) and field is not None
    return Invalid(f"{field} is not an allowed value", field=field) if known else None


@cache
def _fields(table_name: str) -> dict[str, str]:
    """Return, for each constraint and unique index of a table, the column it is about."""
    table = SQLModel.metadata.tables.get(table_name)
    if table is None:
        return {}
    found = {str(index.name): _column(index, 0) or _named(table, index) for index in table.indexes if index.unique}
    for constraint in table.constraints:
        name = str(constraint.name)
        if isinstance(constraint, UniqueConstraint):
            found[name] = _column(constraint, 0)
        elif isinstance(constraint, ForeignKeyConstraint):
            found[name] = _column(constraint, -1)  # (client_id, contact_id): the client is checked by a key of its own
        elif isinstance(constraint, CheckConstraint):
            found[name] = _checked(table, name)
    return {name: field for name, field in found.items() if field}


def _column(of: Index | UniqueConstraint | ForeignKeyConstraint, place: int) -> str:
    names = [column.name for column in of.columns if column.name != _TENANT]
    return str(names[place]) if names else ""


def _named(table: Table, index: Index) -> str:
    """Return the column in the name of an index of an expression: `users_email` → `email`."""
    column = str(index.name).removeprefix(f"{table.name}_")
    return column if column in table.columns else ""


def _checked(table: Table, name: str) -> str:
    """Return the column in the name of a check: `quotes_total_exact` → `total`."""
    column = name.removeprefix(f"{table.name}_").rpartition("_")[0]
    return column if column in table.columns else ""


@cache
def _run_again() -> frozenset[str]:
    """Return the tables where a duplicate means that another request was first: run again, it is found."""
    marked = (table.name for table in SQLModel.metadata.sorted_tables if table.info.get("run_again_on_duplicate"))
    return frozenset(marked)
