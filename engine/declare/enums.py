"""Enums of the graph, each declared with what its words mean."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

from engine.declare.annotations import definition
from engine.declare.checks import BadDeclaration

E = TypeVar("E", bound=type[Enum])


def describe_enum(origin: E, about: str, words: Mapping[str, str], *, name: str | None = None) -> E:
    """Declare an enum: what it says, and what each of its words means; BadDeclaration for a word left out."""
    made = strawberry.enum(origin, name=name, description=about)
    values: list[Any] = definition(made).values
    if {each.name for each in values} != {*words}:
        raise BadDeclaration(f"{origin.__name__}: describe each of {', '.join(each.name for each in values)}")
    for each in values:
        each.description = words[each.name]
    return made
