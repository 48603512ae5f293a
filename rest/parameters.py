"""Query parameters of a list: filters, order, page, sparse fields. An unknown one is refused, never ignored.

?search=bracket&status=sent&client.name[starts_with]=Ac&created_at[gte]=2026-01-01T00:00:00Z&sort=-updated_at&updated_since=…&limit=100&cursor=…
&fields=number,total&include=client

A list is parted by commas, or the parameter is repeated: `status[in]=sent,draft`, `status=sent&status=draft`. A value
in double quotes may hold commas: `title[in]="Shaft, long",Bracket`. Text of a repeated parameter is
one value, unless it begins with a quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import Invalid
from core.problems import Problems
from engine.declare.catalogue import Column, Through, TypeSpec
from engine.declare.kinds import ENUM, MOMENT, TEXT, WORDS
from engine.declare.rows import Condition, Deleted, Filter, Page
from engine.sql.comparisons import MAX_VALUES, SEVERAL, condition, custom
from engine.sql.edge_filters import through
from engine.sql.external_ids import PARAMETER as EXTERNAL_ID
from engine.sql.external_ids import by_external_ids
from engine.sql.filters import DELETED, search
from engine.sql.orders import sorted_by
from engine.sql.pages import PageSize
from rest.projections import Shown

MAX_CONDITIONS: Final = 50
MAX_WORDS: Final = 200
"""Names in one list; what is too much is counted before anything is looked up."""
_QUOTED: Final = re.compile(r' *"((?:[^"]|"")*)" *(?=,|\Z)')
_QUOTE: Final = re.compile(' *"')
_ZONE: Final = re.compile(r" (?=\d\d:?(?:\d\d)?\Z)", re.ASCII)
"""The `+` of a time zone, which an unquoted query string turns into a space."""
Parameters = dict[str, list[str]]
"""The parameters of a query string, each with every value it was given."""
SYNC_COLUMN: Final = "updated_at"
"""Lists are in this order unless sorted, so that a client can page, remember the newest, and ask again."""


@dataclass(slots=True)
class Asked:
    """What the query string of a list asks for."""

    filter: Filter[Any] | None
    page: Page
    shown: Shown
    more: dict[str, Any] = field(default_factory=dict)
    """Plain parameters of the resolver."""


def gather(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Put together what each parameter was given, in the order sent: a list may come in several."""
    found: Parameters = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found


def take(found: Parameters, name: str) -> str | None:
    """Take out a parameter that may be given once, if it is there; Invalid when it is given twice."""
    texts = found.pop(name, None)
    return None if texts is None else single(name, texts)


def single(name: str, texts: list[str]) -> str:
    """The one value of a parameter; Invalid when it is given twice."""
    if len(texts) > 1:
        raise Invalid(f"{name[:100]}: given twice", field=name[:100])
    return texts[0]


def take_words(found: Parameters, name: str, most: int = MAX_WORDS) -> list[str]:
    """Take out a list of names, if it is there; Invalid when one of them is blank, or there are more than `most`."""
    words = [each.strip() for text in found.pop(name, ()) for each in split(name, text, most)]
    check_count(name, len(words), most)
    if "" in words:
        raise Invalid(f"{name}: names, parted by commas", field=name)
    return words


def split(name: str, text: str, most: int) -> list[str]:
    """Part a list at its commas; a value in double quotes may hold commas, and `""` in it is a quote.

    Spaces beside the quotes do not count. Invalid when something else follows them, the last one is missing, or there
    are more than `most` values.
    """
    if '"' not in text:
        check_count(name, text.count(",") + 1, most)
        return text.split(",")
    values: list[str] = []
    at = 0
    while True:
        check_count(name, len(values) + 1, most)
        quoted = _QUOTED.match(text, at)
        if quoted is not None:
            values.append(quoted[1].replace('""', '"'))
            end = quoted.end()
        elif _QUOTE.match(text, at):
            raise Invalid(
                f'{name[:100]}: a value that begins with a double quote ends with one, and `""` in it is a quote',
                field=name[:100],
            )
        else:
            comma = text.find(",", at)
            end = comma if comma >= 0 else len(text)
            values.append(text[at:end])
        if end == len(text):
            return values
        at = end + 1


def check_count(name: str, count: int, most: int) -> None:
    """Raise Invalid when a parameter has too many values."""
    if count > most:
        raise Invalid(f"{name[:100]}: at most {most} values", field=name[:100])


def read_shown(found: Parameters, *, narrows: bool = True) -> Shown:
    """Read the parameters of a single row: `fields` and `include` where its answer `narrows`, nothing else."""
    wrong = Problems()
    for name in found:
        if not narrows or name not in {"fields", "include"}:
            wrong.add(unknown(name))
    shown = wrong.of(take_shown, found)
    wrong.check()
    return shown


def read_extent(found: Parameters, size: PageSize) -> tuple[Shown, int]:
    """Read how much a query string asks for: what to show of a row, and of how many rows at most."""
    return take_shown(found), read_limit(take(found, "limit"), size)


def read_list(spec: TypeSpec, found: Parameters, size: PageSize) -> Asked:
    """Read the parameters of a list; Invalid tells which are wrong."""
    wrong = Problems()
    shown = wrong.of(take_shown, found)
    limit = wrong.of(_limit, found, size)
    cursor = wrong.of(take, found, "cursor")
    order = wrong.of(_order, spec, found)
    wanted = wrong.of(read_filters, spec, found)
    wrong.check()
    return Asked(wanted, Page(limit, cursor, order=order, named="cursor"), shown)


def _limit(found: Parameters, size: PageSize) -> int:
    return read_limit(take(found, "limit"), size)


def _order(spec: TypeSpec, found: Parameters) -> Any:
    sort = take(found, "sort")
    return sorted_by(spec, default_sort(spec) if sort is None else sort)


def default_sort(spec: TypeSpec) -> str:
    """The order of a list that nobody sorts: records so that a copy can be kept, anything else newest first."""
    return SYNC_COLUMN if spec.has_life else f"-{spec.order}"


def read_filters(spec: TypeSpec, found: Parameters) -> Filter[Any] | None:
    """Read parameters that all say which rows are wanted; Invalid tells which do not."""
    wrong = Problems()
    conditions: list[Condition] = []
    edges: dict[str, list[Condition]] = {}
    deleted = Deleted.EXCLUDE
    most = MAX_CONDITIONS + (DELETED in found)
    if len(found) > most:
        first = [*found][most][:100]
        raise Invalid(f"{first}: at most {MAX_CONDITIONS} filters", field=first)
    for name, texts in found.items():
        if name == DELETED and spec.has_life:
            deleted = wrong.of(_deleted, name, texts)
        elif (edge := edge_of(spec, name)) is not None:
            within = name.removeprefix(f"{edge.one.name}.")
            found_one = wrong.of(_condition, edge.target, within, name, texts)
            edges.setdefault(edge.one.key, []).append(found_one)
        else:
            conditions.append(wrong.of(_own, spec, name, texts))
    wrong.check()
    conditions += [through(spec.edges[key], each, spec.edges[key].one.name) for key, each in edges.items()]
    return Filter(tuple(conditions), deleted) if conditions or deleted is not Deleted.EXCLUDE else None


def _own(spec: TypeSpec, name: str, texts: list[str]) -> Condition:
    """A condition on the rows themselves."""
    if name == "updated_since" and spec.has_life:
        column = spec.column(SYNC_COLUMN)
        return condition(column, "gte", read_value(column, single(name, texts), name), name)
    if name == "search" and spec.searched():
        return search(spec, single(name, texts), name)
    if name == EXTERNAL_ID and spec.has_life:
        return _external_ids(spec, name, texts)
    return _condition(spec, name, name, texts)


def _external_ids(spec: TypeSpec, name: str, texts: list[str]) -> Condition:
    """Read `external_id=erp:4711`; repeated, it means any of the values."""
    names = [(system, external_id) for system, _, external_id in (text.partition(":") for text in texts)]
    return by_external_ids(spec, names, name)


def edge_of(spec: TypeSpec, name: str) -> Through | None:
    """The edge that a parameter filters through: `client` of `client.name[starts_with]`."""
    before, dot, _ = name.partition("[")[0].partition(".")
    return next((each for each in spec.edges.values() if each.one.name == before), None) if dot else None


def _deleted(name: str, texts: list[str]) -> Deleted:
    try:
        return Deleted(single(name, texts))
    except ValueError as error:
        raise Invalid(f"{DELETED}: one of {', '.join(Deleted)}", field=DELETED) from error


def unknown(name: str) -> Invalid:
    """Refuse a parameter that a route does not know."""
    return Invalid(f"{name[:100]}: unknown parameter", field=name[:100])


def take_shown(found: Parameters) -> Shown:
    """Take out `fields` and `include`; Invalid when they are no lists of names."""
    wrong = Problems()
    words = [wrong.of(take_words, found, name) for name in ("fields", "include")]
    wrong.check()
    return Shown(*map(frozenset, words))


def read_limit(text: str | None, size: PageSize) -> int:
    """Read how many rows are wanted; Invalid when there are not that many on a page."""
    return size.default if text is None else read_count("limit", text, 1, size.largest)


def read_count(name: str, text: str, least: int, most: int) -> int:
    """Read a whole number; Invalid names the parameter."""
    if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most or len(text) > 9:  # noqa: PLR2004
        raise Invalid(f"{name}: a whole number from {least} to {most}", field=name)
    return int(text)


def _condition(spec: TypeSpec, within: str, name: str, texts: list[str]) -> Condition:
    """One condition on a field of the type; `within` is the parameter's name as it would be in the type's own list."""
    word, bracket, rest = within.partition("[")
    document = next((each for each in spec.documents().values() if each.name == word), None)
    if document is not None and rest.endswith("]"):
        return custom(document, rest.removesuffix("]"), single(name, texts), name[:100])
    column = filterable(spec, word)
    operator = rest.removesuffix("]") if bracket else "eq" if column is None or column.kind is not WORDS else "has"
    if column is None or (bracket and not rest.endswith("]")):
        raise unknown(name)
    if operator not in column.operators:
        raise Invalid(f"{name[:100]}: {word} can be compared by {', '.join(column.operators)}", field=name[:100])
    if operator in SEVERAL:
        plain = len(texts) > 1 and column.kind in {TEXT, WORDS}  # what a client library makes of a list, one value each
        parted = ([text] if plain and not _QUOTE.match(text) else split(name, text, MAX_VALUES) for text in texts)
        given = [part for parts in parted for part in parts]
        check_count(name, len(given), MAX_VALUES)
        value: Any = [read_value(column, part, name) for part in given]
    elif operator == "eq" and len(texts) > 1 and "in" in column.operators:
        check_count(name, len(texts), MAX_VALUES)
        operator, value = "in", [read_value(column, text, name) for text in texts]
    elif operator == "is_null":
        value = _boolean(single(name, texts), name)
    else:
        value = read_value(column, single(name, texts), name)
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
        return kind.read(_ZONE.sub("+", text) if kind is MOMENT else text)
    except ValueError as error:
        wanted = f"one of {', '.join(column.choices)}" if column.choices else str(error)
        raise Invalid(f"{name}: {wanted}", field=name) from error


def _boolean(text: str, name: str) -> bool:
    if text not in {"true", "false"}:
        raise Invalid(f"{name}: true or false", field=name)
    return text == "true"
