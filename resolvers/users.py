"""People of a company: invited, given another role, deactivated; their settings and limits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from access.scopes import Scope
from core.errors import Conflict, Invalid
from core.problems import Problems
from core.values.people import MAX_ENTRIES
from engine.declare.rows import Rows
from engine.run.context import Command
from models import User, UserStatus
from resolvers.aggregate import Aggregate
from resolvers.granting import check_owner, check_person, check_role, keys_of_user
from resolvers.invitations import end_invitation, invite
from resolvers.versions import ExpectedVersion

_WORDS = ("settings", "limits")


async def _examine(ctx: Command, user: User, given: Mapping[str, Any], wrong: Problems) -> None:
    """Refuse a role that the caller could not have, and an address that somebody has."""
    if user.role_id is not None and given.keys() - {*_WORDS, "role_id"}:
        ctx.principal.require(Scope.SETTINGS_TEAM)
        await check_person(ctx, user)
    if "role_id" in given and given["role_id"] != user.role_id:
        ctx.principal.require(Scope.SETTINGS_TEAM, field="roleId")
        if user.role_id is not None:
            await check_person(ctx, user)
        await check_role(ctx, given["role_id"], "roleId")
    if "email" in given and await ctx.unit.fetch(User, "lower(email) = lower($2)", given["email"]):
        wrong.note("email", "a person with this address is there already")


async def _prepare(ctx: Command, user: User, given: dict[str, Any]) -> None:
    """Invite a new person. Put settings and limits together with those there are: what is not named stays."""
    if user.role_id is None:
        await invite(ctx, user, given["name"], given["email"])
    for name in _WORDS:
        if name in given:
            given[name] = _merged(getattr(user, name), given[name], name)
    if user.role_id is not None and "role_id" in given and given["role_id"] != user.role_id:
        ctx.withdraw(await keys_of_user(ctx, user.id))
        await end_invitation(ctx, user)  # who has the link was trusted with the role of before


def _merged(before: Mapping[str, Any], given: Mapping[str, Any], field: str) -> dict[str, Any]:
    """What there is and what is sent, put together; Invalid where that is too much."""
    merged = {key: _plain(value) for key, value in {**before, **given}.items() if value is not None}
    if len(merged) > MAX_ENTRIES:
        raise Invalid(f"{field}: at most {MAX_ENTRIES} together with those there are", field=field)
    return merged


def _plain(value: Any) -> Any:
    """A number as JSON has it, whichever door it came by."""
    if isinstance(value, float):
        return float(value)  # what the body's reader made of it keeps its text, too
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


async def _leave(ctx: Command, user: User) -> None:
    """Take a person's keys; the last owner who may act stays."""
    await check_person(ctx, user)
    await _keep_an_owner(ctx, user)
    await end_invitation(ctx, user)
    ctx.withdraw(await keys_of_user(ctx, user.id))


async def _return(ctx: Command, user: User) -> None:
    """Let a person act again, or be invited still who never came."""
    await check_person(ctx, user)
    if user.joined_at is None:
        user.status = UserStatus.INVITED


async def _keep_an_owner(ctx: Command, leaving: User) -> None:
    """Raise Conflict when no other owner could act any more; of two who leave at once, the second sees the first."""
    if not leaving.is_owner:
        return
    others = [each.id for each in await ctx.unit.find(User, is_owner=True) if each.id != leaving.id]
    locked = await ctx.unit.lock(User, sorted(others))
    if not any(each.is_owner and each.status == UserStatus.ACTIVE for each in locked):
        raise Conflict("This is the last owner who may act: make another person an owner first", field="id")


USERS = Aggregate(User, prepare=_prepare, examine=_examine)

users = USERS.page("List the people of the company.")
user = USERS.get("One person by id; null when there is none.")
create_user = USERS.create(
    "Invite a person: they may act once they have taken the invitation.\n\n"
    "It is sent to the address by mail, and good once, for 7 days. Where no mail server is set, this answer alone\n"
    "shows the link, which is yours to hand over.\n"
    "Nobody can give a role that holds more than they hold themselves.",
    "Who is invited, and with which role.",
)
update_user = USERS.update(
    "Change a person: settings and limits, with the scope `settings.team` all else; another role counts at once.\n\n"
    "Of settings and limits what is not named stays, and null takes away. Nobody changes anything else of a person\n"
    "who holds more than they do. The answer shows the person also to a key that may not list people.",
    "What to change of a person: null clears, what is left out stays.",
)
deactivate_user = USERS.move(
    "deactivate",
    (UserStatus.ACTIVE, UserStatus.INVITED),
    UserStatus.DEACTIVATED,
    "Deactivate a person: their keys are good for nothing, at once, nor is their invitation. The last owner cannot be.",
    arrange=_leave,
)
activate_user = USERS.move(
    "activate",
    (UserStatus.DEACTIVATED,),
    UserStatus.ACTIVE,
    "Let a deactivated person act again, with the keys they had; who never took the invitation needs another one.",
    arrange=_return,
    past="activated",
)
USERS.events.update({"user.promoted", "user.demoted", "user.invited", "user.joined", "user.password_set"})


async def invite_user(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[User]:
    """Invite a person again who has not taken the invitation: the link of before is good for nothing from then on.

    It is sent as the first one was. You must hold every scope of the person's role.
    """
    found = await USERS.lock(ctx, id, expected_version)
    await check_person(ctx, found)
    USERS.check_state(found, (UserStatus.INVITED,), "only who has not taken the invitation yet can be invited again")
    await invite(ctx, found, found.name, found.email)
    return ctx.save(found, event="user.invited")


async def link_user(ctx: Command, id: UUID) -> Rows[User]:
    """Make a link by which a person, invited or active, sets a password, and show it: for the operator to hand over."""
    found = await USERS.lock(ctx, id, None)
    await check_person(ctx, found)
    USERS.check_state(found, (UserStatus.INVITED, UserStatus.ACTIVE), "activate the person first")
    await invite(ctx, found, found.name, found.email, mails=False)
    return ctx.save(found, event="user.invited")


async def promote_user(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[User]:
    """Make a person an owner, who holds every scope there is. Only an owner can, with a key that holds `admin`."""
    found = await USERS.lock(ctx, id, expected_version)
    check_owner(ctx)
    if found.is_owner or found.status != UserStatus.ACTIVE:
        raise Conflict("Only a person who is active, and no owner yet, can be made one", field="id")
    found.is_owner = True
    ctx.withdraw(await keys_of_user(ctx, id))
    return ctx.save(found, event="user.promoted")


async def demote_user(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[User]:
    """Make an owner an owner no more: the role alone counts then. The last owner who may act stays one."""
    found = await USERS.lock(ctx, id, expected_version)
    check_owner(ctx)
    if not found.is_owner:
        raise Conflict("This person is no owner", field="id")
    await _keep_an_owner(ctx, found)
    found.is_owner = False
    ctx.withdraw(await keys_of_user(ctx, id))
    return ctx.save(found, event="user.demoted")
