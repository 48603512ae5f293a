"""Purging a sandbox: old records are deleted like any other, and what has been deleted for long is taken away.

A record is *buried* first: it becomes a tombstone, with its event, as if a caller had deleted it. So no copy that is
kept by the feed or by lists misses it. Its row and its parts are *cleared* when the feed has forgotten the event. All
of it follows from the tables (`jobs.sandbox.aggregates`). Why it is so: docs/decisions/0103-sandboxes.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from sqlalchemy import Text

from core.database.database import guarded
from core.errors import Conflict, Invalid
from core.facts import facts_of
from core.feed import KEPT_DAYS
from core.record import Line, Record
from core.writing.columns import table_of
from core.writing.unit_of_work import UnitOfWork
from jobs.sandbox.aggregates import parts_of, referred_to
from jobs.sandbox.stock import OLD_MOVEMENTS, condense, let_go
from jobs.units import Units
from models import TAGS, ExternalId
from resolvers.aggregate import AGGREGATES

OLD_DAYS: Final = 7
"""Days without a change after which data of a sandbox is old."""
AT_ONCE: Final = (100, 100, 10, 10, 10, 1, 1, 1, 1, 1)
"""Records that are buried or cleared in one transaction: by the first try, the second and so on.

A try is lost when a caller has changed one of them, or referred to it, just now. Then that one is left out by the next.
"""
LOGGED_AT_ONCE: Final = 2_000
"""Entries of the log of webhooks that are taken away in one transaction, of each table."""
_THESE: Final = "= any($2::uuid[])"
_LOG: Final = tuple(
    f"""with old as (select id from {table} t where workspace_id = $1 and {at} <= $2{more} limit {LOGGED_AT_ONCE}),
gone as (delete from {table} t using old where t.workspace_id = $1 and t.id = old.id returning t.id)
select count(*) as gone from gone"""
    for table, at, more in (
        ("sandbox_requests", "at", ""),
        ("attempts", "at", ""),
        (
            "deliveries",
            "created_at",
            """ and status <> 'pending'
and not exists (select from attempts a where a.workspace_id = $1 and a.delivery_id = t.id)
and not exists (select from sandbox_requests r where r.workspace_id = $1 and r.delivery_id = t.id)""",
        ),
    )
)
"""The log of webhooks: what refers to others first."""


def too_old() -> datetime:
    """What was last changed by then is old."""
    return datetime.now(UTC) - timedelta(days=OLD_DAYS)


def forgotten() -> datetime:
    """What was deleted by then is in no feed any more."""
    return datetime.now(UTC) - timedelta(days=KEPT_DAYS)


@dataclass(frozen=True)
class Purge:
    """Purges sandboxes, a batch with each call. PostgreSQL itself lets no row of a live workspace be taken away.

    Every call raises Invalid for a workspace that is no sandbox, and Unavailable when the database is away.
    """

    units: Units

    @cached_property
    def _models(self) -> list[type[Record]]:
        """The records: what was declared last comes first, for it refers to what was there before."""
        return [each for each in reversed(TAGS) if issubclass(each, Record) and not each.of_company]

    async def is_due(self, workspace_id: UUID) -> bool:
        """Whether anything is to be buried, cleared or taken out of the log; one statement."""
        found = await self.units.database.text(self._due, (workspace_id, too_old(), forgotten()))
        return found == b"true"

    async def bury(
        self, workspace_id: UUID, before: datetime, *, everything: bool = False, actor_id: UUID | None = None
    ) -> int:
        """Delete some records that were last changed by then, settings too if it is to be `everything`.

        Returns how many: 0 when there is none that nothing younger refers to. Raises Conflict when others always come
        first with a change.
        """

        async def work(unit: UnitOfWork, most: int) -> int:
            for model in self._models:
                if (everything or not model.lasting) and (
                    buried := await _bury(unit, model, before, most, before if everything else None)
                ):
                    return buried
            return 0

        return await self._again(workspace_id, work, actor_id)

    async def clear(self, workspace_id: UUID) -> int:
        """Take some tombstones that the feed has forgotten away, with all of their parts; returns how many."""

        async def work(unit: UnitOfWork, most: int) -> int:
            for model in self._models:
                if cleared := await _clear(unit, model, forgotten(), most):
                    return cleared
            return 0

        return await self._again(workspace_id, work)

    async def forget(self, workspace_id: UUID, before: datetime) -> int:
        """Take some of what was sent to webhook endpoints by then out of the log; returns how much."""

        async def work(unit: UnitOfWork, _: int) -> int:
            return sum([(await unit.ask(sql, before))[0]["gone"] for sql in _LOG])

        return await self._again(workspace_id, work)

    async def condense(self, workspace_id: UUID, before: datetime) -> int:
        """Put an opening balance in place of movements of stock until then, of some items; returns how many went."""

        async def work(unit: UnitOfWork, _: int) -> int:
            return await condense(unit, before)

        return await self._again(workspace_id, work)

    async def _again(
        self, workspace_id: UUID, work: Callable[[UnitOfWork, int], Awaitable[int]], actor_id: UUID | None = None
    ) -> int:
        """Run `work` in a sandbox, again with fewer records when a caller was faster."""
        lost: Conflict | None = None
        for most in AT_ONCE:

            async def there(unit: UnitOfWork, most: int = most) -> int:
                if not await unit.call("in_sandbox"):
                    raise Invalid("only a sandbox is purged")
                return await work(unit, most)

            try:
                return await self.units.run(workspace_id, there, actor_id)
            except Conflict as conflict:
                lost = conflict
        assert lost is not None
        raise lost

    @cached_property
    def _due(self) -> str:
        tests = [f"exists ({_old(model, '$2')})" for model in self._models if not model.lasting]
        tests += [f"exists ({_forgotten(model, '$3')})" for model in self._models]
        tests += [
            f"exists (select from {table} where workspace_id = $1 and {at} <= $2)"
            for table, at in (("sandbox_requests", "at"), ("attempts", "at"))
        ]
        tests.append(
            "exists (select from deliveries where workspace_id = $1 and created_at <= $2 and status <> 'pending')"
        )
        tests.append(f"exists ({OLD_MOVEMENTS})")
        return guarded(f"select ({' or '.join(tests)})::text")


def _old(model: type[Record], before: str) -> str:
    return (
        f"select r.id from {table_of(model).name} r where r.workspace_id = $1 and r.deleted_at is null"
        f" and r.updated_at <= {before} and not ({model.busy}) and not ({referred_to(model, alive=True)})"
    )


def _forgotten(model: type[Record], before: str) -> str:
    return (
        f"select r.id from {table_of(model).name} r where r.workspace_id = $1 and r.deleted_at is not null"
        f" and r.updated_at <= {before} and not ({referred_to(model, alive=False)})"
    )


async def _bury(unit: UnitOfWork, model: type[Record], before: datetime, most: int, all_going: datetime | None) -> int:
    sql = f"{_old(model, '$2')} order by r.updated_at, r.id limit {most:d}"
    ids = [row["id"] for row in await unit.ask(sql, before)]
    records = (
        [each for each in await unit.lock(model, ids) if each.deleted_at is None and each.updated_at <= before]
        if ids
        else []
    )
    if not records:
        return 0
    ids = [each.id for each in records]
    for part in parts_of(model):
        if not issubclass(part.model, Line | ExternalId):  # what remembers the record, so that it can come again
            await _take(unit, table_of(part.model).name, part.of(_THESE), ids)
    names = await unit.fetch(ExternalId, "record_id = any($2::uuid[])", ids)
    await let_go(unit, records, all_going)
    for record in records:
        record.deleted_at, record.external_ids = datetime.now(UTC), []
        for column in _names_for_ever(model):
            setattr(record, column, f"purged_{record.id.hex}")
        unit.save(record, f"{AGGREGATES[model].name}.deleted")
        unit.inside(record, remove=[each for each in names if each.record_id == record.id])
    return len(records)


async def _clear(unit: UnitOfWork, model: type[Record], before: datetime, most: int) -> int:
    sql = f"{_forgotten(model, '$2')} order by r.updated_at, r.id limit {most:d} for update"
    ids = [row["id"] for row in await unit.ask(sql, before)]
    if ids:
        for part in parts_of(model):
            await _take(unit, table_of(part.model).name, part.of(_THESE), ids)
        await _take(unit, table_of(model).name, f"id {_THESE}", ids)
    return len(ids)


async def _take(unit: UnitOfWork, table: str, where: str, ids: Sequence[UUID]) -> None:
    await unit.ask(f"delete from {table} where workspace_id = $1 and {where}", list(ids))


def _names_for_ever(model: type[Record]) -> Iterator[str]:
    """What a caller calls it by that stays taken when it is deleted: a tombstone of a sandbox gives it up."""
    for column in table_of(model).columns:
        facts = facts_of(column)
        if facts.unique_with is not None and not facts.derived and isinstance(column.type, Text):
            yield column.name
