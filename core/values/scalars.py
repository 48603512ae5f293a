"""Dates, moments, ids, truth values and choices as callers write them: one exact form each, nothing guessed.

pydantic alone takes 5 for 1970-01-01 and "yes" for true; `exact` puts these rules in place of what it would guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin
from uuid import UUID

from pydantic.json_schema import JsonSchemaValue

from core.values.checked import Check, wrong_kind

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d(?::?\d\d)?)", re.ASCII
)
_MICROSECONDS: Final = 6
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def read_day(value: Any) -> date:
    """Read a calendar day, `2026-01-31`; ValueError with the reason."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("must be a date such as 2026-01-31")


class CutMoment(datetime):
    """A moment that was sent with more than six decimals, which were cut off: a little later was meant."""


def read_moment(value: Any) -> datetime:
    """Read an RFC 3339 timestamp with a zone as UTC; ValueError with the reason.

    Up to nine decimals are taken (.NET writes seven, Go nine) and cut to microseconds, never rounded up: the result is
    a `CutMoment` when what was cut off is not zero.
    """
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        day, time, decimals, zone = found.groups(default="")
        kind = CutMoment if decimals[_MICROSECONDS:].strip("0") else datetime
        try:
            moment = kind.fromisoformat(f"{day}T{time}.{decimals[:_MICROSECONDS]:0<6}{zone.upper()}")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    elif isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    raise ValueError(
        "must be a timestamp with a time zone, such as 2026-01-02T03:04:05.123456Z or 2026-01-02T03:04:05+01:00"
    )


def read_id(value: Any) -> UUID:
    """Read an id, 36 characters with hyphens; ValueError with the reason."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("not an id")
    return UUID(value)


def _read_truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004  # pydantic gives a place to no other error
    return value


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_kind("text", value)
    return value


def _read_content(value: Any) -> str | bytes:
    return value if isinstance(value, bytes) else _read_text(value)


@dataclass(frozen=True, slots=True)
class Exactly(Check):
    """A value of one exact form, read by a function; `schema` describes the form."""

    read: Callable[[Any], Any]
    schema: tuple[tuple[str, Any], ...]

    def check(self, value: Any) -> Any:
        """Return the value read, or raise `ValueError`."""
        return self.read(value)

    def json_schema(self) -> JsonSchemaValue:
        """Return the form on the wire."""
        return dict(self.schema)


@dataclass(frozen=True, slots=True)
class Pattern(Check):
    """Text that a regular expression matches whole; `wanted` says in words what that is."""

    pattern: str
    wanted: str

    def check(self, value: Any) -> str:
        """Return the text untouched, or raise `ValueError`."""
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value, re.ASCII):
            raise ValueError(f"must be {self.wanted}")
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the pattern."""
        return {"type": "string", "pattern": f"^({self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Choice(Check):
    """One of the words of an enum."""

    choices: type[StrEnum]

    def check(self, value: Any) -> StrEnum:
        """Return the member, or raise `ValueError` that lists the words."""
        if not isinstance(value, str) or value not in set(self.choices):
            raise ValueError(f"must be one of {', '.join(self.choices)}")
        return self.choices(value)

    def json_schema(self) -> JsonSchemaValue:
        """Return the words."""
        return {"type": "string", "enum": [str(each) for each in self.choices]}


_EXACT: Final[dict[Any, Exactly]] = {
    bool: Exactly(_read_truth, (("type", "boolean"),)),
    date: Exactly(read_day, (("type", "string"), ("format", "date"))),
    datetime: Exactly(read_moment, (("type", "string"), ("format", "date-time"))),
    UUID: Exactly(read_id, (("type", "string"), ("format", "uuid"))),
    str: Exactly(_read_text, (("type", "string"),)),
    str | bytes: Exactly(_read_content, (("type", "string"),)),
}


def exact(hint: Any) -> Any:
    """Return a type hint with the rules of this module wherever a plain date, moment, id, truth or choice stands."""
    if hint in _EXACT:
        return Annotated[hint, _EXACT[hint]]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return Annotated[hint, Choice(hint)]
    if get_origin(hint) in {Union, UnionType}:
        return Union[tuple(exact(each) for each in get_args(hint))]  # noqa: UP007  # made at run time
    if get_origin(hint) is list:
        return list[exact(get_args(hint)[0])]  # type: ignore[misc]
    if get_origin(hint) is Annotated and not any(isinstance(each, Check) for each in hint.__metadata__):
        return Annotated[(exact(hint.__origin__), *hint.__metadata__)]
    return NoneType if hint is None else hint
