"""`sandbox`: a company's sandbox reset, and what its webhook endpoints were sent."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any, Final
from uuid import UUID

from app import migrations
from app.acting import run_list
from app.listing import add_json, show
from app.reach import reachable
from app.sandboxes import open_tools, sandbox_of, start_reset
from app.wiring import open_runtime
from core.errors import Invalid
from core.settings import Settings
from jobs.sandbox.seed import principal_of
from jobs.tasks.kinds import Tools
from models import Task, TaskStatus
from models.task import UNFINISHED

_LOOK: Final = 0.5
_LOOKS: Final = 120
"""Looks for the end of a reset, each after a pause of `_LOOK` seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    reset = actions.add_parser("reset", help="delete everything in a sandbox and seed it; a worker carries it out")
    reset.add_argument("--wait", action="store_true", help="until it has ended, a minute at most")
    requests = actions.add_parser("requests", help="list what webhook endpoints were sent there, the latest first")
    requests.add_argument("--endpoint", type=UUID, help="only to this one")
    requests.add_argument("--since", help="only those since this moment: 2026-01-31T00:00:00Z")
    requests.add_argument("--most", type=int, default=50, help="how many at most, up to 250; 50 unless said")
    add_json(requests)
    for each in (reset, requests):
        each.add_argument("--company", help="name or id; not needed while there is only one")


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Do one of them."""
    with reachable(settings) as found:
        asyncio.run(_run(found, args))
    return 0


async def _run(settings: Settings, args: argparse.Namespace) -> None:
    await migrations.require_current(str(settings.database_url))
    workspace_id = await sandbox_of(settings, args.company)
    await {"reset": _reset, "requests": _requests}[args.action](settings, workspace_id, args)


async def _reset(settings: Settings, workspace_id: UUID, args: argparse.Namespace) -> None:
    async with open_tools(settings) as tools:
        task_id = await start_reset(tools, workspace_id)
        print(task_id)  # noqa: T201
        if args.wait:
            await _ended(tools, workspace_id, task_id)
        else:
            print(f"forge: follow it with `python -m app tasks watch {task_id}`", file=sys.stderr)  # noqa: T201


async def _ended(tools: Tools, workspace_id: UUID, task_id: UUID) -> None:
    for _ in range(_LOOKS):
        [task] = await tools.units.run(workspace_id, lambda unit: unit.find(Task, id=task_id))
        if task.status in UNFINISHED:
            await asyncio.sleep(_LOOK)
        elif task.status != TaskStatus.SUCCEEDED:
            raise Invalid(f"the reset was {task.status}{'' if task.error is None else f': {task.error}'}")
        else:
            return
    raise Invalid(f"task {task_id} has not ended: does a worker run?")


async def _requests(settings: Settings, workspace_id: UUID, args: argparse.Namespace) -> None:
    async with open_tools(settings) as tools:
        principal = await principal_of(tools, workspace_id)
    asked = {"endpoint_id": args.endpoint, "at[gte]": args.since, "limit": args.most}
    query = {name: str(value) for name, value in asked.items() if value is not None}
    async with open_runtime(settings) as runtime:
        show(await run_list(runtime, principal, "sandboxRequests", **query), args, _line)


def _line(row: dict[str, Any]) -> str:
    return f"{row['at']}  {row['endpoint_id']}  {row['event_type']}  {row['size']} bytes  {row['url']}"
