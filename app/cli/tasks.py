"""`tasks`: what runs in the background, of all workspaces: listed, watched, cancelled, and started by hand."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

from app.listing import add_json, show
from app.reach import reachable
from core.database.database import Database
from core.errors import Invalid
from core.settings import Settings
from engine.sql.projection import event_projections
from jobs.kinds import KINDS
from jobs.queue import Wakes
from jobs.tasks.overview import Overview, Seen
from jobs.tasks.telling import Telling
from jobs.units import Units
from models import TaskStatus
from models.task import INSTALLATION, UNFINISHED
from schema.assembly import graph

LOOK = 0.5
"""Seconds between two looks of `watch`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the four actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="list tasks of all workspaces, the newest first")
    listed.add_argument(
        "--status",
        action="append",
        choices=[each.value for each in TaskStatus],
        help="only these; may be given repeatedly",
    )
    listed.add_argument("--most", type=int, default=50, help="how many at most; 50 unless said")
    add_json(listed)
    watch = actions.add_parser("watch", help="show progress bars until the tasks have ended; exits 1 if one failed")
    watch.add_argument("id", nargs="*", type=UUID, help="which tasks; without, those that have not ended now")
    cancel = actions.add_parser("cancel", help="cancel a task of whichever workspace")
    cancel.add_argument("id", type=UUID)
    start = actions.add_parser("run", help="start a task that belongs to no company; a worker carries it out")
    names = ", ".join(each.name for each in KINDS.systems())
    start.add_argument("kind", metavar="KIND", help=f"one of: {names}")


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Do one of them."""
    with reachable(settings) as found:
        return asyncio.run(_run(found, args))


async def _run(settings: Settings, args: argparse.Namespace) -> int:
    actions = {"list": _list, "watch": _watch, "cancel": _cancel, "run": _start}
    async with _opened(settings) as overview:
        return await actions[args.action](overview, args)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Overview]:
    url = str(settings.database_url)
    async with AsyncExitStack() as stack:
        worker = await Database.open(url, role="forge_worker", size=1)
        stack.push_async_callback(worker.close)
        api = await Database.open(url, size=1)
        stack.push_async_callback(api.close)
        wakes = await stack.enter_async_context(Wakes(str(settings.redis_url)))
        yield Overview(worker, Telling(Units(api, event_projections(graph().catalogue), wakes)), KINDS)


async def _list(overview: Overview, args: argparse.Namespace) -> int:
    show(await overview.list(statuses=args.status, most=args.most), args, _line, dataclasses.asdict)
    return 0


async def _cancel(overview: Overview, args: argparse.Namespace) -> int:
    await overview.cancel(args.id)
    print(f"forge: task {args.id} is cancelled")  # noqa: T201
    return 0


async def _start(overview: Overview, args: argparse.Namespace) -> int:
    task_id = await overview.start(args.kind)
    print(task_id)  # noqa: T201
    print(f"forge: follow it with `python -m app tasks watch {task_id}`", file=sys.stderr)  # noqa: T201
    return 0


async def _watch(overview: Overview, args: argparse.Namespace) -> int:
    from app.bars import Bars  # noqa: PLC0415  # the other actions need nothing of it

    ids = args.id or [each.id for each in await overview.list(statuses=UNFINISHED, most=1_000)]
    with Bars() as bars:
        while True:
            found = await overview.list(ids=ids, most=len(ids))
            if missing := set(ids) - {each.id for each in found}:
                raise Invalid(f"id: no task {min(missing)}", field="id")
            for each in reversed(found):
                bars.show(each.id, each.kind, each.status, each.done, each.total)
            if all(each.ended for each in found):
                break
            await asyncio.sleep(LOOK)
    for each in found:
        if each.error:
            print(f"forge: task {each.id}: {each.error}", file=sys.stderr)  # noqa: T201
    return int(any(each.status == TaskStatus.FAILED for each in found))


def _line(task: Seen) -> str:
    progress = f"{task.done}/{task.total}" if task.total is not None else f"{task.done}"
    whose: Any = "-" if task.workspace_id == INSTALLATION else task.workspace_id
    tried = f"  tried {task.attempts} times, again at {task.due_at:%H:%M:%S}" if task.attempts else ""
    error = f"  {task.error}" if task.error else ""
    at = f"{task.created_at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{task.id}  {whose!s:<36}  {at}  {task.kind:<20}  {task.status:<9}  {progress}{tried}{error}"
