"""The rows that a command has loaded: each once, with the values it came with and whether it is locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from core.record import Row
from core.writing.columns import columns_of
from core.writing.staging import Original

RowT = TypeVar("RowT", bound=Row)
Place: TypeAlias = tuple[type[Row], UUID]


class Loaded:
    """Rows by model and id. The values a row came with are kept apart from it: the audit tells them from the new."""

    def __init__(self) -> None:
        self._rows: dict[Place, Row] = {}
        self._originals: dict[Place, Mapping[str, Any]] = {}
        self._locked: set[Place] = set()

    def load(self, model: type[RowT], values: Mapping[str, Any], *, renew: bool) -> RowT:
        """Return the row of these values; one that is known stays as it is, unless `renew` and it is not locked."""
        place = model, values["id"]
        known, columns = self._rows.get(place), columns_of(model)
        if known is None:
            known = self._rows[place] = model.loaded(columns.values(values))
            self._originals[place] = columns.snapshot(vars(known))
        elif renew and place not in self._locked:
            vars(known).update(columns.values(values))
            self._originals[place] = columns.snapshot(vars(known))
        assert isinstance(known, model)
        return known

    def places(self) -> frozenset[Place]:
        """What is loaded now."""
        return frozenset(self._rows)

    def forget_all_but(self, places: frozenset[Place]) -> None:
        """Forget what was loaded or written since, which is not as it is in the database."""
        for place in self._rows.keys() - places:
            del self._rows[place]
            self._originals.pop(place, None)
            self._locked.discard(place)

    def lock(self, model: type[Row], ids: Iterable[UUID]) -> None:
        """Note that rows are locked."""
        self._locked.update((model, row_id) for row_id in ids)

    def is_locked(self, row: Row) -> bool:
        """Whether a row may be changed."""
        return (type(row), row.id) in self._locked

    def original(self, row: Row) -> Original:
        """The values that a row came with; None when it is new."""
        return self._originals.get((type(row), row.id))

    def with_originals(self, rows: Sequence[Row]) -> list[tuple[Row, Original]]:
        """Each row with its original."""
        return [(row, self.original(row)) for row in rows]

    def written(self, rows: Iterable[Row]) -> None:
        """Note that rows were written. What is there now is newer (number, version, times): a lock reads it again."""
        for row in rows:
            place = type(row), row.id
            self._rows[place], self._originals[place] = row, columns_of(type(row)).snapshot(vars(row))
            self._locked.discard(place)
