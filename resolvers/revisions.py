"""Revisions: what comes after one, and copies of rows for a new one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from core.record import Line, Record, Row
from core.values.ids import new_id

R = TypeVar("R", bound=Record)
L = TypeVar("L", bound=Line)
_TAIL: Final = re.compile(r"([0-9]+|[A-Z]+|[a-z]+)$", re.ASCII)
_OF_THE_ROW: Final = frozenset({*Row.model_fields, "created_at", "updated_at", "version", "created_by_id"})
"""Columns that a copy has of its own."""


def next_revision(revision: str) -> str:
    """Return the revision after this one: `B` of `A`, `AA` of `Z`, `2` of `1`, `A.10` of `A.9`, `010` of `009`."""
    tail = _TAIL.search(revision)
    if tail is None:
        return f"{revision}1"
    text, head = tail[0], revision[: tail.start()]
    if text.isdigit():
        return head + str(int(text) + 1).zfill(len(text))
    return head + _after(text, "A" if text.isupper() else "a")


def _after(letters: str, first: str) -> str:
    """Return the letters after these, as columns of a spreadsheet are counted: `AB`, `AZ`, `BA`, …, `ZZ`, `AAA`."""
    last = chr(ord(first) + 25)
    rest = letters.rstrip(last)
    carried = first * (len(letters) - len(rest))
    return (rest[:-1] + chr(ord(rest[-1]) + 1) if rest else first) + carried


def free_revision(revision: str, taken: Collection[str]) -> str:
    """Return the first revision after this one that is not taken."""
    found = next_revision(revision)
    while found in taken:
        found = next_revision(found)
    return found


def copy_record(record: R, *, without: Collection[str] = (), **changed: Any) -> R:
    """Return a new record with the columns of another, less its ids elsewhere and those `without`."""
    kept = {name: _own(value) for name, value in vars(record).items() if name not in {*_OF_THE_ROW, *without}}
    return type(record)(id=new_id(type(record)), **kept | {"external_ids": []} | changed)


def copy_lines(rows: Sequence[L], parent: UUID) -> list[L]:
    """Return new rows of another parent with the columns of these."""
    made = []
    for row in rows:
        kept = {name: value for name, value in vars(row).items() if name not in _OF_THE_ROW}
        made.append(type(row)(id=new_id(type(row)), **kept | {row.parent_column: parent}))
    return made


def _own(value: Any) -> Any:
    """A value that is not shared with another row."""
    return value.copy() if isinstance(value, dict | list) else value
