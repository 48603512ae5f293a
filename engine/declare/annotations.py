"""Strawberry's declarations and annotations, as the catalogue and the graph look at them."""

from __future__ import annotations

from typing import Any

from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.lazy_type import LazyType

from engine.declare.types import Connection


def definition(origin: type) -> Any:
    """Return the Strawberry definition of a decorated class."""
    return origin.__strawberry_definition__  # type: ignore[attr-defined]


def unwrap(annotation: Any) -> tuple[Any, bool]:
    """Return (the type inside, whether it may be null) of a Strawberry field's type."""
    nullable = isinstance(annotation, StrawberryOptional)
    inner = annotation.of_type if nullable else annotation
    if isinstance(inner, LazyType):
        inner = inner.resolve_type()
    return inner, nullable


def is_connection(found: StrawberryObjectDefinition | None) -> bool:
    """Whether a Strawberry definition is some `Connection[…]`."""
    return found is not None and found.concrete_of is not None and found.concrete_of.origin is Connection
