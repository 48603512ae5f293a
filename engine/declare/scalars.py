"""The scalars of the graph, strict on the way in and exact on the way out."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, NewType

import strawberry
from graphql import (
    BooleanValueNode,
    FloatValueNode,
    GraphQLError,
    IntValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)
from strawberry.types.scalar import ScalarDefinition

from core.values import decimals, scalars
from core.values.custom import CUSTOM_FIELDS

Read = Callable[[Any], Any]
_RFC_3339: Final = "https://www.rfc-editor.org/rfc/rfc3339"  # the DateTime of scalars.graphql.org has milliseconds


def _parsing(name: str, read: Read) -> Read:
    """Make a reader of variables: what `read` refuses is said in the words of graphql-core."""

    def parse(value: Any) -> Any:
        try:
            return read(value)
        except ValueError as error:
            raise GraphQLError(f"{name} cannot represent {reprlib.repr(value)}: it {error}") from error

    return parse


def _parsing_literal(parse: Read) -> Callable[[ValueNode, Any], Any]:
    """Make a reader of literals: by their text, so that 12.50 keeps its zero and no digit is lost in a float."""

    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        return parse(node.value if isinstance(node, (StringValueNode, IntValueNode, FloatValueNode)) else node.kind)

    return parse_literal


def _scalar(name: str, read: Read, write: Callable[[Any], Any], about: str, url: str) -> ScalarDefinition:
    parse = _parsing(name, read)
    return strawberry.scalar(
        name=name,
        description=about,
        specified_by_url=url,
        parse_value=parse,
        parse_literal=_parsing_literal(parse),
        serialize=write,
    )


def write_moment(value: datetime) -> str:
    """Write a moment as the statement does: UTC, six digits, `Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


CustomFields = NewType("CustomFields", dict)  # type: ignore[type-arg]  # Strawberry finds a scalar by this very type
"""An object of custom fields, as GraphQL knows it."""


def _read_fields(value: Any) -> dict[str, Any]:
    return CUSTOM_FIELDS.check(value)


def _read_literal(node: ValueNode, variables: Any = None) -> Any:
    """Read an object written into a document: numbers by their text, so that no digit is lost."""
    given = getattr(variables, "coerced", variables) or {}
    if isinstance(node, ObjectValueNode):
        return {each.name.value: _read_literal(each.value, variables) for each in node.fields}
    if isinstance(node, IntValueNode | FloatValueNode):
        return Decimal(node.value)
    if isinstance(node, VariableNode):
        return given.get(node.name.value)
    if isinstance(node, NullValueNode):
        return None
    return node.value if isinstance(node, StringValueNode | BooleanValueNode) else node.kind


_parse_fields: Final = _parsing("CustomFields", _read_fields)


def _fields_of_literal(node: ValueNode, variables: Any = None) -> Any:
    return _parse_fields(_read_literal(node, variables))


SCALARS: dict[object, ScalarDefinition] = {
    CustomFields: strawberry.scalar(
        name="CustomFields",
        description="Custom fields by their keys, as a JSON object; numbers are answered as strings.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-4",
        parse_value=_parse_fields,
        parse_literal=_fields_of_literal,
        serialize=lambda value: value,
    ),
    Decimal: _scalar(
        "Decimal",
        decimals.read,
        str,
        "An exact decimal as text, `12.50`; it comes back as it was sent. Numbers and exponents are taken, too.",
        "https://www.w3.org/TR/xmlschema11-2/#decimal",
    ),
    datetime: _scalar(
        "DateTime",
        scalars.read_moment,
        write_moment,
        "A UTC moment, `2026-01-02T03:04:05.123456Z`; other offsets are taken, too.",
        f"{_RFC_3339}#section-5.6",
    ),
    date: _scalar(
        "Date", scalars.read_day, date.isoformat, "A calendar day, `2026-01-31`.", f"{_RFC_3339}#section-5.6"
    ),
}
