"""The parts of a writing statement: each is a CTE beside `t` (what `enter` or `tick` answered) and its parameters.

A part's SQL depends only on its `shape`, so that PostgreSQL and we prepare it once. One row travels as parameters,
which is cheapest; several travel as one JSON parameter, so that their number is not part of the shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from core.record import Record, Row
from core.writing.columns import columns_of, dumps
from core.writing.staging import Event, Staged

Take = Callable[[str], str]
"""Reserves the next parameter of a SQL type and returns how to write it: `$7::numeric`."""
Projection = Callable[[str], str]
"""Gives, for the alias of a row, the SQL text expression of its JSON as `data` of an event."""
_BY_CLOCK: Final = ("workspace_id", "created_at", "updated_at", "version")
_NEVER_CHANGED: Final = frozenset({"workspace_id", "id", "created_at", "updated_at", "version", "created_by_id"})


class Cte(Protocol):
    """One CTE."""

    @property
    def shape(self) -> tuple[object, ...]:
        """What the SQL depends on."""

    def sql(self, take: Take) -> str:
        """Return the CTE; it takes its parameters in the order of `args`."""

    def args(self) -> list[Any]:
        """Return the values of its parameters."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a CTE has its rows from: parameters when it is one row, else a JSON parameter read as `v`."""

    one: bool
    types: dict[str, str]

    def take(self, take: Take) -> tuple[dict[str, str], str]:
        """Return how to write each value, and what to join."""
        if self.one:
            return {name: take(kind) for name, kind in self.types.items()}, ""
        listed = ", ".join(f"{name} {kind}" for name, kind in self.types.items())
        return {name: f"v.{name}" for name in self.types}, f", json_to_recordset({take('json')}) as v({listed})"


def written_by(model: type[Row]) -> str:
    """Return the CTE that inserts rows of a model."""
    return f"w_{columns_of(model).table}"


def moment(back: str) -> str:
    """Return the clock as it stood at an event: `back` events before the last."""
    return f"t.clock - {back} * interval '1 microsecond'"


class Insert:
    """Insert the new rows of one model; times, version, workspace and document number come from `t`.

    `taken` is how many numbers of each series the whole command takes.
    """

    def __init__(self, model: type[Row], staged: Sequence[Staged], total: int, taken: Mapping[str, int]) -> None:
        self.model, self.staged, self.total, self.taken = model, staged, total, taken
        self.columns = columns_of(model)
        self.is_record = issubclass(model, Record)
        self.series = model.series if issubclass(model, Record) else None
        self.name = written_by(model)
        self.given = _given(model)

    @property
    def shape(self) -> tuple[object, ...]:
        """What the SQL depends on."""
        return ("insert", self.model, len(self.staged) == 1)

    def sql(self, take: Take) -> str:
        """Return the CTE `w_<table>`."""
        types = {name: self.columns.types[name] for name in self.given}
        if self.is_record:
            types["back"] = "integer"
        if self.series:
            types["from_last"] = "bigint"
        values, join = Source(len(self.staged) == 1, types).take(take)
        values["workspace_id"] = "$1"
        if self.is_record:
            values["created_at"] = values["updated_at"] = moment(values["back"])
            values["version"] = "1"
        if self.series:
            prefix = self.model.prefix.replace("'", "''")  # type: ignore[attr-defined]  # only a Record has a series
            last = f"(t.numbers ->> '{self.series}')::bigint"
            values["number"] = f"coalesce({values['number']}, '{prefix}' || ({last} + {values['from_last']}))"
        selected = ", ".join(values[name] for name in self.columns.types)
        return (
            f"{self.name} as (insert into {self.columns.table} ({self.columns.names})"
            f" select {selected} from t{join} where t.state = 'go' returning *)"
        )

    def args(self) -> list[Any]:
        """Return the values of its parameters."""
        if len(self.staged) == 1:
            row = self.staged[0]
            return [*self.columns.parameters(row.row, self.given), *self._extra(row).values()]
        return [dumps([self.columns.as_json(row.row, self.given) | self._extra(row) for row in self.staged])]

    def _extra(self, staged: Staged) -> dict[str, Any]:
        extra: dict[str, Any] = {"back": self.total - staged.event} if self.is_record else {}
        if not self.series:
            return extra
        from_last = None if staged.nth is None else staged.nth + 1 - self.taken[self.series]
        return extra | {"from_last": from_last}


class Update:
    """Write changed rows of one model, every column of them: they are locked, so nobody else has changed one."""

    def __init__(self, model: type[Row], staged: Sequence[Staged], total: int) -> None:
        self.model, self.staged, self.total = model, staged, total
        self.columns = columns_of(model)
        self.is_record = issubclass(model, Record)
        self.changed = _changed(model)

    @property
    def name(self) -> str:
        """The CTE's name."""
        return f"u_{self.columns.table}"

    @property
    def shape(self) -> tuple[object, ...]:
        """What the SQL depends on."""
        return ("update", self.model, len(self.staged) == 1)

    def sql(self, take: Take) -> str:
        """Return the CTE `u_<table>`."""
        types = {"id": "uuid"} | {name: self.columns.types[name] for name in self.changed}
        if self.is_record:
            types["back"] = "integer"
        values, join = Source(len(self.staged) == 1, types).take(take)
        sets = [f"{name} = {values[name]}" for name in self.changed]
        if self.is_record:
            sets += ["version = r.version + 1", f"updated_at = {moment(values['back'])}"]
        return (
            f"{self.name} as (update {self.columns.table} r set {', '.join(sets)} from t{join}"
            f" where r.workspace_id = $1 and r.id = {values['id']} and t.state = 'go' returning r.*)"
        )

    def args(self) -> list[Any]:
        """Return the values of its parameters."""
        names = ["id", *self.changed]
        if len(self.staged) == 1:
            row = self.staged[0]
            return [*self.columns.parameters(row.row, names), *self._extra(row).values()]
        return [dumps([self.columns.as_json(row.row, names) | self._extra(row) for row in self.staged])]

    def _extra(self, staged: Staged) -> dict[str, Any]:
        return {"back": self.total - staged.event} if self.is_record else {}


class Delete:
    """Take rows away that lived inside a record."""

    def __init__(self, model: type[Row], staged: Sequence[Staged]) -> None:
        self.model, self.staged = model, staged
        self.columns = columns_of(model)

    @property
    def name(self) -> str:
        """The CTE's name."""
        return f"x_{self.columns.table}"

    @property
    def shape(self) -> tuple[object, ...]:
        """What the SQL depends on."""
        return ("delete", self.model)

    def sql(self, take: Take) -> str:
        """Return the CTE `x_<table>`."""
        return (
            f"{self.name} as (delete from {self.columns.table} r using t"
            f" where r.workspace_id = $1 and r.id = any({take('uuid[]')}) and t.state = 'go' returning r.id)"
        )

    def args(self) -> list[Any]:
        """Return the values of its parameters."""
        return [[row.row.id for row in self.staged]]


class Events:
    """Append the events of the records one CTE writes, each with the record's projection as `data`."""

    def __init__(
        self, source: str, events: Sequence[Event], total: int, projection: Projection, request_id: str | None
    ) -> None:
        self.source, self.events, self.total = source, events, total
        self.projection, self.request_id = projection, request_id
        self.table = columns_of(type(events[0].record)).table
        self.one = len(events) == 1

    @property
    def shape(self) -> tuple[object, ...]:
        """What the SQL depends on."""
        return ("events", self.source, self.one, self.projection)

    def sql(self, take: Take) -> str:
        """Return the CTE `e_<source>`."""
        types = {"id": "uuid", "type": "text", "back": "integer"}
        values, join = Source(self.one, types).take(take)
        return (
            f"e_{self.source} as (insert into outbox"
            " (workspace_id, sequence, type, record_type, record_id, at, data, request_id)"
            f" select $1, t.tick - {values['back']}, {values['type']}, '{self.table}', r.id,"
            f" {moment(values['back'])}, {self.projection('r')}, {take('text')}"
            f" from t, {self.source} r{join} where r.id = {values['id']})"
        )

    def args(self) -> list[Any]:
        """Return the values of its parameters."""
        rows = [{"id": e.record.id, "type": e.type, "back": self.total - e.place} for e in self.events]
        return [*(rows[0].values() if self.one else [dumps(rows)]), self.request_id]


@cache
def _given(model: type[Row]) -> list[str]:
    """Return the columns of a new row that the clock does not fill."""
    by_clock = _BY_CLOCK if issubclass(model, Record) else _BY_CLOCK[:1]
    return [name for name in columns_of(model).types if name not in by_clock]


@cache
def _changed(model: type[Row]) -> list[str]:
    """Return the columns that an update writes."""
    kept = _NEVER_CHANGED | ({"number"} if issubclass(model, Record) and model.series else set())
    return [name for name in columns_of(model).types if name not in kept]
