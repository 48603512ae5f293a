"""`migration draft`: a migration is written from what the models say and the migrations do not make yet."""

from __future__ import annotations

import argparse
import asyncio
import sys

from app import migrations, revisions
from app.embedded import throw_away
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to do, and what the migration is about."""
    parser.add_argument("action", choices=["draft"], help="write a migration into models/migrations/versions")
    parser.add_argument("about", metavar="ABOUT", help="what it brings, in a few words: 'suppliers'")


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Migrate a throw-away database, compare it with the models, and write what is missing; 1 when nothing is."""
    with throw_away() as servers:
        name, text = asyncio.run(_draft(str(servers.database_url), args.about))
    if text is None:
        print("forge: the migrations make all that the models say", file=sys.stderr)  # noqa: T201
        return 1
    path = revisions.FOLDER / "versions" / name
    path.write_text(text)
    print(f"forge: wrote {path}; read it, for a rename looks like a drop and an addition")  # noqa: T201
    return 0


async def _draft(database_url: str, about: str) -> tuple[str, str | None]:
    await migrations.upgrade(database_url)
    return await migrations.drafted(database_url, about)
