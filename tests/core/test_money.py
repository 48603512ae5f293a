from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.values.currencies import currencies, currency
from core.values.money import in_currency, line_total, total

AMOUNTS = st.decimals(0, 10**15, places=6)
USABLE = st.sampled_from(sorted(code for code, digits in currencies().items() if digits is not None))


@pytest.mark.parametrize(("code", "digits"), [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("IQD", 3), ("CLF", 4)])
def test_a_currency_keeps_the_digits_of_iso_4217(code: str, digits: int) -> None:
    assert currency(code) == digits


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("DEM", "DEM (German Mark) is not a current ISO 4217 currency"),
        ("BGN", "BGN (Bulgarian Lev) is not a current ISO 4217 currency"),
        ("XAU", "XAU (Gold) has no minor unit in ISO 4217 and cannot be a document's currency"),
        ("XXX", "XXX (Unknown Currency) has no minor unit in ISO 4217 and cannot be a document's currency"),
        ("usd", "unknown currency 'usd'; send an ISO 4217 code such as USD"),
        ("", "unknown currency ''; send an ISO 4217 code such as USD"),
    ],
)
def test_a_currency_that_cannot_be_used_is_refused_by_name(code: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        currency(code)
    assert caught.value.message == reason


def test_babel_differs_from_iso_4217_only_where_everyday_use_drops_the_coins() -> None:
    digits = {code: kept for code, kept in currencies().items() if kept is not None}
    differing = {code for code, kept in digits.items() if get_currency_precision(code) != kept}
    assert differing == {"AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"}


@pytest.mark.parametrize(
    ("quantity", "price", "code", "amount"),
    [
        ("3", "0.335", "USD", "1.01"),
        ("1", "0.005", "USD", "0.01"),
        ("1", "0.004999", "USD", "0.00"),
        ("1000", "0.0005", "JPY", "1"),
        ("7", "12.5", "JPY", "88"),
        ("1", "1.0005", "KWD", "1.001"),
        ("2500", "2.53", "USD", "6325.00"),
        ("1000000000000000", "1000000000000000", "USD", "1000000000000000000000000000000.00"),
        ("999999999999999.999999", "999999999999999.999999", "USD", "999999999999999999998000000000.00"),
    ],
)
def test_a_line_is_rounded_once_half_up_and_carries_the_currencys_digits(
    quantity: str, price: str, code: str, amount: str
) -> None:
    assert str(line_total(Decimal(quantity), Decimal(price), code)) == amount


@given(AMOUNTS, AMOUNTS, USABLE)
def test_a_line_total_is_the_nearest_amount_of_the_currency(quantity: Decimal, price: Decimal, code: str) -> None:
    digits = currency(code)
    truth = Fraction(quantity) * Fraction(price) * 10**digits
    assert Fraction(line_total(quantity, price, code)) * 10**digits == int(truth + Fraction(1, 2))
    assert line_total(quantity, price, code).as_tuple().exponent == -digits


@given(st.lists(AMOUNTS, max_size=30), USABLE)
def test_a_total_is_the_exact_sum_of_rounded_lines(amounts: list[Decimal], code: str) -> None:
    lines = [in_currency(amount, code) for amount in amounts]
    added = total(lines, code)
    assert Fraction(added) == sum(map(Fraction, lines), Fraction(0))
    assert added.as_tuple().exponent == -currency(code)


def test_no_lines_make_zero_with_the_currencys_digits() -> None:
    assert [str(total([], code)) for code in ("JPY", "USD", "KWD")] == ["0", "0.00", "0.000"]


def test_a_total_refuses_a_line_that_was_never_rounded() -> None:
    with pytest.raises(ValueError, match=r"1\.005 is not rounded to the minor unit of USD"):
        total([Decimal("1.005")], "USD")


def test_a_credit_is_rounded_away_from_zero_and_a_zero_has_no_sign() -> None:
    assert str(in_currency(Decimal("-0.005"), "USD")) == "-0.01"
    assert str(in_currency(Decimal("-0.004"), "USD")) == "0.00"
