"""What an operation needs, read from its text: scopes, Python or not, and the flags that change its shape."""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    TypeInfo,
    TypeInfoVisitor,
    TypeMetaFieldDef,
    VariableNode,
    Visitor,
    visit,
)

from engine.declare.catalogue import Computed, Many, One
from engine.graph.graph import Graph, Root
from engine.sql.splicing import is_plain


def facts_of(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode], graph: Graph) -> _Facts:
    """Read an operation, and of the document's fragments those that it reaches."""
    facts = _Facts(graph, operation.operation.value)
    for each in (operation, *_spread(operation, fragments)):
        visit(each, TypeInfoVisitor(facts.info, facts))
    return facts


class _Facts(Visitor):
    """Collects what an operation needs: scopes, variables that change its shape, and whether it needs Python."""

    def __init__(self, graph: Graph, kind: str) -> None:
        super().__init__()
        self.graph, self.kind = graph, kind
        self.info = TypeInfo(graph.schema)
        self.scopes: set[str] = set()
        self.root_scopes: set[str] = set()
        self.takes_much = False
        """Whether one of its commands takes many records, and so large variables."""
        self.flags: set[str] = set()
        self.needs_python = False
        self.introspects = self.reads = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        name = node.name.value
        definition = self.info.get_field_def()
        parent = self.info.get_parent_type()
        if name == "__typename" or parent is None:
            return
        if definition is SchemaMetaFieldDef or definition is TypeMetaFieldDef:
            self.needs_python = self.introspects = True
            return
        kind = self.graph.kinds.get(parent.name)
        if kind is not None:
            self.reads = True
            root = self.graph.root(kind, name)
            self.needs_python |= root is None or not root.rows
            self._root(root)
            return
        if name == "totalCount":
            self._flag(node)
            return
        spec = self.graph.catalogue.types.get(parent.name)
        found = spec.fields.get(name) if spec else None
        if isinstance(found, Computed):
            self.needs_python |= not (self.kind == "query" and self._is_spliced(found, definition))
        if found is not None and found.scope:
            self.scopes.add(found.scope)
        if isinstance(found, (One, Many)):
            self.scopes.add(self.graph.catalogue.types[found.target].scope)

    def _is_spliced(self, found: Computed, definition: GraphQLField | None) -> bool:
        return found.method is not None and definition is not None and is_plain(definition.type)

    def _root(self, root: Root | None) -> None:
        if root is None:
            return
        if root.operation.scope:
            self.root_scopes.add(root.operation.scope)
        self.takes_much |= root.operation.largest is not None
        if root.target is None and root.rows:
            self.scopes.update(spec.scope for spec in self.graph.catalogue.types.values())

    def enter_directive(self, node: Any, *_: Any) -> None:
        if node.name.value in {"include", "skip"}:
            self._flag(node)

    def _flag(self, node: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.flags.add(argument.value.name.value)


def _spread(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> list[FragmentDefinitionNode]:
    """The fragments that an operation reaches."""
    found: dict[str, FragmentDefinitionNode] = {}
    waiting: list[Any] = [operation]
    while waiting:
        spreads = _Spreads()
        visit(waiting.pop(), spreads)
        for name in spreads.names - found.keys():
            found[name] = fragments[name]
            waiting.append(fragments[name])
    return list(found.values())


class _Spreads(Visitor):
    """Collects the names of the fragments spread below a node."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: Any, *_: Any) -> None:
        self.names.add(node.name.value)
