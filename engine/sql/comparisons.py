"""Comparisons: one typed condition on one column, written so that what answers it is looked up (`core.searching`).

A negation is written as what it leaves (`<` or `>`, the other words of an enum), for no index knows "not".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.errors import Invalid
from core.searching import Served
from core.values import scalars
from core.values.custom import FIELD_KEY
from core.values.ids import tag_of
from core.values.scalars import CutMoment
from engine.declare.catalogue import Column
from engine.declare.kinds import BOOLEAN, ENUM, ID, TEXT, WORDS, Kind
from engine.declare.rows import Condition
from engine.sql import tokens

_COMPARISON: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
MAX_VALUES: Final = 500
MAX_EXCLUDED: Final = 20
"""Values of a `notIn` (of an enum any number): each is a condition of its own."""
SEVERAL: Final = frozenset({"in", "not_in", "has_any", "has_all"})
"""Operators that take a list of values."""
_OPERATORS: Final = {
    "eq": "Equals this.",
    "ne": "Differs from this; a row without a value does not match.",
    "in": f"Equals one of these, {MAX_VALUES} at most.",
    "not_in": "Equals none of these, {most} at most; a row without a value does not match.",
    "lt": "Is less, or earlier, than this.",
    "lte": "Is at most this, or no later.",
    "gt": "Is greater, or later, than this.",
    "gte": "Is at least this, or no earlier.",
    "starts_with": "Begins with this, in the same case.",
    "contains": "Contains this, in whatever case.",
    "has": "Has this entry.",
    "has_any": f"Has at least one of these entries, of {MAX_VALUES} at most.",
    "has_all": f"Has every one of these entries, {MAX_VALUES} at most.",
    "is_null": "`true`: it has no value. `false`: it has one.",
}
_WIDE: Final = frozenset({"ne", "not_in"})
"""Operators that most rows match: beside another condition the index would read all of them for nothing."""
_TREES: Final = frozenset({Served.UNIQUE, Served.ORDER, Served.NEWEST})
SHORTEST_PART: Final = 3
"""Characters in a row that trigrams can look up."""


def condition(column: Column, operator: str, value: Any, field: str) -> Condition:
    """One typed condition on a column; `operator` is one of the column's. Invalid names `field`."""
    if value is None:
        raise Invalid(f"{field}: null is not a value to compare with; use isNull: true", field=field)
    if column.kind is WORDS:
        value = _several(TEXT, value if operator in SEVERAL else [value], field)
    elif operator in SEVERAL:
        value = _several(column.kind, value, field)
    elif operator != "is_null":
        value = _bound(column.kind, value, field)
    found = tokens.condition(column, operator, value)
    if found is None or column.answer.by in _TREES:
        found = replace(_plain(column, operator, value, field), token=None if operator in _WIDE else found)
    elif operator in _WIDE or (operator == "is_null" and not value):
        found = replace(_plain(column, operator, value, field), by=None, column=None, token=found)
    if column.scope is None:
        return found
    scopes = frozenset({column.scope})
    return replace(found, scopes=scopes, token=None if found.token is None else replace(found.token, scopes=scopes))


def describe_operator(kind: Kind, operator: str) -> str:
    """Say what an operator lets through."""
    most = {ENUM: f"{MAX_VALUES}", ID: f"{MAX_EXCLUDED} (of the rows' own ids {MAX_VALUES})"}
    return _OPERATORS[operator].format(most=most.get(kind, MAX_EXCLUDED))


def custom(column: Column, key: str, value: str, field: str) -> Condition:
    """Rows in whose custom fields this key has this value, as text; Invalid names `field`."""
    try:
        FIELD_KEY.check(key)
    except ValueError as error:
        raise Invalid(f"{field}: the key {error}", field=field) from error
    scopes = frozenset({column.scope}) if column.scope else frozenset[str]()
    return replace(tokens.member(column, key, _bound(TEXT, value, field)), scopes=scopes)


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


def _plain(column: Column, operator: str, value: Any, field: str) -> Condition:
    """The condition on the column itself."""
    if operator == "contains":
        return Condition(*_contains(column.sql, value))
    if operator in {"eq", "in"} or (operator == "is_null" and value):
        return _same(column, operator, value)
    return Condition(*_range(column, operator, value, field), by=Served.ORDER, column=column.column)


def _same(column: Column, operator: str, value: Any) -> Condition:
    """Rows of one value, of several or of none. Rows of several come by value, whatever else their index holds."""
    name, kind, by = column.sql, column.kind.sql_type, column.answer.by
    if operator == "is_null":
        by = Served.NEWEST if by is Served.NEWEST else Served.ORDER
        return Condition(f"{name} is null", by=by, column=column.column)
    if operator == "in":
        by = Served.UNIQUE if by is Served.UNIQUE else Served.ORDER
        return Condition(f"{name}=any(?::{kind}[])", (value,), by=by, column=column.column)
    return Condition(f"{name}=?::{kind}", (value,), by=by or Served.ORDER, column=column.column)


def _range(column: Column, operator: str, value: Any, field: str) -> tuple[str, tuple[Any, ...]]:
    name, kind = column.sql, column.kind.sql_type
    if operator == "is_null":
        return f"{name} is not null", ()
    if operator == "starts_with":
        return f"{name}^@?::text", (value,)
    if operator in {"ne", "not_in"}:
        return _excluding(column, value if operator == "not_in" else [value], field)
    if isinstance(value, CutMoment) and operator in {"lt", "gte"}:
        value = _next_microsecond(value)
    return f"{name}{_COMPARISON[operator]}?::{kind}", (value,)


def _contains(name: str, text: str) -> tuple[str, tuple[Any, ...]]:
    wanted = pattern(text)
    if has_trigrams(text):
        return f"(may_contain(@.search_text,?::text) and {name} ilike ?::text)", (wanted, wanted)
    return f"{name} ilike ?::text", (wanted,)


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
        raise Invalid(f"{field}: at most {MAX_EXCLUDED} values", field=field)
    tests = [f"({key}<?::{kind.sql_type} or {key}>?::{kind.sql_type})"] * len(values) or [f"{key} is not null"]
    twice = tuple(value for value in values for _ in range(2))
    return f"({' and '.join(tests)})", twice


def _several(kind: Kind, given: Sequence[Any], field: str) -> list[Any]:
    if len(given) > MAX_VALUES:
        raise Invalid(f"{field}: at most {MAX_VALUES} values", field=field)
    return [_bound(kind, one, field) for one in given]


def _bound(kind: Kind, value: Any, field: str) -> Any:
    if kind is ID:
        return read_id(value, field)
    if kind is TEXT and "\0" in value:
        raise Invalid(f"{field}: the character U+0000 is not allowed", field=field)
    return value


def read_id(value: Any, field: str, tag: int | None = None) -> UUID:
    """Read one of our ids; Invalid when it is malformed, or of another type than `tag` says."""
    try:
        found = scalars.read_id(value)
    except ValueError as error:
        raise Invalid(f"{field}: not an id", field=field) from error
    if tag is not None and tag_of(found) not in {tag, None}:
        raise Invalid(f"{field}: this id belongs to something of another type", field=field)
    return found
