"""What a bulk command answers: what became of each row."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum

from core.errors import Problem


class Upserted(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass
class UpsertProblem:
    """One thing that is wrong with a row."""

    message: str
    field: str | None = None


@dataclass
class UpsertError:
    """Why a row was refused: the first thing that is wrong with it, and all of them."""

    code: str
    message: str
    field: str | None = None
    details: list[UpsertProblem] = dataclass_field(default_factory=list)


@dataclass
class UpsertedRow:
    """What became of one row; `index` is its place among those sent, from 0."""

    index: int
    result: Upserted
    id: str | None = None
    version: int | None = None
    error: UpsertError | None = None


@dataclass
class BulkUpsert:
    """What became of all rows: how many of each, and each in the order sent."""

    dry_run: bool
    created: int
    updated: int
    unchanged: int
    failed: int
    rows: list[UpsertedRow] = dataclass_field(default_factory=list)


def placed(where: str, problem: Problem) -> Problem:
    """A problem of a row as one of the whole command."""
    if problem.field is None:
        return Problem(f"{where}: {problem.message}", where)
    joint = "." if problem.message.startswith(problem.field) else ": "
    return Problem(f"{where}{joint}{problem.message}", f"{where}.{problem.field}")
