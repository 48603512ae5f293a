"""The demo of `make run`: what is seeded, which keys open it, and what to try first."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from access.scopes import Scope
from app.demo.seed import fill
from app.embedded.files import make_home, read_variables, write_variables
from app.sandboxes import open_tools, seed_if_empty
from app.wiring import open_access, open_database
from core.settings import Settings
from jobs.demo.filling import SMALL, fill_at_once, start_filling
from jobs.tasks.kinds import Work
from models import Plan

COMPANIES: Final = (
    ("Millbrook Machine Works", "owner@millbrook.example", Plan.TEAM),
    ("Otterburn Tooling", "owner@otterburn.example", Plan.STARTER),
)
UNLIMITED: Final = {"requests": 0, "points": 0}
VIEW: Final = (Scope.CLIENTS_VIEW, Scope.QUOTES_VIEW)
ROUTE = "/api/v1/clients?limit=3"
QUERY = "{ quotes(first: 3) { nodes { number status total client { name } } } }"


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """The demo's keys in plain: all scopes; `clients.view` and `quotes.view` only; all scopes of another company."""

    key: str
    view_key: str
    other_key: str


async def seed(
    settings: Settings, size: str = SMALL, told: Callable[[int, int], None] | None = None
) -> DemoKeys | None:
    """Fill a database without a company with the demo and return its keys; None, and nothing done, for any other.

    The first company has a small shop at once. Unless it is to stay small it is filled up to `size`: here and now if
    `told` wants to hear how many rows of how many are written, else by a task that is left for a worker.
    The keys are kept (`remember`) as soon as they are made: nobody can show them again. The first company is on
    the team plan; requests and points of both are unlimited.
    Raises Unavailable when the database is away.
    """
    async with open_database(settings) as database, open_access(settings) as access:
        if await access.companies.any():
            return None
        shop, other = [
            await access.companies.create(name, owner=mail, plan=plan, limits=UNLIMITED)
            for name, mail, plan in COMPANIES
        ]
        key = await access.keys.create(creator_id=shop.owner_id, name="demo", scopes=list(Scope))
        view = await access.keys.create(creator_id=shop.owner_id, name="demo, reading", scopes=VIEW)
        others = await access.keys.create(creator_id=other.owner_id, name="demo", scopes=list(Scope))
        keys = remember(settings, DemoKeys(key.text, view.text, others.text))
        await fill(database, settings, other, others.id, clients=2, quotes=5)
    for name, *_ in COMPANIES:
        await seed_if_empty(settings, name)
    await _fill(settings, shop.live_id, key.id, size, told)
    return keys


async def _fill(
    settings: Settings, workspace_id: UUID, key_id: UUID, size: str, told: Callable[[int, int], None] | None
) -> None:
    """Write the small demo, and more where that is wanted."""
    async with open_tools(settings) as tools:
        await fill_at_once(tools, Work(workspace_id, workspace_id, {"size": SMALL}, None, 0, key_id))
        if size == SMALL:
            return
        if told is not None:
            await fill_at_once(tools, Work(workspace_id, workspace_id, {"size": size}, None, 0, key_id), told)
            return
        await tools.units.run(workspace_id, partial(start_filling, tools, workspace_id, key_id, size), key_id)


def remember(settings: Settings, keys: DemoKeys | None) -> DemoKeys | None:
    """Write `$FORGE_HOME/demo.env` (0600) with where Forge is and the keys, new or from before; returns these keys."""
    make_home(settings.home)
    path = env_file(settings)
    keys = keys or _known(path)
    found = {"FORGE_URL": settings.url}
    if keys is not None:
        found |= {"FORGE_KEY": keys.key, "FORGE_VIEW_KEY": keys.view_key, "FORGE_OTHER_KEY": keys.other_key}
    write_variables(path, found)
    return keys


def env_file(settings: Settings) -> Path:
    """Return where the demo's keys are kept."""
    return settings.home / "demo.env"


def welcome(settings: Settings, keys: DemoKeys | None) -> list[str]:
    """Return what `run` says when Forge is ready: at most 10 lines, each command as it can be pasted."""
    lines = [f"Forge is ready at {settings.url}"]
    if keys is None:
        return [*lines, f"curl -s {settings.url}/readyz", "Ctrl-C stops it."]
    bearer = f"curl -s -H 'Authorization: Bearer {keys.key}'"
    body = shlex.quote(f'{{"query": "{QUERY}"}}')
    return [
        *lines,
        f"A key of the demo:  {keys.key}  (more in {env_file(settings)})",
        "REST:",
        f"  {bearer} '{settings.url}{ROUTE}'",
        f"GraphQL, at {settings.url}/graphql or from here:",
        f"  {QUERY}",
        f"  {bearer} -H 'Content-Type: application/json' -d {body} {settings.url}/graphql",
        f"Logs are in {settings.home / 'log'}. `forge tasks list` says what the worker does. Ctrl-C stops everything.",
    ]


def _known(path: Path) -> DemoKeys | None:
    told = read_variables(path)
    names = ("FORGE_KEY", "FORGE_VIEW_KEY", "FORGE_OTHER_KEY")
    return DemoKeys(*(told[name] for name in names)) if all(name in told for name in names) else None
