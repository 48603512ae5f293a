"""Drafts of migrations: what the models say and a migrated database does not have yet, as a module to be reviewed.

A new table comes with its checks, keys, indexes, policies, grants, and what keeps its references alive; a change of a
table that is there is what Alembic finds. A draft is never run unread: renames look like a drop and an addition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from io import StringIO
from typing import Any, Final

from alembic.autogenerate import produce_migrations
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Table, literal_column, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from core.facts import facts_of
from core.record import Line, Record, model_of
from core.searching import is_record, mark_of, text_sql, words_sql
from models.migrations.ddl import MARK_OF_SEARCH_WORDS

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_HELPERS: Final = ("company_tenant", "purgeable", "reference", "search_columns", "search_words", "tenant")
_WORD: Final = re.compile(r"\b[A-Z]{2,}\b")
_GRANTS: Final = {Record: "select, insert, update", Line: "select, insert, update, delete"}
_MODULE: Final = '''"""{about}.

Revision ID: {revision}
Revises: {before}
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op
{helpers}
revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
{statements}


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
{downgrade}
'''


def draft(connection: Connection, about: str, revision: str, before: str, tables: Collection[str] = ()) -> str | None:
    """Return the text of a migration from what a database has to what the models say; None when that is the same.

    With `tables` only these are looked at.
    """
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    found = produce_migrations(context, SQLModel.metadata).upgrade_ops
    assert found is not None
    wanted = [each for each in found.ops if not tables or getattr(each, "table_name", "") in tables]
    made = {each.table_name for each in wanted if isinstance(each, ops.CreateTableOp)}
    changes = [each for each in wanted if getattr(each, "table_name", "") not in made]
    written = [line for table in SQLModel.metadata.sorted_tables if table.name in made for line in _of_table(table)]
    written += [_yielded(sql) for sql in _sql_of(changes)]
    if not tables:
        written += _search_changes(connection)
    if not written:
        return None
    new = [table for table in SQLModel.metadata.sorted_tables if table.name in made]
    undone = [f"drop table {table.name}" for table in reversed(new)]
    for table in new:
        if is_record(table):
            undone.insert(0, f"drop function {table.name}_matching")
        for column, to in _references(table):
            undone.append(f"drop function {table.name}_{column}_alive")
            undone.append(f"drop function {to}_required_by_{table.name}_{column} cascade")
    back = _undone(changes)
    return _module(about, revision, before, written, [] if back is None else [*back, *undone])


def _search_changes(connection: Connection) -> Iterator[str]:
    """The lines that change the search columns of tables that are there, where the models now declare other filters."""
    for table in SQLModel.metadata.sorted_tables:
        words = words_sql(table) if is_record(table) else ""
        held = connection.scalar(text(MARK_OF_SEARCH_WORDS), {"table": table.name}) if words else None
        if held is not None and held != mark_of(words):
            yield f'yield from search_words("{table.name}", """{words}""")'


def _single(changes: Sequence[ops.MigrateOperation]) -> Iterator[ops.MigrateOperation]:
    """The changes one by one, less those of search columns, which the migrations alone know."""
    for change in changes:
        for each in change.ops if isinstance(change, ops.OpContainer) else [change]:
            named = str(getattr(each, "column_name", "") or getattr(each, "index_name", ""))
            if not named.startswith("search_") and not named.endswith("_search"):
                yield each


def _undone(changes: Sequence[ops.MigrateOperation]) -> list[str] | None:
    """The SQL that undoes changes which only add; None for others, of which nobody knows what would be lost."""
    single = list(_single(changes))
    if not all(isinstance(each, ops.AddColumnOp | ops.CreateIndexOp) for each in single):
        return None
    columns = [each.reverse() for each in single if isinstance(each, ops.AddColumnOp)]
    kept = {(each.table_name, each.column.name) for each in single if isinstance(each, ops.AddColumnOp)}
    indexes = [
        each.reverse()
        for each in single
        if isinstance(each, ops.CreateIndexOp) and not any((each.table_name, name) in kept for name in _names(each))
    ]
    return list(_sql_of([*reversed(indexes), *reversed(columns)]))


def _names(index: ops.CreateIndexOp) -> Iterator[str]:
    return (str(getattr(column, "name", column)) for column in index.columns)


def _sql_of(changes: Sequence[ops.MigrateOperation]) -> Iterator[str]:
    """The SQL of changes of tables that are there."""
    buffer = StringIO()
    offline = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer})
    operations = Operations(offline)
    for each in _single(changes):
        for step in _steps(each):
            operations.invoke(step)
    for statement in buffer.getvalue().split(";\n"):
        if sql := statement.strip():
            yield _lower(sql)


def _steps(change: ops.MigrateOperation) -> Iterator[ops.MigrateOperation]:
    """A change that also goes through where there are rows: a column that must have a value gets the model's default.

    Without one the last step fails for a table with rows, until a statement that fills the column is put before it.
    """
    if not isinstance(change, ops.AddColumnOp) or change.column.nullable or change.column.server_default is not None:
        yield change
        return
    table, column = change.table_name, change.column
    default: Any = column.default
    value = None if default is None or default.is_callable else default.arg
    if value is None:
        yield ops.AddColumnOp(table, Column(column.name, column.type))
        yield ops.AlterColumnOp(table, column.name, existing_type=column.type, modify_nullable=False)
        return
    text = str(value.value if isinstance(value, Enum) else value).replace("'", "''")
    filled = Column(column.name, column.type, nullable=False, server_default=literal_column(f"'{text}'"))
    yield ops.AddColumnOp(table, filled)
    yield ops.AlterColumnOp(table, column.name, existing_type=column.type, modify_server_default=None)


def _module(about: str, revision: str, before: str, written: Sequence[str], dropped: Sequence[str]) -> str:
    helpers = [word for word in _HELPERS if any(line.startswith(f"yield from {word}(") for line in written)]
    undone = [f'    op.execute("{sql}")' for sql in dropped]
    return _MODULE.format(
        about=about,
        revision=revision,
        before=before,
        helpers=f"\nfrom models.migrations.ddl import {', '.join(helpers)}\n" if helpers else "",
        statements="\n".join(f"    {line}" for line in written),
        downgrade="\n".join(undone) or '    raise NotImplementedError("say how it is undone, or what would be lost")',
    )


def _of_table(table: Table) -> Iterator[str]:
    """The lines that make a table, in their order."""
    model = model_of(table)
    yield _yielded(_create(table))
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        yield _yielded(_lower(" ".join(str(CreateIndex(index).compile(dialect=_DIALECT)).split())))
    kind = next((each for each in _GRANTS if model is not None and issubclass(model, each)), None)
    if kind is None:
        return
    helper = "company_tenant" if model is not None and model.of_company else "tenant"
    yield f'yield from {helper}("{table.name}", api="{_GRANTS[kind]}")'
    if is_record(table):
        if model is not None and not model.of_company:
            yield f'yield from purgeable("{table.name}")'
        parts = text_sql(table)
        held = f'"""{words_sql(table)}"""' + ("" if parts is None else f', text="""{parts}"""')
        yield f'yield from search_columns("{table.name}", {held})'
    for name, to in _references(table):
        yield f'yield from reference("{table.name}", "{name}", "{to}")'


def _references(table: Table) -> Iterator[tuple[str, str]]:
    """The columns of a record that refer to records, which are kept alive, with their tables."""
    model = model_of(table)
    for column in table.columns if model is not None and issubclass(model, Record) else ():
        to = facts_of(column).refers_to
        target = None if to is None else model_of(SQLModel.metadata.tables[to])
        if to is not None and target is not None and issubclass(target, Record):
            yield column.name, to


def _create(table: Table) -> str:
    """The statement that makes a table, a column or constraint a line."""
    lines = [line.strip() for line in str(CreateTable(table).compile(dialect=_DIALECT)).strip().splitlines()]
    head, *inner, _ = [line for line in lines if line]
    return _lower("\n".join((head.strip(), *(f"  {line}" for line in inner), ")")))


def _yielded(sql: str) -> str:
    quotes = '"""' if "\n" in sql or '"' in sql else '"'
    return f"yield {quotes}{sql}{quotes}"


def _lower(sql: str) -> str:
    """SQL with its words in lower case; what stands in quotes stays."""
    parts = sql.split("'")
    return "'".join(
        part if place % 2 else _WORD.sub(lambda each: each[0].lower(), part) for place, part in enumerate(parts)
    )
