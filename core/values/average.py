"""The moving average of what stock costs, exact: rounded once, half-up, to six decimals."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Final

from core.values.decimals import shortest

_EXACT: Final = Context(prec=200, traps=[Inexact, InvalidOperation])
_CUT: Final = Context(prec=200, rounding=ROUND_DOWN)
"""Divides: what is cut off lies far behind the sixth decimal and below, so the rounding that follows is exact."""
_ROUND: Final = Context(prec=200, rounding=ROUND_HALF_UP)
_STEP: Final = Decimal("0.000001")


def moving_average(there: Decimal, average: Decimal | None, came: Decimal, cost: Decimal) -> Decimal:
    """Return the average of `there` units at `average` and of `came` more at `cost`, with six decimals at most.

    Units whose cost nobody knows, and units that are owed (fewer than 0), do not count.
    """
    if average is None or there <= 0:
        return cost
    worth = _EXACT.add(_EXACT.multiply(there, average), _EXACT.multiply(came, cost))
    return Decimal(shortest(_ROUND.quantize(_CUT.divide(worth, _EXACT.add(there, came)), _STEP)))


def average_without(there: Decimal, average: Decimal | None, gone: Decimal, cost: Decimal) -> Decimal | None:
    """Return the average of what is left of `there` units at `average` when `gone` that cost `cost` never came.

    Where nothing is left, or what is left would be worth less than nothing, the average stays.
    """
    left = _EXACT.subtract(there, gone)
    if average is None or left <= 0:
        return average
    rest = _EXACT.subtract(_EXACT.multiply(there, average), _EXACT.multiply(gone, cost))
    return average if rest < 0 else Decimal(shortest(_ROUND.quantize(_CUT.divide(rest, left), _STEP)))


def worth(quantity: Decimal, cost: Decimal) -> Decimal:
    """Return what a quantity comes to at a cost for each unit, with six decimals at most."""
    return Decimal(shortest(_ROUND.quantize(_EXACT.multiply(quantity, cost), _STEP)))
