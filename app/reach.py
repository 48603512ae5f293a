"""Settings whose servers answer: those that were set, those of a `run` under way, or embedded ones for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from app.embedded import Servers
from app.embedded.errors import HomeInUseError, ServerError
from app.embedded.files import read_variables, write_variables
from core.secrets import Secrets
from core.settings import Settings

RUNNING = "servers.env"
_SERVERS = ("DATABASE_URL", "REDIS_URL", "FORGE_SECRET")
"""What is told to commands beside ours: everything else they are told by their own settings."""


@contextlib.contextmanager
def reachable(settings: Settings) -> Iterator[Settings]:
    """Yield settings with `database_url`, `redis_url` and `secret` filled in, and servers behind them that answer.

    Raises ServerError when embedded servers cannot be started.
    """
    if not settings.embedded:
        yield settings
        return
    with contextlib.ExitStack() as stack:
        try:
            servers = stack.enter_context(Servers(settings.home))
        except HomeInUseError:
            found = _joined(settings)
        else:
            found = stack.enter_context(announced(settings, servers))
        yield found


@contextlib.contextmanager
def announced(settings: Settings, servers: Servers) -> Iterator[Settings]:
    """Yield the settings for processes beside ours, which are to use these servers; other commands find them too."""
    found = replace(
        settings,
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        secret=Secrets.of(settings).texts,
    )
    note = settings.home / RUNNING
    told = found.environ()
    write_variables(note, {name: told[name] for name in _SERVERS})
    try:
        yield found
    finally:
        note.unlink(missing_ok=True)


def _joined(settings: Settings) -> Settings:
    """Join the servers of the process that holds the home."""
    told = read_variables(settings.home / RUNNING)
    if "DATABASE_URL" not in told:
        raise ServerError(f"{settings.home} is in use by a process that is still starting; try again in a moment")
    found = Settings.load({name: told[name] for name in _SERVERS})
    return replace(settings, database_url=found.database_url, redis_url=found.redis_url, secret=found.secret)
