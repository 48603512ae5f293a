"""`keys`: API keys made, listed and revoked from the command line."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
from datetime import UTC, datetime

from access.credentials import public_id_of
from access.keys import ListedKey
from app import migrations
from app.listing import add_json, show
from app.reach import reachable
from app.sandboxes import seed_if_empty
from app.scope_list import EVERY, read_scopes
from app.shown_once import Place, add_place
from app.wiring import Access, open_access
from core.errors import Invalid
from core.settings import Settings
from models import Environment, KeyFormat


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the three actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key, which is shown once: docs/operating.md")
    create.add_argument("--name", required=True, help="what the key is for")
    create.add_argument("--scopes", required=True, help=f"comma list of scopes, or `{EVERY}`: docs/scopes.md")
    create.add_argument("--environment", choices=[each.value for each in Environment], default=Environment.LIVE.value)
    create.add_argument("--format", choices=[each.value for each in KeyFormat], default=KeyFormat.FMRP.value)
    create.add_argument("--expires", metavar="TIME", help="when it ends by itself, as 2027-01-31T00:00:00Z")
    create.add_argument(
        "--cidr", action="append", default=[], help="network it may be used from; more than one may be given"
    )
    create.add_argument(
        "--registered-only", action="store_true", help="answer its GraphQL registered documents alone: docs/graphql.md"
    )
    create.add_argument("--creator", metavar="EMAIL", help="whose rights bound it; without, the company's first person")
    add_place(create, "key", printing=True)
    shown = actions.add_parser("list", help="list a company's keys, masked")
    add_json(shown)
    revoke = actions.add_parser("revoke", help="revoke a key at once, everywhere")
    revoke.add_argument("key", help="its public id, or the key itself")
    for action in (create, shown):
        action.add_argument("--company", help="name or id; not needed while there is only one")


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Do one of them."""
    with reachable(settings) as found:
        asyncio.run(_run(found, args))
        if args.action == "create" and args.environment == Environment.TEST:
            asyncio.run(seed_if_empty(found, args.company))
    return 0


async def _run(settings: Settings, args: argparse.Namespace) -> None:
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    await migrations.require_current(str(settings.database_url))
    async with open_access(settings) as access:
        await actions[args.action](access, args)


async def _create(access: Access, args: argparse.Namespace) -> None:
    with Place.of("key", args) as place:
        place.prepare()
        company_id = await access.companies.find(args.company)
        made = await access.keys.create(
            keep=place.keep,
            creator_id=await access.companies.find_user(company_id, args.creator),
            name=args.name,
            scopes=read_scopes(args.scopes),
            environment=Environment(args.environment),
            form=KeyFormat(args.format),
            expires_at=_time(args.expires),
            allowed_cidrs=args.cidr,
            registered_only=args.registered_only,
        )
        print(f"forge: key {made.public_id}: {place.hand_over()}", file=sys.stderr)  # noqa: T201


async def _list(access: Access, args: argparse.Namespace) -> None:
    keys = await access.keys.list(await access.companies.find(args.company))
    show(keys, args, _line, lambda key: dataclasses.asdict(key) | {"state": _state(key)})


async def _revoke(access: Access, args: argparse.Namespace) -> None:
    public_id = public_id_of(args.key) or args.key
    await access.keys.revoke(public_id)
    print(f"forge: key {public_id} is revoked")  # noqa: T201


def _state(key: ListedKey) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= datetime.now(UTC) else "good"


def _line(key: ListedKey) -> str:
    used = f"{key.last_used_at:%Y-%m-%dT%H:%M:%SZ}" if key.last_used_at else "never"
    kind = f"{key.format:<4}  {key.environment:<4}  {_state(key):<7}  used {used:<20}"
    limited = "  registered documents only" if key.registered_only else ""
    return f"{key.public_id}  {kind}  {key.name}  {','.join(key.scopes)}{limited}"


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"expires: {text!r} is no time; write it as 2027-01-31T00:00:00Z", field="expires") from None
