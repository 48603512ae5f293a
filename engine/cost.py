"""Static cost: what a document is worth in points, known before anything of it runs.

An object costs 1, a connection its rows, a scalar nothing; a field may say otherwise by `@cost`, and `@listSize` says
how many rows a list is taken to have. Both are in the SDL, after the cost specification of IBM, so that a client can
work out what we work out. A cost is a sum of products: what variables say only multiplies at each request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import strawberry
from graphql import (
    BooleanValueNode,
    FieldNode,
    GraphQLAbstractType,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_object_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.type import get_nullable_type
from strawberry.schema_directive import Location

from core.errors import BadRequest

MOST: Final = 50_000
"""Points that one document may cost (semantics.md §3)."""
COMMAND: Final = 10
"""Points of a command, before what its answer shows."""
_LARGEST: Final = 250
"""Entries that a list has at most: asking for more is refused by the argument's name."""
_DIGITS: Final = 9
"""Digits of a size that are looked at: an integer with more is refused."""
_INTROSPECTED: Final = 10
"""How many entries a list of the introspection is taken to have."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.ARGUMENT_DEFINITION],
    name="cost",
    description="What it costs, in points, where an object does not cost 1 and a scalar nothing.",
)
class Cost:
    """`@cost(weight: "10")` in the SDL."""

    weight: str


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many entries a list is taken to have: what the slicing argument says, else the assumed size.",
)
class ListSize:
    """`@listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"])` in the SDL.

    `sized_fields` are the lists below the field that have the size, when it is not the list itself.
    """

    assumed_size: int
    slicing_arguments: list[str]
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool = False


def _within(size: int) -> int:
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
        return _within(len(value) if isinstance(value, list) else int(value))


Terms = dict[tuple[Variable, ...], int]
"""A sum of products: by the variables multiplied, what they are multiplied with."""
Size = int | Variable


@dataclass(frozen=True, slots=True)
class Formula:
    """The cost of an operation for one set of directive flags."""

    fixed: int
    rest: tuple[tuple[int, tuple[Variable, ...]], ...]

    def points(self, variables: Mapping[str, Any]) -> int:
        """The cost for these variables, as graphql-core coerced them."""
        total = self.fixed
        for count, factors in self.rest:
            for each in factors:
                count *= each.size(variables)  # noqa: PLW2901  # a product is made step by step
            total += count
        return total


def formula(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDetails],
    variables: VariableValues,
) -> Formula:
    """Work out the formula of what is valid in an operation; only variables that directives name are looked at."""
    terms = _Pricing(schema, operation, fragments, variables).terms
    fixed = terms.pop((), 0)
    return Formula(fixed, tuple((count, factors) for factors, count in terms.items()))


def check_cost(points: int) -> None:
    """Raise BadRequest when a request costs more than any request may."""
    if points > MOST:
        message = f"query: costs {points:,} points, more than the {MOST:,} of one request; ask for fewer rows at once"
        raise BadRequest(message, field="query")


class _Pricing:
    """Prices one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._schema, self._operation = schema, operation
        self._fragments, self._variables = fragments, variables

    @cached_property
    def terms(self) -> Terms:
        parent = self._schema.get_root_type(self._operation.operation)
        assert parent is not None
        found = collect_fields(self._schema, self._fragments, self._variables, parent, self._operation)
        return self._fields(parent, found.grouped_field_set, {})

    def _fields(self, parent: GraphQLObjectType, fields: Mapping[str, list[Any]], sized: Mapping[str, Size]) -> Terms:
        total: Terms = {}
        for details in fields.values():
            name = details[0].node.name.value
            definition = _META.get(name) or parent.fields.get(name)
            if definition is not None:
                _add(total, self._field(parent, name, definition, details, sized))
        return total

    def _field(
        self,
        parent: GraphQLObjectType,
        name: str,
        definition: GraphQLField,
        details: list[Any],
        sized: Mapping[str, Size],
    ) -> Terms:
        inner = get_named_type(definition.type)
        composite = is_object_type(inner) or is_abstract_type(inner)
        found: Terms = {(): _weight(definition, inner, composite=composite) + _asked_for(definition, details[0].node)}
        says = _directive(definition, ListSize)
        size: Size = 1 if says is None else _size(says, details[0].node)
        below = dict.fromkeys(says.sized_fields, size) if says is not None and says.sized_fields else {}
        if composite:
            _add(found, self._below(inner, details, below))
        if name in sized:
            return _times(found, sized[name])
        if is_list_type(get_nullable_type(definition.type)) and not below:
            introspected = parent.name.startswith("__") and composite
            return _times(found, _INTROSPECTED if introspected else size)
        return found

    def _below(self, inner: GraphQLNamedType, details: list[Any], sized: Mapping[str, Size]) -> Terms:
        if isinstance(inner, GraphQLObjectType):
            return self._object(inner, details, sized)
        assert is_abstract_type(inner)
        return self._dearest(inner, details)

    def _dearest(self, inner: GraphQLAbstractType, details: list[Any]) -> Terms:
        """What a row of an unknown type costs at most: of each product the largest that any type has."""
        found: Terms = {}
        for each in self._schema.get_possible_types(inner):
            for factors, count in self._object(each, details, {}).items():
                found[factors] = max(found.get(factors, 0), count)
        return found

    def _object(self, gtype: GraphQLObjectType, details: list[Any], sized: Mapping[str, Size]) -> Terms:
        found = collect_subfields(self._schema, self._fragments, self._variables, self._operation, gtype, details)
        return self._fields(gtype, found.grouped_field_set, sized)


_META: Final = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


def _weight(definition: GraphQLField, inner: GraphQLNamedType, *, composite: bool) -> int:
    said = _directive(definition, Cost) or _directive(inner, Cost)
    return int(said.weight) if said is not None else int(composite)


def _asked_for(definition: GraphQLField, node: FieldNode) -> int:
    """What the arguments that are given cost; one that says false costs nothing."""
    total = 0
    for argument in node.arguments or ():
        known = definition.args.get(argument.name.value)
        said = None if known is None else _directive(known, Cost)
        if said is not None and not (isinstance(argument.value, BooleanValueNode) and not argument.value.value):
            total += int(said.weight)
    return total


def _directive(element: GraphQLField | GraphQLNamedType | GraphQLArgument, wanted: type[Any]) -> Any:
    declared = (element.extensions or {}).get("strawberry-definition")
    return next((each for each in getattr(declared, "directives", None) or () if isinstance(each, wanted)), None)


def _size(says: ListSize, node: Any) -> Size:
    """What the first slicing argument that is given says."""
    for argument in node.arguments or ():
        value = argument.value
        if argument.name.value not in says.slicing_arguments:
            continue
        if isinstance(value, VariableNode):
            return Variable(value.name.value, says.assumed_size)
        if isinstance(value, IntValueNode):
            return _within(int(value.value[:_DIGITS]))
        if isinstance(value, ListValueNode):
            return _within(len(value.values))
    return says.assumed_size


def _add(total: Terms, more: Terms) -> None:
    for factors, count in more.items():
        total[factors] = total.get(factors, 0) + count


def _times(terms: Terms, size: Size) -> Terms:
    if isinstance(size, int):
        return {factors: count * size for factors, count in terms.items()}
    return {tuple(sorted((*factors, size), key=lambda each: each.name)): count for factors, count in terms.items()}
