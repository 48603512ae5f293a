"""Exact decimals from what callers send: text, whole numbers, and floats only while they still are what was written."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from core.values.json import ExactFloat

_WRITTEN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_FLOAT_DIGITS = 15  # every decimal of 15 digits survives a double and back; 16 may not (IEEE 754, DBL_DIG)
_LONGEST = 100  # characters; far beyond any number we store, short enough to read and to repeat


def read(value: Any) -> Decimal:
    """Return a decimal exactly as sent; raise `ValueError` for anything that is not one, or was one before rounding.

    A number read from JSON counts by the text it was written with. Any other float counts by its shortest text
    (`repr`): with more than 15 significant digits its sender may have written something else, so it is refused.
    """
    if isinstance(value, ExactFloat):
        return _from_text(value.text)
    if isinstance(value, float):
        return _from_float(value)
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("must be a finite number")
        return value
    raise ValueError('must be a decimal number, best sent as text such as "12.50"')


def plain(number: Decimal, places: int) -> Decimal:
    """Return the number without exponent and otherwise as written; raise `ValueError` beyond so many decimals.

    The caller has checked its size, so that 1E+999 is not written out here.
    """
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # finite, see `read`
    if -exponent > places:
        raise ValueError(f"must have at most {places} decimals, not {-exponent}")
    if not number:
        number = number.copy_abs()  # -0 is 0
    return Decimal(format(number, "f")) if exponent > 0 else number


def _from_float(value: float) -> Decimal:
    number = Decimal(repr(value))
    if not number.is_finite():
        raise ValueError("must be a finite number")
    if len(number.normalize().as_tuple().digits) > _FLOAT_DIGITS:
        raise ValueError(f'has more digits than a JSON number keeps exactly; send it as a string: "{value!r}"')
    return number


def _from_text(value: str) -> Decimal:
    if len(value) > _LONGEST:
        raise ValueError(f"must have at most {_LONGEST} characters")
    if not _WRITTEN.fullmatch(value):
        raise ValueError(f"is not a decimal number: {value!r}")
    return Decimal(value)


def shortest(number: Decimal) -> str:
    """Write a decimal without zeros at its end: 12.50 as 12.5."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text
