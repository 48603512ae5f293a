"""The plain projection of a row: every column and the id of every row it refers to, in snake_case, enums in lower case.

It is what REST answers, what events carry, and what an integration stores; the graph's own shapes are the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from core.record import Record
from engine.declare.catalogue import Catalogue, Column, Computed, One, TypeSpec
from engine.sql.compiler import Compiler
from engine.sql.selection import Hole, Object, Value


def plain(spec: TypeSpec, missing: frozenset[str] = frozenset()) -> Object:
    """The plain projection of a type; columns whose scope is missing are left out, key and all."""
    wanted = Object(spec)
    for found in spec.fields.values():
        if isinstance(found, Column) and found.scope not in missing:
            wanted.entries.append(Value(found.name, found, lower=True))
        elif isinstance(found, Computed) and found.plain is not None and found.scope not in missing:
            wanted.entries.append(Value(found.name, found.plain, lower=True))
        elif isinstance(found, One):
            wanted.entries.append(Value(found.reference.name, found.reference))
    return wanted


def plain_holes(spec: TypeSpec, missing: frozenset[str]) -> list[Hole]:
    """What Python computes of a row for the plain projection, where the statement's holes are filled."""
    computed = (each for each in spec.fields.values() if isinstance(each, Computed))
    return [hole(each, each.name) for each in computed if each.in_rest and each.scope not in missing]


def hole(computed: Computed, key: str) -> Hole:
    """A field that Python computes, as it is where it is plain."""
    return Hole(key, computed, [], _same)


def _same(value: object) -> object:
    return value


def event_projections(catalogue: Catalogue) -> Mapping[type[Record], Callable[[str], str]]:
    """For each record: given the alias of its row, SQL text of its JSON as events carry it."""
    found: dict[type[Record], Callable[[str], str]] = {}
    for spec in catalogue.types.values():
        if issubclass(spec.model, Record):
            found[spec.model] = _event(catalogue, spec)
    return found


def _event(catalogue: Catalogue, spec: TypeSpec) -> Callable[[str], str]:
    compiler, wanted = Compiler(catalogue, []), plain(spec)
    return lambda alias: compiler.object(wanted, alias).render()


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a plain projection takes to be seen: the scope of the whole, and of those fields that ask for one more."""

    scope: str
    fields: Mapping[str, str]


def guarded_tables(catalogue: Catalogue) -> Mapping[str, Guarded]:
    """For each table of the graph: what its rows' plain projection takes to be seen."""
    return {
        spec.table: Guarded(spec.scope, {column.name: column.scope for column in spec.columns() if column.scope})
        for spec in catalogue.types.values()
    }


def without(data: str, fields: Mapping[str, str], scopes: frozenset[str]) -> str | None:
    """Leave out of an event's data the fields whose scope is missing; None when there is nothing to leave out."""
    hidden = {name for name, scope in fields.items() if scope not in scopes}
    if not hidden:
        return None
    return orjson.dumps({name: value for name, value in orjson.loads(data).items() if name not in hidden}).decode()
