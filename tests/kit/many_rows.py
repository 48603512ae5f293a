"""Many rows of any table of records, made of what its model declares, as `tests.kit.many` makes clients and quotes.

Every column that lists are filtered or ordered by has common and rare values; of the others those that must hold
something hold one value.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from core.facts import facts_of
from core.record import Row, model_of
from core.writing.columns import table_of
from engine.declare.catalogue import Column as Field
from engine.declare.catalogue import TypeSpec
from tests.kit.many import AT, OF, RARE, identity, rare

STARTS: Final = {"number": "Q-", "part_number": "P-", "path": "F-"}
"""What the unique texts of a column begin with; else with C-."""
_COMMON: Final = ("workspace_id", "id", "created_at", "updated_at", "version")
_ONE: Final[dict[type[Any], str]] = {
    Numeric: "1",
    SmallInteger: "1",
    Integer: "1",
    DateTime: AT,
    Date: "date '2026-06-01'",
    Text: "'x'",
    Boolean: "false",
    ARRAY: "'{}'",
    JSONB: "'{}'",
}
_WORDS: Final = f"case n % {RARE} when 2 then '{{rush,hot}}'::text[] when 3 then '{{hot}}' else '{{late}}' end"
_CUSTOM: Final = f"jsonb_build_object('material', case n % {RARE} when 2 then 'brass' else 'steel' end)"
_MANY: Final = "case when n % 20 = 0 then n else 1 end"
_LOOSEN: Final = """do $$
declare
  found record;
begin
  for found in select conname from pg_constraint where conrelid = '{0}'::regclass and contype in ('c', 'x') loop
    execute format('alter table {0} drop constraint %I', found.conname);
  end loop;
  for found in select * from pg_indexes where schemaname = 'public' and tablename = '{0}'
    and indexname = any('{{{1}}}') loop
    execute format('drop index %I', found.indexname);
    execute replace(replace(found.indexdef, 'UNIQUE ', ''), 'NULLS NOT DISTINCT', '');
  end loop;
end
$$"""
"""Takes from a table the checks, and makes these unique indexes plain ones: rare values know no rule of the domain."""


async def fill_records(owner: asyncpg.Connection[Any], workspace_id: UUID, count: int, *specs: TypeSpec) -> None:
    """Write so many rows of each type: most of them refer to one row, a few to two others.

    Some lie in another workspace and refer to many rows, so the planner does not take three jobs for all there are.
    All have tags and a custom field, as `tests.kit.many.mark` gives them.
    """
    beside = await owner.fetchval("select id from workspaces where id <> $1 order by id limit 1", workspace_id)
    await owner.execute("set session_replication_role = replica")
    for spec in specs:
        insert = _insert(spec)
        await owner.execute(_LOOSEN.format(spec.table, ",".join(_pairs(spec.model))))
        await owner.execute(insert, workspace_id, count)
        await owner.execute(insert.replace(OF, _MANY), beside, count // 5)
    await owner.execute("set session_replication_role = origin")
    for spec in specs:
        await owner.execute(f"vacuum analyze {spec.table}")


def choices_of(column: Field) -> tuple[Any, Any]:
    """The common word of an enum, and a scarce one."""
    assert column.choices is not None
    common, scarce, *_ = column.choices
    return common, scarce


def tag_of_reference(spec: TypeSpec, column: Field) -> str:
    """The tag of the ids that a column holds, as three hexadecimal digits."""
    return _tag(table_of(spec.model).columns[column.column])


def _insert(spec: TypeSpec) -> str:
    table = table_of(spec.model)
    asked = {column.column: column for column in (*spec.columns(), *spec.filters().values()) if _is_asked(column)}
    own = dict(zip(_COMMON, ("$1", identity("n", f"{spec.model.tag:03x}"), AT, AT, "1"), strict=True))
    values = own | {"custom_fields": _CUSTOM}
    for column in table.columns:
        field = asked.get(column.name)
        if column.name in values:
            continue
        if field is not None:
            values[column.name] = _varied(column, field)
        elif not column.nullable and column.server_default is None:
            values[column.name] = _constant(column)
    names, given = ", ".join(values), ", ".join(values.values())
    return f"insert into {spec.table} ({names}) select {given} from generate_series(1, $2::int) n"


def _is_asked(column: Field) -> bool:
    return (column.filterable or column.sortable) and column.kind.name != "document"


def _varied(column: Column[Any], field: Field) -> str:
    if field.kind.name == "id":
        return _or_null(column, identity(f"({OF})", _tag(column)))
    if _is_unique(column):
        return _or_null(column, f"'{STARTS.get(column.name, 'C-')}' || n")
    if field.choices is not None:
        common, scarce = choices_of(field)
        return f"case n % {RARE} when 2 then '{scarce}' else '{common}' end"
    if column.name == "currency":
        return f"case n % {RARE} when 2 then 'EUR' when 3 then 'XAF' else 'USD' end"
    by_kind = {"words": _WORDS, "boolean": f"n % {RARE} = 2"}
    return by_kind.get(field.kind.name) or rare(field.kind.name, nullable=bool(column.nullable))


def _constant(column: Column[Any]) -> str:
    facts = facts_of(column)
    if facts.choices is not None:
        return f"'{next(iter(facts.choices))}'"
    if facts.refers_to is not None:
        return identity("1", _tag(column))
    return next(value for each, value in _ONE.items() if isinstance(column.type, each))


def _or_null(column: Column[Any], value: str) -> str:
    return f"case when n % {RARE} = 1 then null else {value} end" if column.nullable else value


def _tag(column: Column[Any]) -> str:
    to = facts_of(column).refers_to
    model = model_of(SQLModel.metadata.tables[to]) if to is not None else None
    return f"{model.tag:03x}" if model is not None else "000"


def _is_unique(column: Column[Any]) -> bool:
    """Whether it is a text that a unique index begins with, after the workspace."""
    begins = [list(index.columns)[1] for index in column.table.indexes if index.unique]
    return isinstance(column.type, Text) and any(each is column for each in begins)


def _pairs(model: type[Row]) -> list[str]:
    """The unique indexes of a table that begin with a reference: rare values are not as rare as that."""
    table = table_of(model)
    return [
        str(index.name)
        for index in table.indexes
        if index.unique and facts_of(list(index.columns)[1]).refers_to is not None
    ]
