"""The scalars of the graph, strict on the way in and exact on the way out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

_FLOAT_DIGITS = 15


def _refuse(what: str, value: object) -> NoReturn:
    shown = repr(value)
    message = f"{what} cannot represent {shown if len(shown) <= 60 else shown[:57] + '...'}"
    raise GraphQLError(message)


def read_decimal(value: Any) -> Decimal:
    """Read a decimal from a string or a number; a float that may have lost digits is refused, not rounded."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        _refuse("Decimal", value)
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, float) and sum(c.isdigit() for c in text.partition("e")[0].lstrip("0.")) > _FLOAT_DIGITS:
        _refuse("Decimal (send it as a string to keep every digit)", value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        _refuse("Decimal", value)
    if not number.is_finite() or not text.isascii() or "_" in text:
        _refuse("Decimal", value)
    return number


def read_moment(value: Any) -> datetime:
    """Read an RFC 3339 timestamp with a zone and at most six decimals."""
    if not isinstance(value, str):
        _refuse("DateTime", value)
    fraction = value.partition(".")[2].rstrip("Zz").partition("+")[0].partition("-")[0]
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        _refuse("DateTime", value)
    if moment.tzinfo is None or len(fraction) > 6 or "T" not in value.upper():
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
    made = strawberry.scalar(name=name, description=about, parse_value=read, serialize=write)
    return made if isinstance(made, ScalarDefinition) else made._scalar_definition


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
