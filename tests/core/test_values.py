from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from core.values import checked
from core.values.checked import Count, Currency, Fraction, Name, Note, Price, Quantity, Reference, Text, UnitCode
from core.values.marks import LOT

PRICE: TypeAdapter[Decimal] = TypeAdapter(Price)


@dataclass(frozen=True)
class Line:
    description: Name
    quantity: Quantity
    unit_price: Price | None = None
    unit: UnitCode = "C62"


@dataclass(frozen=True)
class Order:
    currency: Currency
    lines: list[Line]


def refusal(kind: Any, value: Any) -> str:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    (error,) = caught.value.errors()
    return error["msg"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("12.50", "12.50"),
        ("12.5", "12.5"),
        ("1E+3", "1000"),
        ("1.5e3", "1500"),
        ("1E-6", "0.000001"),
        ("0.000001", "0.000001"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+7", "7"),
        ("-0", "0"),
        ("0E5", "0"),
        (3, "3"),
        (19.95, "19.95"),
        (0.1, "0.1"),
        (1e14, "100000000000000.0"),
        (Decimal("1E+2"), "100"),
        ("999999999999999.999999", "999999999999999.999999"),
    ],
)
def test_a_decimal_is_kept_as_it_was_written(sent: object, kept: str) -> None:
    assert str(PRICE.validate_python(sent)) == kept


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (0.1 + 0.2, 'has more digits than a JSON number keeps exactly; send it as a string: "0.30000000000000004"'),
        (float("nan"), "must be a finite number"),
        (float("inf"), "must be a finite number"),
        (Decimal("NaN"), "must be a finite number"),
        ("NaN", "is not a decimal number: 'NaN'"),
        ("Infinity", "is not a decimal number: 'Infinity'"),
        ("1,5", "is not a decimal number: '1,5'"),
        ("1_000", "is not a decimal number: '1_000'"),
        (" 1", "is not a decimal number: ' 1'"),
        ("١٢", "is not a decimal number: '١٢'"),
        ("", "is not a decimal number: ''"),
        ("1" * 101, "must have at most 100 characters"),
        (True, 'must be a decimal number, best sent as text such as "12.50"'),
        (None, 'must be a decimal number, best sent as text such as "12.50"'),
        ({}, 'must be a decimal number, best sent as text such as "12.50"'),
        ("-0.01", "must be at least 0"),
        ("1000000000000000", "must be less than 1000000000000000"),
        ("1E+15", "must be less than 1000000000000000"),
        ("1E+9999", "must be less than 1000000000000000"),
        (10**4000, "must be less than 1000000000000000"),
        ("1.0000001", "must have at most 6 decimals, not 7"),
        ("1.0000000", "must have at most 6 decimals, not 7"),
        ("1E-9999", "must have at most 6 decimals, not 9999"),
    ],
)
def test_a_price_that_cannot_be_kept_exactly_is_refused_with_the_reason(sent: object, reason: str) -> None:
    assert refusal(Price, sent) == reason


@given(st.decimals(min_value=0, max_value=10**15 - 1, places=6))
def test_every_price_of_six_decimals_comes_back_digit_for_digit(price: Decimal) -> None:
    assert str(PRICE.validate_python(format(price, "f"))) == format(price.copy_abs(), "f")


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_float_is_taken_only_where_it_is_what_its_text_says(sent: float) -> None:
    try:
        kept = PRICE.validate_python(sent)
    except ValidationError:
        return
    assert kept == Decimal(repr(sent))


@given(st.text(max_size=120) | st.integers() | st.floats() | st.none() | st.booleans() | st.decimals())
def test_whatever_is_sent_as_a_number_is_kept_or_refused_never_a_crash(sent: object) -> None:
    try:
        kept = PRICE.validate_python(sent)
    except ValidationError:
        return
    assert 0 <= kept < 10**15


def test_a_quantity_is_more_than_zero() -> None:
    assert refusal(Quantity, "0.000") == "must be more than 0"
    assert str(TypeAdapter(Quantity).validate_python("0.000001")) == "0.000001"


def test_a_percentage_is_a_fraction_from_0_to_10() -> None:
    assert str(TypeAdapter(Fraction).validate_python("0.20")) == "0.20"
    assert refusal(Fraction, "20") == "must be at most 10"


@pytest.mark.parametrize("text", ["Müller & Söhne", "  kept as written ", "𝄞", "a\tb"])
def test_text_comes_back_untouched(text: str) -> None:
    assert TypeAdapter(Name).validate_python(text) == text


@pytest.mark.parametrize(
    ("kind", "sent", "reason"),
    [
        (Name, "", "must not be blank"),
        (Name, " \t\u00a0", "must not be blank"),
        (Name, "a\0b", "must not contain the character \\u0000"),
        (Name, "a\ud800", "must not contain a lone surrogate (half of a \\ud800 to \\udfff pair)"),
        (Name, "a" * 201, "must have at most 200 characters, not 201"),
        (Name, 5, "must be text, not a number"),
        (Name, None, "must be text, not null"),
        (Name, ["a"], "must be text, not a list"),
        (Name, {"{reason}": 1}, "must be text, not an object"),
        (Reference, " ", "must not be blank"),
        (Note, "a" * 10_001, "must have at most 10,000 characters, not 10,001"),
        (Annotated[str, Text(2)], "abc", "must have at most 2 characters, not 3"),
        (Currency, "usd", "unknown currency 'usd'; send an ISO 4217 code such as USD"),
        (Currency, "DEM", "DEM (German Mark) is not a current ISO 4217 currency"),
        (Currency, 840, "must be a code, not a number"),
        (UnitCode, "BX", "unit of measure 'BX' (box) is deleted in UN/ECE Rec 20; send XBX"),
        (UnitCode, "{0}", "unknown unit of measure '{0}'"),
        (Count, "5", "must be a whole number, not text"),
        (Count, True, "must be a whole number, not true or false"),
        (Count, 1.5, "must be a whole number, not a number"),
        (Count, -1, "must be from 0 to 2,147,483,647"),
        (Count, 2**31, "must be from 0 to 2,147,483,647"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason(kind: Any, sent: object, reason: str) -> None:
    assert refusal(kind, sent) == reason


def test_note_may_be_empty_and_exactly_as_long_as_allowed() -> None:
    notes: TypeAdapter[str] = TypeAdapter(Note)
    assert notes.validate_python("") == ""
    assert len(notes.validate_python("ä" * 10_000)) == 10_000


def test_pydantic_names_the_place_of_every_wrong_value() -> None:
    sent = {
        "currency": "DEM",
        "lines": [
            {"description": "Bracket", "quantity": "2.50", "unit_price": 3},
            {"description": "a\0", "quantity": float("nan"), "unit": "BX"},
        ],
    }
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Order).validate_python(sent)
    assert [error["loc"] for error in caught.value.errors()] == [
        ("currency",),
        ("lines", 1, "description"),
        ("lines", 1, "quantity"),
        ("lines", 1, "unit"),
    ]


def test_a_right_order_becomes_plain_dataclasses() -> None:
    sent = {"currency": "USD", "lines": [{"description": "Bracket", "quantity": "2.50"}]}
    assert TypeAdapter(Order).validate_python(sent) == Order("USD", [Line("Bracket", Decimal("2.50"))])


def test_the_rules_are_told_in_json_schema() -> None:
    described = json.loads(json.dumps(TypeAdapter(Order).json_schema()))
    text = described["$defs"]["Line"]["properties"]["description"]
    assert {key: text[key] for key in ("type", "minLength", "maxLength")} == {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
    }
    currencies = described["properties"]["currency"]["enum"]
    assert {"USD", "EUR", "JPY"} <= set(currencies)
    assert not {"XAU", "DEM"} & set(currencies)


TRIED = [
    "",
    " ",
    "\n",
    "a\n",
    "\0",
    "a\0",
    "x",
    " x y ",
    "x\u200b",
    "\u3164",
    "x\U000e0020",
    "é" * 200,
    "é" * 201,
    "\x1f",
    "a" * 10_001,
]
NUMBERS = ["0", "-0.1", "0.000001", "0.0000001", "10", "10.0", "10.000001", "9.999999", "999999999999999.999999"]
NUMBERS += ["1000000000000000", "-999999999999999", "x", "", "1e3x", "0.0", "12.50"]


@pytest.mark.parametrize("rule", [checked.NAME, checked.REFERENCE, LOT, checked.NOTE], ids=str)
@pytest.mark.parametrize("text", TRIED, ids=ascii)
def test_a_text_is_taken_where_its_schema_says_so(rule: checked.Check, text: str):
    assert is_taken(rule, text) == fits(rule.json_schema(), text)


@pytest.mark.parametrize(
    "rule",
    [
        checked.PRICE,
        checked.QUANTITY,
        checked.FRACTION,
        checked.Number(-checked.LIMIT, checked.LIMIT, above=True, below=True),
    ],
    ids=str,
)
@pytest.mark.parametrize("text", NUMBERS)
def test_a_decimal_is_taken_where_its_schema_says_so(rule: checked.Number, text: str):
    assert is_taken(rule, text) == fits(rule.json_schema(), text)


@pytest.mark.parametrize(
    ("text", "taken"),
    [("https://a.example", True), ("HTTP://a", True), ("ftp://a.example", False), ("https://", False), ("a", False)],
)
def test_a_web_address_is_taken_where_its_schema_says_so(text: str, taken: bool):  # noqa: FBT001
    assert is_taken(checked.WEBSITE, text) == taken
    assert fits(checked.WEBSITE.json_schema(), text) == taken


def is_taken(rule: checked.Check, value: object) -> bool:
    try:
        rule.check(value)
    except ValueError:
        return False
    return True


def fits(schema: dict[str, object], value: object) -> bool:
    return bool(Draft202012Validator(schema, validate_formats=True).is_valid(value))
