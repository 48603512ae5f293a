"""What a caller may give to others: no scope that the caller lacks, and nothing to people who may do more."""

from __future__ import annotations

from uuid import UUID

from access.scopes import Scope
from core.errors import InsufficientScope
from engine.run.context import Command
from models import ApiKey, KeyStatus, Role, User


async def check_role(ctx: Command, role_id: UUID, field: str) -> None:
    """Raise InsufficientScope unless the caller holds all that a role holds; a role that is not there passes."""
    found = await ctx.unit.find(Role, id=role_id)
    if found:
        check_holds(ctx, found[0], field)


def check_holds(ctx: Command, role: Role, field: str) -> None:
    """Raise InsufficientScope unless the caller holds all that this role holds."""
    if role.holds_all:
        ctx.principal.require(Scope.ADMIN, field=field)
    for scope in role.scopes:
        ctx.principal.require(scope, field=field)


async def check_person(ctx: Command, user: User) -> None:
    """Raise InsufficientScope unless the caller may do all that a person may; only owners may change owners."""
    if user.is_owner:
        check_owner(ctx)
    await check_role(ctx, user.role_id, "id")


def check_owner(ctx: Command) -> None:
    """Raise InsufficientScope unless the caller is an owner, with a key that may do everything."""
    ctx.principal.require(Scope.ADMIN, field="id")
    if not ctx.principal.is_owner:
        raise InsufficientScope("admin of an owner", field="id")


async def keys_of_user(ctx: Command, user_id: UUID) -> list[str]:
    """The public ids of the keys that act in a person's name."""
    return [each.public_id for each in await ctx.unit.find(ApiKey, user_id=user_id, status=KeyStatus.ACTIVE)]


async def keys_of_role(ctx: Command, role_id: UUID) -> list[str]:
    """The public ids of the keys of all who have a role."""
    people = [each.id for each in await ctx.unit.find(User, role_id=role_id)]
    return [each.public_id for each in await ctx.unit.find(ApiKey, user_id=people, status=KeyStatus.ACTIVE)]
