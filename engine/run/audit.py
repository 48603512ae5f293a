"""The audit as one caller may see it: whose entries, and what of their changes, in the names of the door.

An entry needs the view scope of its record's type; one without it is not there. A field whose scope is missing, and one
that no door shows, is named without its values: `{"cost": {"hidden": true, "scope": "costs.view"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson

from core.database.database import guarded
from core.record import Line, Row, parent_of
from core.values.ids import tag_of
from core.writing.audit import HIDDEN, ID, IN, LINES, NEW, OLD
from engine.declare.catalogue import Catalogue, Column, Computed, Many, One, TypeSpec
from engine.declare.kinds import ENUM
from engine.declare.names import camel, snake
from engine.declare.rows import Rows
from engine.run.context import Reading

M = TypeVar("M", bound=Row)
Names = tuple[str, str]
"""How REST and how GraphQL spell a name."""
_CALLED: Final = ("number", "name", "label", "url")
"""The columns that say what a record is called, the best first."""
_LONGEST: Final = 100_000
"""Days that dates are counted back at most: before there was any entry."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the graph that shows a column."""

    names: Names
    scope: str | None
    is_enum: bool


@dataclass(slots=True)
class _Type:
    """What is known of the changes of a type: its fields by column, the lists inside it by table."""

    scope: str
    fields: dict[str, _Field]
    lists: dict[str, tuple[Names, _Type]] = field(default_factory=dict)


def entries(ctx: Reading, model: type[M], days: int) -> Rows[M]:
    """The entries of these last days that the key may see."""
    types = sorted(name for name, each in _types(ctx.catalogue).items() if each.scope in ctx.principal.scopes)
    rows = ctx.rows(model).where("@.record_type=any(?::text[])", types)
    return rows.where("@.at>=now()-?::int*interval '1 day'", min(days, _LONGEST))


def of_record(ctx: Reading, rows: Rows[M], record_id: UUID) -> Rows[M]:
    """Only those of one record; raises InsufficientScope when the key may not view records of its type."""
    spec = ctx.catalogue.by_tag.get(tag_of(record_id) or 0)
    if spec is not None:
        ctx.principal.require(spec.scope, field="recordId")
    return rows.where("@.record_id=?::uuid", record_id)


def of_action(rows: Rows[M], action: str) -> Rows[M]:
    """Only those of an action as FORG writes it: `quote.sent`, or `quote.*` for all that was done to quotes."""
    record_type, _, what = action.partition(".")
    rows = rows.where("@.record_type=?", record_type)
    return rows if what == "*" else rows.where("@.action=?", what)


def between(rows: Rows[M], first: datetime | None, end: datetime | None) -> Rows[M]:
    """Only those from `first` on, and before `end`."""
    rows = rows if first is None else rows.where("@.at>=?::timestamptz", first)
    return rows if end is None else rows.where("@.at<?::timestamptz", end)


def shown(ctx: Reading, record_type: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes of an entry as the caller may see them, in the spelling of the caller's door."""
    found = _types(ctx.catalogue).get(record_type)
    return {} if found is None else _Showing(ctx.principal.scopes, plain=ctx.plain).changes(found, changes)


@dataclass(frozen=True, slots=True)
class RecordNames:
    """What records are called, each given by its type and id: its number, else its name; for `Reading.load`."""

    ctx: Reading

    async def find(self, targets: list[tuple[str, UUID]]) -> list[str | None]:
        """Look the records of each type up together."""
        by_type: dict[str, list[UUID]] = {}
        for record_type, record_id in targets:
            by_type.setdefault(record_type, []).append(record_id)
        found: dict[UUID, str] = {}
        for record_type, ids in by_type.items():
            sql = _names_sql(self.ctx.catalogue, record_type)
            text = None if sql is None else await self.ctx.read(sql, (self.ctx.principal.workspace_id, ids))
            found |= {UUID(record_id): name for record_id, name in (orjson.loads(text) if text else {}).items()}
        return [found.get(record_id) for _, record_id in targets]


@cache
def _names_sql(catalogue: Catalogue, record_type: str) -> str | None:
    """The statement that finds what records of a type are called, `$2` their ids; None where nothing says so."""
    spec = next((each for each in catalogue.types.values() if snake(each.name) == record_type), None)
    columns = () if spec is None else (each for each in _CALLED if each in spec.model.__table__.columns)  # type: ignore[attr-defined]
    column = next(iter(columns), None)
    if spec is None or column is None:
        return None
    where = "workspace_id=$1::uuid and id=any($2::uuid[])"
    return guarded(f"select json_object_agg(id,{column})::text from {spec.table} where {where}")


class _Showing:
    """Shows changes to a key of these scopes, `plain` as REST spells them."""

    def __init__(self, scopes: frozenset[str], *, plain: bool) -> None:
        self._scopes, self._plain = scopes, plain

    def changes(self, of: _Type, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The fields by name, and the lists inside by theirs."""
        found = self._fields(of, stored)
        for table, lines in stored.get(LINES, {}).items():
            if table in of.lists:
                names, inner = of.lists[table]
                visible = inner.scope in self._scopes
                value: Any = [self._line(inner, each) for each in lines] if visible else _hidden(inner.scope)
                found[self._spelled(names)] = value
        return found

    def _line(self, of: _Type, stored: Mapping[str, Any]) -> dict[str, Any]:
        before, after = OLD in stored, NEW in stored
        change = "changed" if before == after else "added" if after else "removed"
        where = {name: stored[name] for name in (ID, IN) if name in stored}
        return {**where, "change": change, "fields": self._fields(of, stored)}

    def _fields(self, of: _Type, stored: Mapping[str, Any]) -> dict[str, Any]:
        old, new = stored.get(OLD, {}), stored.get(NEW, {})
        found: dict[str, Any] = {}
        unnamed = list(stored.get(HIDDEN, ()))
        for column in new or old:
            known = of.fields.get(column)
            if known is None:
                unnamed.append(column)
            elif known.scope is not None and known.scope not in self._scopes:
                found[self._spelled(known.names)] = _hidden(known.scope)
            else:
                pair = {OLD: old.get(column), NEW: new.get(column)}
                if known.is_enum and not self._plain:
                    pair = {word: value and value.upper() for word, value in pair.items()}
                found[self._spelled(known.names)] = pair
        for column in unnamed:
            found.setdefault(self._spelled((column, camel(column))), {HIDDEN: True})
        return found

    def _spelled(self, names: Names) -> str:
        return names[0] if self._plain else names[1]


def _hidden(scope: str) -> dict[str, Any]:
    return {HIDDEN: True, "scope": str(scope)}


@cache
def _types(catalogue: Catalogue) -> Mapping[str, _Type]:
    """The types of records, by the name their events begin with."""
    known = {spec.name: _Type(spec.scope, _fields(spec)) for spec in catalogue.types.values()}
    records = {spec.model: known[spec.name] for spec in catalogue.types.values() if spec.has_life}
    for spec in catalogue.types.values():
        if issubclass(spec.model, Line):
            parent = parent_of(spec.model)
            names = _listed(catalogue, parent, spec)
            while issubclass(parent, Line):
                parent = parent_of(parent)
            if parent in records:
                records[parent].lists[spec.table] = (names, known[spec.name])
    return {snake(spec.name): known[spec.name] for spec in catalogue.types.values() if spec.has_life}


def _fields(spec: TypeSpec) -> dict[str, _Field]:
    found: dict[str, _Field] = {}
    for each in spec.fields.values():
        column = each.reference if isinstance(each, One) else each.plain if isinstance(each, Computed) else each
        if isinstance(column, Column):
            found[column.column] = _Field((column.name, column.key), column.scope, column.kind is ENUM)
    return found


def _listed(catalogue: Catalogue, parent: type[Row], spec: TypeSpec) -> Names:
    """What the rows of a type are called in the row they lie in; their table where no list shows them."""
    outer = catalogue.by_model.get(parent)
    lists = [] if outer is None else [each for each in outer.fields.values() if isinstance(each, Many)]
    return next(((each.name, each.key) for each in lists if each.target == spec.name), (spec.table, camel(spec.table)))
