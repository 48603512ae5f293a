"""One command, one transaction, one commit: the only way anything is written.

A command locks what it will change, reads, decides, stages with `save`, and ends with `finish`. Nothing is written
before that: the workspace's clock ticks last, by the number of events, and is held for two or three round trips only.
A command that only adds rows is a single statement. Why: docs/decisions/0004-the-write-path.md.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import UUID

from core.database.database import Database
from core.database.turns import FORGE, Share
from core.errors import ForgeError
from core.origin import FORGE_ITSELF, Origin
from core.record import Line, Record, Row, parent_of
from core.values.ids import new_id
from core.writing.attempt import attempt
from core.writing.audit_rows import Author
from core.writing.claim import Claim, Outcome, Render, StaleAccess, State, settle
from core.writing.loaded import Loaded
from core.writing.locking import Locking
from core.writing.parts import Parts
from core.writing.staging import Staging
from core.writing.statements import (
    Ending,
    ctes_of,
    record,
    recorded_args,
    rendering,
    taken,
    ticking,
    ticking_and_rendering,
    whole,
)
from core.writing.transaction import Transaction
from core.writing.writes import Cte, Delete, Projection, Update

__all__ = ["UnitOfWork", "attempt"]

RecordT = TypeVar("RecordT", bound=Record)
_EPOCH: Final = "select access_epoch from clocks where workspace_id = $1"
_MANY: Final = 100
"""Events of a statement whose parameters are written in a thread, so that other requests have their turn."""


class UnitOfWork(Parts, Locking):
    """The writes of one command in one workspace; use it as `async with`, or call `abandon` when `finish` was not.

    `epoch` is the workspace's `access_epoch` when the principal was loaded; `projections` gives, for each record, the
    SQL text of its JSON as events carry it; `actor_id` is the key that acts, `origin` its request, and `share` for
    whom the connection is taken.
    """

    def __init__(
        self,
        database: Database,
        *,
        workspace_id: UUID,
        epoch: int,
        claim: Claim | None,
        projections: Mapping[type[Record], Projection],
        actor_id: UUID | None = None,
        origin: Origin = FORGE_ITSELF,
        share: Share = FORGE,
    ) -> None:
        self.workspace_id = workspace_id
        self._transaction = Transaction(database.writes, workspace_id, claim, share)
        self._epoch = epoch
        self._claim = claim
        self._projections = projections
        self._author = Author(actor_id, origin)
        self._staging = Staging()
        self._loaded = Loaded()
        self._ticked = False
        self._moved_epoch = False
        self._finished = False
        self.line = ""
        """A pattern of how errors name the one row inside a record that the command is about, up to its columns."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.abandon(in_order=error is None or isinstance(error, Exception))

    def save(self, row: RecordT, event: str) -> RecordT:
        """Stage a new record, or a changed one that was locked, and an event of it.

        A new one gets its id here (if it has none), its number, times and version when the clock ticks.
        """
        self._check_closed()
        original = self._loaded.original(row)
        if original is None:
            self._adopt(row)
            row.created_by_id = self._author.actor_id
        elif not self._loaded.is_locked(row):
            raise RuntimeError(f"{type(row).__name__} {row.id} was not locked before it was changed")
        self._staging.save(row, event, original)
        return row

    def inside(self, row: Record, *, put: Sequence[Row] = (), remove: Sequence[Row] = ()) -> None:
        """Stage rows inside a record that is to be saved too: `put` adds or changes, `remove` takes away."""
        self._adopt(row)
        for part in put:
            self._adopt(part)
            if isinstance(part, Line) and parent_of(type(part)) is type(row):
                setattr(part, part.parent_column, row.id)  # a row deeper inside says itself which row it is in
        self._staging.inside(row, self._loaded.with_originals(put), self._loaded.with_originals(remove))

    async def finish(
        self, render: Render, *, status: int = 200, location: str | None = None, record_id: UUID | None = None
    ) -> Outcome:
        """Write everything, make the answer, record it under the claim, and commit.

        `record_id` is the row that the answer can be made of again, so that a long one need not be kept. Raises
        StaleAccess when a right was lost meanwhile, Conflict, Invalid or Unavailable; then nothing is written.
        """
        ending = self._end(status, location, record_id)
        if not self._transaction.is_open and self._staging.only_inserts:
            return await self._finish_at_once(render, ending)
        body = await self._flush(render, ending)
        if body is None:  # nothing was staged
            body = await self._render(render, ending, self._claim)
        await self._transaction.commit()
        return self._done(body, ending)

    async def act(self, function: str, *args: Any) -> Any:
        """Call a function of the database that writes what is no record, and return its one value.

        Such a command stages nothing, so nothing else refuses it when a right was lost meanwhile: StaleAccess.
        """
        found = await self.call(function, *args)
        [clock] = await self.ask(f"{_EPOCH} for share")
        if clock["access_epoch"] != self._epoch:
            raise StaleAccess
        return found

    async def flush(self) -> None:
        """Write what is staged; whoever writes in this workspace waits from here on."""
        await self._flush()

    async def write(self, render: Render) -> bytes:
        """Write what is staged and render it, without an end: for a document whose fields are run one after another.

        Whoever writes in this workspace waits from here on, so `finish_with` should follow soon.
        """
        await self._flush()
        return await self._render(render, Ending(0, None, None), None)

    async def finish_with(self, body: bytes, *, status: int = 200, location: str | None = None) -> Outcome:
        """Write what is still staged, record this answer under the claim, and commit."""
        ending = self._end(status, location)
        await self._flush()
        if self._rehearses:
            await self.abandon()
            return self._done(body, ending)
        if self._claim is not None:
            claimed = (self._claim.key, self._claim.fingerprint, *recorded_args(self._claim, ending))
            await self._transaction.ask(record(), self.workspace_id, *claimed, body.decode())
        await self._transaction.commit()
        return self._done(body, ending)

    async def abandon(self, *, in_order: bool = True) -> None:
        """Give everything up: nothing is written. Without effect after `finish`."""
        self._finished = True
        await self._transaction.abandon(in_order=in_order)

    async def _finish_at_once(self, render: Render, ending: Ending) -> Outcome:
        staging, claim = self._staging, self._claim
        parts = ctes_of(staging, self._projections, self._author)
        args = [
            *(self.workspace_id, self._epoch),
            *((claim.key, claim.fingerprint) if claim else (None, None)),
            *(len(staging.events), *taken(staging)),
            *recorded_args(claim, ending),
        ]
        for part in parts:
            args += part.args()
        answer = await self._transaction.alone(whole(parts, staging, claim, render), *args, *render.values)
        return settle(answer["state"], answer) or self._done(answer["body"], ending)

    async def _flush(self, render: Render | None = None, ending: Ending | None = None) -> bytes | None:
        """Queue, tick, and write what is staged with its events, and with an ending the answer, in one statement."""
        await self._transaction.open()
        staging, self._staging = self._staging, Staging()
        many = len(staging.events) > _MANY
        parts, of_parts = await asyncio.to_thread(self._prepared, staging) if many else self._prepared(staging)
        if not parts:
            return None
        if self._moved_epoch:  # by what we wrote before, while we hold the clock: nobody else could
            [clock] = await self._transaction.ask(_EPOCH, self.workspace_id)
            self._epoch = clock["access_epoch"]
        self._moved_epoch |= any(row.of_company for row in staging.rows())
        args = [self.workspace_id, self._epoch, len(staging.events), *taken(staging), *of_parts]
        self._ticked = True
        if render is None or ending is None:
            sql = ticking(parts, staging)
        else:
            claim = self._claim
            args += [claim.key, claim.fingerprint, *recorded_args(claim, ending)] if claim else []
            args += render.values
            sql = ticking_and_rendering(parts, staging, claim, render)
        try:
            [answer] = await self._transaction.ask(sql, *args)
        except ForgeError as error:
            error.respell(self.in_line)
            raise
        self.line = ""
        if answer["state"] != "go":
            raise StaleAccess
        expected = sum(len(part.staged) for part in parts if isinstance(part, Update | Delete))
        if answer["changed"] != expected:
            raise RuntimeError(f"{answer['changed']} rows were changed, {expected} were staged")
        if not self._finished and many:
            await asyncio.to_thread(self._loaded.written, staging.rows())
        elif not self._finished:
            self._loaded.written(staging.rows())
        return None if render is None else _present(answer["body"])

    def in_line(self, name: str) -> str:
        """How the caller of a command about one row inside a record calls a field of that row."""
        return re.sub(f"^{self.line}", "", name) if self.line else name

    def _prepared(self, staging: Staging) -> tuple[list[Cte], list[Any]]:
        """The parts of the statement that writes what is staged, and their parameters."""
        parts = ctes_of(staging, self._projections, self._author)
        return parts, [arg for part in parts for arg in part.args()]

    async def _render(self, render: Render, ending: Ending, claim: Claim | None) -> bytes:
        claimed = (claim.key, claim.fingerprint, *recorded_args(claim, ending)) if claim else ()
        sql = rendering(claim, render)
        [answer] = await self._transaction.ask(sql, self.workspace_id, *claimed, *render.values)
        return _present(answer["body"])

    def _check_open(self) -> None:
        if self._finished:
            raise RuntimeError("this unit of work is finished")

    def _end(self, status: int, location: str | None, record_id: UUID | None = None) -> Ending:
        self._check_open()
        self._finished = True
        return Ending(status, location, record_id)

    def _done(self, body: bytes | None, ending: Ending) -> Outcome:
        scopes = self._claim.scopes if self._claim else ()
        return Outcome(State.DONE, ending.status, _present(body), ending.location, scopes, ending.record_id)

    def _adopt(self, row: Row) -> None:
        row.workspace_id = self.workspace_id
        if row.id is None:
            row.id = new_id(row)


def _present(body: bytes | None) -> bytes:
    if body is None:
        raise RuntimeError("the answer of a command rendered as null")
    return body
