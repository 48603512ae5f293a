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


ORDER_FIELDS: Final = ("order_number", "client", "ordered_on", "due_on", "currency", "customer_rfq_number", "notes")
"""What may be said of a whole order."""
LINE_FIELDS: Final = (
    "part_number",
    "customer_part_number",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "line_due_on",
    "line_notes",
)
"""What may be said of a line."""


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
