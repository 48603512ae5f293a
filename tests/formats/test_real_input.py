"""What others published and sent, where `FORGE_REAL_INPUT` names the folder that holds it."""

from __future__ import annotations

import csv
import math
import os
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from core.errors import Invalid
from core.values.currencies import currencies, currency
from core.values.units import units
from formats.x12 import PurchaseOrder, read_orders

FOLDER = Path(os.environ.get("FORGE_REAL_INPUT") or "/nowhere")

pytestmark = pytest.mark.skipif(
    "FORGE_REAL_INPUT" not in os.environ, reason="FORGE_REAL_INPUT does not name a folder of real input"
)

ORDERS = {"x12.850.edi", "x12.850a.edi"}
OTHERS = {
    "x12.810a.edi": "ST (segment 3): '810' is an invoice; a purchase order (850) is expected",
    "x12.832.edi": "ST (segment 3): '832' is a price catalogue; a purchase order (850) is expected",
}


def read(name: str) -> PurchaseOrder:
    (order,) = read_orders((FOLDER / "x12" / name).read_bytes())
    return order


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_document_of_the_folder_is_spoken_for() -> None:
    assert {path.name for path in (FOLDER / "x12").iterdir()} == ORDERS | OTHERS.keys()


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_what_is_not_a_purchase_order_is_refused_by_its_kind(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(name)
    assert caught.value.message == OTHERS[name]


def test_the_order_without_cur_and_by() -> None:
    order = read("x12.850.edi")
    assert str(order.key) == "01:000123456/ZZ:PARTNERID/000000055/2/0003"
    assert (order.number, order.ordered_on) == ("1000012", date(2009, 8, 27))
    assert (order.currency, order.buyer_name, order.due) == (None, "John Doe", None)
    assert order.ship_to is not None
    assert order.ship_to.address == "John Doe\n126 Any St\nHauppauge, NY 11788-1234\nUS"
    (line,) = order.lines
    assert (line.buyer_line, str(line.quantity), line.unit, str(line.unit_price)) == ("1", "1", "EA", "19.95")
    assert (line.shop_part_number, line.description, line.title) == ("0054321", None, "0054321")
    assert (order.routing, order.unread) == ("UPSG", ("CSH*Y", "TD5*****UPSG"))
    assert order.warnings == (
        "IEA (segment 15): control number '000000001' is not '000000055', that of the ISA",
        "ISA (segment 1): its sender marks it as a test (ISA15)",
    )


def test_the_order_with_indentation_and_a_short_isa() -> None:
    order = read("x12.850a.edi")
    assert str(order.key) == "01:000123456/ZZ:TEST2/000000055/2/0001"
    assert (order.number, order.ordered_on) == ("4600000406", date(2014, 7, 24))
    assert (order.currency, order.buyer_name) == ("USD", "Test Inc.")
    assert order.terms is not None
    assert (order.terms.text, order.terms.net_days) == ("NET 60 DAYS", 60)
    assert order.delivery_terms == "EXW USNKY North Kansas City, MO"
    assert order.notes == ("PO 3 EDI test ASNs",)
    assert [(each.qualifier, each.value) for each in order.references] == [("IA", "0000100183"), ("PO", "4600000406")]
    assert [(party.role, party.name) for party in order.parties] == [
        ("ST", "Transplace Laredo"),
        ("Z7", "Penjamo Cutting"),
        ("BT", "Test Inc."),
        ("BY", None),
        ("SU", "Supplier Name"),
    ]
    assert [
        (line.buyer_line, str(line.quantity), line.unit, str(line.unit_price), line.buyer_part_number, line.title)
        for line in order.lines
    ] == [
        ("000100001", "2500", "YRD", "2.53", "A_QU001-BLK", '4.4oz 3" Diamond Quilt'),
        ("000200001", "2000", "YRD", "3.41", "A_QF001-BLK", "8oz Quilted Flannel"),
        ("000200002", "1000", "YRD", "3.41", "A_QF001-RED", "8oz Quilted Flannel"),
    ]
    assert {line.due for line in order.lines} == {date(2014, 8, 4)}
    assert order.lines[0].notes == ("4.4OZ 100% POLYESTER QUILT", "First Quality")
    assert order.lines[0].unread == ("MEA*PD*WD*61.5*IN", "TC2*J*5811.00.3000")
    assert order.warnings == (
        "IEA (segment 54): control number '000000001' is not '000000055', that of the ISA",
        "ISA (segment 1): its sender marks it as a test (ISA15)",
    )


def test_currencies_are_those_of_iso_4217_with_its_minor_units() -> None:
    published = rows("currency-codes.csv")
    current = {
        row["AlphabeticCode"]: row["MinorUnit"]
        for row in published
        if row["AlphabeticCode"] and not row["WithdrawalDate"]
    }
    assert len(current) == 178
    assert currencies() == {code: int(digits) if digits != "-" else None for code, digits in current.items()}
    withdrawn = {row["AlphabeticCode"] for row in published if row["WithdrawalDate"]} - current.keys()
    assert len(withdrawn) > 100
    for code in withdrawn:
        with pytest.raises(Invalid):
            currency(code)


STATUS = {"": "valid", "¦": "valid", "D": "deprecated", "X": "deleted"}


def test_every_unit_stands_in_rec_20_with_its_name_and_status() -> None:
    published = {row["CommonCode"]: row for row in rows("units-of-measure.csv")}
    measures = {code: each for code, each in units().items() if each.dimension != "package"}
    assert len(measures) >= 390
    for code, each in measures.items():
        row = published[code]
        assert (each.status, each.name) == (STATUS[row["Status"]], row["Name"].replace("\u00a0", " ")), code
    packages = units().keys() - measures.keys()
    assert all(re.fullmatch(r"X[A-Z0-9]{2}", code) and code not in published for code in packages)


# What a published factor is in, and how many of our base units that is (a radian in degrees).
BASES: dict[str, Fraction | int] = {
    "": 1,
    "m": 1, "m²": 1, "km²": 10**6, "m³": 1, "kg": 1, "g": Fraction(1, 1000), "mg": Fraction(1, 10**6), "s": 1,
    "N": 1, "N x m": 1, "(kg x m)/s²": 1, "kg x m² x s⁻²": 1, "Pa": 1, "J": 1, "W": 1, "V x A": 1, "K": 1,
    "rad": Fraction(180 / math.pi), "m/s": 1, "m³/s": 1, "kg/s": 1, "kg x s⁻¹": 1, "Hz": 1, "/s": 1, "1/s": 1,
    "kg/m³": 1, "kg/m²": 1, "kg/m": 1, "A": 1, "V": 1, "\u03a9": 1, "\u2126": 1, "F": 1, "H": 1, "C": 1, "A x s": 1,
}  # fmt: skip
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


WRITTEN = re.compile(
    r"(?:(?!10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])(?P<number>[0-9][0-9 ]*(?:[,.] ?[0-9 ]*[0-9])?) ?)?"
    r"(?:[x\u00d7]? ?10(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?"
    r" ?(?:x )?(?P<unit>\D.*)?"
)


def parsed(text: str) -> tuple[Fraction, Fraction, str] | None:
    """Return a published factor, the worth of its last digit, and what it is in; None where the text is no factor."""
    match = WRITTEN.fullmatch(text.replace("\u00a0", " ").strip())
    if not text or not match:
        return None
    number = (match["number"] or "1").replace(" ", "").replace(",", ".")
    power = Fraction(10) ** int((match["power"] or "0").translate(POWERS))
    decimals = len(number.partition(".")[2])
    return Fraction(Decimal(number)) * power, Fraction(1, 10**decimals) * power, (match["unit"] or "").strip()


def test_conversion_factors_are_those_published_as_far_as_their_digits_go() -> None:
    published = {row["CommonCode"]: row["ConversionFactor"] for row in rows("units-of-measure.csv")}
    factored = {code: each.factor for code, each in units().items() if each.factor and published.get(code)}
    agreeing, differing, unread = set(), set(), set()
    for code, ours in factored.items():
        value, last_digit, base = parsed(published[code]) or (Fraction(0), Fraction(0), "?")
        if base not in BASES:
            unread.add(code)
        elif abs(ours - value * BASES[base]) <= 2 * last_digit * BASES[base]:
            agreeing.add(code)
        else:
            differing.add(code)
    assert unread == {"LUM", "LUX", "Q26"}  # published in steradians, and as 1/1; each is the base of its dimension
    assert differing == {"APZ"}  # published as 3.11 g, a tenth of a troy ounce
    assert len(agreeing) >= 200
