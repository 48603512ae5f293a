"""Sandboxes as the command line fills and resets them: by the same steps as the worker, and the same commands."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.wiring import open_access, open_database
from core.database.database import Database
from core.errors import ForgeError
from core.installation import Installation
from core.mail import Mailer
from core.settings import Settings
from core.writing.unit_of_work import UnitOfWork
from engine.run.context import Command
from engine.sql.projection import event_projections
from jobs.queue import Wakes
from jobs.sandbox.seed import principal_of, seed
from jobs.tasks.kinds import Tools
from jobs.units import Units
from resolvers.sandbox import reset_sandbox
from schema.assembly import graph


@asynccontextmanager
async def open_tools(settings: Settings) -> AsyncIterator[Tools]:
    """Open what steps of tasks work with; raises Unavailable when the database is away."""
    async with open_database(settings) as database, Wakes(str(settings.redis_url)) as wakes:
        units = Units(database, event_projections(graph().catalogue), wakes)
        async with _opened(settings, "forge_access") as access, _opened(settings, "forge_worker") as worker:
            yield Tools(units, access, worker, graph(), Installation.of(settings), Mailer.of(settings))


@asynccontextmanager
async def _opened(settings: Settings, role: str) -> AsyncIterator[Database]:
    database = await Database.open(str(settings.database_url), role=role, size=1)
    try:
        yield database
    finally:
        await database.close()


async def sandbox_of(settings: Settings, company: str | None) -> UUID:
    """Find the sandbox of the company of this name or id, or of the only one; raises NotFound, Invalid."""
    async with open_access(settings) as access:
        [found] = await access.companies.list(await access.companies.find(company))
    return UUID(str(found["test_workspace_id"]))


async def seed_if_empty(settings: Settings, company: str | None) -> None:
    """Seed a company's sandbox that has no data; what goes wrong is said on stderr, and fails no command."""
    try:
        workspace_id = await sandbox_of(settings, company)
        async with open_tools(settings) as tools:
            await seed(tools, workspace_id, if_empty=True)
    except ForgeError as error:
        told = f"forge: the sandbox was not seeded: {error}; `forge sandbox reset` does it"
        print(told, file=sys.stderr)  # noqa: T201


async def start_reset(tools: Tools, workspace_id: UUID) -> UUID:
    """Start the task that resets a sandbox, or find the one under way; returns its id."""
    principal = await principal_of(tools, workspace_id)

    async def work(unit: UnitOfWork) -> UUID:
        rows = await reset_sandbox(Command(principal, unit, tools.graph, tools.installation))
        assert rows.row_id is not None
        return rows.row_id

    return await tools.units.run(workspace_id, work)
