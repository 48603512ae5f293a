"""The kinds of value a column can hold: how each is written as JSON in SQL, compared, bound and read back.

One table for all doors, so that a value looks the same wherever it comes out: decimals and ids are strings, moments
have six digits and a `Z`, enums are upper case in GraphQL and lower case in REST.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

MOMENT_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
EQUALITY = ("eq", "ne", "in", "not_in")
RANGE = (*EQUALITY, "lt", "lte", "gt", "gte")
TEXTUAL = (*EQUALITY, "contains", "starts_with")


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one kind travel.

    `json(column)` is SQL text for the bare JSON token and `quoted` says that it still needs quotation marks, which the
    compiler melts into the literals around it. `read` turns the text of a cursor back into a value (or ValueError).
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


def read_moment(text: str) -> datetime:
    """Read a moment of exactly the form that the doors show."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _read_decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    return number


def _read_bool(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


ID = Kind("id", "uuid", _same, True, EQUALITY, UUID)
TEXT = Kind("text", "text", _escaped, False, TEXTUAL, str)
ENUM = Kind("enum", "text", _same, True, EQUALITY, str)
INTEGER = Kind("integer", "int", _as_text, False, RANGE, int)
BOOLEAN = Kind("boolean", "bool", _as_text, False, ("eq", "ne"), _read_bool)
DECIMAL = Kind("decimal", "numeric", _same, True, RANGE, _read_decimal)
DATE = Kind("date", "date", _same, True, RANGE, date.fromisoformat)
MOMENT = Kind("moment", "timestamptz", moment_text, True, RANGE, read_moment)
WORDS = Kind("words", "text[]", _escaped, False, (), str)

_BY_TYPE: dict[type, Kind] = {
    UUID: ID,
    str: TEXT,
    int: INTEGER,
    bool: BOOLEAN,
    Decimal: DECIMAL,
    date: DATE,
    datetime: MOMENT,
}


def kind_of(annotation: Any) -> Kind:
    """Return the kind of a Python type (`Decimal`, `UUID`, an enum, `list[str]`, …); TypeError when it has none."""
    if annotation == list[str]:
        return WORDS
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ENUM
    kind = _BY_TYPE.get(annotation)
    if kind is None:
        message = f"no kind for {annotation!r}: use a scalar, an enum of text or list[str]"
        raise TypeError(message)
    return kind
