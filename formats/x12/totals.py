"""What the lines of an 850 add up to, to compare with the totals that its sender wrote."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from formats.x12.purchase_order import Line

_MAX_DECIMALS = 12
_EXACT = Context(prec=200, rounding=ROUND_HALF_UP, traps=[InvalidOperation])
"""Holds the sum of any products of two accepted numbers (15 digits and 6 decimals each)."""


class Totals:
    """The sums of an order's lines, each worked out once however often it is compared."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._quantities: frozenset[Decimal] | None = None
        self._amounts: dict[int, frozenset[Decimal]] = {}

    def quantities(self, _decimals: int) -> frozenset[Decimal]:
        """What the quantities come to, whatever the decimals of the total that was sent."""
        if self._quantities is None:
            self._quantities = frozenset({_sum([line.quantity for line in self._lines])})
        return self._quantities

    def amounts(self, decimals: int) -> frozenset[Decimal]:
        """What the lines may come to: exactly, and rounded to as many decimals, once or line by line."""
        decimals = min(decimals, _MAX_DECIMALS)
        if decimals not in self._amounts:
            exact = [_EXACT.multiply(line.quantity, line.unit_price or Decimal(0)) for line in self._lines]
            unit = Decimal(1).scaleb(-decimals)
            total = _sum(exact)
            line_by_line = _sum([_EXACT.quantize(each, unit) for each in exact])
            self._amounts[decimals] = frozenset({total, _EXACT.quantize(total, unit), line_by_line})
        return self._amounts[decimals]


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for each in amounts:
        total = _EXACT.add(total, each)
    return total
