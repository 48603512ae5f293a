"""`migrate`: the database is brought to the newest migration."""

from __future__ import annotations

import argparse
import asyncio

from app import migrations
from app.reach import reachable
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: there is one way, forward."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Migrate, and say from where to where."""
    with reachable(settings) as found:
        before, after = asyncio.run(_upgrade(str(found.database_url)))
    print(f"forge: the database is at {after or 'no migration'}, it was at {before or 'none'}")  # noqa: T201
    return 0


async def _upgrade(database_url: str) -> tuple[str | None, str | None]:
    before = await migrations.current(database_url)
    await migrations.upgrade(database_url)
    return before, await migrations.current(database_url)
