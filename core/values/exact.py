"""Exact arithmetic of quantities: nothing is rounded, unless a function says so.

Python's own context keeps 28 digits, and the product of two quantities of 15 + 6 digits has 42.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, ROUND_UP, Context, Decimal, Inexact, InvalidOperation
from functools import reduce
from typing import Final

_EXACT: Final = Context(prec=200, traps=[Inexact, InvalidOperation])
_NEAREST: Final = Context(prec=200, rounding=ROUND_HALF_UP, traps=[InvalidOperation])
_UP: Final = Context(prec=200, rounding=ROUND_UP, traps=[InvalidOperation])
_DIGITS: Final = 6
"""Digits after the point that a column holds."""
_STEP: Final = Decimal(1).scaleb(-_DIGITS)


def times(left: Decimal, right: Decimal) -> Decimal:
    """Return the product, exactly."""
    return _EXACT.multiply(left, right)


def plus(left: Decimal, right: Decimal) -> Decimal:
    """Return the sum, exactly."""
    return _EXACT.add(left, right)


def minus(left: Decimal, right: Decimal) -> Decimal:
    """Return the difference, exactly."""
    return _EXACT.subtract(left, right)


def sum_of(values: Iterable[Decimal]) -> Decimal:
    """Return the sum, exactly; of nothing 0."""
    return reduce(plus, values, Decimal(0))


def stored(value: Decimal) -> Decimal:
    """Return the value as a column can hold it: as it is with up to six decimals, else rounded half-up to six."""
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent >= -_DIGITS else _NEAREST.quantize(value, _STEP)


def divided(value: Decimal, by: Decimal, *, up: bool = False) -> Decimal:
    """Return the quotient, as it is with up to six decimals, else rounded to six: half-up, or `up`."""
    context = _UP if up else _NEAREST
    found = context.divide(value, by)
    exponent = found.as_tuple().exponent
    return found if isinstance(exponent, int) and exponent >= -_DIGITS else context.quantize(found, _STEP)
