"""What `metrics` must answer, worked out in Python from rows in memory; part of the oracle, it knows no SQL."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

Row = dict[str, Any]
OF_EDGES = {"client_name": "client.name", "client_status": "client.status", "contact_email": "contact.email"}
"""Groups that are fields of an edge, and what the answer calls them; the rows hold their values by the first."""
Shown = Callable[[Any], Any]


def figures(rows: list[Row], given: dict[str, Any], key_of: Callable[[str], str], shown: Shown) -> dict[str, Any]:
    """The answer for these rows, already filtered; `key_of` spells a field as the graph does, `shown` a value."""
    measures = given.get("measure") or [{"function": "COUNT"}]
    groups = [each.lower() for each in given.get("groupBy") or ()]
    bucket = given.get("bucket")
    days = [None] if bucket is None else _days(bucket)
    if bucket is not None:
        rows = [row | {"_day": day} for row in rows if (day := _bucket_of(row, bucket)) is not None]
    ranked = _ranked(rows, groups, measures, shown)
    points = [
        {
            "bucket": None if day is None else str(day),
            "group": orjson.loads(group),
            "values": [
                _figure(each, [row for row in found if day is None or row["_day"] == day], shown) for each in measures
            ],
        }
        for day in days
        for group, found in ranked
    ]
    return {"columns": _columns(bucket, groups, measures, key_of), "points": points, "truncated": False}


def _ranked(rows: list[Row], groups: list[str], measures: list[Row], shown: Shown) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {} if groups else {"[]": []}
    for row in rows:
        values = [_word(row[each]) if each.endswith("status") else shown(row[each]) for each in groups]
        found.setdefault(orjson.dumps(values).decode(), []).append(row)

    def rank(item: tuple[str, list[Row]]) -> Any:
        value = _value(measures[0], item[1])
        number = value.toordinal() if isinstance(value, date) else value
        return value is None, -(number or 0), item[0]

    return sorted(found.items(), key=rank)


def _word(value: str | None) -> str | None:
    return None if value is None else value.upper()


def _days(bucket: Row) -> list[date]:
    first, last = (date.fromisoformat(bucket[end]) for end in ("from", "to"))
    count = (last - first).days + 1
    return sorted({_start(first + timedelta(days=number), bucket["unit"]) for number in range(count)})


def _start(day: date, unit: str) -> date:
    return {"DAY": day, "WEEK": day - timedelta(days=day.weekday()), "MONTH": day.replace(day=1)}[unit]


def _bucket_of(row: Row, bucket: Row) -> date | None:
    value = row[bucket["field"].lower()]
    if value is None:
        return None
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(bucket.get("timeZone") or "UTC")).date()
    inside = date.fromisoformat(bucket["from"]) <= value <= date.fromisoformat(bucket["to"])
    return _start(value, bucket["unit"]) if inside else None


def _value(measure: Row, rows: list[Row]) -> Any:
    field = measure.get("field")
    if field is None:
        return len(rows)
    values = sorted(row[field.lower()] for row in rows if row[field.lower()] is not None)
    if measure["function"] == "COUNT":
        return len(values)
    if not values:
        return None
    function: dict[str, Callable[[], Any]] = {
        "SUM": lambda: sum(values),
        "AVG": lambda: _mean(sum(values), len(values)),
        "MIN": lambda: values[0],
        "MAX": lambda: values[-1],
        "P50": lambda: values[math.ceil(len(values) * 0.5) - 1],
        "P95": lambda: values[math.ceil(len(values) * 0.95) - 1],
    }
    return function[measure["function"]]()


def _mean(total: Any, count: int) -> Decimal:
    exact = (Decimal(total) / count).quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize()
    return Decimal(0) if exact == 0 else exact


def _figure(measure: Row, rows: list[Row], shown: Shown) -> str | None:
    value = _value(measure, rows)
    return None if value is None else str(shown(value))


def _columns(bucket: Row | None, groups: list[str], measures: list[Row], key_of: Callable[[str], str]) -> list[Row]:
    found: list[Row] = []
    if bucket is not None:
        field = key_of(bucket["field"].lower())
        found.append({"name": bucket["unit"].lower(), "kind": "BUCKET", "field": field, "function": None})
    for group in groups:
        field = OF_EDGES.get(group) or key_of(group)
        found.append({"name": OF_EDGES.get(group, group), "kind": "GROUP", "field": field, "function": None})
    for each in measures:
        of, function = each.get("field"), each["function"]
        name = function.lower() + (f"_{of.lower()}" if of else "")
        shown = key_of(of.lower()) if of else None
        found.append({"name": name, "kind": "MEASURE", "field": shown, "function": function})
    return found
