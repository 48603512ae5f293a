"""`keys`: API keys made, listed, rotated and revoked from the command line, by the commands of the doors."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from access.credentials import public_id_of
from access.principal import Principal
from app import migrations
from app.acting import acting_as, add_person, run_command
from app.listing import add_json, show
from app.reach import reachable
from app.sandboxes import seed_if_empty
from app.scope_list import EVERY, read_scopes
from app.shown_once import Place, add_place
from app.wiring import open_access
from core.errors import Invalid
from core.settings import Settings
from core.writing.unit_of_work import UnitOfWork
from engine.declare.inputs import read_input
from engine.runtime import Runtime
from models import ApiKey, Environment, KeyFormat, User
from resolvers.api_keys import create_api_key
from resolvers.moves import input_of

_SHOWN = (
    *("public_id", "name", "format", "environment", "scopes", "created_at", "expires_at", "revoked_at"),
    *("allowed_cidrs", "last_used_at", "last_used_address", "last_used_route", "registered_only"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
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
    add_place(create, "key", printing=True)
    shown = actions.add_parser("list", help="list a company's keys, masked")
    add_json(shown)
    rotate = actions.add_parser("rotate", help="make a key with the same scopes in place of another, shown once")
    rotate.add_argument("--grace", type=int, help="seconds for which the old one stays good: 86,400 unless said")
    add_place(rotate, "key", printing=True)
    revoke = actions.add_parser("revoke", help="revoke a key at once, everywhere")
    for action in (rotate, revoke):
        action.add_argument("key", help="its public id, or the key itself")
    add_person(create, "--creator")
    for action in (shown, rotate, revoke):
        add_person(action)


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Do one of them."""
    with reachable(settings) as found:
        asyncio.run(_run(found, args))
        if args.action == "create" and args.environment == Environment.TEST:
            asyncio.run(seed_if_empty(found, args.company))
    return 0


async def _run(settings: Settings, args: argparse.Namespace) -> None:
    await migrations.require_current(str(settings.database_url))
    actions = {"create": _create, "list": _list, "rotate": _rotate, "revoke": _revoke}
    if "key" in args:
        async with open_access(settings) as access:
            company_id, args.key = await access.companies.find_key(public_id_of(args.key) or args.key)
            args.company = args.company or str(company_id)
    async with acting_as(settings, args.company, args.person) as (runtime, principal):
        await actions[args.action](runtime, principal, args)


async def _create(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    given = {
        "name": args.name,
        "scopes": read_scopes(args.scopes),
        "environment": args.environment,
        "format": args.format,
        "expires_at": _time(args.expires),
        "allowed_cidrs": args.cidr,
        "registered_only": args.registered_only,
    }
    wanted: Any = read_input(input_of(create_api_key), given, where="")
    with Place.of("key", args) as place:
        place.prepare()
        made, _ = await run_command(runtime, principal, "createApiKey", wanted, keep=place.keep)
        _tell(made, place)


async def _rotate(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    how = {} if args.grace is None else {"grace_seconds": args.grace}
    with Place.of("key", args) as place:
        place.prepare()
        made, _ = await run_command(runtime, principal, "rotateApiKey", args.key, keep=place.keep, **how)
        _tell(made, place)


def _tell(made: dict[str, Any], place: Place) -> None:
    print(f"forge: key {public_id_of(made['key'])}: {place.hand_over()}", file=sys.stderr)  # noqa: T201


async def _list(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    unit = UnitOfWork(
        runtime.database, workspace_id=principal.home_id, epoch=principal.epoch, claim=None, projections={}
    )
    async with unit:
        keys = await unit.find(ApiKey)
        people = {each.id: each.email for each in await unit.find(User)}
    show(keys, args, _line, lambda key: _shown(key, people))


async def _revoke(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    done, _ = await run_command(runtime, principal, "revokeApiKey", args.key)
    print(f"forge: key {done['name']} is revoked")  # noqa: T201


def _shown(key: ApiKey, people: dict[Any, str]) -> dict[str, Any]:
    made_by = people.get(key.user_id)
    return {name: getattr(key, name) for name in _SHOWN} | {"created_by": made_by, "state": _state(key)}


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= datetime.now(UTC) else "good"


def _line(key: ApiKey) -> str:
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
