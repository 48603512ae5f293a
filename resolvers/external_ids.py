"""External ids: what other systems call a record. Each stands on its record, and once in a table that is unique."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from core.errors import Conflict, Invalid
from core.problems import Problems
from core.record import Record
from core.values.ids import new_id
from core.writing.columns import table_of
from engine.run.context import Command
from models.external_id import ExternalId

MAX_IDS: Final = 20
"""External ids of one record, as many as its column takes."""
Name = tuple[str, str]
"""A system, and an id there."""
_UNKNOWN: Final = object()


class ExternalNames:
    """What is known in one command of the external ids of one type: read for many records in one statement."""

    def __init__(self, ctx: Command, model: type[Record]) -> None:
        self._ctx, self._table = ctx, table_of(model).name
        self._by_name: dict[Name, ExternalId | None] = {}
        self._by_record: dict[UUID, list[ExternalId]] = {}
        self._before: list[tuple[dict[Any, Any], Any, Any]] = []

    def begin(self) -> None:
        """Note what changes from here on, so that it can be undone."""
        self._before.clear()

    def undo(self) -> None:
        """Know again what was known when `begin` was called: what was staged since is not written."""
        while self._before:
            known, key, value = self._before.pop()
            if value is _UNKNOWN:
                del known[key]
            else:
                known[key] = value

    def _set(self, known: dict[Any, Any], key: Any, value: Any) -> None:
        self._before.append((known, key, known.get(key, _UNKNOWN)))
        known[key] = value

    @classmethod
    async def of(cls, ctx: Command, model: type[Record]) -> ExternalNames:
        """What this command knows of a type's external ids."""

        async def make() -> ExternalNames:
            return cls(ctx, model)

        found: ExternalNames = await ctx.once((cls, model), make)
        return found

    async def look_up(self, names: Iterable[Name]) -> None:
        """Read which records have these external ids, as far as that is not known."""
        wanted = [each for each in dict.fromkeys(names) if each not in self._by_name]
        if not wanted:
            return
        systems, ids = sorted({each[0] for each in wanted}), sorted({each[1] for each in wanted})
        found = await self._ctx.unit.find(ExternalId, record_type=self._table, system=systems, external_id=ids)
        self._by_name |= dict.fromkeys(wanted)
        self._by_name |= {(each.system, each.external_id): each for each in found}

    async def came_meanwhile(self, names: Iterable[Name]) -> bool:
        """Whether one of these external ids, which nothing had when it was looked up, is a record's by now."""
        wanted = [each for each in names if self._by_name.get(each) is None]
        for system, external_id in wanted:
            found = await self._ctx.unit.find(
                ExternalId, record_type=self._table, system=system, external_id=external_id
            )
            if found:
                return True
        return False

    async def load(self, record_ids: Sequence[UUID]) -> None:
        """Read the external ids of these records, as far as they are not known."""
        wanted = [each for each in record_ids if each not in self._by_record]
        if wanted:
            self._by_record |= {each: [] for each in wanted}
            for row in await self._ctx.unit.find(ExternalId, record_id=wanted):
                self._by_record[row.record_id].append(row)

    def record_of(self, name: Name) -> UUID | None:
        """The record that has this external id, which was looked up; None when there is none."""
        found = self._by_name[name]
        return None if found is None else found.record_id

    def give(self, record: Record, names: Sequence[Name]) -> list[dict[str, str]]:
        """Stage that a record has just these external ids, which were looked up; returns them as its column has them.

        Conflict when another record has one of them.
        """
        for place, name in enumerate(names):
            holder = self.record_of(name)
            if holder not in {None, record.id}:
                field = f"externalIds.{place}"
                raise Conflict(f"{field}: {name[0]} {name[1]} is already the external id of {holder}", field=field)
        old = {(each.system, each.external_id): each for each in self._by_record.get(record.id, ())}
        new = {name: self._row(record, name) for name in names if name not in old}
        gone = [row for name, row in old.items() if name not in names]
        if new or gone:
            self._ctx.inside(record, put=list(new.values()), remove=gone)
        for name, row in (new | {(row.system, row.external_id): None for row in gone}).items():
            self._set(self._by_name, name, row)
        self._set(self._by_record, record.id, [row for name, row in (old | new).items() if name in names])
        return [{"system": system, "external_id": external_id} for system, external_id in names]

    def _row(self, record: Record, name: Name) -> ExternalId:
        system, external_id = name
        row_id = new_id(ExternalId)
        return ExternalId(
            id=row_id, system=system, external_id=external_id, record_type=self._table, record_id=record.id
        )


async def set_external_ids(ctx: Command, record: Record, given: Sequence[Any]) -> list[dict[str, str]]:
    """Give a record just these external ids; returns them as its column has them.

    Invalid for one that stands twice, Conflict for one that is another record's, a deleted one included.
    """
    names = names_of(given)
    if len(names) > MAX_IDS:
        raise Invalid(f"externalIds: at most {MAX_IDS}", field="externalIds")
    known = await ExternalNames.of(ctx, type(record))
    await known.look_up(names)
    if record.created_at is not None:  # a new record has none
        await known.load([record.id])
    return known.give(record, names)


def names_of(given: Sequence[Any]) -> list[Name]:
    """The external ids of an input; Invalid for those that stand twice."""
    wrong = Problems()
    names = [(each.system, each.external_id) for each in given]
    for place, name in enumerate(names):
        if name in names[:place]:
            wrong.note(f"externalIds.{place}", f"{name[0]} {name[1]} stands twice")
    wrong.check()
    return names
