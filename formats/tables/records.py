"""The orders of a file as plain text by field: a list of orders, each with its lines, each with its place."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Final

from core.errors import BadRequest, Invalid
from formats.tables.mapping import LINE_FIELDS, ORDER_FIELDS, Layout, TableFormat

MOST_COLUMNS: Final = 500


@dataclass(slots=True)
class Row:
    """What was said of an order or of a line, by field; what was not said, or said as nothing, is left out."""

    place: str
    said: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Order:
    """One order and its lines; `differs` are fields of the order that its rows say differently.

    `error` is why it cannot be read at all.
    """

    head: Row
    lines: list[Row] = field(default_factory=list)
    differs: dict[str, str] = field(default_factory=dict)
    error: Invalid | None = None


def orders_of(text: str, layout: Layout) -> list[Order]:
    """Take a file apart; raises BadRequest for what is not of its format, Invalid for a column that is not there."""
    return _csv_orders(text, layout) if layout.format is TableFormat.CSV else list(_json_orders(text, layout))


def _csv_orders(text: str, layout: Layout) -> list[Order]:
    found: dict[str, Order] = {}
    for place, said in _csv_rows(text, layout):
        number = said.get("order_number", "")
        order = found.setdefault(number or place, Order(Row(place)))
        for name in ORDER_FIELDS:
            value = said.get(name)
            if value is not None and order.head.said.setdefault(name, value) != value:
                order.differs.setdefault(name, place)
        order.lines.append(Row(place, {name: said[name] for name in LINE_FIELDS if name in said}))
    return list(found.values())


def _csv_rows(text: str, layout: Layout) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows with data, each with its place and what it says by field."""
    rows = csv.reader(StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    try:
        heading = [each.strip() for each in next(rows, [])]
        if len(heading) > MOST_COLUMNS:
            raise BadRequest(f"the heading has {len(heading):,} columns; at most {MOST_COLUMNS} are read")
        columns = _columns(heading, layout)
        for row in rows:
            if not any(each.strip() for each in row):
                continue
            place = f"line {rows.line_num}"
            if len(row) > len(heading):
                raise BadRequest(f"{place}: has {len(row)} columns, and the heading {len(heading)}", field=place)
            values = ((name, row[at].strip()) for name, at in columns.items() if at < len(row))
            yield place, {name: value for name, value in values if value}
    except csv.Error as error:
        raise BadRequest(f"line {rows.line_num}: {error}", field=f"line {rows.line_num}") from error


def _columns(heading: list[str], layout: Layout) -> dict[str, int]:
    """The place of each field's column; its name counts whatever its case."""
    known = {name.casefold(): place for place, name in reversed(list(enumerate(heading)))}
    found = {}
    for name, source in layout.sources.items():
        place = known.get(source.strip().casefold())
        if place is None:
            shown = ", ".join(heading[:20])[:200]
            raise Invalid(f"column {source!r}, which is {name}, is not in the heading: {shown}", field=source)
        found[name] = place
    return found


def _json_orders(text: str, layout: Layout) -> Iterator[Order]:
    try:
        whole = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadRequest(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BadRequest("not JSON that can be read: it is nested too deep") from None
    top = _at(whole, layout.orders_at) if layout.orders_at else whole
    place = layout.orders_at or "orders"
    if isinstance(top, Mapping):
        top = [top]
    if not isinstance(top, list):
        raise Invalid(f"{place}: must be a list of orders", field=place)
    for number, each in enumerate(top):
        here = f"{place}[{number}]"
        try:
            yield _json_order(each, here, layout)
        except Invalid as error:
            yield Order(Row(here), error=error)


def _refuse(word: str) -> None:
    raise BadRequest(f"not JSON: {word} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, in which no key stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise BadRequest(f"not JSON that can be read: the key {name[:100]!r} stands twice in one object")
    return found


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_refuse)
"""Numbers stay as they were written."""


def _json_order(whole: Any, place: str, layout: Layout) -> Order:
    if not isinstance(whole, Mapping):
        raise Invalid(f"{place}: must be an object", field=place)
    order = Order(Row(place, _said(whole, ORDER_FIELDS, layout, place)))
    below = f"{place}.{layout.lines_at}" if layout.lines_at else place
    lines = _at(whole, layout.lines_at) if layout.lines_at else [whole]
    if not isinstance(lines, list):
        raise Invalid(f"{below}: must be a list of lines", field=below)
    for number, each in enumerate(lines):
        here = f"{below}[{number}]" if layout.lines_at else below
        if not isinstance(each, Mapping):
            raise Invalid(f"{here}: must be an object", field=here)
        order.lines.append(Row(here, _said(each, LINE_FIELDS, layout, here)))
    return order


def _said(whole: Mapping[str, Any], names: tuple[str, ...], layout: Layout, place: str) -> dict[str, str]:
    found = {}
    for name in names:
        source = layout.sources.get(name)
        value = None if source is None else _at(whole, source)
        if value is None:
            continue
        if isinstance(value, bool | list | Mapping):
            here = f"{place}.{source}"
            raise Invalid(f"{here}: must be text or a number", field=here)
        if value.strip():
            found[name] = value.strip()
    return found


def _at(whole: Any, path: str) -> Any:
    """What stands at a dotted path of members; None where there is nothing."""
    for name in path.split("."):
        whole = whole.get(name) if isinstance(whole, Mapping) else None
    return whole
