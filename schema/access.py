"""What the caller's key may do, as the graph shows it."""

from __future__ import annotations

from typing import cast

import strawberry
from strawberry import Parent

from access.known import figures_of
from access.plans import UNLIMITED
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


@strawberry.type(description="How much the key may ask; null is no limit.")
class AccessLimits:
    """How much the key may ask."""

    requests: int | None = strawberry.field(description="Requests a minute.")
    points: int | None = strawberry.field(description="Points that its bucket holds.")
    restore_rate: int | None = strawberry.field(description="Points that come back each second.")


async def _name(root: Parent[Principal], info: strawberry.Info) -> str | None:
    ctx = cast("Reading", info.context)  # keys are not the workspace's, so no statement has their names
    return cast("str | None", await ctx.load(ctx.key_names, root.key_id))


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
    figures = figures_of(root.limits)
    free = figures.capacity >= UNLIMITED
    return AccessLimits(
        requests=None if figures.requests >= UNLIMITED else figures.requests,
        points=None if free else figures.capacity,
        restore_rate=None if free else figures.restored,
    )


@strawberry.type(description="What a key is and may do.")
class Access:
    """What a key is and may do; a `Principal` underneath."""

    public_id: str = strawberry.field(description="The part of the key that names it and may be shown.")
    name: str | None = strawberry.field(resolver=_name, description="What the key is called.")
    environment: str = strawberry.field(description="`live` or `test`.")
    workspace_id: strawberry.ID = strawberry.field(description="The workspace whose data the key sees.")
    currency: str = strawberry.field(description="The workspace's ISO 4217 currency.")
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
