"""Conditions of the reads inside a command: columns that equal values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.record import Row
from core.writing.columns import columns_of


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
