"""Tasks carried out in this process: turns are taken one by one, when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from core.database.database import Database
from core.installation import Installation
from core.mail import Mailer
from core.secrets import Secrets
from core.values.ids import new_id
from engine.sql.projection import event_projections
from jobs.tasks.holding import Holding
from jobs.tasks.kinds import Kinds, Tools
from jobs.tasks.telling import Telling
from jobs.tasks.turns import Turns
from jobs.units import Units
from models import Task, TaskStatus
from resolvers.aggregate import now
from schema.assembly import graph
from tests.kit.tenant import Tenant, finish

SECRET = "a-secret-for-tests-0123456789abcdef"
NO_MAIL = Mailer(None, "Forge <forge@localhost>", Path("/nowhere"))
"""Whoever sends mail by it fails."""


@asynccontextmanager
async def turning(
    database_url: str,
    kinds: Kinds,
    lease: float = 60.0,
    wake: Callable[[UUID], None] = lambda _: None,
    mailer: Mailer = NO_MAIL,
    secret: str = SECRET,
) -> AsyncIterator[Turns]:
    """A worker's turns; nothing runs by itself."""
    worker = await Database.open(database_url, role="forge_worker", size=5)
    api = await Database.open(database_url, size=5)
    access = await Database.open(database_url, role="forge_access", size=2)
    units = Units(api, event_projections(graph().catalogue), wake)
    tools = Tools(units, access, worker, graph(), Installation(Secrets((secret,))), mailer)
    yield Turns(kinds, Holding(worker, lease, [each.name for each in kinds]), Telling(units), worker, tools)
    for each in (worker, api, access):
        await each.close()


async def put_off(owner: asyncpg.Connection[Any], ours: Iterable[UUID]) -> None:
    """End every task of other workspaces, so that turns find only these."""
    await owner.execute(
        "update tasks set status = 'cancelled' where status in ('queued', 'running') and workspace_id <> all($1)",
        list(ours),
    )


async def start(company: Tenant, kind: str, **parameters: Any) -> UUID:
    """Stage a task, as a command does."""
    task = Task(id=new_id(Task), kind=kind, parameters=parameters, due_at=now())
    async with company.unit(await company.epoch()) as unit:
        unit.save(task, "task.created")
        await finish(unit)
    return task.id


async def ended(company: Tenant, task_id: UUID) -> bool:
    """Whether a task has ended."""
    status = await company.value("select status from tasks where id = $1", task_id)
    return status not in {TaskStatus.QUEUED, TaskStatus.RUNNING}


async def row(company: Tenant, task_id: UUID, columns: str) -> tuple[Any, ...]:
    """Columns of a task, by SQL."""
    [found] = await company.all(f"select {columns} from tasks where id = $1", task_id)
    return tuple(found)
