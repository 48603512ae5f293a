"""`intake`: a purchase order from a file, taken in as any door would take it."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

from app.acting import acting, add_key, key_of, run_command
from app.reach import reachable
from core.errors import Invalid
from core.http import LARGEST_BODY
from core.settings import Settings
from formats.x12 import CodePage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and the key."""
    parser.add_argument("file", type=Path, metavar="FILE", help="an ASC X12 850 purchase order")
    parser.add_argument("--code-page", choices=[each.value for each in CodePage], help="how to read what is not UTF-8")
    parser.add_argument(
        "--accept-reused-control-numbers",
        action="store_true",
        help="take it in although another order came under the same control numbers",
    )
    parser.add_argument("--restore-client", action="store_true", help="restore the sender's client if it was deleted")
    parser.add_argument("--restore-quote", action="store_true", help="restore the quote it became if that was deleted")
    add_key(parser)


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Take the order in and say what became of it."""
    if args.file.stat().st_size > LARGEST_BODY:
        raise Invalid(f"{args.file}: larger than {LARGEST_BODY:,} bytes", field="FILE")
    document = args.file.read_bytes()
    with reachable(settings) as found:
        how = {
            "code_page": CodePage(args.code_page) if args.code_page else None,
            "accept_reused_control_numbers": args.accept_reused_control_numbers,
            "restore_client": args.restore_client,
            "restore_quote": args.restore_quote,
        }
        taken, again = asyncio.run(_take(found, document, key_of(settings, args.key), how))
    quote = taken["quote"]
    print(f"Quote {quote['number']}: {quote['currency']} {quote['total']} ({quote['id']})")  # noqa: T201
    if again:
        print("This order had been taken in before: nothing was changed.")  # noqa: T201
    for warning in taken["warnings"]:
        print(f"warning: {warning}")  # noqa: T201
    return 0


async def _take(settings: Settings, document: bytes, key: str, how: dict[str, Any]) -> tuple[Any, bool]:
    async with acting(settings, key) as (edge, principal):
        return await run_command(edge, principal, "intakeOrder", document, **how)
