"""The moving average of what stock costs: exact, rounded once, and undone by what is taken back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.values.average import average_without, moving_average, worth

QUANTITIES = st.decimals("0.000001", "999999999999999", places=6)
COSTS = st.decimals("0", "999999999999999", places=6)
STEP = Fraction(1, 1_000_000)


def nearest(exact: Fraction) -> Fraction:
    """The nearest multiple of a millionth; of two, the greater."""
    return (exact / STEP + Fraction(1, 2)).__floor__() * STEP


@given(QUANTITIES, COSTS, QUANTITIES, COSTS)
def test_the_average_is_that_of_fractions_rounded_once(there: Decimal, average: Decimal, came: Decimal, cost: Decimal):
    exact = (Fraction(there) * Fraction(average) + Fraction(came) * Fraction(cost)) / (Fraction(there) + Fraction(came))
    assert Fraction(moving_average(there, average, came, cost)) == nearest(exact)
    assert Fraction(worth(there, cost)) == nearest(Fraction(there) * Fraction(cost))


@given(QUANTITIES, COSTS, QUANTITIES, COSTS)
def test_what_is_taken_back_is_as_if_it_had_not_come(there: Decimal, average: Decimal, gone: Decimal, cost: Decimal):
    left = Fraction(there) - Fraction(gone)
    rest = Fraction(there) * Fraction(average) - Fraction(gone) * Fraction(cost)
    expected = nearest(rest / left) if left > 0 and rest >= 0 else Fraction(average)
    found = average_without(there, average, gone, cost)
    assert found is not None
    assert Fraction(found) == expected


def test_what_nobody_knows_or_is_owed_does_not_count():
    assert moving_average(Decimal(5), None, Decimal(1), Decimal("2.50")) == Decimal("2.50")
    assert moving_average(Decimal(-5), Decimal(9), Decimal(1), Decimal(2)) == Decimal(2)
    assert average_without(Decimal(5), None, Decimal(1), Decimal(2)) is None
