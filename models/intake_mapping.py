"""Intake mappings: how one sender writes orders in CSV or JSON."""

from __future__ import annotations

from uuid import UUID

from core.facts import choice, flag, reference, text
from core.record import Line, Record
from core.values.checked import NAME, Documented
from core.values.scalars import Pattern
from formats.tables import DateOrder, TableField, TableFormat

_DELIMITER = Documented(
    Pattern(
        r'[^\w\s"\u0000]|\t', "one character that is no letter, digit, blank or quotation mark, such as ; or a tab"
    ),
    (("examples", (";",)),),
)


class IntakeMapping(Record, table=True):
    """How orders are written: the format, and which column or member holds what."""

    __tablename__ = "intake_mappings"

    name: str = text(NAME, filterable=True, sortable=True, searchable=True, unique_alive=True)
    format: str = choice(TableFormat, filterable=True)
    client_id: UUID | None = reference("clients", filterable=True)
    """Whose orders they are; None where each order says it."""
    delimiter: str = text(_DELIMITER, default=",")
    decimal_comma: bool = flag()
    date_order: str = choice(DateOrder, DateOrder.YMD)
    orders_at: str | None = text(NAME)
    lines_at: str | None = text(NAME)


class IntakeColumn(Line, table=True):
    """Where one field stands; lives inside a mapping."""

    __tablename__ = "intake_columns"
    parent_column = "intake_mapping_id"

    intake_mapping_id: UUID = reference("intake_mappings")
    holds: str = choice(TableField)
    source: str = text(NAME)
