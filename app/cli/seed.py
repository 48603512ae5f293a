"""`seed`: the demo, in a database that has no company yet."""

from __future__ import annotations

import argparse
import asyncio
import sys
from uuid import UUID

from app import migrations
from app.bars import Bars
from app.demo import demo
from app.embedded.files import read_variables
from app.reach import reachable
from core.setting_values import DEMOS
from core.settings import Settings
from jobs.demo.filling import SMALL


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--print` and `--size`."""
    parser.add_argument(
        "--size",
        choices=DEMOS,
        default=SMALL,
        help="`full` is the shop of `run`, `large` has ten times as many parts and quotes, for measuring",
    )
    parser.add_argument("--print", action="store_true", help="print the keys to stdout even if it is no terminal")


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Migrate and seed, and print the keys as variables where a person sees them or asked for it.

    They are in `FORGE_HOME/demo.env` in any case. A database with a company is left as it is.
    """
    with reachable(settings) as found:
        asyncio.run(migrations.upgrade(str(found.database_url)))
        keys = _seed(found, args.size)
        if keys is None:
            print("forge: there is a company already; nothing was changed", file=sys.stderr)  # noqa: T201
            return 0
        if not (args.print or sys.stdout.isatty()):
            print(f"forge: the demo's keys are in {demo.env_file(found)}", file=sys.stderr)  # noqa: T201
            return 0
        for name, value in read_variables(demo.env_file(found)).items():
            print(f"{name}={value}")  # noqa: T201
    return 0


def _seed(settings: Settings, size: str) -> demo.DemoKeys | None:
    if size == SMALL:
        return asyncio.run(demo.seed(settings))
    with Bars() as bars:

        def told(done: int, total: int) -> None:
            bars.show(UUID(int=0), "filling the demo", "", done, total)

        return asyncio.run(demo.seed(settings, size, told))
