"""Locking inside a unit of work: rows by their ids or by what they are, and names of what has no row yet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from core.errors import Conflict
from core.record import Record, Row
from core.writing.columns import columns_of
from core.writing.conditions import Key, matching
from core.writing.looking import Looking
from core.writing.violations import RunAgain

RowT = TypeVar("RowT", bound=Row)
RecordT = TypeVar("RecordT", bound=Record)
_QUEUE: Final = """
select pg_advisory_xact_lock(hashtextextended($1::uuid::text || n.name, 11))
from (select unnest($2::text[]) as name order by 1) n
"""


class Locking(Looking, ABC):
    """What a unit of work can lock; everything is held until its end."""

    _ticked: bool

    @abstractmethod
    def _check_closed(self) -> None: ...

    async def lock(self, model: type[RowT], ids: Iterable[UUID], *, share: bool = False) -> list[RowT]:
        """Lock rows until the end and return those there are, in the order asked for; deleted ones are among them.

        `share` only keeps them from changing. Lock everything before deciding anything; of several models, always in
        the same order. Raises Replayed when the claim was done before, Conflict when it is running.
        """
        wanted = list(dict.fromkeys(ids))
        alone = len(wanted) == 1  # of a list PostgreSQL makes a new plan each time, which costs 0.1 ms
        where = "id = $2" if alone else "id = any($2)"
        rows = await self._lock_where(model, where, wanted[0] if alone else wanted, share=share)
        return [rows[row_id] for row_id in wanted if row_id in rows]

    async def lock_matching(self, model: type[RecordT], columns: Sequence[str], keys: Iterable[Key]) -> list[RecordT]:
        """Lock the records that are not deleted and whose columns equal one of these keys, in the order of their ids.

        A key has a value for each of the columns; None stands for null. One statement, however many keys there are.
        """
        where, values = matching(model, columns, keys)
        return list((await self._lock_where(model, where, *values)).values())

    async def queue(self, names: Iterable[str]) -> None:
        """Wait until no other command of the workspace has queued for one of these names: for what has no row yet.

        Once something was written it does not wait: nobody else can write in the workspace then.
        """
        self._check_open()
        if not self._ticked:
            await self.ask(_QUEUE, sorted(names))

    async def _lock_where(self, model: type[RowT], where: str, *values: Any, share: bool = False) -> dict[UUID, RowT]:
        self._check_open()
        self._check_closed()
        try:
            found = await self._transaction.lock(self._locking_sql(model, where, share=share), *values)
        except Conflict as conflict:
            raise (RunAgain(conflict.message, retry_after=1) if self._ticked else conflict) from conflict.__cause__
        rows = {values["id"]: self._loaded.load(model, values, renew=True) for values in found}
        if not share:
            self._loaded.lock(model, rows)
        return rows

    def _locking_sql(self, model: type[Row], where: str, *, share: bool) -> Callable[[str], str]:
        columns = columns_of(model)
        # Waiting for a row while others wait for our tick could wait for ever: then rather run the whole again.
        strength = ("share" if share else "no key update") + (" nowait" if self._ticked else "")

        def sql(condition: str) -> str:
            return (
                f"select {columns.names} from {columns.table} where workspace_id = $1 and {where}"
                f" and {condition} order by id for {strength}"
            )

        return sql
