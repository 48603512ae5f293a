"""Roles: named sets of scopes, over the one registry of `access.scopes`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from access.keys import note_scopes
from core.errors import Conflict
from core.problems import Problems
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Role
from resolvers.aggregate import Aggregate
from resolvers.granting import check_holds, keys_of_role
from resolvers.versions import ExpectedVersion


async def _examine(ctx: Command, role: Role, given: Mapping[str, Any], wrong: Problems) -> None:
    """Refuse scopes that do not exist, and those that the caller lacks."""
    scopes = given.get("scopes")
    if scopes is None:
        return
    note_scopes(scopes, wrong)
    if role.holds_all:
        raise Conflict(f"{role.name} holds every scope by definition: its scopes cannot be changed", field="scopes")
    for place, scope in enumerate(scopes):
        if scope not in role.scopes and not wrong.any:
            ctx.principal.require(scope, field=f"scopes.{place}")


async def _prepare(ctx: Command, role: Role, given: dict[str, Any]) -> None:
    """Let nobody change a role that holds more than they do; tell the keys of its people what they lose."""
    if role.name is None:
        return
    check_holds(ctx, role, "id")
    if "scopes" in given:
        ctx.withdraw(await keys_of_role(ctx, role.id))


ROLES = Aggregate(Role, prepare=_prepare, examine=_examine)

roles = ROLES.page("List the roles of the company: the five it began with, and its own.")
role = ROLES.get("One role by its id; null when there is none.")
create_role = ROLES.create(
    "Make a role of any scopes that you hold yourself.",
    "What the role is called, and what people with it may do.",
)
update_role = ROLES.update(
    "Change a role: what it loses, the keys of its people lose at once.\n\n"
    "No scope can be added that you do not hold yourself.",
    "What to change of a role: null clears, what is left out stays; `scopes` is the whole list.",
)


async def delete_role(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Role]:
    """Delete a role that nobody has; those that each company begins with stay."""
    found = await ROLES.lock(ctx, id, expected_version)
    if found.is_default:
        raise Conflict(f"{found.name} is a default role, which cannot be deleted", field="id")
    check_holds(ctx, found, "id")
    return ctx.delete(found, event="role.deleted")


async def restore_role(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Role]:
    """Restore a deleted role that holds no more than you do; one that is not deleted is a conflict."""
    found = await ROLES.lock(ctx, id, expected_version, deleted=True)
    check_holds(ctx, found, "id")
    found.deleted_at = None
    return ctx.save(found, event="role.restored")


ROLES.events.update({"role.deleted", "role.restored"})
