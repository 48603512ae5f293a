"""The demo of `make run`: what is seeded, which keys open it, and what to try first."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from app.embedded.files import read_variables, write_variables
from core.settings import Settings

ROUTE = "/api/v1/clients?limit=3"
QUERY = "{ quotes(first: 3) { nodes { number status total client { name } } } }"


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """The demo's keys in plain: all scopes; `clients.view` and `quotes.view` only; all scopes of another company."""

    key: str
    view_key: str
    other_key: str


async def seed(settings: Settings) -> DemoKeys | None:  # noqa: ARG001  # a seed needs the database
    """Fill an empty database with the demo and return its keys; None when there is nothing to seed, or no more."""
    return None


def remember(settings: Settings, keys: DemoKeys | None) -> DemoKeys | None:
    """Write `$FORGE_HOME/demo.env` (0600) with where Forge is and the keys, new or from before; returns these keys."""
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
        f"Logs are in {settings.home / 'log'}. Ctrl-C stops everything.",
    ]


def _known(path: Path) -> DemoKeys | None:
    told = read_variables(path)
    names = ("FORGE_KEY", "FORGE_VIEW_KEY", "FORGE_OTHER_KEY")
    return DemoKeys(*(told[name] for name in names)) if all(name in told for name in names) else None
