"""Prices: what the SDL says of costs, and costs as sums of products, which the values of variables multiply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    get_named_type,
)
from strawberry.schema_directive import Location

COMMAND: Final = 10
"""Points of a command, before what its answer shows."""
EDGE: Final = 50
"""Points of a filter through an edge: what a page costs, for as many rows may be looked up."""
_LARGEST: Final = 250
"""Entries that a list has at most: asking for more is refused by the argument's name."""
_DIGITS: Final = 9
"""Digits of a size that are looked at: an integer with more is refused."""


@strawberry.schema_directive(
    locations=[
        Location.FIELD_DEFINITION,
        Location.OBJECT,
        Location.ARGUMENT_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
    ],
    name="cost",
    description="What it costs, in points, where an object does not cost 1 and a scalar nothing.",
)
class Cost:
    """`@cost(weight: "10")` in the SDL."""

    weight: str = strawberry.field(description="Points, as a whole number.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many entries a list is taken to have: what the slicing argument says, else the assumed size.",
)
class ListSize:
    """`@listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"])` in the SDL.

    `sized_fields` are the lists below the field that have the size, when it is not the list itself.
    """

    assumed_size: int = strawberry.field(description="Entries where no argument says how many.")
    slicing_arguments: list[str] = strawberry.field(description="Arguments that say how many: a count, or a list.")
    sized_fields: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Lists below the field that have the size, where the field is no list."
    )
    require_one_slicing_argument: bool = strawberry.field(
        default=False, description="Whether one of the arguments must be given."
    )


def within(size: int) -> int:
    """A size as far as a list may have it."""
    return min(max(size, 0), _LARGEST)


@dataclass(frozen=True, slots=True)
class Variable:
    """A size that a variable says: a count, or a list whose length counts; left out, the assumed size."""

    name: str
    assumed: int

    def size(self, variables: Mapping[str, Any]) -> int:
        """The size for these variables; nonsense is refused later, by its name."""
        value = variables.get(self.name)
        if value is None:
            return self.assumed
        return within(len(value) if isinstance(value, list) else int(value))


@dataclass(frozen=True, slots=True)
class Named(Variable):
    """The points of the fields that the value of a variable of an input type names."""

    of: Any

    def size(self, variables: Mapping[str, Any]) -> int:
        """The points for these variables."""
        return _named(self.of, variables.get(self.name))


Terms = dict[tuple[Variable, ...], int]
"""A sum of products: by the variables multiplied, what they are multiplied with."""
Size = int | Variable


def written(kind: GraphQLInputType, value: Any) -> Terms:
    """What the fields of an input cost that a value in a document names; of a variable, what its value will name."""
    inner: Any = get_named_type(kind)
    total: Terms = {}
    if not _has_prices(inner):
        return total
    if isinstance(value, VariableNode):
        return {(Named(value.name.value, 0, inner),): 1}
    for each in value.values if isinstance(value, ListValueNode) else ():
        add(total, written(kind, each))
    for field in value.fields if isinstance(value, ObjectValueNode) else ():
        known = inner.fields.get(field.name.value)
        if known is not None:
            said = directive_of(known, Cost)
            add(total, {(): int(said.weight) if said is not None else 0})
            add(total, written(known.type, field.value))
    return total


def _named(inner: Any, value: Any) -> int:
    """What the fields of an input cost that a value names."""
    if isinstance(value, list):
        return sum(_named(inner, each) for each in value)
    if not isinstance(value, Mapping) or not _has_prices(inner):
        return 0
    total = 0
    for key, each in value.items():
        known = inner.fields.get(key)
        if known is not None:
            said = directive_of(known, Cost)
            total += (int(said.weight) if said is not None else 0) + _named(get_named_type(known.type), each)
    return total


@cache
def _has_prices(inner: Any) -> bool:
    """Whether a field of an input, or of an input in it, has a price."""
    waiting, seen = [inner], set()
    while waiting:
        each = waiting.pop()
        if each in seen or not isinstance(each, GraphQLInputObjectType):
            continue
        seen.add(each)
        if any(directive_of(found, Cost) for found in each.fields.values()):
            return True
        waiting += [get_named_type(found.type) for found in each.fields.values()]
    return False


def directive_of(
    element: GraphQLField | GraphQLNamedType | GraphQLArgument | GraphQLInputField, wanted: type[Any]
) -> Any:
    """What the SDL says of an element by such a directive, or None."""
    declared = (element.extensions or {}).get("strawberry-definition")
    return next((each for each in getattr(declared, "directives", None) or () if isinstance(each, wanted)), None)


def size_of(says: ListSize, node: Any) -> Size:
    """What the first slicing argument that is given says."""
    for argument in node.arguments or ():
        value = argument.value
        if argument.name.value not in says.slicing_arguments:
            continue
        if isinstance(value, VariableNode):
            return Variable(value.name.value, says.assumed_size)
        if isinstance(value, IntValueNode):
            return within(int(value.value[:_DIGITS]))
        if isinstance(value, ListValueNode):
            return within(len(value.values))
    return says.assumed_size


def add(total: Terms, more: Terms) -> None:
    """Add a sum to a sum."""
    for factors, count in more.items():
        total[factors] = total.get(factors, 0) + count


def times(terms: Terms, size: Size) -> Terms:
    """Multiply a sum."""
    if isinstance(size, int):
        return {factors: count * size for factors, count in terms.items()}
    return {tuple(sorted((*factors, size), key=lambda each: each.name)): count for factors, count in terms.items()}
