"""What the caller's key may do, as the graph shows it."""

from __future__ import annotations

from typing import Any, cast

import strawberry
from strawberry import Parent

from access.gate import NamedKey
from access.known import figures_of
from access.plans import LIMITS, MEANING, limits_of, shown
from access.principal import Principal
from engine.declare.catalogue import TypeSpec
from engine.graph.operations import operation
from engine.run.context import Reading
from resolvers import access


@strawberry.type(description="A field the key may not see, and the scope that would show it.")
class HiddenField:
    """A field the key may not see."""

    name: str = strawberry.field(description="The field's name.")
    scope: str = strawberry.field(description="The scope it needs.")


@strawberry.type(description="What the key may read of a type.")
class TypeAccess:
    """What the key may read of a type."""

    name: str = strawberry.field(description="The type's name.")
    scope: str = strawberry.field(description="The scope that reading it needs.")
    readable: bool = strawberry.field(description="Whether the key holds it.")
    hidden_fields: list[HiddenField] = strawberry.field(description="Fields that are null for this key.")


def _told(name: str) -> str:
    return f"{MEANING[name]}."


@strawberry.type(description="What the key's company may do by its plan, or by figures of its own; null is no limit.")
class AccessLimits:
    """What the key's company may do."""

    requests: int | None = strawberry.field(description=_told("requests"))
    points: int | None = strawberry.field(description=_told("points"))
    restore_rate: int | None = strawberry.field(description="Points that come back each second.")
    upload_bytes: int | None = strawberry.field(description=_told("upload_bytes"))
    endpoints: int | None = strawberry.field(description=_told("endpoints"))
    credits: int | None = strawberry.field(description=_told("credits"))
    audit_days: int | None = strawberry.field(description=_told("audit_days"))
    keys: int | None = strawberry.field(description=_told("keys"))
    live_forg_keys: bool = strawberry.field(description=_told("live_forg_keys"))


async def _name(root: Parent[Principal], info: strawberry.Info) -> str | None:
    ctx = cast("Reading", info.context)  # keys are not the workspace's, so no statement has their names
    found: NamedKey | None = await ctx.load(ctx.named_keys, root.key_id)
    return None if found is None else found.name


def _scopes(root: Parent[Principal]) -> list[str]:
    return sorted(root.scopes)


def _types(root: Parent[Principal], info: strawberry.Info) -> list[TypeAccess]:
    specs = cast("Reading", info.context).catalogue.types.values()
    return [_type_access(spec, root.scopes) for spec in sorted(specs, key=lambda each: each.name)]


def _type_access(spec: TypeSpec, held: frozenset[str]) -> TypeAccess:
    hidden = [(name, each.scope) for name, each in spec.fields.items() if each.scope and each.scope not in held]
    return TypeAccess(
        name=spec.name,
        scope=spec.scope,
        readable=spec.scope in held,
        hidden_fields=[HiddenField(name=name, scope=str(scope)) for name, scope in hidden],
    )


def _limits(root: Parent[Principal]) -> AccessLimits:
    of_plan = limits_of(root.plan, {})
    held = {name: shown(name, root.limits.get(name, of_plan[name])) for name in LIMITS}
    restored = None if held["points"] is None else figures_of(root.limits).restored
    return AccessLimits(restore_rate=restored, **cast("Any", held))


@strawberry.type(description="What a key is and may do.")
class Access:
    """What a key is and may do; a `Principal` underneath."""

    public_id: str = strawberry.field(description="The part of the key that names it and may be shown.")
    name: str | None = strawberry.field(resolver=_name, description="What the key is called.")
    environment: str = strawberry.field(description="`live` or `test`.")
    workspace_id: strawberry.ID = strawberry.field(description="The workspace whose data the key sees.")
    currency: str = strawberry.field(description="The workspace's ISO 4217 currency.")
    plan: str = strawberry.field(description="The company's plan: `starter`, `pro`, `team`, `business`, `enterprise`.")
    scopes: list[str] = strawberry.field(
        resolver=_scopes, description="Every scope it holds, sorted; those that others imply are among them."
    )
    types: list[TypeAccess] = strawberry.field(resolver=_types, description="What it may read, by type.")
    limits: AccessLimits = strawberry.field(resolver=_limits, description="How much it may ask.")


@strawberry.type
class Query:
    """What a key can ask about itself."""

    my_access: Access = operation(
        access.my_access, None, rest=False, why="`/me` shows it: it is no row, and no route follows from it"
    )
