"""`users`: people invited, given a link by which they set a password, and listed, by the commands of the doors."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any, TypeVar
from uuid import UUID

from access.principal import Principal
from app import migrations
from app.acting import acting_as, add_person, run_command
from app.listing import add_json, show
from app.reach import reachable
from app.shown_once import Place, add_place
from core.errors import NotFound
from core.record import Record
from core.settings import Settings
from core.writing.unit_of_work import UnitOfWork
from engine.declare.inputs import read_input
from engine.runtime import Runtime
from models import Role, User
from resolvers.moves import input_of
from resolvers.users import create_user, link_user

R = TypeVar("R", bound=Record)
_SHOWN = ("id", "email", "name", "status", "is_owner", "created_at", "joined_at", "invitation_expires_at")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the three actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="invite a person: by mail if a mail server is set, else by a link")
    create.add_argument("email", metavar="EMAIL")
    create.add_argument("--name", required=True, help="what the person is called")
    create.add_argument("--role", required=True, help="name or id of what they may do, such as Estimator")
    link = actions.add_parser("link", help="make a link by which an invited or active person sets a password, once")
    link.add_argument("email", metavar="EMAIL")
    shown = actions.add_parser("list", help="list a company's people")
    add_json(shown)
    for action in (create, link):
        add_place(action, "link", printing=True)
    for action in (create, link, shown):
        add_person(action)


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Do one of them."""
    with reachable(settings) as found:
        asyncio.run(_run(found, args))
    return 0


async def _run(settings: Settings, args: argparse.Namespace) -> None:
    actions = {"create": _create, "link": _link, "list": _list}
    await migrations.require_current(str(settings.database_url))
    async with acting_as(settings, args.company, args.person) as (runtime, principal):
        await actions[args.action](runtime, principal, args)


async def _create(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    roles = await _rows(runtime, principal, Role)
    role = next((each for each in roles if args.role.casefold() in {each.name.casefold(), str(each.id)}), None)
    if role is None:
        raise NotFound(f"No such role in this company: one of {', '.join(each.name for each in roles)}", field="role")
    given = {"email": args.email, "name": args.name, "role_id": role.id}
    wanted: Any = read_input(input_of(create_user), given, where="")
    if runtime.installation.sends_mail:
        await run_command(runtime, principal, "createUser", wanted)
        _say(f"invited {args.email}: a worker sends the link by mail")
        return
    with Place.of("link", args) as place:
        place.prepare()
        await run_command(runtime, principal, "createUser", wanted, keep=place.keep)
        _say(f"invited {args.email} by a link that is good once, for 7 days: {place.hand_over()}")


async def _link(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    people = await _rows(runtime, principal, User)
    found = next((each for each in people if each.email.lower() == args.email.lower()), None)
    if found is None:
        raise NotFound("No such person in this company", field="email")
    with Place.of("link", args) as place:
        place.prepare()
        await run_command(runtime, principal, "inviteUser", UUID(str(found.id)), keep=place.keep, by=link_user)
        _say(f"made a link for {found.email} that is good once, for 7 days: {place.hand_over()}")


async def _list(runtime: Runtime, principal: Principal, args: argparse.Namespace) -> None:
    roles = {each.id: each.name for each in await _rows(runtime, principal, Role)}

    def shape(user: User) -> dict[str, Any]:
        return {name: getattr(user, name) for name in _SHOWN} | {"role": roles[user.role_id]}

    def line(user: User) -> str:
        role = "owner" if user.is_owner else roles[user.role_id]
        return f"{user.id}  {user.status:<11}  {role:<16}  {user.email}  {user.name}"

    show(await _rows(runtime, principal, User), args, line, shape)


async def _rows(runtime: Runtime, principal: Principal, model: type[R]) -> list[R]:
    """The records of a kind that a company has and that were not deleted, in the order they were made."""
    unit = UnitOfWork(
        runtime.database, workspace_id=principal.home_id, epoch=principal.epoch, claim=None, projections={}
    )
    async with unit:
        return await unit.find(model, "created_at", deleted_at=None)


def _say(text: str) -> None:
    print(f"forge: {text}", file=sys.stderr)  # noqa: T201
