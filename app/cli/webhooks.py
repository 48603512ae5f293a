"""`webhooks`: webhook endpoints made, listed, changed and tried from the command line, as any door would."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any, Final
from uuid import UUID

from access.principal import Principal
from access.scopes import Scope
from app.acting import acting, add_key, key_of, run_command, run_list
from app.listing import add_json, show
from app.reach import reachable
from app.shown_once import Place, add_place
from core.errors import Invalid
from core.settings import Settings
from core.writing.unit_of_work import UnitOfWork
from engine.declare.inputs import read_input
from engine.runtime import Runtime
from models import AttemptStatus, Endpoint, EndpointStyle
from resolvers.moves import input_of
from resolvers.webhooks import create_webhook_endpoint

_LOOK: Final = 0.5
_LOOKS: Final = 60
"""Looks for the attempt of a ping, each after a pause of `_LOOK` seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make an endpoint, whose secret is shown once: docs/operating.md")
    create.add_argument("--url", required=True, help="where to send events, by POST")
    create.add_argument(
        "--events", default="*", help="comma list of events, families such as quote.*, or *, which is the default"
    )
    create.add_argument("--description", help="what it is for")
    styles = [each.value for each in EndpointStyle]
    create.add_argument(
        "--style", choices=styles, default="mrp", help="the contract: mrp, which is the default, or forg"
    )
    add_place(create, "secret", printing=True)
    shown = actions.add_parser("list", help="list endpoints, their secrets masked")
    add_json(shown)
    pause = actions.add_parser("pause", help="send nothing until it is resumed; what it is told of is kept for it")
    resume = actions.add_parser("resume", help="send what was kept for a paused endpoint, in order, and what comes")
    rotate = actions.add_parser("rotate", help="make a new secret, shown once; the old one signs for a while, too")
    rotate.add_argument(
        "--overlap", type=int, help="seconds for which the old secret signs as well: 86,400 unless said"
    )
    add_place(rotate, "secret", printing=True)
    attempts = actions.add_parser("attempts", help="list what was sent, and what came back, the latest first")
    attempts.add_argument("--endpoint", type=UUID, help="only to this one")
    attempts.add_argument("--status", choices=[each.value for each in AttemptStatus], help="only these")
    attempts.add_argument("--since", help="only those since this moment: 2026-01-31T00:00:00Z")
    attempts.add_argument("--most", type=int, default=50, help="how many at most, up to 250; 50 unless said")
    add_json(attempts)
    ping = actions.add_parser("ping", help="send a test event, and say what came back; exits 1 when it was not taken")
    resend = actions.add_parser("resend", help="send a delivery that has ended once more, under the same webhook-id")
    resend.add_argument("id", type=UUID, metavar="DELIVERY")
    promote = actions.add_parser("promote", help="have the new secret alone sign from now on")
    for each in (pause, resume, rotate, promote, ping):
        each.add_argument("id", type=UUID, metavar="ENDPOINT")
    for each in (create, shown, pause, resume, rotate, promote, attempts, resend, ping):
        add_key(each)


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Do one of them."""
    with reachable(settings) as found:
        asyncio.run(_run(found, args, key_of(settings, args.key)))
    return 0


async def _run(settings: Settings, args: argparse.Namespace, key: str) -> None:
    async with acting(settings, key) as (runtime, principal):
        await _ACTIONS.get(args.action, _move)(runtime, principal, args)


async def _create(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    events = [each.strip() for each in args.events.split(",") if each.strip()]
    given = {"url": args.url, "events": events, "description": args.description, "style": args.style}
    wanted: Any = read_input(input_of(create_webhook_endpoint), given, where="")
    with Place.of("secret", args) as place:
        place.prepare()
        made, _ = await run_command(runtime, principal, "createWebhookEndpoint", wanted)
        place.keep(made["secret"])
        print(f"forge: endpoint {made['id']}; its secret: {place.hand_over()}", file=sys.stderr)  # noqa: T201


async def _rotate(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    how = {} if args.overlap is None else {"overlap_seconds": args.overlap}
    with Place.of("secret", args) as place:
        place.prepare()
        made, _ = await run_command(runtime, principal, "rotateWebhookEndpoint", args.id, **how)
        place.keep(made["secret"])
        print(f"forge: endpoint {made['id']}; its new secret: {place.hand_over()}", file=sys.stderr)  # noqa: T201


async def _move(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    moved, _ = await run_command(runtime, principal, f"{args.action}WebhookEndpoint", args.id)
    print(f"forge: endpoint {moved['id']} is {moved['status']}", file=sys.stderr)  # noqa: T201


async def _list(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    principal.require(Scope.SETTINGS_INTEGRATIONS)
    unit = UnitOfWork(
        runtime.database, workspace_id=principal.workspace_id, epoch=principal.epoch, claim=None, projections={}
    )
    async with unit:
        show(await unit.find(Endpoint, deleted_at=None), args, _line, _shown)


async def _ping(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    sent, _ = await run_command(runtime, principal, "pingWebhookEndpoint", args.id)
    for _ in range(_LOOKS):
        if found := await run_list(runtime, principal, "webhookAttempts", delivery_id=sent["id"]):
            print(_tried(found[0]))  # noqa: T201
            if found[0]["status"] != AttemptStatus.SUCCEEDED:
                raise Invalid("the receiver did not take it")
            return
        await asyncio.sleep(_LOOK)
    raise Invalid(f"delivery {sent['id']} was not sent yet: does a worker run?")


async def _resend(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    found, _ = await run_command(runtime, principal, "resendWebhookDelivery", args.id)
    print(f"forge: delivery {found['id']} is {found['status']}", file=sys.stderr)  # noqa: T201


async def _attempts(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    asked = {"endpoint_id": args.endpoint, "status": args.status, "at[gte]": args.since, "limit": args.most}
    query = {name: str(value) for name, value in asked.items() if value is not None}
    show(await run_list(runtime, principal, "webhookAttempts", **query), args, _tried)


def _tried(row: dict[str, Any]) -> str:
    came = row["error"] or row["status_code"]
    return f"{row['at']}  {row['delivery_id']}  {row['number']}  {row['event_type']}  {row['status']}  {came}"


def _shown(row: Endpoint) -> dict[str, Any]:
    names = ("id", "status", "url", "events", "style", "description", "secret_hint", "created_at", "updated_at")
    return {name: getattr(row, name) for name in names}


def _line(row: Endpoint) -> str:
    return f"{row.id}  {row.status:<8}  {row.secret_hint}  {row.url}  {','.join(row.events)}"


_ACTIONS: Final = {
    "create": _create,
    "list": _list,
    "rotate": _rotate,
    "attempts": _attempts,
    "resend": _resend,
    "ping": _ping,
}
