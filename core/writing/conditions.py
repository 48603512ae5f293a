"""Conditions of the reads inside a command: columns that equal values, or one of several keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.record import Row
from core.writing.columns import columns_of

Key = Sequence[Any]
"""A value for each of some columns; None stands for null."""


def matching(model: type[Row], columns: Sequence[str], keys: Iterable[Key]) -> tuple[str, list[list[Any]]]:
    """Return the condition that a record is not deleted and has one of these keys, and its parameters, from `$2` on.

    Keys with nulls in the same columns are looked up together, so that an index of the columns finds each of them.
    """
    types, table = columns_of(model).types, columns_of(model).table
    by_nulls: dict[tuple[bool, ...], list[Key]] = {}
    for key in keys:
        by_nulls.setdefault(tuple(value is None for value in key), []).append(key)
    parts: list[str] = []
    values: list[list[Any]] = []
    for nulls, alike in sorted(by_nulls.items()):
        given = [place for place, is_null in enumerate(nulls) if not is_null]
        places = ", ".join(f"${len(values) + 2 + nth}::{types[columns[place]]}[]" for nth, place in enumerate(given))
        tests = [f"r.{columns[place]} = k.{columns[place]}" for place in given]
        tests += [f"r.{columns[place]} is null" for place, is_null in enumerate(nulls) if is_null]
        parts.append(
            f"select r.id from unnest({places}) k({', '.join(columns[place] for place in given)})"
            f" join {table} r on r.workspace_id = $1 and r.deleted_at is null and {' and '.join(tests)}"
        )
        values += [[key[place] for key in alike] for place in given]
    return f"deleted_at is null and id in ({' union all '.join(parts)})", values


def equal_to(model: type[Row], equal: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the condition that columns equal these values, and the values of its parameters, from `$2` on."""
    types = columns_of(model).types
    equal = {name: value[0] if _alone(value) else value for name, value in equal.items()}
    values = [value for value in equal.values() if value is not None]
    places = iter(range(2, len(values) + 2))
    tests = []
    for name, value in equal.items():
        one = types[name]
        if value is None:
            tests.append(f"{name} is null")
        elif isinstance(value, list):
            tests.append(f"{name} = any(${next(places)}::{one}[])")
        else:
            tests.append(f"{name} = ${next(places)}::{one}")
    return " and ".join(tests) or "true", values


def _alone(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and value[0] is not None
