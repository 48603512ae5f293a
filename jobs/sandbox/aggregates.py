"""What belongs to a record, and what else refers to it: read from the tables, so that a new type needs no line.

A *part* of a record goes with it: its lines, the lines of those, and rows that are neither records nor lines and refer
to it (an intake, a delivery).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ForeignKeyConstraint, Table

from core.record import Line, Record, Row, model_of, parent_of
from core.writing.columns import table_of
from models.external_id import ExternalId

OF = "{of}"
"""Where the SQL of a part takes the records: `= any($2::uuid[])`, `= r.id`."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a model that are parts of a record; `where` is the condition that finds those of the records at `OF`."""

    model: type[Row]
    where: str

    def of(self, records: str) -> str:
        """The condition for these records."""
        return self.where.replace(OF, records)


def parts_of(model: type[Record]) -> tuple[Part, ...]:
    """The parts of a record, those that refer to others first."""
    names = Part(ExternalId, f"record_id {OF}")
    return (*_parts(table_of(model), OF), names)


def _parts(table: Table, of: str) -> Iterator[Part]:
    for column, other in _references_to(table):
        if _belongs(other, column, table):
            yield from _parts(
                table_of(other), f"in (select id from {table_of(other).name} where workspace_id = $1 and {column} {of})"
            )
            yield Part(other, f"{column} {of}")


def _belongs(model: type[Row], column: str, table: Table) -> bool:
    if issubclass(model, Line):
        return table_of(parent_of(model)) is table and column == model.parent_column
    return not issubclass(model, Record)


def referred_to(model: type[Record], *, alive: bool) -> str:
    """SQL: whether another record (`alive`: one that is not deleted) refers to the record `r`, or to a part of it."""
    tests = [*_referring(model, table_of(model), "= r.id", alive=alive)]
    for part in parts_of(model):
        inside = f"in (select id from {table_of(part.model).name} where workspace_id = $1 and {part.of('= r.id')})"
        tests += _referring(model, table_of(part.model), inside, alive=alive)
    return " or ".join(f"exists ({each})" for each in tests) or "false"


def _referring(model: type[Record], table: Table, is_one: str, *, alive: bool) -> Iterator[str]:
    for column, other in _references_to(table):
        if _belongs(other, column, table):
            continue
        root, joined, last = _root(other)
        is_other = f" and {last}.id <> r.id" if root is model else ""
        is_kept = f" and {last}.deleted_at is null" if alive else ""
        found = f"o0.workspace_id = $1 and o0.{column} {is_one}{is_other}{is_kept}"
        yield f"select from {table_of(other).name} o0{joined} where {found}"


def _root(model: type[Row]) -> tuple[type[Row], str, str]:
    """The record that a row lies in, the joins that lead there from `o0`, and the alias that it has then."""
    joined, place = "", 0
    while issubclass(model, Line):
        above = parent_of(model)
        joined += (
            f" join {table_of(above).name} o{place + 1} on o{place + 1}.workspace_id = o{place}.workspace_id"
            f" and o{place + 1}.id = o{place}.{model.parent_column}"
        )
        model, place = above, place + 1
    return model, joined, f"o{place}"


def _references_to(table: Table) -> Iterator[tuple[str, type[Row]]]:
    """The columns that refer to a table's rows, each with its model."""
    for other in table.metadata.tables.values():
        for key in other.foreign_key_constraints:
            if key.referred_table is table and (found := model_of(other)) is not None:
                yield _column(key), found


def _column(key: ForeignKeyConstraint) -> str:
    return next(each.parent.name for each in key.elements if each.column.name == "id")
