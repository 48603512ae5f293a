from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.errors import BadRequest, ForgeError, Invalid
from core.values.money import line_total, total
from formats.x12 import Line, PurchaseOrder, read_orders

EXAMPLES = Path(__file__).parents[2] / "examples" / "x12"

REFUSED = {
    "bad-number.850.edi": (Invalid, "PO1 (segment 6): unit price (PO104) is not a decimal number: '27,50'"),
    "cancellation.850.edi": (Invalid, "BEG (segment 4): purpose 01 is a cancellation, not an order"),
    "catalogue.832.edi": (
        Invalid,
        "ST (segment 3): '832' is a price catalogue; a purchase order (850) is expected",
    ),
    "invoice.810.edi": (Invalid, "ST (segment 3): '810' is an invoice; a purchase order (850) is expected"),
    "no-lines.850.edi": (Invalid, "ST (segment 3): the order has no line (PO1)"),
    "order.edifact": (BadRequest, "not an X12 interchange: it does not begin with an ISA segment"),
    "truncated.850.edi": (BadRequest, "PO1 (segment 7): the document ends inside it; it is truncated"),
    "unknown-unit.850.edi": (Invalid, "PO1 (segment 7): unknown unit of measure 'ZZ'"),
    "wrong-group-count.850.edi": (BadRequest, "GE (segment 10): says 2 transactions, but there are 1"),
    "wrong-line-count.850.edi": (BadRequest, "CTT (segment 8): says 3 lines (PO1), but there are 2"),
    "wrong-segment-count.850.edi": (
        BadRequest,
        "SE (segment 9): says 9 segments from ST to SE, but there are 7",
    ),
}


def read(name: str) -> tuple[PurchaseOrder, ...]:
    return read_orders((EXAMPLES / name).read_bytes())


def row(line: Line) -> tuple[str, str | None, str, str, date | None]:
    return (str(line.quantity), line.unit, str(line.unit_price), line.title, line.due)


def test_every_example_stands_in_the_readme_and_the_other_way_round() -> None:
    described = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    files = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.*") if path.name != "README.md"}
    assert files == {line.split("`")[1] for line in described.splitlines() if line.startswith("| `")}


@pytest.mark.parametrize("name", sorted(path.name for path in (EXAMPLES / "refused").iterdir()))
def test_each_refused_example_is_refused_for_its_reason(name: str) -> None:
    with pytest.raises(ForgeError) as caught:
        read(f"refused/{name}")
    assert (type(caught.value), caught.value.message) == REFUSED[name]


def test_the_minimal_example() -> None:
    (order,) = read("minimal.850.edi")
    assert str(order.key) == "01:071234567/ZZ:EXAMPLESHOP/000000412/88/0007"
    assert (order.number, order.currency, order.buyer_name) == ("PO-77120", None, "Harbor Pump Repair")
    assert order.ship_to is not None
    assert order.ship_to.address == "Harbor Pump Repair\n18 Dock Street\nGloucester, MA 01930\nUS"
    assert [row(line) for line in order.lines] == [("4", "EA", "27.50", "BRK-2210", None)]
    assert order.unread == ("CSH*Y", "TD5*****FEDEX GROUND")
    assert order.warnings == (
        "IEA (segment 15): control number '000000001' is not '000000412', that of the ISA",
        "ISA (segment 1): its sender marks it as a test (ISA15)",
    )


def test_the_full_example() -> None:
    (order,) = read("full.850.edi")
    assert order.key.sender == "12:5558675309"
    assert (order.number, order.currency, order.buyer_name) == ("4500019944", "USD", "Lakeside Conveyor Inc.")
    assert order.terms is not None
    assert (order.terms.text, order.terms.net_days) == ("NET 45 DAYS", 45)
    assert (order.delivery_terms, order.due) == ("FCA Springfield, OH", date(2025, 4, 1))
    assert order.notes == ("Certificates of conformance with every delivery",)
    assert [row(line) for line in order.lines] == [
        ("250", "EA", "14.2500", "Drive shaft, 1045 steel, turned and ground", date(2025, 4, 15)),
        ("120.5", "FOT", "3.41", "Flat bar 6061-T6, 1/4 x 2 in", date(2025, 4, 10)),
        ("3", "XBX", "41.00", "Hex bolts M8 x 40, box of 100", None),
    ]
    assert order.lines[0].notes == ("Deburr all edges", "Oil for transport")
    assert [line.buyer_part_number for line in order.lines] == ["LC-88-0410", "LC-88-0777", "LC-HW-0012"]
    totals = [line_total(line.quantity, line.unit_price, "USD") for line in order.lines if line.unit_price is not None]
    assert [str(amount) for amount in totals] == ["3562.50", "410.91", "123.00"]
    assert str(total(totals, "USD")) == "4096.41"


def test_the_example_of_several_orders() -> None:
    orders = read("several.850.edi")
    assert [(order.number, order.currency) for order in orders] == [
        ("81-0331", "EUR"),
        ("81-0332", "JPY"),
        ("81-0333", None),
    ]
    assert {order.buyer_name for order in orders} == {"Gerätebau Süd GmbH"}
    assert [[row(line) for line in order.lines] for order in orders] == [
        [("1500", "H87", "0.124", "Distanzhülse Ø8 x 12", date(2025, 3, 28))],
        [("2", "SET", "98000", "Spannvorrichtung", None)],
        [("10.5", "LBR", "None", "AL-6061", None)],
    ]
    assert len({order.key for order in orders}) == 3
    assert orders[2].warnings == (
        "the document is not UTF-8; it was read as Windows-1252 (Latin-1): code_page names another code page",
        "ISA (segment 1): its sender marks it as a test (ISA15)",
        "PO1 (segment 26): no unit price (PO104)",
    )


def test_the_wrapped_example() -> None:
    (order,) = read("wrapped.850.edi")
    assert (order.number, order.release, order.due) == ("PO-77121", "R2", date(2025, 5, 1))
    assert order.ship_to is not None
    assert order.ship_to.address.startswith("Harbor Pump Repair, yard 3\nReceiving\nattn. M. Ortiz\n20 Dock Street\n")
    assert [row(line) for line in order.lines] == [
        ("1", "DZN", "118.00", "Impeller 14 vane, bronze", date(2025, 4, 15)),
        ("0.75", "MIL", "310", "WSH-8", None),
    ]
    assert (order.test, order.warnings) == (False, ())
