"""The kinds of value a column can hold: how each is written as JSON in SQL, compared, bound and read back.

One table for all doors, so that a value looks the same wherever it comes out: decimals and ids are strings, moments
have six digits and a `Z`, enums are upper case in GraphQL and lower case in REST.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from core.values import decimals, scalars

MOMENT_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
EQUALITY = ("eq", "ne", "in", "not_in")
RANGE = (*EQUALITY, "lt", "lte", "gt", "gte")
TEXTUAL = (*EQUALITY, "starts_with")
NEGATIONS = ("ne", "not_in")
MEMBERS = ("has", "has_any", "has_all")
LARGEST_INTEGER: Final = 2_147_483_647
_INTEGER: Final = re.compile(r"-?\d{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one kind travel.

    `json(column)` is SQL text for the bare JSON token and `quoted` says that it still needs quotation marks, which the
    compiler melts into the literals around it. `read` turns the text of a cursor or query into a value; its ValueError
    says what is wanted.
    """

    name: str
    sql_type: str
    json: Callable[[str], str]
    quoted: bool
    operators: tuple[str, ...]
    read: Callable[[str], Any]


def _same(column: str) -> str:
    return column


def _as_text(column: str) -> str:
    return f"{column}::text"


def _escaped(column: str) -> str:
    return f"to_json({column})::text"


def moment_text(column: str) -> str:
    """Write a timestamp as the doors show it, without quotation marks."""
    return f"to_char({column},'{MOMENT_FORMAT}')"


def moment_in_milliseconds(column: str) -> str:
    """Write a timestamp as the whole milliseconds since 1970."""
    return f"floor(extract(epoch from {column})*1000)::bigint::text"


def _read_integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or abs(int(text)) > LARGEST_INTEGER:
        raise ValueError(f"must be a whole number from {-LARGEST_INTEGER:,} to {LARGEST_INTEGER:,}")
    return int(text)


def _read_bool(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text == "true"


ID = Kind("id", "uuid", _same, True, EQUALITY, scalars.read_id)
TEXT = Kind("text", "text", _escaped, False, TEXTUAL, str)
ENUM = Kind("enum", "text", _same, True, EQUALITY, str)
INTEGER = Kind("integer", "int", _as_text, False, RANGE, _read_integer)
BOOLEAN = Kind("boolean", "bool", _as_text, False, ("eq", "ne"), _read_bool)
DECIMAL = Kind("decimal", "numeric", _same, True, RANGE, decimals.read)
DATE = Kind("date", "date", _same, True, RANGE, scalars.read_day)
MOMENT = Kind("moment", "timestamptz", moment_text, True, RANGE, scalars.read_moment)
MOMENT_IN_MILLISECONDS = Kind("moment", "timestamptz", moment_in_milliseconds, False, RANGE, scalars.read_moment)
"""A moment as the milliseconds since 1970, a number."""
WORDS = Kind("words", "text[]", _escaped, False, MEMBERS, str)
DOCUMENT = Kind("document", "jsonb", _as_text, False, (), str)

_BY_TYPE: dict[Any, Kind] = {
    strawberry.ID: ID,
    UUID: ID,
    str: TEXT,
    int: INTEGER,
    bool: BOOLEAN,
    Decimal: DECIMAL,
    date: DATE,
    datetime: MOMENT,
    dict: DOCUMENT,
    object: DOCUMENT,  # what SQLAlchemy says of JSONB
}


def operators_of(kind: Kind, *, has_tree: bool, contains: bool) -> tuple[str, ...]:
    """How a column of a kind can be compared. Text without a B-tree has no negations: no index knows "not"."""
    if kind is WORDS:
        return kind.operators
    found = kind.operators if has_tree or kind is not TEXT else tuple(each for each in TEXTUAL if each not in NEGATIONS)
    return (*found, *(("contains",) if contains else ()), "is_null")


def kind_of(annotation: Any) -> Kind:
    """Return the kind of a Python type (`Decimal`, `UUID`, an enum, `list[str]`, …); TypeError when it has none."""
    if annotation == list[str]:
        return WORDS
    if annotation is JSON:
        return DOCUMENT
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ENUM
    kind = _BY_TYPE.get(annotation) or _BY_TYPE.get(getattr(annotation, "__supertype__", None))
    if kind is None:
        raise TypeError(f"no kind for {annotation!r}: use a scalar, an enum of text, list[str] or JSON")
    return kind
