"""Coercing the values of variables as graphql-core's `coerce_input_value` does, with each type looked at once.

What cannot be coerced is `Undefined`: then graphql-core coerces it again and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from graphql.pyutils import Undefined
from graphql.type import (
    GraphQLInputObjectType,
    GraphQLInputType,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.utilities import coerce_input_value
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce = Callable[[Any], Any]


@cache
def coercer(type_: GraphQLInputType) -> Coerce:
    """Return what coerces a value that JSON can hold against a type."""
    required = is_non_null_type(type_)
    inner: Any = type_.of_type if is_non_null_type(type_) else type_
    if is_list_type(inner):
        known = _list(coercer(inner.of_type))
    elif is_input_object_type(inner) and not inner.is_one_of:
        known = _Object(inner).coerce
    elif is_input_object_type(inner):
        known = _by_graphql(inner)
    else:
        known = _leaf(inner)
    missing = Undefined if required else None
    return lambda value: missing if value is None else known(value)


def _list(entry: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        found = [entry(each) for each in (value if type(value) is list else [value])]
        return Undefined if any(each is Undefined for each in found) else found

    return coerce


def _leaf(type_: Any) -> Coerce:
    read = type_.coerce_input_value

    def coerce(value: Any) -> Any:
        try:
            return read(value)
        except Exception:  # noqa: BLE001  # whatever a scalar raises, graphql-core says it
            return Undefined

    return coerce


def _by_graphql(type_: GraphQLInputType) -> Coerce:
    return lambda value: coerce_input_value(value, type_)


class _Object:
    """An input object; its fields are read when the first value comes, for types refer to one another."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self._type = type_
        self._fields: list[tuple[str, str, Coerce, Any, bool]] = []

    def _read(self) -> None:
        self._fields = [
            (
                name,
                field.out_name or name,
                coercer(field.type),
                coerce_default_value(field),
                is_required_input_field(field),
            )
            for name, field in self._type.fields.items()
        ]

    def coerce(self, value: Any) -> Any:
        """Coerce an object that is not null."""
        if type(value) is not dict:
            return Undefined
        if not self._fields:
            self._read()
        found, count = {}, 0
        for name, out, coerce, default, required in self._fields:
            if name in value:
                count += 1
                one = coerce(value[name])
                if one is Undefined:
                    return Undefined
                found[out] = one
            elif required:
                return Undefined
            elif default is not Undefined:
                found[out] = default
        return self._type.out_type(found) if count == len(value) else Undefined
