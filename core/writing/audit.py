"""What a command changed of a record: `{"old": {"title": "Bracket"}, "new": {"title": "Shaft"}}`.

A new row has no `old`, one that was taken away no `new`. Names are those of columns and tables. Values are written as
the doors show them: decimals and ids as strings, moments with six digits and a `Z`. What is binary (a digest, something
encrypted) is named in `hidden`, without values. Rows inside the record stand in `lines` by their table, each with its
id, and with the row it lies `in` where that is not the record itself. `engine.run.audit` turns this into what one
caller may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Final
from uuid import UUID

import orjson
from sqlalchemy import LargeBinary

from core.record import Line, Record, Row, defaults_of
from core.values.ids import new_id
from core.writing.columns import columns_of, table_of
from core.writing.staging import Staged, Staging

TAG: Final = 0x00C
"""The type tag in the ids of entries."""
OLD, NEW, HIDDEN, LINES, ID, IN = "old", "new", "hidden", "lines", "id", "in"
"""The words of an entry's changes."""
_NEVER: Final = frozenset({"workspace_id", "id", "created_at", "updated_at", "version", "created_by_id"})
Changes = dict[str, Any]


@dataclass(slots=True)
class Entry:
    """One entry: what happened to a record by a command, and when (the place of the record's last event)."""

    id: UUID
    event: int
    record_type: str
    record_id: UUID
    action: str
    changes: Changes


class Entries:
    """The entries of what is staged: one for each record, with all that happened to it and to the rows inside it."""

    def __init__(self, staging: Staging) -> None:
        self._told: dict[UUID, list[str]] = {}
        for event in staging.events:
            self._told.setdefault(event.record.id, []).append(event.type)
        self._lines: dict[UUID, dict[str, list[Changes]]] = {}
        for rows in (staging.inserts, staging.updates, staging.deletes):
            for model, of_model in rows.items():
                if issubclass(model, Line) or model.of_any:
                    self._add(model, of_model.values(), removed=rows is staging.deletes)

    def of(self, written: Iterable[Staged]) -> list[Entry]:
        """The entries of the records that one part of a statement writes."""
        return [self._entry(staged) for staged in written if self._is_told(staged.row)]

    def _is_told(self, row: Row) -> bool:
        assert isinstance(row, Record)
        return not {each.rpartition(".")[2] for each in self._told[row.id]} <= row.unaudited

    def _entry(self, staged: Staged) -> Entry:
        row = staged.row
        changes = changes_of(type(row), staged.original, row.__dict__)
        if (lines := self._lines.get(row.id)) is not None:
            changes[LINES] = lines
        family, action = _action(staged, self._told[row.id])
        return Entry(new_id(_Ids), staged.event, family, row.id, action, changes)

    def _add(self, model: type[Row], rows: Iterable[Staged], *, removed: bool) -> None:
        table, parent_column = str(columns_of(model).table), _parent(model)
        for staged in rows:
            row, record_id = staged.row, staged.record_id
            assert record_id is not None
            line = changes_of(model, staged.original, None if removed else row.__dict__)
            if line:
                line[ID] = row.id
                if (parent := row.__dict__[parent_column]) != record_id:
                    line[IN] = parent
                self._lines.setdefault(record_id, {}).setdefault(table, []).append(line)


def _parent(model: type[Row]) -> str:
    """The column that says which row another one lies in."""
    return model.parent_column if issubclass(model, Line) else "record_id"


def _action(staged: Staged, events: list[str]) -> tuple[str, str]:
    """The family of a record's events, and the word for all that happened to it.

    That is `created` for a new record, `restored` for one that was deleted before; else the last word of its events
    that says more than `updated`.
    """
    family, _, last = events[-1].partition(".")
    if staged.original is None:
        return family, "created"
    if staged.original["deleted_at"] is not None and staged.row.__dict__["deleted_at"] is None:
        return family, "restored"
    if last == "updated" and len(events) > 1:
        words = [event.partition(".")[2] for event in reversed(events)]
        last = next((word for word in words if word != last), last)
    return family, last


def changes_of(model: type[Row], old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Changes:
    """What differs between the values that a row had and those it has; None stands for no row.

    Of a new row that is what is neither null nor its default, of one that is gone what is not null. A decimal that only
    has other zeros at its end does not differ.
    """
    audited = _audited(model)
    if old is None:
        assert new is not None
        differ = [name for name, default in audited.new if (value := new[name]) is not None and value != default]
        changes: Changes = {NEW: {name: new[name] for name in differ}}
    elif new is None:
        changes = {OLD: {name: value for name in audited.columns if (value := old[name]) is not None}}
    else:
        differ = [name for name in audited.columns if (now := new[name]) is not (then := old[name]) and now != then]
        if differ:
            changes = {OLD: {name: old[name] for name in differ}, NEW: {name: new[name] for name in differ}}
        else:
            changes = {}
    if audited.hidden:
        before, after = old or {}, new or {}
        if hidden := [name for name in audited.hidden if before.get(name) != after.get(name)]:
            changes[HIDDEN] = hidden
    return changes


@dataclass(frozen=True, slots=True)
class _Audited:
    """The columns that are looked at in rows of a model; of new rows with their defaults; and those without values."""

    columns: tuple[str, ...]
    new: tuple[tuple[str, Any], ...]
    hidden: tuple[str, ...]


@cache
def _audited(model: type[Row]) -> _Audited:
    left_out = _NEVER | ({_parent(model)} if issubclass(model, Line) or model.of_any else set())
    columns = [column for column in table_of(model).columns if column.name not in left_out]
    shown = tuple(str(column.name) for column in columns if not isinstance(column.type, LargeBinary))
    defaults = defaults_of(model)
    # Of a numbered record the statement itself knows the number.
    given = [name for name in shown if not (name == "number" and issubclass(model, Record) and model.series)]
    hidden = tuple(str(column.name) for column in columns if column.name not in shown)
    return _Audited(shown, tuple((name, defaults[name]) for name in given), hidden)


def written(changes: Any) -> str:
    """The JSON text of changes, or of rows that hold them."""
    return orjson.dumps(changes, default=_shown, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _shown(value: object) -> str:
    """A value as the doors show it."""
    if isinstance(value, Decimal):
        text = str(value)
        return f"{value:f}" if "E" in text else text
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
    if isinstance(value, UUID | date):  # asyncpg's own UUIDs are a subclass, which orjson passes by
        return str(value)
    raise TypeError(f"no entry can hold a value of type {type(value).__name__}")


class _Ids:
    """What the ids of entries are made for."""

    tag: ClassVar[int] = TAG
