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
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="ASC X12 850 purchase orders, or CSV or JSON with --mapping"
    )
    parser.add_argument("--code-page", choices=[each.value for each in CodePage], help="how to read what is not UTF-8")
    parser.add_argument(
        "--accept-reused-control-numbers",
        action="store_true",
        help="take it in although another order came under the same control numbers",
    )
    parser.add_argument("--restore-client", action="store_true", help="restore the sender's client if it was deleted")
    parser.add_argument("--restore-quote", action="store_true", help="restore the quote it became if that was deleted")
    parser.add_argument("--several", action="store_true", help="the file has several orders: say what became of each")
    parser.add_argument("--mapping", help="the intake mapping of a CSV or JSON file; implies --several")
    parser.add_argument("--atomic", action="store_true", help="take in all orders or none; implies --several")
    parser.add_argument("--dry-run", action="store_true", help="keep nothing; implies --several")
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
        if args.several or args.mapping or args.atomic or args.dry_run:
            how |= {"mapping": args.mapping, "atomic": args.atomic, "dry_run": args.dry_run}
            taken, _ = asyncio.run(_take(found, "intakeOrders", document, key_of(settings, args.key), how))
            return _say_several(taken)
        taken, again = asyncio.run(_take(found, "intakeOrder", document, key_of(settings, args.key), how))
    quote = taken["quote"]
    print(f"Quote {quote['number']}: {quote['currency']} {quote['total']} ({quote['id']})")  # noqa: T201
    if again:
        print("This order had been taken in before: nothing was changed.")  # noqa: T201
    for warning in taken["warnings"]:
        print(f"warning: {warning}")  # noqa: T201
    return 0


def _say_several(taken: dict[str, Any]) -> int:
    """Say what became of each order; 1 when one was refused."""
    for order in taken["orders"]:
        said = order["error"]["message"] if order["error"] else order["quote_id"] or ""
        print(f"{order['order_number'] or '?'}: {order['result']} {said}".rstrip())  # noqa: T201
        for warning in order["warnings"]:
            print(f"  warning: {warning}")  # noqa: T201
    print(f"{taken['taken']} taken in, {taken['replayed']} had been before, {taken['failed']} refused")  # noqa: T201
    return 1 if taken["failed"] else 0


async def _take(settings: Settings, name: str, document: bytes, key: str, how: dict[str, Any]) -> tuple[Any, bool]:
    async with acting(settings, key) as (edge, principal):
        return await run_command(edge, principal, name, document, **how)
