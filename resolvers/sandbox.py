"""The sandbox: what its webhook endpoints were sent, and beginning anew."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from core.errors import Conflict
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command, Reading
from models import Environment, SandboxRequest, Task
from models.task import UNFINISHED
from resolvers.tasks import start_task

RESET: Final = "reset_sandbox"
"""The kind of tasks that reset a sandbox."""


async def sandbox_requests(ctx: Reading, filter: Filter[SandboxRequest] | None, page: Page) -> Rows[SandboxRequest]:
    """List what webhook endpoints of the sandbox were sent, the latest first: the newest 1,000, for 7 days.

    Webhooks of a sandbox go to a sink inside Forge, which answers 200, and to no URL.
    """
    return ctx.rows(SandboxRequest).filter(filter).page(page)


async def sandbox_request(ctx: Reading, id: UUID) -> Rows[SandboxRequest]:
    """One request that the sink of the sandbox took, by its id; null when there is none."""
    return ctx.rows(SandboxRequest).by_id(id)


async def reset_sandbox(ctx: Command) -> Rows[Task]:
    """Reset the sandbox, in the background: everything in it is deleted, then it is seeded with sample data.

    Clients, quotes, endpoints, custom fields and all else become tombstones, with their events. What is written after
    the task has begun stays, with what it refers to. While a reset is under way, its task is answered. A live key is a
    conflict.
    """
    if ctx.principal.environment != Environment.TEST:
        raise Conflict("Only a sandbox can be reset: use a test key")
    last = await ctx.unit.newest(Task, 1, kind=RESET)
    if last and last[0].status in UNFINISHED:
        return ctx.rows(Task).by_id(last[0].id)
    return start_task(ctx, RESET, {}, once=f"{RESET} after {last[0].id if last else 'none'}")
