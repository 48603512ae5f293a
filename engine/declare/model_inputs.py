"""Inputs that follow from a model: what a caller may write of a record, of its lines, and when.

`CreateQuote` has the columns that are not derived, `UpdateQuote` those that are not fixed either, each of which may be
left out; `QuotePartInput` is a line, with an `id` one that is there already. Limits and nullability are the columns'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import Field
from sqlalchemy import ARRAY, Column, Table

from core.absent import absent
from core.facts import Facts, facts_of
from core.record import WRITTEN_BY_CALLERS, Line, Record, Row
from core.values.checked import Check, Text
from engine.declare.inputs import input_type
from engine.declare.names import pascal

MAX_LINES: Final = 1_000
"""Rows of one list inside a record."""
_KEPT: Final = frozenset({*Record.model_fields, "workspace_id", "position"} - {*WRITTEN_BY_CALLERS})
"""Columns that no caller writes of any row."""

MODEL: Final = "forge_model"
"""Where an input has the model that it writes."""
_EXAMPLE: Final = "forge_example"
"""Where the input of a row has the rows that the documentation shows."""
_KNOWN: Final = "The row that is there already; left out, the input is a new one."
_UPSERTED: Final = "The record to change; left out, an external id finds it, or it is a new one."

Lines = Mapping[str, type]
"""The inputs of the lists inside a row, by the list's name."""


def create_input(
    model: type[Row], lines: Lines, about: str, name: str, more: Mapping[str, tuple[Any, Any]] | None = None
) -> type:
    """Make the input of a new record: `CreateQuote` of `quote`; `more` are fields that are no columns."""
    return _made(f"Create{pascal(name)}", about, dict(_new_fields(model, lines)) | dict(more or {}), model)


def line_input(model: type[Line], lines: Lines, example: Sequence[Mapping[str, str]] = ()) -> type:
    """Make the input of a row inside a record: `<Model>Input`. A list inside it that is left out stays as it is.

    `example` are rows that a list of them has in the documentation.
    """
    fields = {"id": (Annotated[UUID, _KNOWN] | None, None)} | dict(_new_fields(model, {}))
    fields |= {name: (_list_of(each), absent()) for name, each in lines.items()}
    made = _made(f"{model.__name__}Input", f"{_about(model)} With an `id`, one that is there already.", fields, model)
    setattr(made, _EXAMPLE, [dict(each) for each in example])
    return made


def update_input(
    model: type[Row], lines: Lines, about: str, name: str, more: Mapping[str, tuple[Any, Any]] | None = None
) -> type:
    """Make the input of a change: `UpdateQuote` of `quote`. What it does not name stays; `more` are no columns."""
    fields = {name: (hint, absent()) for name, hint, _, facts in _columns(model) if not facts.fixed}
    fields |= {name: (_list_of(each), absent()) for name, each in lines.items()}
    return _made(f"Update{pascal(name)}", about, fields | dict(more or {}), model)


def move_input(model: type[Row], about: str, name: str, asks: Sequence[str], takes: Sequence[str]) -> type:
    """Make the input of a move: `LoseQuote`. It sets columns; those that it asks for must be there, and not blank."""
    columns: Table = model.__table__  # type: ignore[attr-defined]
    hints = get_type_hints(model)
    fields: dict[str, tuple[Any, Any]] = {}
    for each in (*asks, *takes):
        facts = facts_of(columns.c[each])
        if each in asks and isinstance(facts.rule, Text):
            facts = replace(facts, rule=replace(facts.rule, blank=False))
        hint = _limited(hints[each], facts)
        fields[each] = (_inner(hint), ...) if each in asks else (hint, absent())
    return _made(pascal(name), about, fields, model)


def upsert_input(model: type[Row], lines: Lines, about: str, name: str) -> type:
    """Make the input of a record that is made or changed: `UpsertQuote`. With an `id` it is one that is there."""
    fields: dict[str, tuple[Any, Any]] = {"id": (Annotated[UUID, _UPSERTED], absent())}
    fields |= {name: (hint, absent()) for name, hint, _, _ in _columns(model)}
    fields |= {name: (_list_of(each), absent()) for name, each in lines.items()}
    return _made(f"Upsert{pascal(name)}", about, fields, model)


def _new_fields(model: type[Row], lines: Lines) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """What a new row is made of: (type, default); `...` where it must be given."""
    for name, hint, column, facts in _columns(model):
        made: Any = column.default
        default = None if made is None else made.arg
        if made is not None and made.is_callable:
            empty = list if isinstance(column.type, ARRAY) or facts.members is not None else dict
            yield name, (hint, ... if facts.length[0] else Field(default_factory=empty))
        elif facts.filled:
            yield name, (hint | None, None)
        elif column.nullable or default is not None:
            yield name, (hint, default)
        else:
            yield name, (hint, ...)
    for name, each in lines.items():
        yield name, (_list_of(each), Field(default_factory=list))


def _columns(model: type[Row]) -> Iterator[tuple[str, Any, Column[Any], Facts]]:
    """The columns that a caller may write: name, type with its limits, column, facts."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    hints = get_type_hints(model)
    inside = {model.parent_column} if issubclass(model, Line) else set()
    for column in sorted(table.columns, key=lambda each: each.name in WRITTEN_BY_CALLERS):
        facts = facts_of(column)
        if column.name not in _KEPT | inside and not facts.derived:
            yield column.name, _limited(hints[column.name], facts), column, facts


def _limited(hint: Any, facts: Facts) -> Any:
    """The type of a column with its limits: `Annotated[str, NAME] | None`."""
    if get_origin(hint) in {Union, UnionType}:
        return _limited(_inner(hint), facts) | None
    if facts.members is not None:
        return Annotated[list[entry_input(*facts.members.items())], _length(facts)]  # type: ignore[misc]
    if get_origin(hint) is list:
        return Annotated[list[_limited(get_args(hint)[0], facts)], _length(facts)]  # type: ignore[misc]
    if facts.choices is not None:
        return facts.choices
    return hint if facts.rule is None else Annotated[hint, facts.rule]


def _inner(hint: Any) -> Any:
    """The type without its null."""
    if get_origin(hint) not in {Union, UnionType}:
        return hint
    [inner] = [each for each in get_args(hint) if each is not type(None)]
    return inner


def _length(facts: Facts) -> Any:
    """How many entries a list has, and that each stands once."""
    least, most = facts.length
    return Field(min_length=least, max_length=most, json_schema_extra={"uniqueItems": True} if facts.distinct else None)


@cache
def entry_input(*members: tuple[str, Check]) -> type:
    """The input of a small object in a list: what an external id is made of."""
    fields: dict[str, tuple[Any, Any]] = {name: (Annotated[str, rule], ...) for name, rule in members}
    return _made(pascal(members[-1][0]), "What another system calls a record.", fields)


def _list_of(line: type) -> Any:
    shown = getattr(line, _EXAMPLE, None)
    return Annotated[list[line], Field(max_length=MAX_LINES, fail_fast=True, examples=[shown] if shown else None)]  # type: ignore[valid-type]


def _about(model: type[Row]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]


def _made(name: str, about: str, fields: Mapping[str, tuple[Any, Any]], model: type[Row] | None = None) -> type:
    members: dict[str, Any] = {"__doc__": about, "__module__": __name__, MODEL: model}
    members["__annotations__"] = {field: hint for field, (hint, _) in fields.items()}
    members |= {field: default for field, (_, default) in fields.items() if default is not ...}
    return input_type(type(name, (), members))
