"""Money: a line's total is rounded once, half-up, to the currency's minor unit, and totals add rounded lines."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from functools import cache

from core.values.currencies import currency

# Two numbers of 15 + 6 digits and any sum of their products fit; were one not to fit, it fails instead of rounding.
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])
_ONCE = Context(prec=200, rounding=ROUND_HALF_UP, traps=[InvalidOperation])


def line_total(quantity: Decimal, unit_price: Decimal, code: str) -> Decimal:
    """Return quantity times unit price in a currency, rounded once; it carries exactly the currency's digits.

    Raises `Invalid` for a currency that cannot be used.
    """
    return in_currency(_EXACT.multiply(quantity, unit_price), code)


def total(lines: Iterable[Decimal], code: str) -> Decimal:
    """Return the sum of lines rounded before (by `line_total`), with exactly the currency's digits; none make zero.

    Raises `ValueError` for a line that was not rounded to the currency: adding those would round twice.
    """
    amount = in_currency(Decimal(0), code)
    for line in lines:
        if in_currency(line, code) != line:
            raise ValueError(f"{line} is not rounded to the minor unit of {code}")
        amount = _EXACT.add(amount, line)
    return amount


@cache
def _step(code: str) -> Decimal:
    """Return the minor unit of a currency as a decimal: 0.01 for USD."""
    return Decimal(1).scaleb(-currency(code))


def in_currency(amount: Decimal, code: str) -> Decimal:
    """Round an amount half-up to the currency's minor unit (negative amounts away from zero), keeping its zeros."""
    rounded = _ONCE.quantize(amount, _step(code))
    return rounded or rounded.copy_abs()  # -0.00 is 0.00
