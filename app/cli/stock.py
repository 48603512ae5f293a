"""`stock verify`: all balances are worked out anew from the movements, and what differs is told."""

from __future__ import annotations

import argparse
import asyncio
import sys

from access.transaction import transaction
from app import migrations
from app.reach import reachable
from core.database.database import Database
from core.settings import Settings
from jobs.stock_check import check_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the one action."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("verify", help="compare all stock with its movements; exits 1 when something differs")


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001  # there is one action
    """Compare, and say what differs."""
    with reachable(settings) as found:
        return asyncio.run(_verify(found))


async def _verify(settings: Settings) -> int:
    await migrations.require_current(str(settings.database_url))
    workspaces = items = movements = wrong = 0
    database = await Database.open(str(settings.database_url), role="forge_worker", size=1)
    try:
        async with transaction(database) as connection:
            async for each in check_all(connection):
                workspaces, items, movements = workspaces + 1, items + each.items, movements + each.movements
                wrong += len(each.wrong)
                for line in each.wrong:
                    print(f"{each.workspace_id}  {line}")  # noqa: T201
    finally:
        await database.close()
    told = f"{items:,} items and {movements:,} movements of {workspaces:,} workspaces compared"
    print(f"forge: {told}: {f'{wrong:,} differences' if wrong else 'all agree'}", file=sys.stderr)  # noqa: T201
    return int(wrong > 0)
