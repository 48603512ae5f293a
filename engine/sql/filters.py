"""Filters: generated from the declared types, one input per type and one per kind of value.

    filter: {search: "bracket", status: {eq: SENT}, or: [{total: {gte: "100"}}, {dueOn: {isNull: true}}]}

Fields of one object must all hold. Naming a field needs its scope: otherwise a cost could be found by bisection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.errors import Invalid
from core.searching import Served
from engine.declare.catalogue import TypeSpec
from engine.declare.names import snake
from engine.declare.rows import Condition, Deleted, Filter
from engine.sql.comparisons import condition, custom, words_of
from engine.sql.edge_filters import through
from engine.sql.external_ids import KEY as EXTERNAL_ID
from engine.sql.external_ids import read_external_id

_MAX_CONDITIONS: Final = 50
_DEEPEST: Final = 5
_WORDS: Final = frozenset({"and", "or", "not"})
DELETED: Final = "deleted"
"""What a filter calls whether deleted rows are listed."""
LONGEST_SEARCH: Final = 200
MAX_WORDS: Final = 10


def read_filter(spec: TypeSpec, given: Mapping[str, Any] | None, field: str = "filter") -> Filter[Any] | None:
    """Read a filter as graphql-core coerced it (GraphQL names); Invalid names the field that is wrong."""
    if given is None:
        return None
    if _size(spec, given) > _MAX_CONDITIONS:
        raise Invalid(f"{field}: at most {_MAX_CONDITIONS} conditions", field=field)
    deleted = given.get(DELETED, Deleted.EXCLUDE)
    rest = {name: value for name, value in given.items() if name != DELETED or value is None}
    return Filter(tuple(_all(spec, rest, field, 1)), deleted)


def search(spec: TypeSpec, text: str, field: str) -> Condition:
    """Rows in whose searchable columns every word of the text is found; Invalid names `field`.

    A word is found at the beginning of a word, whatever the case.
    """
    words = words_of(text)
    if not words or len(text) > LONGEST_SEARCH or len(words) > MAX_WORDS or "\0" in text:
        raise Invalid(
            f"{field}: 1 to {MAX_WORDS} words with a letter or a digit, {LONGEST_SEARCH} characters at most",
            field=field,
        )
    scopes = frozenset(column.scope for column in spec.searched() if column.scope)
    return Condition("@.search_words@@word_query(?::text)", (" ".join(words),), scopes, by=Served.WORDS)


def _size(spec: TypeSpec, given: Mapping[str, Any]) -> int:
    """How many conditions a filter holds, in all its branches; an empty one counts too."""
    found = 0
    for key, value in given.items():
        if value is None:
            continue  # refused by its name, later
        if key in {"search", DELETED}:
            found += 1
        elif key in spec.edges:
            found += _size(spec.edges[key].target, value)
        elif key in _WORDS:
            found += sum(_size(spec, each) for each in ([value] if key == "not" else value))
        else:
            found += len(value)
    return max(found, 1)


def _all(spec: TypeSpec, given: Mapping[str, Any], field: str, depth: int) -> list[Condition]:
    if depth > _DEEPEST:
        raise Invalid(f"{field}: nested more than {_DEEPEST} deep", field=field)
    found: list[Condition] = []
    known = spec.filters()
    for key, value in given.items():
        place = f"{field}.{key}"
        if value is None:
            raise Invalid(f"{place}: may be left out, but not null", field=place)
        if key in _WORDS:
            found.append(_branches(spec, key, value, place, depth + 1))
        elif key == DELETED:
            raise Invalid(
                f"{place}: belongs beside the conditions of the whole list, not inside and, or, not", field=place
            )
        elif key == "search":
            found.append(search(spec, value, place))
        elif key == EXTERNAL_ID:
            found.append(read_external_id(spec, value, place))
        elif key in spec.documents():
            entries = enumerate(value)
            found += [
                custom(spec.documents()[key], one["key"], one["eq"], f"{place}.{number}") for number, one in entries
            ]
        elif key in spec.edges:
            edge = spec.edges[key]
            found.append(through(edge, _all(edge.target, value, place, depth + 1), place))
        else:
            found += [condition(known[key], snake(op), one, f"{place}.{op}") for op, one in value.items()]
    return found


def _branches(spec: TypeSpec, word: str, value: Any, place: str, depth: int) -> Condition:
    if word == "not":
        return _not(_joined(_all(spec, value, place, depth), "and"))
    return _joined([_joined(_all(spec, one, place, depth), "and") for one in value], word)


def _joined(conditions: list[Condition], word: str) -> Condition:
    if not conditions:
        return Condition("true" if word == "and" else "false")
    if len(conditions) == 1:
        conditions = [conditions[0].alone]
    values = tuple(value for one in conditions for value in one.values)
    scopes = frozenset[str]().union(*(one.scopes for one in conditions))
    return Condition("(" + f" {word} ".join(one.sql for one in conditions) + ")", values, scopes)


def _not(inner: Condition) -> Condition:
    return Condition(f"not coalesce({inner.sql},false)", inner.values, inner.scopes)
