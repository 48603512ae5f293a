"""The scalars of the graph, strict on the way in and exact on the way out."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NoReturn

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from core import decimals

_MOST_DECIMALS = 6


def _refuse(what: str, value: object) -> NoReturn:
    message = f"{what} cannot represent {reprlib.repr(value)}"
    raise GraphQLError(message)


def read_decimal(value: Any) -> Decimal:
    """Read a decimal from a string or a number; a number that may have lost digits on the way is refused."""
    try:
        return decimals.read(value)
    except ValueError as error:
        message = f"Decimal cannot represent {reprlib.repr(value)}: it {error}"
        raise GraphQLError(message) from error


def read_moment(value: Any) -> datetime:
    """Read an RFC 3339 timestamp with a zone and at most six decimals."""
    if not isinstance(value, str):
        _refuse("DateTime", value)
    fraction = value.partition(".")[2].rstrip("Zz").partition("+")[0].partition("-")[0]
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        _refuse("DateTime", value)
    if moment.tzinfo is None or len(fraction) > _MOST_DECIMALS or "T" not in value.upper():
        _refuse("DateTime (RFC 3339 with a time zone and at most six decimals)", value)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        _refuse("DateTime", value)


def read_date(value: Any) -> date:
    """Read a date of the form 2026-01-31."""
    if not isinstance(value, str) or len(value) != len("2026-01-31"):
        _refuse("Date", value)
    try:
        return date.fromisoformat(value)
    except ValueError:
        _refuse("Date", value)


def _scalar(name: str, read: Callable[[Any], Any], write: Callable[[Any], Any], about: str) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=about, parse_value=read, serialize=write)


def write_moment(value: datetime) -> str:
    """Write a moment as the statement does: UTC, six digits, `Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: _scalar(
        "Decimal", read_decimal, str, "An exact decimal, written as a string; it comes back as it was sent."
    ),
    datetime: _scalar("DateTime", read_moment, write_moment, "A UTC moment, `2026-01-02T03:04:05.123456Z`."),
    date: _scalar("Date", read_date, date.isoformat, "A calendar day, `2026-01-31`."),
}
