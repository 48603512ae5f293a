"""CSV and JSON documents to purchase orders: each taken or refused by itself, with its row named."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from core.errors import BadRequest, Invalid, PayloadTooLarge
from core.values import currencies, units
from core.values.checked import NAME, NOTE, PRICE, QUANTITY, REFERENCE, Check, Text
from formats.tables.mapping import DateOrder, Layout
from formats.tables.records import Order, Row, orders_of
from formats.x12 import Dated, Key, Line, PartNumber, PurchaseOrder, Ref, Refused
from formats.x12.tokens import LARGEST, CodePage

SENDER: Final = "client"
RECEIVER: Final = "mapping"
"""What the ids of sender and receiver are in the key of such an order."""
_DUE: Final = "002"
"""X12 374: delivery requested."""
_DATE: Final = re.compile(r"(\d{1,4})[-./ ](\d{1,2})[-./ ](\d{1,4})(?:[T ].{0,40})?", re.ASCII)
_COMPACT: Final = re.compile(r"\d{8}", re.ASCII)
_CENTURY: Final = 2000
_SHORT, _LONG = 2, 4


def read_tables(
    document: bytes, layout: Layout, code_page: CodePage | None, most_lines: int, most: int
) -> list[PurchaseOrder | Refused]:
    """Read every order of a file in the file's order; at least one.

    Raises PayloadTooLarge (over 1 MiB), BadRequest (not of its format), Invalid (a column that is missing, or more than
    `most` orders).
    """
    orders = orders_of(_text(document, code_page), layout)
    if not orders:
        raise Invalid("the document holds no order", field="document")
    if len(orders) > most:
        raise Invalid(f"the document holds {len(orders):,} orders; at most {most:,} are taken", field="document")
    return [_taken(order, layout, most_lines) for order in orders]


def _text(document: bytes, code_page: CodePage | None) -> str:
    if len(document) > LARGEST:
        raise PayloadTooLarge(f"the document has {len(document):,} bytes; at most {LARGEST:,} are taken")
    if not document.strip():
        raise BadRequest("the document is empty")
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if code_page is None:
            raise BadRequest(
                f"code_page: the byte at place {error.start + 1:,} is not UTF-8; say how to read it", field="code_page"
            ) from None
    try:
        return document.decode(code_page)
    except UnicodeDecodeError as error:
        reason = f"code_page: the byte at place {error.start + 1:,} is no character of {code_page}"
        raise BadRequest(reason, field="code_page") from None


def _taken(order: Order, layout: Layout, most_lines: int) -> PurchaseOrder | Refused:
    wrong = order.error or _no_text(order, layout)
    if wrong is not None:
        return Refused(Key(SENDER, "", RECEIVER, layout.name, "", "", ""), None, wrong)
    said = order.head.said
    key = Key(SENDER, said.get("client", ""), RECEIVER, layout.name, said.get("order_number", "")[:100], "", "")
    try:
        return _order(order, key, layout, most_lines)
    except Invalid as error:
        return Refused(key, said.get("order_number", "")[:100] or None, error)


def _no_text(order: Order, layout: Layout) -> Invalid | None:
    """Why something that was said is no text that can be kept or looked for."""
    for row in (order.head, *order.lines):
        for name, value in row.said.items():
            try:
                Text(len(value)).check(value)
            except ValueError as error:
                where = f"{row.place}: {layout.sources[name]}"
                return Invalid(f"{where}: {error}", field=where)
    return None


def _order(order: Order, key: Key, layout: Layout, most_lines: int) -> PurchaseOrder:
    head, read = order.head, _Reading(layout)
    for name, place in order.differs.items():
        raise Invalid(f"{place}: says another {name} than the rows before of the same order", field=place)
    if len(order.lines) > most_lines:
        raise Invalid(f"{head.place}: the order has {len(order.lines):,} lines; at most {most_lines:,} are taken")
    if not order.lines:
        raise Invalid(f"{head.place}: the order has no line", field=head.place)
    number = read(head, "order_number", _checked(REFERENCE))
    if number is None:
        raise Invalid(f"{head.place}: has no order number", field=head.place)
    rfq, due = read(head, "customer_rfq_number", _checked(REFERENCE)), read(head, "due_on", read.day)
    notes = read(head, "notes", _checked(NOTE))
    return PurchaseOrder(
        key=key,
        content=_content(order),
        test=False,
        purpose="00",
        type="",
        number=number,
        release=None,
        ordered_on=read(head, "ordered_on", read.day),
        currency=read(head, "currency", _currency),
        buyer_name=None,
        parties=(),
        references=(Ref("RQ", rfq),) if rfq else (),
        dates=(Dated(_DUE, due),) if due else (),
        terms=None,
        delivery_terms=None,
        routing=None,
        notes=(notes,) if notes else (),
        lines=tuple(_line(place, row, read) for place, row in enumerate(order.lines, 1)),
        unread=(),
        warnings=(),
    )


def _line(position: int, row: Row, read: _Reading) -> Line:
    quantity = read(row, "quantity", read.number(QUANTITY))
    if quantity is None:
        raise Invalid(f"{row.place}: has no quantity", field=row.place)
    numbers = [
        PartNumber(qualifier, value)
        for qualifier, name in (("VN", "part_number"), ("BP", "customer_part_number"))
        if (value := read(row, name, _checked(REFERENCE)))
    ]
    description = read(row, "description", _checked(NAME))
    if not numbers and description is None:
        raise Invalid(f"{row.place}: has neither a part number nor a description", field=row.place)
    due, notes = read(row, "line_due_on", read.day), read(row, "line_notes", _checked(NOTE))
    return Line(
        position=position,
        segment=row.place,
        buyer_line=None,
        quantity=quantity,
        unit=read(row, "unit", _unit),
        unit_price=read(row, "unit_price", read.number(PRICE)),
        part_numbers=tuple(numbers),
        description=description,
        dates=(Dated(_DUE, due),) if due else (),
        notes=(notes,) if notes else (),
        unread=(),
    )


class _Reading:
    """Reads the fields of rows; each error names the row, the field, and what stands there."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def __call__(self, row: Row, name: str, read: Callable[[str], Any]) -> Any:
        text = row.said.get(name)
        if text is None:
            return None
        try:
            return read(text)
        except (ValueError, Invalid) as error:
            said = error.message if isinstance(error, Invalid) else str(error)
            where = f"{row.place}: {self._layout.sources[name]}"
            shown = repr(text[:40])
            told = said if said.endswith(shown) else f"{said}: {shown}"
            raise Invalid(f"{where}: {told}", field=where) from None

    def number(self, rule: Check) -> Callable[[str], Decimal]:
        def read(text: str) -> Decimal:
            if self._layout.decimal_comma:
                text = text.replace(".", "").replace(",", ".") if _grouped(text, ".", ",") else text.replace(",", ".")
            elif _grouped(text, ",", "."):
                text = text.replace(",", "")
            return Decimal(rule.check(text))

        return read

    def day(self, text: str) -> date:
        found = _COMPACT.fullmatch(text)
        if found and self._layout.date_order is DateOrder.YMD:
            text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        match = _DATE.fullmatch(text)
        if match:
            parts = dict(zip(str(self._layout.date_order), match.groups(), strict=True))
            year = int(parts["y"]) + (_CENTURY if len(parts["y"]) == _SHORT else 0)
            if len(parts["y"]) in {_SHORT, _LONG} and max(len(parts["m"]), len(parts["d"])) <= _SHORT:
                with suppress(ValueError):
                    return date(year, int(parts["m"]), int(parts["d"]))
        raise ValueError(f"not a date ({self._layout.date_order})")


def _grouped(text: str, group: str, point: str) -> bool:
    """Whether a number has marks between its thousands: `1,234.50`, where each group has three digits."""
    whole = text.lstrip("+-").partition(point)[0]
    first, *rest = whole.split(group)
    return bool(rest) and 1 <= len(first) <= 3 and all(len(each) == 3 and each.isdigit() for each in rest)  # noqa: PLR2004


def _checked(rule: Check) -> Callable[[str], str]:
    return rule.check


def _currency(text: str) -> str:
    currencies.currency(text.upper())
    return text.upper()


def _unit(text: str) -> str:
    """A unit by its code of Rec 20 or of X12."""
    try:
        return units.unit(text.upper()).code
    except Invalid:
        return units.from_x12(text.upper()).code


def _content(order: Order) -> bytes:
    """The digest of what an order says, whatever its columns are called and wherever it stands in a file."""
    digest = sha256()
    for row in (order.head, *order.lines):
        for name, value in sorted(row.said.items()):
            digest.update(f"{name}\x1f{value}\x1e".encode())
        digest.update(b"\x1d")
    return digest.digest()
