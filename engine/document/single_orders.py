"""Variables of one order where a list of them is taken: `query ($order: QuoteOrder) { quotes(orderBy: $order) … }`.

`orderBy` was no list at first. GraphQL makes a list of a single value in the document, but refuses a variable that is
declared as one, so that documents of that time would be invalid.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_object_type,
    visit,
)

ARGUMENT = "orderBy"


def accept_single_orders(schema: GraphQLSchema, tree: DocumentNode) -> DocumentNode:
    """Declare each variable of one order that is the whole value of an `orderBy` as a list: it is coerced to one."""
    names = _orders(schema)
    used = _Used()
    visit(tree, used)
    return visit(tree, _Listed(used.names, names)) if used.names else tree


@lru_cache(maxsize=8)
def _orders(schema: GraphQLSchema) -> frozenset[str]:
    """The names of the types that `orderBy` takes."""
    types = [each for each in schema.type_map.values() if is_object_type(each)]
    arguments = [field.args[ARGUMENT] for each in types for field in each.fields.values() if ARGUMENT in field.args]
    return frozenset(get_named_type(each.type).name for each in arguments)


class _Used(Visitor):
    """Collects the variables that are the whole value of an `orderBy`."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        if node.name.value == ARGUMENT and isinstance(node.value, VariableNode):
            self.names.add(node.value.name.value)


class _Listed(Visitor):
    """Makes lists of the types of these variables where the types are these."""

    def __init__(self, variables: set[str], types: frozenset[str]) -> None:
        super().__init__()
        self.variables, self.types = variables, types

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> VariableDefinitionNode | None:
        required = isinstance(node.type, NonNullTypeNode)
        single: Any = node.type.type if isinstance(node.type, NonNullTypeNode) else node.type
        if not isinstance(single, NamedTypeNode) or single.name.value not in self.types:
            return None
        if node.variable.name.value not in self.variables:
            return None
        listed = ListTypeNode(type=NonNullTypeNode(type=single))
        return replace(node, type=NonNullTypeNode(type=listed) if required else listed)
