"""Bulk upsert: up to 1,000 records made or changed by one command, found by their id or by an external id.

    lock all → for each: read, match, patch, lines, settle → one flush

Of what is sent again nothing changes: lines without an `id` are those that stand at their places. A row that is
refused when it is written is found by writing halves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from operator import itemgetter
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from core.absent import ABSENT
from core.errors import Conflict, ForgeError, Invalid, placed
from core.problems import MOST
from core.record import Record
from core.writing.violations import RunAgain
from engine.declare.inputs import MAX_AT_ONCE, Unread
from engine.declare.model_inputs import upsert_input
from engine.run.context import Command
from resolvers.aggregate import Aggregate
from resolvers.bulk_answers import BulkUpsert, Upserted, UpsertedRow, UpsertError, UpsertProblem
from resolvers.bulk_changes import Scopes, change_record
from resolvers.bulk_checks import Asked, missing, taken
from resolvers.external_ids import ExternalNames, Name, names_of
from resolvers.judging import Judge
from resolvers.lines import Inside
from resolvers.moves import Resolver
from resolvers.several import load_inside

R = TypeVar("R", bound=Record)
_Atomic = Annotated[bool, "Whether all rows are written or none; else each by itself."]
_DryRun = Annotated[bool, "Whether nothing is kept: the answer says what would have become of each row."]
MAX_REFUSED: Final = 20
"""Rows of one command that are found by halving; what is usually wrong is looked up before."""
_NAMES_A_RECORD: Final = frozenset({"id", "external_ids", "externalIds"})
"""Members of a row that may name a record which is there."""
_PASSES: Final = 4
"""Passes of the event loop between two rows."""


@dataclass
class _Row:
    """One row on its way: what was sent, how it is found, what became of it."""

    index: int
    sent: Unread[Any]
    input: Any = None
    names: list[Name] = field(default_factory=list)
    done: UpsertedRow | None = None


async def bulk_upsert(
    ctx: Command, of: Aggregate[R], inputs: Sequence[Unread[Any]], scopes: Scopes, *, atomic: bool, dry_run: bool
) -> BulkUpsert:
    """Make or change records; see `Aggregate.bulk_upsert` for what callers are told."""
    if not 1 <= len(inputs) <= MAX_AT_ONCE:
        raise Invalid(f"inputs: 1 to {MAX_AT_ONCE:,} at once", field="inputs")
    if dry_run:
        ctx.unit.rehearse()
    rows = [_Row(index, sent) for index, sent in enumerate(inputs)]
    batch = _Batch(ctx, of, scopes, atomic=atomic, dry_run=dry_run)
    try:
        unread = await batch.read(rows)
        await ctx.unit.flush()  # what stands before it in a document; and the transaction is open
        await batch.judge(unread)
        await batch.write([row for row in rows if row.done is None])
        batch.check()
    except _AllRefused as refused:
        raise refused.error from refused
    finally:
        ctx.forget()
    if dry_run:
        await ctx.unit.rehearsed()
    found = [row.done for row in rows if row.done is not None]
    results = [row.result for row in found]
    created, updated = results.count(Upserted.CREATED), results.count(Upserted.UPDATED)
    unchanged, errors = results.count(Upserted.UNCHANGED), results.count(Upserted.ERROR)
    return BulkUpsert(dry_run, created, updated, unchanged, errors, found)


@dataclass
class _Batch(Generic[R]):
    """The rows of one command."""

    ctx: Command
    of: Aggregate[R]
    scopes: Scopes
    _: KW_ONLY
    atomic: bool
    dry_run: bool
    refused: int = 0
    """Rows that the database refused so far."""
    wrong: list[tuple[int, ForgeError]] = field(default_factory=list)
    """Where all rows are written or none: those that are refused, by their place, and why."""

    async def read(self, rows: Sequence[_Row]) -> list[tuple[_Row, ForgeError]]:
        """Read what was sent; returns what cannot be read, or names a record that another row names, too."""
        seen: dict[object, int] = {}
        unread: list[tuple[_Row, ForgeError]] = []
        for row in rows:
            try:
                row.input = row.sent.read()
                row.names = names_of(row.input.external_ids) if row.input.external_ids is not ABSENT else []
                for key in (*row.names, *([row.input.id] if row.input.id is not ABSENT else [])):
                    if seen.setdefault(key, row.index) != row.index:
                        field = "id" if isinstance(key, UUID) else "externalIds"
                        raise self._twice(row, seen[key], field)
            except ForgeError as error:
                unread.append((row, error))
            await _let_others()
        return unread

    async def judge(self, unread: Sequence[tuple[_Row, ForgeError]]) -> None:
        """Refuse what could not be read; of a row that is surely a new record its custom fields are looked at, too."""
        for row, error in unread:
            told = error
            sent = row.sent.given
            if isinstance(error, Invalid) and isinstance(sent, Mapping) and not sent.keys() & _NAMES_A_RECORD:
                told = await Judge(self.of.model, row.sent.cls, self.of.examine)(self.ctx, sent, error)
            self.refuse(row, told)
            if self.atomic and len(self.wrong) >= MOST:
                break
        if len(self.wrong) >= MOST:
            self.check()

    def check(self) -> None:
        """Refuse all rows when one is refused and they are written all or none: every one is told."""
        if self.wrong:
            self.wrong.sort(key=itemgetter(0))
            first = self.wrong[0][1]
            told = [each for _, error in self.wrong for each in error.details][:MOST]
            raise _AllRefused(type(first)(first.message, field=first.field, problems=tuple(told)))

    async def write(self, rows: Sequence[_Row]) -> None:
        """Stage rows and write them together; when that is refused, halve by halve until the row is found."""
        if not rows:
            return
        try:
            async with self.ctx.unit.part():
                await self._stage(rows)
        except RunAgain:
            raise
        except (Invalid, Conflict) as error:
            self.ctx.forget()
            if len(rows) == 1:
                self.refused += 1
                if rows[0].done is not None and rows[0].done.result is Upserted.CREATED:
                    await self._check_race(rows[0], await ExternalNames.of(self.ctx, self.of.model))
                if self.refused > MAX_REFUSED:
                    message = f"inputs: the database refuses more than {MAX_REFUSED} rows; send fewer at once"
                    raise _AllRefused(Conflict(message, field="inputs")) from error
                self.refuse(rows[0], error)
                self.check()
                return
            middle = len(rows) // 2
            await self.write([row for row in rows[:middle] if not _failed(row)])
            await self.write([row for row in rows[middle:] if not _failed(row)])

    def refuse(self, row: _Row, error: ForgeError) -> None:
        """Note that a row was refused."""
        if isinstance(error, RunAgain) or error.retry_after is not None:
            raise error
        told = error.spelled(row.sent.spell)
        details = [UpsertProblem(each.reason, each.field) for each in told]
        failed = UpsertError(error.code, told[0].message, told[0].field, details)
        row.done = UpsertedRow(row.index, Upserted.ERROR, error=failed)
        if not self.atomic:
            return
        if not isinstance(error, Invalid | Conflict):
            raise _AllRefused(error)
        here = tuple(placed(row.sent.spell(f"inputs.{row.index}"), each) for each in told)
        self.wrong.append((row.index, type(error)(here[0].message, field=here[0].field, problems=here)))

    async def _stage(self, rows: Sequence[_Row]) -> None:
        names = await ExternalNames.of(self.ctx, self.of.model)
        await names.look_up([name for row in rows for name in row.names])
        ids = {row.index: self._id_of(row, names) for row in rows if not _failed(row)}
        self._refuse_twice(rows, ids)
        wanted = [each for each in ids.values() if each is not None]
        locked = await self.ctx.unit.lock(self.of.model, wanted) if wanted else []
        known = {record.id: record for record in locked}
        await names.load(list(known))
        asked = [Asked(row.index, row.input, known.get(ids[row.index])) for row in rows if not _failed(row)]  # type: ignore[arg-type]  # no id is no record
        for index, error in (
            *await missing(self.ctx, self.of.model, asked),
            *await taken(self.ctx, self.of.model, asked),
        ):
            row = next(each for each in rows if each.index == index)
            if not _failed(row):
                if ids[row.index] is None:
                    await self._check_race(row, names)
                self.refuse(row, error)
        inside = await load_inside(self.ctx, self.of, list(known))
        for row in rows:
            if _failed(row):
                continue
            names.begin()
            try:
                async with self.ctx.unit.apart():
                    await self._one(row, ids[row.index], known, inside)
            except ForgeError as error:
                names.undo()
                self.refuse(row, error)
            await self.ctx.unit.stay()
            await _let_others()
        self.check()

    async def _check_race(self, row: _Row, names: ExternalNames) -> None:
        """Raise RunAgain when another request made the record of a row that is refused since the row was looked up."""
        if await names.came_meanwhile(row.names):
            raise RunAgain("Another request made the same record at the same time", retry_after=1)

    @staticmethod
    def _twice(row: _Row, other: int, field: str) -> Invalid:
        return Invalid(f"{field}: names the same record as {row.sent.spell(f'inputs.{other}')}", field=field)

    def _refuse_twice(self, rows: Sequence[_Row], ids: dict[int, UUID | None]) -> None:
        """Refuse a row about a record that another row is about, too, by whatever name."""
        seen: dict[UUID, int] = {}
        for row in rows:
            row_id = None if _failed(row) else ids[row.index]
            if row_id is not None and seen.setdefault(row_id, row.index) != row.index:
                self.refuse(row, self._twice(row, seen[row_id], "id"))

    def _id_of(self, row: _Row, names: ExternalNames) -> UUID | None:
        """The record that a row is about; None for a new one, and for a row whose names are of different records."""
        found = {names.record_of(name) for name in row.names} - {None}
        if row.input.id is not ABSENT:
            found.add(row.input.id)
        if len(found) > 1:
            error = Conflict(f"names several records: {', '.join(sorted(map(str, found)))}", field="externalIds")
            self.refuse(row, error)
            return None
        return next(iter(found), None)

    async def _one(self, row: _Row, row_id: UUID | None, known: dict[UUID, R], inside: dict[UUID, Inside]) -> None:
        if row_id is None:
            secrets = self.ctx.shown_once
            made = await self.of.make(self.ctx, row.sent.without("id").read(self.of.create_input()))
            if self.ctx.shown_once != secrets:
                raise Conflict("make it by itself: the answer that makes it shows a secret, once")
            row_id = None if self.dry_run else made.row_id
            row.done = UpsertedRow(row.index, Upserted.CREATED, None if row_id is None else str(row_id), 1)
            return
        record = known.get(row_id)
        if record is None:
            raise Invalid("id: refers to no record", field="id")
        scopes = (self.scopes.edit, self.scopes.restore)
        changed = await change_record(self.ctx, self.of, record, row.input, inside[row_id], *scopes)
        result = Upserted.UPDATED if changed else Upserted.UNCHANGED
        row.done = UpsertedRow(row.index, result, str(record.id), record.version + changed)


class _AllRefused(Exception):  # an error says what happened
    """One row was refused, and so are all."""

    def __init__(self, error: ForgeError) -> None:
        super().__init__(error.message)
        self.error = error


async def _let_others() -> None:
    """Let other requests have their turn: a read takes several passes of the event loop, so one would hold it up."""
    for _ in range(_PASSES):
        await asyncio.sleep(0)


def _failed(row: _Row) -> bool:
    return row.done is not None and row.done.result is Upserted.ERROR


def _inputs_of(row: Any) -> Any:
    return Annotated[list[Unread[row]], f"The rows, {MAX_AT_ONCE:,} at most."]


def bulk_upsert_of(of: Aggregate[R], words: str, scopes: Scopes) -> Resolver:
    """Make the resolver that makes or changes several records of an aggregate."""

    async def resolve(ctx: Command, inputs: Any, *, atomic: _Atomic = True, dry_run: _DryRun = False) -> BulkUpsert:
        return await bulk_upsert(ctx, of, inputs, scopes, atomic=atomic, dry_run=dry_run)

    about = (
        f"Make or change up to {MAX_AT_ONCE:,} {words}, each found by its `id` or by one of its external ids.\n\n"
        "What a row does not name stays; a list that it names is the whole list. A deleted record that is named is\n"
        "restored. All rows are written or none, unless `atomic` is false: then each says what became of it. With a\n"
        "dry run nothing is kept."
    )
    row = upsert_input(of.model, of.inputs(), f"One of several {words} that are made or changed.", of.name)
    made = of.documented(resolve, about, name=f"bulk_upsert_{of.name}", inputs=_inputs_of(row))
    made.__annotations__["return"] = BulkUpsert
    return made
