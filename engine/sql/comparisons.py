"""Comparisons: one typed condition on one column, written so that the column's index answers it.

A negation is written as what it leaves (`<` or `>`, the other words of an enum), for no index knows "not". A column
that sorts with nulls is compared by what its index holds, where nulls stand beyond every value; see docs/reading.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.errors import Invalid
from core.values import scalars
from core.values.ids import tag_of
from core.values.scalars import CutMoment
from engine.declare.catalogue import Column
from engine.declare.kinds import BOOLEAN, ENUM, ID, TEXT, Kind
from engine.declare.rows import Condition

_COMPARISON: Final = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
MAX_VALUES: Final = 500
MAX_EXCLUDED: Final = 20
"""Values of a `notIn` (of an enum any number): each is a condition of its own."""
SHORTEST_PART: Final = 3
"""Characters in a row that trigrams can look up."""


def condition(column: Column, operator: str, value: Any, field: str) -> Condition:
    """One typed condition on a column; `operator` is one of the column's. Invalid names `field`."""
    scopes = frozenset({column.scope}) if column.scope else frozenset[str]()
    if value is None:
        message = f"{field}: null is not a value to compare with; use isNull: true"
        raise Invalid(message, field=field)
    if operator == "is_null":
        return Condition(_is_null(column, is_null=value), (), scopes)
    if operator == "contains":
        return Condition(*_contains(column, _bound(TEXT, value, field)), scopes)
    if operator == "starts_with":
        return Condition(f"@.{column.column}^@?::text", (_bound(TEXT, value, field),), scopes)
    if operator in {"ne", "not_in"}:
        given = value if operator == "not_in" else [value]
        return Condition(*_excluding(column, _several(column.kind, given, field), field), scopes)
    if operator == "in":
        values = _several(column.kind, value, field)
        return Condition(f"{column.sql}=any(?::{column.kind.sql_type}[])", (values,), scopes)
    return Condition(*_compared(column, operator, _bound(column.kind, value, field)), scopes)


def pattern(text: str) -> str:
    """The pattern that matches whatever contains this text."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def has_trigrams(text: str) -> bool:
    """Whether a text has a part long enough to be looked up."""
    return any(len(word) >= SHORTEST_PART for word in words_of(text))


def words_of(text: str) -> list[str]:
    """The words of a text: its runs of letters and digits."""
    return "".join(each if each.isalnum() else " " for each in text).split()


def _is_null(column: Column, *, is_null: bool) -> str:
    if column.sorts_nulls:
        return f"{column.sql}{'=' if is_null else '<'}{column.kind.beyond}"
    return f"@.{column.column} is {'' if is_null else 'not '}null"


def _contains(column: Column, text: str) -> tuple[str, tuple[Any, ...]]:
    wanted, name = pattern(text), f"@.{column.column}"
    if has_trigrams(text):
        return f"(may_contain(@.search_text,?::text) and {name} ilike ?::text)", (wanted, wanted)
    return f"{name} ilike ?::text", (wanted,)


def _compared(column: Column, operator: str, value: Any) -> tuple[str, tuple[Any, ...]]:
    if isinstance(value, CutMoment) and operator in {"lt", "gte"}:
        value = _next_microsecond(value)
    test = f"{column.sql}{_COMPARISON[operator]}?::{column.kind.sql_type}"
    if column.sorts_nulls and operator in {"gt", "gte"}:
        test = f"({test} and {_is_null(column, is_null=False)})"
    return test, (value,)


def _next_microsecond(cut: CutMoment) -> datetime:
    """The first microsecond after a moment that was cut: what is before it, or at it, is before what was sent."""
    try:
        return cut + timedelta(microseconds=1)
    except OverflowError:
        return cut


def _excluding(column: Column, values: Sequence[Any], field: str) -> tuple[str, tuple[Any, ...]]:
    """What is left without these values; nulls are not."""
    kind, key = column.kind, column.sql
    if kind is ENUM and column.choices is not None:
        return f"{key}=any(?::text[])", ([str(each) for each in column.choices if each not in values],)
    if kind is BOOLEAN:
        return f"{key}=not ?::bool", (values[0],)
    if column.column == "id":
        return f"not ({key}=any(?::uuid[]))", (list(values),)
    if len(values) > MAX_EXCLUDED:
        message = f"{field}: at most {MAX_EXCLUDED} values"
        raise Invalid(message, field=field)
    one = f"({key}<?::{kind.sql_type} or {key}>?::{kind.sql_type})"
    tests = [one] * len(values)
    if column.sorts_nulls or not values:
        tests.append(_is_null(column, is_null=False))
    twice = tuple(value for value in values for _ in range(2))
    return f"({' and '.join(tests)})", twice


def _several(kind: Kind, given: Sequence[Any], field: str) -> list[Any]:
    if len(given) > MAX_VALUES:
        message = f"{field}: at most {MAX_VALUES} values"
        raise Invalid(message, field=field)
    return [_bound(kind, one, field) for one in given]


def _bound(kind: Kind, value: Any, field: str) -> Any:
    if kind is ID:
        return read_id(value, field)
    if kind is TEXT and "\0" in value:
        message = f"{field}: the character U+0000 is not allowed"
        raise Invalid(message, field=field)
    return value


def read_id(value: Any, field: str, tag: int | None = None) -> UUID:
    """Read one of our ids; Invalid when it is malformed, or of another type than `tag` says."""
    try:
        found = scalars.read_id(value)
    except ValueError as error:
        message = f"{field}: not an id"
        raise Invalid(message, field=field) from error
    if tag is not None and tag_of(found) not in {tag, None}:
        message = f"{field}: this id belongs to something of another type"
        raise Invalid(message, field=field)
    return found
