"""For every comparison of a column a value that few rows of `tests.kit.many` and `tests.kit.many_rows` match."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.searching import Served
from engine.declare.catalogue import Column, TypeSpec
from models import ClientStatus, CustomFieldStatus, QuoteStatus, TaskStatus
from tests.kit import many
from tests.kit.many_rows import STARTS, choices_of, tag_of_reference
from tests.kit.sweep import of_each_kind

LARGE: Final = 20_000
"""Rows of each table in the workspace asked."""
UNIQUE: Final = {"id", "number", "part_number", "code", "key", "created_at", "updated_at", "sha256", "path"}
"""Columns each of whose values is that of one row."""
ENUMS: Final[dict[Any, tuple[Any, Any]]] = {
    QuoteStatus: (QuoteStatus.DRAFT, QuoteStatus.SENT),
    ClientStatus: (ClientStatus.ACTIVE, ClientStatus.INACTIVE),
    CustomFieldStatus: (CustomFieldStatus.ACTIVE, CustomFieldStatus.ARCHIVED),
    TaskStatus: (TaskStatus.SUCCEEDED, TaskStatus.FAILED),
}
"""The common word, and a scarce one, of the enums that `tests/kit/many.py` writes."""


def sort_of(column: Column, operator: str) -> Hashable:
    """What answers a comparison: columns of one sort are answered alike."""
    return column.kind.name, column.answer, column.nullable, is_unique(column), operator


def is_unique(column: Column) -> bool:
    return column.name in UNIQUE or (column.kind.name == "text" and column.answer.by is Served.UNIQUE)


def the_filter(spec: TypeSpec, name: str) -> Column:
    return next(each for each in spec.filters().values() if each.name == name)


def of_each_sort(columns: Iterable[Column]) -> list[tuple[Column, str]]:
    """Comparisons with columns: one of each sort in the suite."""
    every = [(column, operator) for column in columns for operator in column.operators]
    return of_each_kind(every, lambda comparison: sort_of(*comparison))


def rare(spec: TypeSpec, column: Column, operator: str) -> tuple[Any, int]:
    """A value which few rows match by this operator, and how many of the large workspace do (51: at least a page)."""
    common: Any
    scarce: Any
    kind, few = column.kind.name, LARGE // many.RARE
    if kind == "words":
        return {"has": ("rush", few), "has_any": (["rush", "none"], few), "has_all": (["rush", "hot"], few)}[operator]
    if operator == "is_null":
        return True, few if column.answer.nullable else 0
    if is_unique(column):
        return _unique(column, operator)
    if kind == "enum":
        common, scarce = ENUMS.get(column.choices) or choices_of(column)
        left = 2 * few if column.choices in {QuoteStatus, TaskStatus} else few
        return {"eq": (scarce, few), "in": ([scarce], few), "ne": (common, left), "not_in": ([common], left)}[operator]
    if kind == "boolean":
        return {"eq": (True, few), "ne": (False, few)}[operator]
    if kind == "id":
        tag = tag_of_reference(spec, column)
        common, scarce = (UUID(f"018bcfe5-680{place}-7{tag}-8000-000000000001") for place in (1, 2))
    elif column.name == "currency":
        common, scarce = "USD", "EUR"
    else:
        common, scarce = many.COMMON[kind], many.LOW[kind]
    high = many.HIGH.get(kind)
    return {
        "eq": (scarce, few),
        "ne": (common, 2 * few),
        "in": ([scarce, scarce], few),
        "not_in": ([common], 2 * few),
        "lt": (common, few),
        "lte": (scarce, few),
        "gt": (common, few),
        "gte": (high, few),
        "starts_with": ("EU" if column.name == "currency" else "Aaa", few),
        "contains": ("CARCE HI", few),
    }[operator]


def _unique(column: Column, operator: str) -> tuple[Any, int]:
    one: Any
    low: Any
    high: Any
    start = STARTS.get(column.name, "C-")
    if column.name == "sha256":
        one, low, high = hashlib.sha256(b"1777").hexdigest(), "", ""
        if operator == "starts_with":
            return one[:12], 1
    elif column.kind.name == "text":
        one, low, high = f"{start}1777", "", ""
        if operator in {"contains", "starts_with"}:
            return (one[1:] if operator == "contains" else one), 11
    elif column.kind.name == "id":
        one, low, high = UUID("018bcfe5-6fe1-7003-8000-000000000001"), UUID(int=0), UUID(int=0)
    else:
        one, low, high = (many.START + timedelta(seconds=at) for at in (1777, 20, LARGE - 19))
    if operator in {"eq", "in"}:
        found = 1 if column.kind.name != "id" else None
        return ([one] if operator == "in" else one), found if found is not None else -1
    if operator in {"ne", "not_in"}:
        return ([one] if operator == "not_in" else one), 51
    return {"lt": (low, 19), "lte": (low, 20), "gt": (high, 19), "gte": (high, 20)}[operator]
