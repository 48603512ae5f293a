"""What a bulk command answers: what became of each row."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum


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
