"""Query parameters of a list: filters, order, page, sparse fields. An unknown one is refused, never ignored.

?search=bracket&status=sent&created_at[gte]=2026-01-01T00:00:00Z&sort=-updated_at&updated_since=…&limit=100&cursor=…
&fields=number,total&include=client
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from core.errors import Invalid
from engine.catalogue import Column, TypeSpec
from engine.comparisons import MOST_VALUES, condition
from engine.filters import search
from engine.kinds import ENUM, MOMENT
from engine.pages import PageSize, order_by
from engine.rows import Condition, Filter, Order, Page
from rest.projections import Shown

_MOST_CONDITIONS: Final = 50
_MOST_WORDS: Final = 200
_MOST_COMMAS: Final = 2 * MOST_VALUES
"""Of names and of values in one parameter: they are counted before anything is looked up."""
SYNC_COLUMN: Final = "updated_at"
"""Lists are in this order unless sorted, so that a client can page, remember the newest, and ask again."""


@dataclass(slots=True)
class Asked:
    """What the query string of a list asks for."""

    filter: Filter[Any] | None
    page: Page
    shown: Shown


def read_shown(pairs: Iterable[tuple[str, str]], *, narrows: bool = True) -> Shown:
    """Read the parameters of a single row: `fields` and `include` where its answer `narrows`, nothing else."""
    found = unique(pairs)
    for name in found:
        if not narrows or name not in {"fields", "include"}:
            raise unknown(name)
    return _shown(found)


def read_extent(pairs: Iterable[tuple[str, str]], size: PageSize) -> tuple[Shown, int]:
    """Read how much a query string asks for: what to show of a row, and of how many rows at most."""
    found = dict(pairs)
    return _shown(found), read_limit(found.get("limit"), size)


def read_list(spec: TypeSpec, pairs: Iterable[tuple[str, str]], size: PageSize) -> Asked:
    """Read the parameters of a list; Invalid names the one that is wrong."""
    found = unique(pairs)
    shown = _shown(found)
    limit = read_limit(found.pop("limit", None), size)
    cursor = found.pop("cursor", None)
    order = _order(spec, found.pop("sort", None))
    filters = {name: text for name, text in found.items() if name not in {"fields", "include"}}
    return Asked(read_filters(spec, filters), Page(limit, cursor, order=order, named="cursor"), shown)


def read_filters(spec: TypeSpec, found: dict[str, str]) -> Filter[Any] | None:
    """Read parameters that all say which rows are wanted; Invalid names one that does not."""
    conditions: list[Condition] = []
    for name, text in found.items():
        if name == "updated_since":
            column = spec.column(SYNC_COLUMN)
            conditions.append(condition(column, "gte", read_value(column, text, name), name))
        elif name == "search" and spec.searched():
            conditions.append(search(spec, text, name))
        else:
            conditions.append(_condition(spec, name, text))
    if len(conditions) > _MOST_CONDITIONS:
        message = f"at most {_MOST_CONDITIONS} filters"
        raise Invalid(message)
    return Filter(tuple(conditions)) if conditions else None


def unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Read parameters that may be given once; Invalid names one that is given twice."""
    found: dict[str, str] = {}
    for name, text in pairs:
        if name in found:
            message = f"{name}: given twice"
            raise Invalid(message, field=name)
        found[name] = text
    return found


def unknown(name: str) -> Invalid:
    """Refuse a parameter that a route does not know."""
    return Invalid(f"{name[:100]}: unknown parameter", field=name[:100])


def _shown(found: dict[str, str]) -> Shown:
    return Shown(*(_words(name, found[name]) if name in found else frozenset() for name in ("fields", "include")))


def _words(name: str, text: str) -> frozenset[str]:
    return frozenset(read_words(name, text))


def read_words(name: str, text: str, most: int = _MOST_WORDS) -> list[str]:
    """Read names that are parted by commas; Invalid when there are more than `most`."""
    check_count(name, text, most)
    words = [part.strip() for part in text.split(",")]
    if "" in words:
        message = f"{name}: names, parted by commas"
        raise Invalid(message, field=name)
    return words


def check_count(name: str, text: str, most: int) -> None:
    """Raise Invalid when commas part more than `most` of anything."""
    if text.count(",") >= most:
        message = f"{name}: at most {most}"
        raise Invalid(message, field=name)


def read_limit(text: str | None, size: PageSize) -> int:
    """Read how many rows are wanted; Invalid when there are not that many on a page."""
    return size.default if text is None else read_count("limit", text, 1, size.largest)


def read_count(name: str, text: str, least: int, most: int) -> int:
    """Read a whole number; Invalid names the parameter."""
    if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most or len(text) > 9:  # noqa: PLR2004
        message = f"{name}: a whole number from {least} to {most}"
        raise Invalid(message, field=name)
    return int(text)


def _order(spec: TypeSpec, text: str | None) -> Order:
    name = SYNC_COLUMN if text is None else text.removeprefix("-")
    column = next((c for c in spec.columns() if c.name == name and c.sortable), None)
    if column is None:
        known = ", ".join(c.name for c in spec.columns() if c.sortable)
        message = f"sort: {spec.name} can be sorted by {known} (with - for the other way round)"
        raise Invalid(message, field="sort")
    return order_by(column, descending=text is not None and text.startswith("-"))


def _condition(spec: TypeSpec, name: str, text: str) -> Condition:
    word, bracket, rest = name.partition("[")
    operator = rest.removesuffix("]") if bracket else "eq"
    column = filterable(spec, word)
    if column is None or (bracket and not rest.endswith("]")):
        raise unknown(name)
    if operator not in column.operators:
        message = f"{name[:100]}: {word} can be compared by {', '.join(column.operators)}"
        raise Invalid(message, field=name[:100])
    if operator in {"in", "not_in"}:
        check_count(name, text, _MOST_COMMAS)
        value: Any = [read_value(column, part, name) for part in text.split(",")]
    elif operator == "is_null":
        value = _boolean(text, name)
    else:
        value = read_value(column, text, name)
    return condition(column, operator, value, name)


def filterable(spec: TypeSpec, name: str) -> Column | None:
    """The column a list can be filtered by under this name: a filterable field, or `<edge>_id`."""
    return next((column for column in spec.filters().values() if column.name == name), None)


def read_value(column: Column, text: str, name: str) -> Any:
    """Read a value of a column from a query parameter; Invalid names the parameter."""
    kind = column.kind
    try:
        if kind is ENUM:
            assert column.choices is not None
            return column.choices(text)
        return kind.read(text.replace(" ", "+") if kind is MOMENT else text)
    except ValueError as error:
        wanted = f"one of {', '.join(column.choices)}" if column.choices else f"not a {kind.name}"
        message = f"{name}: {wanted}"
        raise Invalid(message, field=name) from error


def _boolean(text: str, name: str) -> bool:
    if text not in {"true", "false"}:
        message = f"{name}: true or false"
        raise Invalid(message, field=name)
    return text == "true"
