"""What is usually wrong with rows of a bulk command, looked up for all of them before they are written.

The database would refuse them too, but not say which row it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column

from core.absent import ABSENT
from core.errors import Conflict, ForgeError, Invalid
from core.facts import facts_of
from core.record import Record, model_of
from core.writing.columns import table_of
from engine.run.context import Command

Refused = list[tuple[int, ForgeError]]
"""Rows that are refused, by their place, and why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A row: its place, what was sent, and the record that it is about, if there is one."""

    index: int
    input: Any
    record: Record | None

    def given(self, name: str) -> Any:
        """The value that it names for a column; None where it names none."""
        value = getattr(self.input, name, ABSENT)
        return None if value is ABSENT else value

    def value(self, name: str) -> Any:
        """The value that the column will have, as far as that is known."""
        value = getattr(self.input, name, ABSENT)
        return getattr(self.record, name, None) if value is ABSENT else value


async def missing(ctx: Command, model: type[Record], rows: Sequence[Asked]) -> Refused:
    """Rows that refer to a record which is not there, is deleted, or is of another record than theirs."""
    found: Refused = []
    for column in table_of(model).columns:
        facts = facts_of(column)
        target = None if facts.refers_to is None else model_of(column.table.metadata.tables[facts.refers_to])
        if target is None:
            continue
        wanted = list(dict.fromkeys(row_id for each in rows if (row_id := each.given(column.name)) is not None))
        if not wanted:
            continue
        alive = {"deleted_at": None} if issubclass(target, Record) else {}
        there = {each.id: each for each in await ctx.unit.find(target, id=wanted, **alive)}
        for row in rows:
            row_id = row.given(column.name)
            named = there.get(row_id)
            of_another = named and facts.through and getattr(named, facts.through) != row.value(facts.through)
            if row_id is not None and (named is None or of_another):
                found.append((row.index, Invalid(f"{column.name} refers to no record", field=column.name)))
    return found


async def taken(ctx: Command, model: type[Record], rows: Sequence[Asked]) -> Refused:
    """Rows that name a value which is unique and is another record's, or another row's before them."""
    found: Refused = []
    for column in _unique(model):
        facts = facts_of(column)
        names = (column.name, *(facts.unique_with or ()))
        given = [each for each in rows if each.given(column.name) is not None]
        if not given:
            continue
        alive = {"deleted_at": None} if facts.unique_alive else {}
        values = list(dict.fromkeys(each.given(column.name) for each in given))
        there = await ctx.unit.find(model, **{column.name: values}, **alive)
        holders: dict[tuple[Any, ...], Any] = {tuple(getattr(each, name) for name in names): each.id for each in there}
        for row in given:
            mine = row.record.id if row.record is not None else row.index
            key = tuple(row.value(name) for name in names)
            if holders.setdefault(key, mine) != mine:
                error = Conflict(f"{column.name} is already taken", field=column.name)
                found.append((row.index, error))
    return found


def _unique(model: type[Record]) -> Iterator[Column[Any]]:
    for column in table_of(model).columns:
        facts = facts_of(column)
        if not facts.derived and (facts.unique_alive or facts.unique_with is not None):
            yield column
