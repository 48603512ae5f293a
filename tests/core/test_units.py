from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.values.units import Unit, convert, from_x12, plain, same, unit, units, x12_codes


def test_a_unit_is_found_by_its_rec_20_code() -> None:
    assert unit("LBR") == Unit("LBR", "pound", "lb", "mass", Fraction("0.45359237"))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ZZ", "unknown unit of measure 'ZZ'"),
        ("", "unknown unit of measure ''"),
        ("ea", "unknown unit of measure 'ea'"),
        ("BX", "unit of measure 'BX' (box) is deleted in UN/ECE Rec 20; send XBX"),
        ("OZ", "unit of measure 'OZ' (ounce av) is deprecated in UN/ECE Rec 20; send ONZ"),
        ("HF", "unit of measure 'HF' (hundred foot) is deleted in UN/ECE Rec 20"),
    ],
)
def test_a_code_that_is_not_in_use_is_refused_with_its_replacement_if_there_is_one(code: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        unit(code)
    assert caught.value.message == reason


def test_the_table_is_large_enough_and_every_replacement_is_in_use() -> None:
    table = units()
    assert len(table) >= 400
    assert sum(each.status == "valid" for each in table.values()) >= 150
    assert all(unit(each.replacement) for each in table.values() if each.replacement)


def test_every_dimension_with_factors_has_a_base_unit() -> None:
    factored = {each.dimension for each in units().values() if each.factor}
    bases = {each.dimension for each in units().values() if each.factor == 1}
    assert factored == bases


@pytest.mark.parametrize(
    ("x12", "code"),
    [
        ("EA", "EA"),
        ("PC", "H87"),
        ("DZ", "DZN"),
        ("LB", "LBR"),
        ("YD", "YRD"),
        ("FT", "FOT"),
        ("IN", "INH"),
        ("GA", "GLL"),
        ("BX", "XBX"),
        ("CT", "XCT"),
        ("CA", "XCS"),
        ("CS", "XCS"),
        ("CN", "XCX"),
        ("RL", "XRO"),
        ("RE", "XRL"),
        ("TN", "STN"),
        ("TM", "MBF"),
    ],
)
def test_x12_codes_mean_what_x12_says_not_what_rec_20_says(x12: str, code: str) -> None:
    assert from_x12(x12).code == code


def test_every_x12_code_leads_to_a_unit_in_use() -> None:
    assert len(x12_codes()) >= 200
    assert all(from_x12(code).status == "valid" for code in x12_codes())


def test_mutually_defined_and_unmapped_x12_codes_are_refused_by_name() -> None:
    for code in ("ZZ", "P6", "??", ""):
        with pytest.raises(Invalid, match="unknown unit of measure"):
            from_x12(code)


@pytest.mark.parametrize(
    ("quantity", "source", "target", "result"),
    [
        ("12", "INH", "FOT", "1"),
        ("1", "FOT", "INH", "12"),
        ("2.50", "DZN", "EA", "30"),
        ("2.50", "EA", "EA", "2.50"),
        ("1", "LBR", "GRM", "453.59237"),
        ("1", "GLL", "INQ", "231"),
        ("1", "YDQ", "FTQ", "27"),
        ("1", "PS", "BAR", "0.06894757293168361336722673445"),
        ("1", "INH", "YRD", "0.02777777777777777777777777778"),
        ("1000", "MWH", "JOU", "3600000000000"),
        ("1", "MIL", "T3", "1"),
        ("90", "RPM", "RPS", "1.5"),
    ],
)
def test_conversion_is_exact_and_plain(quantity: str, source: str, target: str, result: str) -> None:
    assert str(convert(Decimal(quantity), source, target)) == result


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("KGM", "MTR", "cannot convert KGM (mass) to MTR (length)"),
        ("XBX", "XCT", "cannot convert XBX to XCT: XBX (box) has no fixed factor"),
        ("CEL", "KEL", "cannot convert CEL to KEL: CEL (degree Celsius) has no fixed factor"),
        ("BX", "EA", "unit of measure 'BX' (box) is deleted in UN/ECE Rec 20; send XBX"),
    ],
)
def test_conversion_across_dimensions_or_without_a_factor_is_refused(source: str, target: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        convert(Decimal(1), source, target)
    assert caught.value.message == reason


CONVERTIBLE = st.sampled_from([each for each in units().values() if each.factor and each.status == "valid"])


@given(st.decimals(0, 10**9, places=3), CONVERTIBLE, st.data())
def test_conversion_agrees_with_fractions_to_28_digits(quantity: Decimal, source: Unit, data: st.DataObject) -> None:
    alike = [each for each in units().values() if each.dimension == source.dimension and each.factor]
    target = data.draw(st.sampled_from(alike))
    assert source.factor is not None
    assert target.factor is not None
    truth = Fraction(quantity) * source.factor / target.factor
    result = convert(quantity, source.code, target.code)
    assert abs(Fraction(result) - truth) <= truth / 10**27
    assert "E" not in str(result) or result == 0 or abs(result) < Decimal("0.000001")


@given(st.integers(-(10**30), 10**30), st.integers(0, 40), st.integers(0, 40))
def test_a_fraction_that_ends_is_written_out_in_full(above: int, twos: int, fives: int) -> None:
    number = Fraction(above, 2**twos * 5**fives)
    assert Fraction(plain(number)) == number


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        ("C62", "EA", True),
        ("EA", "H87", True),
        ("H87", "C62", True),
        ("CEN", "HC", True),
        ("C62", "DZN", False),
        ("C62", "KGM", False),
        ("KGM", "LBR", False),
        ("XBX", "XBX", True),
        ("XBX", "XCT", False),
        ("CEL", "FAH", False),
        ("C62", "nonsense", False),
    ],
)
def test_units_that_count_the_same(one: str, other: str, *, counts: bool) -> None:
    assert same(one, other) is counts
    assert same(other, one) is counts
