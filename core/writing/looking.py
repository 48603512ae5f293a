"""Reading inside a unit of work, without locking what is read."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from core.record import Record, Row
from core.writing.columns import columns_of
from core.writing.conditions import equal_to
from core.writing.loaded import Loaded
from core.writing.staging import Staging
from core.writing.transaction import Transaction

RowT = TypeVar("RowT", bound=Row)
_TURN: Final = 200
"""Rows after which other requests have their turn."""
RecordT = TypeVar("RecordT", bound=Record)


class Looking(ABC):
    """What a unit of work can read."""

    workspace_id: UUID
    _transaction: Transaction
    _loaded: Loaded
    _staging: Staging
    _around: tuple[Staging, ...]

    @abstractmethod
    def _check_open(self) -> None: ...

    async def fetch(self, model: type[RowT], where: str, *args: Any, order: str = "id") -> list[RowT]:
        """Read rows inside the command without locking them: `$1` is the workspace, `args` begin at `$2`."""
        columns = columns_of(model)
        sql = f"select {columns.names} from {columns.table} where workspace_id = $1 and ({where}) order by {order}"
        found = []
        for place, values in enumerate(await self.ask(sql, *args), 1):
            found.append(self._loaded.load(model, values, renew=False))
            if not place % _TURN:
                await asyncio.sleep(0)
        return found

    async def find(self, model: type[RowT], *order: str, **equal: Any) -> list[RowT]:
        """Read the rows whose columns equal these values, without locking them; ordered by these columns, else by id.

        None stands for null, a list for any of its values; `-created_at` is the other way round.
        """
        tests, values = equal_to(model, equal)
        by = [f"{each.removeprefix('-')}{' desc' if each.startswith('-') else ''}" for each in (*order, "id")]
        return await self.fetch(model, tests, *values, order=", ".join(by))

    async def find_staged(self, model: type[RowT], **equal: Any) -> list[RowT]:
        """Read rows as `find` does, as they will be when what is staged is written: by id, new ones last."""
        found = {row.id: row for row in await self.find(model, **equal)}
        found |= {row.id: row for row in self.staged(model, **equal)}
        gone = {row_id for each in (*self._around, self._staging) for row_id in each.deletes.get(model, ())}
        return [row for row in found.values() if row.id not in gone and _has(row, equal)]

    def staged(self, model: type[RowT], **equal: Any) -> list[RowT]:
        """Return the rows that are staged, new or changed, whose columns equal these values."""
        found: dict[UUID, Any] = {}
        for staging in (*self._around, self._staging):
            for each in (staging.inserts, staging.updates):
                found |= {row_id: staged.row for row_id, staged in each.get(model, {}).items()}
        return [row for row in found.values() if _has(row, equal)]

    async def newest(self, model: type[RecordT], most: int, /, **equal: Any) -> list[RecordT]:
        """Read the newest records, so many at most, whose columns equal these values; as `find` does otherwise."""
        tests, values = equal_to(model, equal)
        return await self.fetch(model, tests, *values, order=f"created_at desc, id limit {most:d}")

    async def first(self, model: type[RowT], **equal: Any) -> RowT | None:
        """Read one of the rows whose columns equal these values, whichever; None when there is none."""
        tests, values = equal_to(model, equal)
        found = await self.fetch(model, tests, *values, order="id limit 1")
        return found[0] if found else None

    async def call(self, function: str, *args: Any) -> Any:
        """Call a function of the database and return its one value; it may take locks, and changes no record."""
        self._check_open()
        await self._transaction.open()
        places = ", ".join(f"${place}" for place in range(1, len(args) + 1))
        [answer] = await self._transaction.ask(f"select {function}({places}) as value", *args)
        return answer["value"]

    async def look(self, model: type[Row], row_id: UUID | None, column: str) -> Any:
        """Read one column of a row as it is now, without keeping the row: to find what to lock. None without a row."""
        sql = f"select {column} as found from {columns_of(model).table} where workspace_id = $1 and id = $2"
        found = await self.ask(sql, row_id)
        return found[0]["found"] if found else None

    async def column(self, model: type[Row], name: str, /, **equal: Any) -> set[Any]:
        """Read the values of a column as the table has them, without keeping the rows; null is none of them."""
        tests, values = equal_to(model, equal)
        table = columns_of(model).table
        found = await self.ask(
            f"select distinct {name} as found from {table} where workspace_id = $1 and {tests}", *values
        )
        return {each["found"] for each in found} - {None}

    async def ask(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Run a statement inside the command that changes no record: `$1` is the workspace, `args` begin at `$2`."""
        self._check_open()
        await self._transaction.open()
        return await self._transaction.ask(sql, self.workspace_id, *args)


def _has(row: Row, equal: Mapping[str, Any]) -> bool:
    values = vars(row)
    return all(values[name] in each if isinstance(each, list) else values[name] == each for name, each in equal.items())
