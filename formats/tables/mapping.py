"""How the orders of one sender are written: the columns of a CSV file, or the members of JSON objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TableFormat(StrEnum):
    """What the orders are written in."""

    CSV = "csv"
    JSON = "json"


class DateOrder(StrEnum):
    """In which order a date has its parts, whatever stands between them."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


class TableField(StrEnum):
    """What a column or a member may hold: of the whole order up to `notes`, of a line from `part_number` on."""

    ORDER_NUMBER = "order_number"
    CLIENT = "client"
    ORDERED_ON = "ordered_on"
    DUE_ON = "due_on"
    CURRENCY = "currency"
    CUSTOMER_RFQ_NUMBER = "customer_rfq_number"
    NOTES = "notes"
    PART_NUMBER = "part_number"
    CUSTOMER_PART_NUMBER = "customer_part_number"
    DESCRIPTION = "description"
    QUANTITY = "quantity"
    UNIT = "unit"
    UNIT_PRICE = "unit_price"
    LINE_DUE_ON = "line_due_on"
    LINE_NOTES = "line_notes"


_ALL: Final = tuple(str(each) for each in TableField)
_FIRST: Final = _ALL.index(TableField.PART_NUMBER)
ORDER_FIELDS: Final = _ALL[:_FIRST]
LINE_FIELDS: Final = _ALL[_FIRST:]


@dataclass(frozen=True, slots=True)
class Layout:
    """How orders are written. `sources` is, for each field, the column (CSV) or the dotted path of members (JSON).

    In JSON `orders_at` is the path of the list of orders (None: the document is that list, or one order), and
    `lines_at` that of an order's list of lines. In CSV each row is a line, and rows of one order number are one order.
    """

    name: str
    format: TableFormat
    sources: Mapping[str, str]
    delimiter: str = ","
    decimal_comma: bool = False
    date_order: DateOrder = DateOrder.YMD
    orders_at: str | None = None
    lines_at: str | None = None
