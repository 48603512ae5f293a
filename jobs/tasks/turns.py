"""Turns: a worker takes one task, carries out its steps for a while, and gives it back when others are due.

A turn is what one ARQ job does; the sweep takes turns by itself, so that tasks run while Valkey is away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.database.database import Database
from core.errors import BadRequest, ForgeError, InsufficientScope, Invalid, NotFound, Unavailable
from core.writing.unit_of_work import UnitOfWork
from jobs.ending import end
from jobs.patience import LOOK, surviving
from jobs.retries import next_delay
from jobs.tasks.holding import Held, Holding, LostLease, Position
from jobs.tasks.kinds import AnyKind, Kinds, RepeatableKind, SystemKind, Tools
from jobs.tasks.schedule import Schedule
from jobs.tasks.telling import Telling
from models import TaskStatus

AT_ONCE: Final = 4
"""Tasks that one worker carries out side by side."""
TURN: Final = 5.0
"""Seconds of steps after which a task is given back, for others to have their turn."""
TELLS: Final = 1.0
"""Seconds between two events that tell how much is done."""
_HOPELESS: Final = (BadRequest, Invalid, NotFound, InsufficientScope)
"""What does not get better by trying again."""
log = logging.getLogger("forge")


@dataclass(slots=True)
class Running:
    """A task under way: where its steps stand, and how often the present one was tried."""

    held: Held
    position: Position
    tries: int


class Turns:
    """Carries tasks out, as many at a time as one worker may; `database` acts as `forge_worker`."""

    def __init__(self, kinds: Kinds, holding: Holding, telling: Telling, database: Database, tools: Tools) -> None:
        self._kinds, self._holding, self._telling = kinds, holding, telling
        self._database, self._tools = database, tools
        self._schedule = Schedule(kinds, telling)
        self._free = AT_ONCE
        self._held: dict[str, Held] = {}
        """By lease; what was broken off stays, until `stop` gives it back."""

    async def turn(self) -> bool:
        """Take a task that is due and carry out some of its steps; False when none is due, or no more may run here.

        Raises Unavailable when the database is away.
        """
        if not self._free:
            return False
        self._free -= 1
        try:
            held = await self._holding.claim()
            if held is not None:
                self._held[held.lease] = held
                await self._carry_out(held)
                del self._held[held.lease]
        finally:
            self._free += 1
        return held is not None

    async def run(self) -> None:
        """Find every so often what no wake told of, and what the schedule wants; until cancelled."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                with surviving("looking for tasks"):
                    await self.schedule()
                    for _ in range(min(self._free, await self._holding.count_due())):
                        task = asyncio.create_task(self._turns())
                        running.add(task)
                        task.add_done_callback(running.discard)
                await asyncio.sleep(LOOK)
        finally:
            await end(running)

    async def schedule(self) -> bool:
        """Stage what the schedule wants now; returns whether that was anything."""
        return await self._schedule.stage()

    async def is_due(self, workspace_id: UUID) -> bool:
        """Whether a workspace has a task that is due."""
        return await self._holding.is_due(workspace_id)

    async def stop(self) -> None:
        """Give back what was broken off, so that another worker need not wait for the leases to run out."""
        with surviving("giving tasks back"):
            await self._holding.release(self._held.values())

    async def _turns(self) -> None:
        with surviving("tasks"):
            while await self.turn():
                pass

    async def _carry_out(self, held: Held) -> None:
        kind = self._kinds.get(held.kind)
        run = Running(held, held.position, held.attempts)
        try:
            assert kind is not None  # no other is claimed
            if run.tries > len(kind.retries):
                await self._fail(run, f"The worker ended unexpectedly at the same step {run.tries} times")
            else:
                await self._try(kind, run)
        except LostLease:
            log.info("task %s is not this worker's any more", held.id)

    async def _try(self, kind: AnyKind, run: Running) -> None:
        try:
            await self._steps(kind, run)
        except LostLease:
            raise
        except Unavailable as error:
            log.info("task %s waits: %s", run.held.id, error)
            await self._holding.retry(run.held, LOOK, counts=False)
        except Exception as error:
            if isinstance(error, ForgeError):
                log.warning("task %s, of the kind %s: %s", run.held.id, kind.name, error)
            else:
                log.exception("task %s, of the kind %s", run.held.id, kind.name)
            delay = None if isinstance(error, _HOPELESS) else next_delay(kind.retries, run.tries + 1, {})
            if delay is None:
                await self._fail(run, _words(error, kind))
            else:
                await self._holding.retry(run.held, delay, counts=True)

    async def _fail(self, run: Running, why: str) -> None:
        await self._telling.finished(run.held, TaskStatus.FAILED, run.position, error=why)

    async def _steps(self, kind: AnyKind, run: Running) -> None:
        held = run.held
        if held.status == TaskStatus.QUEUED:
            await self._telling.started(held)
        until = told = time.monotonic()
        until += TURN
        while not run.position.ended:
            if time.monotonic() > until:
                return await self._holding.release([held])
            async with asyncio.timeout(kind.lease):
                run.position, run.tries = await self._step(kind, held, run.position), 0
            if not run.position.ended and time.monotonic() - told >= TELLS:
                await self._telling.progressed(held, run.position)
                told = time.monotonic()
        return await self._telling.finished(held, TaskStatus.SUCCEEDED, run.position)

    async def _step(self, kind: AnyKind, held: Held, position: Position) -> Position:
        """Run one step, and commit what it did together with the position after it; raises LostLease.

        What a repeatable step does is committed before.
        """
        work = held.work(position)
        if isinstance(kind, SystemKind):
            async with transaction(self._database) as connection:
                after = Position.after(await kind.step(connection, work))
                await self._holding.advance(held, after, kind.lease, connection)
            return after
        if isinstance(kind, RepeatableKind):
            after = Position.after(await kind.step(self._tools, work))
            async with transaction(self._database) as connection:
                await self._holding.advance(held, after, kind.lease, connection)
            return after
        step = kind.step

        async def staged(unit: UnitOfWork) -> Position:
            after = Position.after(await step(unit, work))
            await self._holding.advance(held, after, kind.lease, unit)
            return after

        return await self._tools.units.run(held.workspace_id, staged, held.created_by_id)


def _words(error: Exception, kind: AnyKind) -> str:
    """Why a task failed, as callers may read it."""
    if isinstance(error, ForgeError):
        return error.message
    if isinstance(error, TimeoutError):
        return f"A step took more than {kind.lease:g} s"
    return "It failed unexpectedly; the log of the worker says why"
