"""Orders in CSV and JSON: read by a mapping, exactly as written, each taken or refused by itself."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.errors import ForgeError
from formats.tables import DateOrder, Layout, TableFormat, read_tables
from formats.x12 import CodePage, PurchaseOrder, Refused

CSV = Layout(
    "Harbor",
    TableFormat.CSV,
    {
        "order_number": "PO",
        "part_number": "Item",
        "customer_part_number": "Our item",
        "description": "Text",
        "quantity": "Qty",
        "unit": "UoM",
        "unit_price": "Price",
        "line_due_on": "Due",
    },
)
HEAD = "PO,Item,Our item,Text,Qty,UoM,Price,Due\n"
JSON = Layout(
    "Erp",
    TableFormat.JSON,
    {
        "order_number": "no",
        "client": "buyer.code",
        "quantity": "qty",
        "part_number": "item.number",
        "unit_price": "net",
    },
    orders_at="data.orders",
    lines_at="rows",
)


def read(text: str | bytes, layout: Layout = CSV, code_page: CodePage | None = None) -> list[PurchaseOrder | Refused]:
    return read_tables(text if isinstance(text, bytes) else text.encode(), layout, code_page, 1_000, 200)


def taken(text: str | bytes, layout: Layout = CSV, **how: Any) -> list[PurchaseOrder]:
    found = read(text, layout, **how)
    assert all(isinstance(each, PurchaseOrder) for each in found), found
    return [each for each in found if isinstance(each, PurchaseOrder)]


def reason(text: str | bytes, layout: Layout = CSV) -> str:
    try:
        [found] = read(text, layout)
    except ForgeError as error:
        return error.message
    assert isinstance(found, Refused), found
    return found.error.message


def test_rows_of_one_number_are_one_order_wherever_they_stand():
    first, second = taken(
        HEAD
        + 'A-1,BRK-1,77,"Bracket, bent",4,EA,27.50,2026-03-01\nA-2,SHF-2,,,1,,,\n\n,,,,,,,\nA-1,,78,Plate,2.5,KGM,8,\n'
    )
    assert (first.number, second.number) == ("A-1", "A-2")
    one, other = first.lines
    assert (one.quantity, one.unit, one.unit_price, one.due) == (Decimal(4), "EA", Decimal("27.50"), date(2026, 3, 1))
    assert (one.description, one.shop_part_number, one.buyer_part_number) == ("Bracket, bent", "BRK-1", "77")
    assert (other.quantity, other.unit, other.unit_price, other.segment) == (
        Decimal("2.5"),
        "KGM",
        Decimal(8),
        "line 6",
    )
    assert (second.lines[0].unit, second.lines[0].unit_price) == (None, None)


def test_numbers_of_json_are_kept_as_they_are_written():
    rows = '[{"qty": 0.1000, "item": {"number": "BRK-1"}, "net": 1.10}, {"qty": "3", "item": {"number": 5}}]'
    text = f'{{"data": {{"orders": [{{"no": 17, "buyer": {{"code": "HARBOR"}}, "rows": {rows}}}]}}}}'
    [order] = taken(text, JSON)
    assert (order.number, order.key.sender_id) == ("17", "HARBOR")
    assert [str(line.quantity) for line in order.lines] == ["0.1000", "3"]
    assert str(order.lines[0].unit_price) == "1.10"
    assert order.lines[1].shop_part_number == "5"


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        (DateOrder.DMY, "31.01.2026", date(2026, 1, 31)),
        (DateOrder.DMY, "1/2/26", date(2026, 2, 1)),
        (DateOrder.MDY, "1/31/2026", date(2026, 1, 31)),
        (DateOrder.YMD, "20260131", date(2026, 1, 31)),
        (DateOrder.YMD, "2026-01-31T08:00:00Z", date(2026, 1, 31)),
    ],
)
def test_dates_are_read_in_the_order_that_is_said(order: DateOrder, text: str, day: date):
    [found] = taken(HEAD + f"A,B,,,1,,,{text}\n", replace(CSV, date_order=order))
    assert found.lines[0].due == day


@pytest.mark.parametrize(
    ("comma", "text", "number"),
    [(True, "1.234,50", "1234.50"), (True, "0,5", "0.5"), (False, "1,234.50", "1234.50"), (False, "1234.5", "1234.5")],
)
def test_a_decimal_comma_is_read_where_it_is_said(comma: bool, text: str, number: str):  # noqa: FBT001
    [found] = taken(HEAD.replace(",", ";") + f"A;B;;;{text};;;\n", replace(CSV, delimiter=";", decimal_comma=comma))
    assert str(found.lines[0].quantity) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "A,B,,,,,,", "line 2: has no quantity"),
        (HEAD + "A,B,,,x,,,", "line 2: Qty: "),
        (HEAD + "A,B,,,-1,,,", "line 2: Qty: "),
        (HEAD + "A,B,,,1,,,31.02.2026", "line 2: Due: not a date (ymd): '31.02.2026'"),
        (HEAD + "A,B,,,1,XYZ,,", "line 2: UoM: "),
        (HEAD + "A,,,,1,,,", "line 2: has neither a part number nor a description"),
        (HEAD + ",B,,,1,,,", "line 2: has no order number"),
        (HEAD + "A,B,,,1,,,,extra", "line 2: has 9 columns, and the heading 8"),
        (HEAD + 'A,"B,,,1,,,', "line 2: unexpected end of data"),
        (HEAD.replace("Qty", "Amount") + "A,B,,,1,,,", "column 'Qty', which is quantity, is not in the heading"),
        (HEAD, "the document holds no order"),
        ("", "the document is empty"),
    ],
)
def test_what_is_wrong_is_named_by_its_line_and_column(text: str, message: str):
    assert message in reason(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "not JSON: "),
        ("NaN", "not JSON: NaN is no number"),
        ("[" * 100_000, "nested too deep"),
        ('{"data": {"orders": [{"no": "1", "no": "2"}]}}', "the key 'no' stands twice in one object"),
        (
            '{"data": {"orders": [{"no": "\\ud800", "rows": [{}]}]}}',
            "data.orders[0]: no: must not contain a lone surrogate",
        ),
        (
            '{"data": {"orders": [{"no": "1", "rows": [{"qty": "\\u0000"}]}]}}',
            "data.orders[0].rows[0]: qty: must not contain",
        ),
        ('{"data": {"orders": 5}}', "data.orders: must be a list of orders"),
        ('{"data": {"orders": [5]}}', "data.orders[0]: must be an object"),
        ('{"data": {"orders": [{"no": "1", "rows": [5]}]}}', "data.orders[0].rows[0]: must be an object"),
        ('{"data": {"orders": [{"no": ["1"], "rows": []}]}}', "data.orders[0].no: must be text or a number"),
        ('{"data": {"orders": [{"no": "1", "rows": []}]}}', "data.orders[0]: the order has no line"),
    ],
)
def test_what_is_wrong_with_json_is_named_by_its_path(text: str, message: str):
    assert message in reason(text, JSON)


def test_an_order_that_is_wrong_leaves_the_others():
    first, second = read(HEAD + "A,B,,,x,,,\nC,D,,,2,,,\n")
    assert isinstance(first, Refused)
    assert isinstance(second, PurchaseOrder)
    assert (first.number, second.number) == ("A", "C")


def test_an_order_of_json_that_cannot_be_read_leaves_the_others():
    good = '{"no": "C", "rows": [{"item": {"number": "X"}, "qty": 2}]}'
    for wrong in ("5", '{"no": ["A"], "rows": [{}]}', '{"no": "A", "rows": [5]}', '{"no": "A\\udc00", "rows": []}'):
        first, second = read(f'{{"data": {{"orders": [{wrong}, {good}]}}}}', JSON)
        assert isinstance(first, Refused)
        assert isinstance(second, PurchaseOrder), second


def test_rows_that_say_different_things_of_one_order_refuse_it():
    layout = replace(CSV, sources={**CSV.sources, "currency": "Cur"})
    head = HEAD.strip() + ",Cur\n"
    assert "line 3: says another currency" in reason(head + "A,B,,,1,,,,USD\nA,C,,,1,,,,EUR\n", layout)
    [order] = taken(head + "A,B,,,1,,,,usd\nA,C,,,1,,,,usd\n", layout)
    assert order.currency == "USD"


def test_what_is_not_utf_8_is_read_by_the_code_page_that_is_named():
    text = (HEAD + "A,B,,Gehäuse,1,,,\n").encode("cp1252")
    assert "is not UTF-8; say how to read it" in reason(text)
    [order] = taken(text, code_page=CodePage.CP1252)
    assert order.lines[0].description == "Gehäuse"


def test_the_same_order_has_the_same_content_wherever_it_stands():
    row = "A,B,,,1,,,\n"
    [alone], [_, second] = taken(HEAD + row), taken(HEAD + "Z,B,,,1,,,\n" + row)
    assert alone.content == second.content
    [other] = taken(HEAD + row.replace(",1,", ",2,"))
    assert other.content != alone.content


@pytest.mark.parametrize("text", ['"' * 1_000_000, "," * 1_000_000, "\n" * 1_000_000, "a\n" * 500_000])
def test_a_hostile_table_is_read_in_bounded_time(text: str):
    began = time.process_time()
    with pytest.raises(ForgeError):
        read(text)
    assert time.process_time() - began < 3


def test_many_orders_are_refused_whole():
    rows = "".join(f"A-{number},B,,,1,,,\n" for number in range(201))
    assert reason(HEAD + rows) == "the document holds 201 orders; at most 200 are taken"
    assert json.dumps(reason(HEAD + "".join(f"A,B{number},,,1,,,\n" for number in range(1_001)))).startswith('"line 2:')
