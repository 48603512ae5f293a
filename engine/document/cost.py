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

from graphql import (
    BooleanValueNode,
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_object_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.type import get_nullable_type

from core.errors import BadRequest
from engine.declare.prices import (
    Cost,
    ListSize,
    Size,
    Terms,
    Variable,
    add,
    directive_of,
    size_of,
    times,
    written,
)

MAX_POINTS: Final = 50_000
"""Points that one document may cost (semantics.md §3)."""
_INTROSPECTED: Final = 10
"""How many entries a list of the introspection is taken to have."""


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


def check_cost(points: int, field: str = "query") -> None:
    """Raise BadRequest, which names the `field`, when a request costs more than any request may."""
    if points > MAX_POINTS:
        raise BadRequest(
            f"{field}: costs {points:,} points, more than the {MAX_POINTS:,} of one request;"
            " ask for fewer rows at once",
            field=field,
        )


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
                add(total, self._field(parent, name, definition, details, sized))
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
        found: Terms = {(): _weight(definition, inner, composite=composite)}
        add(found, _asked_for(definition, details[0].node))
        says = directive_of(definition, ListSize)
        size: Size = 1 if says is None else size_of(says, details[0].node)
        below = dict.fromkeys(says.sized_fields, size) if says is not None and says.sized_fields else {}
        if composite:
            add(found, self._below(inner, details, below))
        if name in sized:
            return times(found, sized[name])
        if is_list_type(get_nullable_type(definition.type)) and not below:
            introspected = parent.name.startswith("__") and composite
            return times(found, _INTROSPECTED if introspected else size)
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
    said = directive_of(definition, Cost) or directive_of(inner, Cost)
    return int(said.weight) if said is not None else int(composite)


def _asked_for(definition: GraphQLField, node: FieldNode) -> Terms:
    """What the arguments that are given cost, and what is in them; one that says false costs nothing."""
    total: Terms = {(): 0}
    for argument in node.arguments or ():
        known = definition.args.get(argument.name.value)
        if known is None:
            continue
        said = directive_of(known, Cost)
        if said is not None and not (isinstance(argument.value, BooleanValueNode) and not argument.value.value):
            total[()] += int(said.weight)
        add(total, written(known.type, argument.value))
    return total
