"""What a command is about to write: rows by table, and the events in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from core.record import Record, Row


@dataclass(slots=True)
class Staged:
    """One row to insert or update. `event` is the place of its last event (1, 2, …), `nth` its place in a series."""

    row: Row
    event: int = 0
    nth: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a record; `place` counts from 1 in the order of staging."""

    place: int
    type: str
    record: Record


@dataclass(slots=True)
class Staging:
    """Rows to insert, to update and to delete, in the order they were staged, with every event."""

    inserts: dict[type[Row], dict[UUID, Staged]] = field(default_factory=dict)
    updates: dict[type[Row], dict[UUID, Staged]] = field(default_factory=dict)
    deletes: dict[type[Row], dict[UUID, Staged]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    series: dict[str, int] = field(default_factory=dict)
    """How many numbers each series is asked for."""
    first: UUID | None = None
    """The first record staged: what a long answer is rendered from again."""

    @property
    def only_inserts(self) -> bool:
        """Whether the whole command can be one statement."""
        return bool(self.inserts) and not self.updates and not self.deletes

    def save(self, row: Record, event: str, *, new: bool) -> None:
        """Stage a record; staged again, it is still written once, with one event more."""
        self.events.append(Event(len(self.events) + 1, event, row))
        self.first = self.first or row.id
        staged = self._put(row, new=new)
        staged.event = len(self.events)
        if new and staged.nth is None and row.series is not None and row.number is None:  # type: ignore[attr-defined]  # a series means that the model has `number`
            staged.nth = self.series.get(row.series, 0)
            self.series[row.series] = staged.nth + 1

    def put(self, rows: Iterable[tuple[Row, bool]]) -> None:
        """Stage rows inside a record; each with whether it is new."""
        for row, new in rows:
            self._put(row, new=new)

    def remove(self, rows: Iterable[Row]) -> None:
        """Stage the deletion of rows inside a record; one that was never written is forgotten."""
        for row in rows:
            if self.inserts.get(type(row), {}).pop(row.id, None) is None:
                self.updates.get(type(row), {}).pop(row.id, None)
                self.deletes.setdefault(type(row), {})[row.id] = Staged(row)

    def is_new(self, row: Row) -> bool:
        """Whether the row is staged for insertion."""
        return row.id in self.inserts.get(type(row), ())

    def _put(self, row: Row, *, new: bool) -> Staged:
        of_model = (self.inserts if new else self.updates).setdefault(type(row), {})
        return of_model.setdefault(row.id, Staged(row))
