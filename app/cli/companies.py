"""`companies`: companies made with their first key, listed, and put on other plans and limits."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any, Final

from access.new_company import WantedCompany
from access.plans import FLAGS, LIMITS, limits_of, shown
from app import migrations
from app.listing import add_json, show, show_json
from app.reach import reachable
from app.sandboxes import seed_if_empty
from app.scope_list import EVERY, read_scopes
from app.shown_once import Place, add_place
from app.wiring import Access, open_access
from core.errors import Invalid
from core.settings import Settings
from models import Plan

PLANS = "plan"
UNLIMITED = "unlimited"
YES_OR_NO: Final = {"yes": True, "no": False}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the three actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a company, its first person and its first key, unless it exists")
    create.add_argument("name", metavar="NAME", help="what the company is called")
    create.add_argument("--owner", required=True, metavar="EMAIL", help="its first person, who may do everything")
    create.add_argument("--owner-name", metavar="NAME", help="what that person is called; without, as the company")
    create.add_argument("--currency", default="USD", metavar="CODE", help="ISO 4217 code of its prices; else USD")
    create.add_argument("--time-zone", default="UTC", metavar="ZONE", help="IANA name of where it is; else UTC")
    create.add_argument("--key-scopes", default=EVERY, metavar="SCOPES", help=f"of its first key; else `{EVERY}`")
    add_place(create, "key", printing=False)
    change = actions.add_parser("set", help="change a company's plan and limits, at once for all its keys")
    change.add_argument("company", nargs="?", metavar="COMPANY", help="name or id; not needed while there is only one")
    told = "whether more may be taken from stock than the books say is there; not, unless said"
    change.add_argument("--allow-negative-stock", choices=list(YES_OR_NO), help=told)
    for action in (create, change):
        _add_terms(action)
        add_json(action, "the company as a JSON object")
    create.set_defaults(plan=Plan.STARTER.value)
    add_json(actions.add_parser("list", help="list companies with their plans and limits"))


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Do one of them."""
    actions = {"create": _create, "set": _set, "list": _list}
    with reachable(settings) as found:
        if asyncio.run(_run(found, args, actions[args.action])):
            asyncio.run(seed_if_empty(found, args.name))
    return 0


def _add_terms(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", choices=[each.value for each in Plan])
    for name in LIMITS:
        words = name.replace("_", " ")
        told = f"this many instead of the plan's {words}; or `{UNLIMITED}`, or `{PLANS}` for the plan's"
        if name in FLAGS:
            told = f"whether {words} may be made: {', '.join(f'`{each}`' for each in YES_OR_NO)}, or `{PLANS}`"
        kind, metavar = (_flag, "ANSWER") if name in FLAGS else (_figure, "N")
        parser.add_argument(f"--{name.replace('_', '-')}", dest=f"limit_{name}", type=kind, metavar=metavar, help=told)


def _flag(text: str) -> bool | str:
    if text == PLANS:
        return text
    if text in YES_OR_NO:
        return YES_OR_NO[text]
    raise argparse.ArgumentTypeError(f"{text!r} is neither `yes` nor `no` nor `{PLANS}`")


def _figure(text: str) -> int | str:
    if text == PLANS:
        return text
    if text == UNLIMITED:
        return 0
    if text.isascii() and text.isdigit() and int(text[:12]):
        return int(text[:12])
    raise argparse.ArgumentTypeError(f"{text!r} is neither a count from 1 nor `{UNLIMITED}` nor `{PLANS}`")


def _limits(args: argparse.Namespace) -> dict[str, int | None]:
    """Return the limits that were given; None stands for the plan's own."""
    given = {name: getattr(args, f"limit_{name}") for name in LIMITS}
    return {name: None if figure == PLANS else figure for name, figure in given.items() if figure is not None}


async def _run(settings: Settings, args: argparse.Namespace, action: Any) -> bool:
    """Do it; returns whether a company was made."""
    await migrations.require_current(str(settings.database_url))
    async with open_access(settings) as access:
        return bool(await action(access, args))


async def _create(access: Access, args: argparse.Namespace) -> bool:
    wanted = WantedCompany(
        name=args.name,
        owner=args.owner,
        owner_name=args.owner_name,
        currency=args.currency,
        time_zone=args.time_zone,
        plan=Plan(args.plan),
        limits={name: figure for name, figure in _limits(args).items() if figure is not None},
    )
    wanted.check()
    scopes = read_scopes(args.key_scopes)
    with Place.of("key", args) as place:
        made = None
        if not await access.companies.exists(args.name):
            place.prepare()
            made = await access.companies.create_once(wanted, access.keys, scopes, place.keep)
        if made is None:
            await _exists(access, args, place)
        else:
            _say(f"made company {args.name} ({made[0].id}); its first key is {made[1].public_id}: {place.hand_over()}")
    if args.json:
        show_json(_shown((await access.companies.list(await access.companies.find(args.name)))[0]))
    return made is not None


async def _exists(access: Access, args: argparse.Namespace, place: Place) -> None:
    """Say that the company exists, and hand over its first key if a command was killed before it did."""
    company_id = await access.companies.find(args.name)
    _say(f"there is a company {args.name} already ({company_id}); nothing was changed")
    left = place.left()
    if left and await access.keys.is_good(left, company_id):
        _say(f"its first key had not been handed over: {place.hand_over()}")


async def _set(access: Access, args: argparse.Namespace) -> None:
    limits, plan = _limits(args), None if args.plan is None else Plan(args.plan)
    negative = args.allow_negative_stock
    if plan is None and not limits and negative is None:
        raise Invalid("say what to change: --plan, a limit or --allow-negative-stock")
    company_id = await access.companies.find(args.company)
    if negative is not None:
        await access.companies.allow_negative_stock(company_id, allowed=YES_OR_NO[negative])
    if plan is not None or limits:
        await access.companies.set_terms(company_id, plan, limits)
    [company] = map(_shown, await access.companies.list(company_id))
    if args.json:
        show_json(company)
    else:
        print(_line(company))  # noqa: T201


async def _list(access: Access, args: argparse.Namespace) -> None:
    show(map(_shown, await access.companies.list()), args, _line)


def _shown(company: dict[str, Any]) -> dict[str, Any]:
    """Add what holds for a company: a limit of null is none; `own_limits` are those that are not the plan's."""
    own = company["limits"]
    limits = {name: shown(name, value) for name, value in limits_of(company["plan"], own).items()}
    return company | {"limits": limits, "own_limits": sorted(own)}


def _line(company: dict[str, Any]) -> str:
    own = company["own_limits"]
    limits = (f"{name} {_told(figure)}{'' if name in own else ' (plan)'}" for name, figure in company["limits"].items())
    facts = f"{company['plan']:<10}  {company['currency']}  {company['time_zone']}"
    facts += "  negative stock" if company["allow_negative_stock"] else ""
    return f"{company['id']}  {facts}  {company['name']}  {', '.join(limits)}"


def _told(value: int | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return UNLIMITED if value is None else f"{value:,}"


def _say(text: str) -> None:
    print(f"forge: {text}", file=sys.stderr)  # noqa: T201
