"""Filling the demo: a task of the worker, or all of it at once for who measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from access.principal import Principal
from access.scopes import Scope
from access.transaction import transaction
from core.errors import Invalid
from core.writing.unit_of_work import UnitOfWork
from engine.run.context import Command
from jobs.demo.shop import Shop
from jobs.demo.stages import STAGES, Stage
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work
from resolvers.tasks import start_task

FILL: Final = "fill_demo"
SMALL: Final = "small"
FULL: Final = "full"
LARGE: Final = "large"
"""Sizes of the demo; `large` has ten times as many parts, quotes and orders. Each begins with a small one."""
_TIMES: Final = {SMALL: 0, FULL: 1, LARGE: 10}
_WHOSE: Final = "select company_id, currency, environment from workspaces where id = $1"


def rows_of(size: str) -> int:
    """How many rows are written of this size, beside those of a small demo before it."""
    return sum(len(_span(stage, size)) for stage in STAGES)


def _span(stage: Stage, size: str) -> range:
    """The numbers of a stage that this size writes."""
    if size == SMALL:
        return range(stage.few)
    return range(stage.few, stage.rows * (_TIMES[size] if stage.grows else 1))


async def fill_step(tools: Tools, work: Work) -> Next:
    """Write the next rows; what a step before this one has committed is not written again."""
    size = str(work.parameters.get("size", FULL))
    if size not in _TIMES:
        raise Invalid(f"size: one of {', '.join(_TIMES)}", field="size")
    place, number = work.cursor or (0, _span(STAGES[0], size).start)
    stage = STAGES[place]
    span = _span(stage, size)
    numbers = range(number, min(number + stage.batch, span.stop))
    if numbers:
        principal = await _principal(tools, work)

        async def write(unit: UnitOfWork) -> None:
            if not await stage.is_there(unit, stage.name, numbers.start):
                shop = Shop(Command(principal, unit, tools.graph, tools.installation), stage.name, span)
                await stage.write(shop, numbers)

        await tools.units.run(work.workspace_id, write, work.created_by_id)
    done = work.done + len(numbers)
    if numbers.stop < span.stop:
        return Next([place, numbers.stop], done, rows_of(size))
    if place + 1 < len(STAGES):
        return Next([place + 1, _span(STAGES[place + 1], size).start], done, rows_of(size))
    return Next(None, done, rows_of(size), {"rows": done})


async def _principal(tools: Tools, work: Work) -> Principal:
    async with transaction(tools.access) as connection:
        row = await connection.fetchrow(_WHOSE, work.workspace_id)
    if row is None:
        raise Invalid("the workspace of the demo is not there")
    return Principal(
        key_id=work.created_by_id or UUID(int=0),
        public_id="",
        company_id=row["company_id"],
        workspace_id=work.workspace_id,
        scopes=frozenset(Scope),
        epoch=0,
        currency=row["currency"],
        environment=row["environment"],
    )


async def start_filling(tools: Tools, workspace_id: UUID, key_id: UUID, size: str, unit: UnitOfWork) -> None:
    """Leave a task that fills the demo, for a worker."""
    principal = await _principal(tools, Work(workspace_id, workspace_id, {}, None, 0, key_id))
    start_task(Command(principal, unit, tools.graph, tools.installation), FILL, {"size": size})


async def fill_at_once(tools: Tools, work: Work, told: Callable[[int, int], None] | None = None) -> None:
    """Take all steps, one after the other; `told` hears how many rows of how many are written."""
    while True:
        after = await fill_step(tools, work)
        if told is not None:
            told(after.done, after.total or 0)
        if after.cursor is None:
            return
        work = Work(work.workspace_id, work.task_id, work.parameters, after.cursor, after.done, work.created_by_id)


FILL_DEMO: Final = RepeatableKind(FILL, "Fills the demo of `make run` behind its first answers.", fill_step)
"""The kind. Its steps have the external ids of their rows, by which a step that is taken again finds them."""
