"""Filters: generated from the declared types, one input per type and one per kind of value.

    filter: {status: {eq: SENT}, total: {gte: "100"}, or: [{name: {startsWith: "A"}}, {name: {isNull: true}}]}

Fields of one object must all hold. Naming a field needs its scope: otherwise a cost could be found by bisection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core import scalars
from core.errors import Invalid
from core.ids import tag_of
from engine.catalogue import Column, TypeSpec
from engine.kinds import ID, TEXT, Kind
from engine.names import snake
from engine.rows import Condition, Filter

_COMPARISON = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_MOST_CONDITIONS = 50
_MOST_VALUES = 500
_DEEPEST = 5


def read_filter(spec: TypeSpec, given: Mapping[str, Any] | None, field: str = "filter") -> Filter[Any] | None:
    """Read a filter as graphql-core coerced it (GraphQL names); Invalid names the field that is wrong."""
    if given is None:
        return None
    if _size(given) > _MOST_CONDITIONS:
        message = f"{field}: at most {_MOST_CONDITIONS} conditions"
        raise Invalid(message, field=field)
    return Filter(tuple(_all(spec, given, field, 1)))


def _size(given: Mapping[str, Any]) -> int:
    """How many conditions a filter holds, in all its branches; an empty one counts too."""
    found = 0
    for key, value in given.items():
        if value is None:
            continue  # refused by its name, later
        branches = value if key in {"and", "or"} else [value] if key == "not" else None
        found += len(value) if branches is None else sum(_size(each) for each in branches)
    return max(found, 1)


def condition(column: Column, operator: str, value: object, field: str) -> Condition:
    """One typed condition on a column; `operator` is one of the column's kind, or `is_null`."""
    scopes = frozenset({column.scope}) if column.scope else frozenset[str]()
    name = f"@.{column.column}"
    if value is None:
        message = f"{field}: null is not a value to compare with; use isNull: true"
        raise Invalid(message, field=field)
    if operator == "is_null":
        return Condition(f"{name} is {'' if value else 'not '}null", (), scopes)
    return Condition(*_comparison(column.kind, name, operator, value, field), scopes)


def _comparison(kind: Kind, name: str, operator: str, value: Any, field: str) -> tuple[str, tuple[Any, ...]]:
    if operator in {"in", "not_in"}:
        if len(value) > _MOST_VALUES:
            message = f"{field}: at most {_MOST_VALUES} values"
            raise Invalid(message, field=field)
        values = [_bound(kind, one, field) for one in value]
        test = f"{name}=any(?::{kind.sql_type}[])"
        return (test if operator == "in" else f"not ({test})"), (values,)
    bound = _bound(kind, value, field)
    if operator == "starts_with":
        return f"{name}^@?::text", (bound,)
    if operator == "contains":
        return f"{name} ilike ?::text", ("%" + _escaped(bound) + "%",)
    return f"{name}{_COMPARISON[operator]}?::{kind.sql_type}", (bound,)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


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


def _all(spec: TypeSpec, given: Mapping[str, Any], field: str, depth: int) -> list[Condition]:
    if depth > _DEEPEST:
        message = f"{field}: nested more than {_DEEPEST} deep"
        raise Invalid(message, field=field)
    found: list[Condition] = []
    known = spec.filters()
    for key, value in given.items():
        if value is None:
            message = f"{field}.{key}: may be left out, but not null"
            raise Invalid(message, field=f"{field}.{key}")
        if key in {"and", "or"}:
            inner = [_joined(_all(spec, one, f"{field}.{key}", depth + 1), "and") for one in value]
            found.append(_joined(inner, key))
        elif key == "not":
            found.append(_not(_joined(_all(spec, value, f"{field}.not", depth + 1), "and")))
        else:
            column = known[key]
            found += [condition(column, snake(op), one, f"{field}.{key}.{op}") for op, one in value.items()]
    return found


def _joined(conditions: list[Condition], word: str) -> Condition:
    if not conditions:
        return Condition("true" if word == "and" else "false")
    values = tuple(value for one in conditions for value in one.values)
    scopes = frozenset[str]().union(*(one.scopes for one in conditions))
    return Condition("(" + f" {word} ".join(one.sql for one in conditions) + ")", values, scopes)


def _not(inner: Condition) -> Condition:
    return Condition(f"not coalesce({inner.sql},false)", inner.values, inner.scopes)
