"""JSON as callers send it: read strictly, numbers exactly, its depth bounded, no key of an object twice.

The standard library's reader is used because it can be told to do all of that; what it would let pass (half of a
surrogate pair, NaN) is refused here.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

import orjson

from core.errors import BadRequest

DEEPEST: Final = 64
_SHORT: Final = 16
"""Characters of a number without exponent that a double always keeps: 15 digits and a point (IEEE 754, DBL_DIG)."""
MAX_CONTAINERS: Final = 10_000
"""Objects and lists of one body: a quote of 1,000 lines has less than half of them."""
MAX_KEYS: Final = 1_000
"""Keys of one object."""
MAX_COMMAS: Final = 25_000
"""Commas of one body: what is too much is counted before it is read, or reading it would hold up other requests."""
_BITS: Final = 64
_HALF_PAIR: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class ExactFloat(float):
    """A JSON number that a double may not keep as it was written; its text is kept beside the rounded value.

    The value is NaN where rounding would have made a whole number of one that is not: nobody takes 5.00000000000000001
    for 5.
    """

    __slots__ = ("text",)
    text: str

    def __repr__(self) -> str:
        """Return the number as it was written."""
        return self.text


class _Twice(Exception):
    """A key stands twice in one object."""


class _TooMany(Exception):
    """An object has more keys than any input."""


class _NotANumber(Exception):
    """NaN or an infinity."""


def read_json(body: bytes, what: str = "The body", times: int = 1) -> Any:
    """Parse JSON; BadRequest when it is malformed, not UTF-8, too deep or too much, or holds a key twice.

    `times` is how many times as much as usual it may hold: of the bodies of bulk commands.
    A number with a point or an exponent is a `float`; an `ExactFloat` when it has more digits than a double keeps.
    """
    containers = body.count(b"[") + body.count(b"{")
    if containers > times * MAX_CONTAINERS or body.count(b",") > times * MAX_COMMAS:
        most = f"at most {times * MAX_CONTAINERS:,} objects and lists, and {times * MAX_COMMAS:,} commas"
        raise BadRequest(f"{what} holds too much: {most}")
    try:
        found = _DECODER.decode(str(body, "utf-8"))
        if _HALF_PAIR.search(body):
            orjson.loads(body)
    except _Twice as error:
        key = str(error)[:100].encode("utf-8", "replace").decode()  # it may be half of a surrogate pair
        raise BadRequest(
            f"{what} holds the key {json.dumps(key, ensure_ascii=False)} twice in one object", field=key
        ) from error
    except _TooMany as error:
        raise BadRequest(f"{what} holds an object of more than {MAX_KEYS:,} keys") from error
    except _NotANumber as error:
        raise BadRequest(f"{what} is not valid JSON: {error} is not a number of JSON") from error
    except RecursionError as error:
        raise _too_deep(what) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{what} is not valid JSON: {_reason(error)}") from error
    except ValueError as error:  # Python reads whole numbers of at most so many digits
        raise BadRequest(f"{what} holds a number of more than 4,300 digits") from error
    if containers > DEEPEST:
        check_depth(found, what)
    return found


def canonical(value: Any, default: Any = None) -> bytes:
    """Write a value that was read, or made of such values, as JSON with sorted keys: equal values, equal bytes."""
    try:
        return orjson.dumps(value, default=_writing(default), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # a whole number of more than 64 bits
        return orjson.dumps(_large_as_text(value), default=_writing(default), option=orjson.OPT_SORT_KEYS)


def check_depth(value: Any, what: str) -> None:
    """Raise BadRequest when a parsed value nests deeper than 64."""
    level, depth = [value], 0
    while level := [each for each in level if type(each) is dict or type(each) is list]:
        depth += 1
        if depth > DEEPEST:
            raise _too_deep(what)
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) is dict or type(inner) is list
        ]


def _too_deep(what: str) -> BadRequest:
    return BadRequest(f"{what} is nested more than {DEEPEST} deep")


def _reason(error: json.JSONDecodeError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} is not UTF-8"
    return f"{error.msg} at line {error.lineno}, column {error.colno}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(pairs) > MAX_KEYS:
        raise _TooMany
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Twice(name)
            seen.add(name)
    return found


def _number(text: str) -> float:
    """Read a number with a point or an exponent; a final zero is kept, too: 12.50 comes back as 12.50."""
    if len(text) <= _SHORT and "e" not in text and "E" not in text and text[-1] != "0":
        return float(text)
    rounded = float(text)
    found = ExactFloat(math.nan if rounded.is_integer() and not _is(rounded, text) else rounded)
    found.text = text
    return found


def _is(rounded: float, text: str) -> bool:
    try:
        return Decimal(text) == rounded
    except InvalidOperation:  # an exponent beyond those of the decimal module
        return False


def _constant(text: str) -> NoReturn:
    raise _NotANumber(text)


def _large_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _large_as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_large_as_text(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _large_as_text(getattr(value, each.name)) for each in dataclasses.fields(value)}
    return str(value) if isinstance(value, int) and value.bit_length() >= _BITS else value


def _writing(default: Any) -> Any:
    def write(value: Any) -> Any:
        if isinstance(value, ExactFloat):
            return value.text
        if default is None:
            raise TypeError(value)
        return default(value)

    return write


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
