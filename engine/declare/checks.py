"""Checks of declarations: what could go wrong at run time does not start."""

from __future__ import annotations

from typing import Any

from engine.declare.annotations import is_connection, unwrap


class BadDeclaration(TypeError):
    """A type is declared in a way that could go wrong at run time; Forge refuses to start."""


def connected(annotation: Any) -> Any:
    """Return the node type of a `Connection[…]`; BadDeclaration when it is something else."""
    found: Any = getattr(annotation, "__strawberry_definition__", None)
    if not is_connection(found):
        raise BadDeclaration(f"{annotation!r} is not a Connection")
    inner = next(iter(found.type_var_map.values()))
    return unwrap(inner)[0]


def nullable_if_scoped(type_name: str, name: str, scope: str | None, nullable: bool) -> None:  # noqa: FBT001
    """Raise BadDeclaration when a field that needs a scope may not be null."""
    if scope and not nullable:
        raise BadDeclaration(
            f"{type_name}.{name}: needs {scope}, so it must be nullable: a denial nulls it and nothing above it"
        )
