"""What a command is about to write: rows by table, and the events in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from core.record import Record, Row

Original: TypeAlias = Mapping[str, Any] | None
"""The values that a row was loaded with; None of a new one."""


@dataclass(slots=True)
class Staged:
    """One row to insert, update or delete.

    `event` is the place of its last event (1, 2, …), `nth` its place in a series. `original` are the values it was
    loaded with, None for a new row; `record_id` is the record it lies in.
    """

    row: Row
    original: Original = None
    record_id: UUID | None = None
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
    documents: dict[UUID, Record] = field(default_factory=dict)
    """Records whose inside is written, so that they must be saved."""

    @property
    def only_inserts(self) -> bool:
        """Whether the whole command can be one statement."""
        return bool(self.inserts) and not self.updates and not self.deletes

    def save(self, row: Record, event: str, original: Original) -> None:
        """Stage a record, new without an `original`; staged again, it is still written once, with one event more."""
        self.events.append(Event(len(self.events) + 1, event, row))
        staged = self._put(row, original)
        staged.event = len(self.events)
        if original is None and staged.nth is None and row.series is not None and row.number is None:  # type: ignore[attr-defined]  # a series means that the model has `number`
            staged.nth = self.series.get(row.series, 0)
            self.series[row.series] = staged.nth + 1

    def inside(
        self, document: Record, put: Iterable[tuple[Row, Original]], remove: Iterable[tuple[Row, Original]]
    ) -> None:
        """Stage rows inside a record: those to put and those to take away, each with what it was, if it is not new.

        A row to take away that was never written is forgotten.
        """
        self.documents[document.id] = document
        for row, original in put:
            self._put(row, original, document.id)
        for row, original in remove:
            if self.inserts.get(type(row), {}).pop(row.id, None) is None:
                self.updates.get(type(row), {}).pop(row.id, None)
                self.deletes.setdefault(type(row), {})[row.id] = Staged(row, original, document.id)

    def absorb(self, later: Staging) -> None:
        """Take in what was staged apart, as if it had been staged here, after what is here."""
        events = len(self.events)
        for mine, theirs in (
            (self.inserts, later.inserts),
            (self.updates, later.updates),
            (self.deletes, later.deletes),
        ):
            for model, rows in theirs.items():
                for row_id, staged in rows.items():
                    known = mine.setdefault(model, {}).setdefault(
                        row_id, Staged(staged.row, staged.original, staged.record_id)
                    )
                    known.event = staged.event + events if staged.event else known.event
                    if staged.nth is not None and known.nth is None:
                        known.nth = staged.nth + self.series.get(staged.row.series, 0)  # type: ignore[attr-defined]  # numbered: a record
        self.events += [Event(each.place + events, each.type, each.record) for each in later.events]
        for name, count in later.series.items():
            self.series[name] = self.series.get(name, 0) + count
        self.documents |= later.documents

    def check(self) -> None:
        """Raise RuntimeError when the inside of a record is written without an event of the record itself."""
        saved = {event.record.id for event in self.events}
        if forgotten := [document for key, document in self.documents.items() if key not in saved]:
            raise RuntimeError(
                f"the inside of {type(forgotten[0]).__name__} {forgotten[0].id} changed, it was not saved"
            )

    def rows(self) -> Iterator[Row]:
        """Return the rows that are written."""
        for of_model in (*self.inserts.values(), *self.updates.values()):
            yield from (staged.row for staged in of_model.values())

    def _put(self, row: Row, original: Original, record_id: UUID | None = None) -> Staged:
        of_model = (self.inserts if original is None else self.updates).setdefault(type(row), {})
        return of_model.setdefault(row.id, Staged(row, original, record_id))
