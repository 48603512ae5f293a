"""Reading a document: the selection sets below a root field become a selection the compiler knows.

graphql-core collects the fields (aliases, fragments, merging, directives are its own rules); fields the key may not see
become null here, each with one error that names the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import ListValueNode, ObjectValueNode
from graphql.type import is_non_null_type

from core.errors import InsufficientScope
from engine.declare.catalogue import Catalogue, Column, Computed, Many, One, TypeSpec
from engine.declare.rows import Order, Rows
from engine.graph.graph import Graph
from engine.sql.filters import read_filter
from engine.sql.metrics_compiler import Entries, MetricsSelection
from engine.sql.pages import NESTED, order_inside, read_page, settle
from engine.sql.plans import Selection
from engine.sql.selection import (
    Children,
    Edge,
    Edges,
    Facts,
    Hole,
    Literal,
    Nodes,
    Object,
    PageFact,
    PageOf,
    Total,
    Value,
)
from engine.sql.splicing import Complete, completer, is_plain

Details = list[Any]
Path = tuple[str, ...]
Given = Callable[[VariableValues], Mapping[str, Any]]


def arguments_of(definition: GraphQLField, node: FieldNode) -> Given:
    """Prepare the arguments of a field: constants once, plain variables by look-up, the rest by graphql-core."""
    given = {each.name.value: each.value for each in node.arguments or ()}
    if not any(_has_variable(value) for value in given.values()):
        return _constants(definition, node)
    if any(_has_variable(value) and not isinstance(value, VariableNode) for value in given.values()):
        return lambda variables: get_argument_values(definition, node, variables)
    return _variables(definition, node, given)


def _constants(definition: GraphQLField, node: FieldNode) -> Given:
    try:
        found = get_argument_values(definition, node, VariableValues({}, {}))
    except GraphQLError:
        return lambda variables: get_argument_values(definition, node, variables)
    return lambda _: found


def _variables(definition: GraphQLField, node: FieldNode, given: dict[str, Any]) -> Given:
    """All variables given and none null: look them up; else let graphql-core apply defaults and complain."""
    plain = FieldNode(name=node.name, arguments=tuple(a for a in node.arguments or () if not _has_variable(a.value)))
    try:
        fixed = get_argument_values(_without(definition, given), plain, VariableValues({}, {}))
    except GraphQLError:
        return lambda variables: get_argument_values(definition, node, variables)
    wanted = [(name, value.name.value) for name, value in given.items() if isinstance(value, VariableNode)]

    def look_up(variables: VariableValues) -> Mapping[str, Any]:
        found = dict(fixed)
        for name, variable in wanted:
            value = variables.coerced.get(variable)
            if value is None:
                return get_argument_values(definition, node, variables)
            found[name] = value
        return found

    return look_up


def _without(definition: GraphQLField, given: dict[str, Any]) -> GraphQLField:
    kept = {name: each for name, each in definition.args.items() if not _has_variable(given.get(name))}
    return GraphQLField(definition.type, args=kept)


def _has_variable(value: Any) -> bool:
    if isinstance(value, ListValueNode):
        return any(_has_variable(each) for each in value.values)
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(each.value) for each in value.fields)
    return isinstance(value, VariableNode)


@dataclass(slots=True)
class NestedRows:
    """A connection below a row: its arguments become `Rows` at each request."""

    spec: TypeSpec
    wanted: PageOf
    arguments: Given
    order: Order

    def rows(self, variables: VariableValues) -> Rows[Any]:
        """The page asked for, settled."""
        given = self.arguments(variables)
        rows: Rows[Any] = Rows(self.spec.model, slice=read_page(given, NESTED, self.spec))
        return settle(rows.filter(read_filter(self.spec, given.get("filter"))), self.spec, self.order)


@dataclass(slots=True)
class Reader:
    """Reads the selections of one operation for one set of directive flags and scopes the key lacks."""

    graph: Graph
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    variables: VariableValues
    missing: frozenset[str]
    nested: list[NestedRows] = field(default_factory=list)
    denied: list[GraphQLError] = field(default_factory=list)

    @property
    def catalogue(self) -> Catalogue:
        """The types."""
        return self.graph.catalogue

    def collect(self, parent: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """Collect the fields selected of a type, by response key."""
        schema = self.graph.schema
        found = collect_subfields(schema, self.fragments, self.variables, self.operation, parent, details)
        return found.grouped_field_set

    def gtype(self, name: str) -> GraphQLObjectType:
        """The GraphQL object type of a name."""
        found = self.graph.schema.type_map[name]
        assert isinstance(found, GraphQLObjectType)
        return found

    def object(self, spec: TypeSpec, details: Details, path: Path) -> Object:
        """Read what is wanted of one row."""
        gtype = self.gtype(spec.name)
        wanted = Object(spec)
        for key, selected in self.collect(gtype, details).items():
            wanted.entries.append(self._entry(spec, gtype, key, selected, (*path, key)))
        return wanted

    def _entry(self, spec: TypeSpec, gtype: GraphQLObjectType, key: str, selected: Details, path: Path) -> Any:
        name = selected[0].node.name.value
        if name == "__typename":
            return Literal(key, f'"{gtype.name}"')
        found = spec.fields[name]
        if found.scope in self.missing:
            return self.deny(key, str(found.scope), selected, path)
        if isinstance(found, Column):
            return Value(key, found)
        if isinstance(found, Computed):
            return Hole(key, found, selected, self._completer(found, gtype.fields[name], selected))
        if isinstance(found, One):
            return Edge(key, found, self.object(self.catalogue.types[found.target], selected, path))
        return self._children(found, gtype.fields[name], key, selected, path)

    def _completer(self, found: Computed, definition: GraphQLField, selected: Details) -> Complete | None:
        if found.method is None or not is_plain(definition.type):
            return None
        return completer(definition.type, selected, self.collect)

    def deny(self, key: str, scope: str, selected: Details, path: Path) -> Literal:
        """Answer null for a field and say which scope would show it."""
        original = InsufficientScope(scope, field=path[-1])
        nodes = [each.node for each in selected]
        self.denied.append(GraphQLError(original.message, nodes=nodes, path=list(path), original_error=original))
        return Literal(key, "null")

    def _children(self, found: Many, definition: GraphQLField, key: str, selected: Details, path: Path) -> Children:
        target = self.catalogue.types[found.target]
        wanted = PageOf(target)
        self.nested.append(
            NestedRows(target, wanted, arguments_of(definition, selected[0].node), order_inside(found, target))
        )
        source = len(self.nested)
        self._fill(wanted, selected, path)
        return Children(key, found.column, source, wanted, not is_non_null_type(definition.type))

    def page(self, spec: TypeSpec, details: Details, path: Path) -> PageOf:
        """Read what is wanted of a page."""
        wanted = PageOf(spec)
        self._fill(wanted, details, path)
        return wanted

    def _fill(self, wanted: PageOf, details: Details, path: Path) -> None:
        spec = wanted.type
        gtype = self.gtype(f"{spec.name}Connection")
        for key, selected in self.collect(gtype, details).items():
            wanted.entries.append(self._page_entry(spec, gtype, key, selected, (*path, key)))

    def _page_entry(self, spec: TypeSpec, gtype: GraphQLObjectType, key: str, selected: Details, path: Path) -> Any:
        name = selected[0].node.name.value
        if name == "__typename":
            return Literal(key, f'"{gtype.name}"')
        if name == "nodes":
            return Nodes(key, self.object(spec, selected, path))
        if name == "edges":
            return self._edges(spec, key, selected, path)
        if name == "totalCount":
            given = get_argument_values(gtype.fields[name], selected[0].node, self.variables)
            return Total(key, bool(given["exact"]))
        return self._page_info(key, selected)

    def _edges(self, spec: TypeSpec, key: str, details: Details, path: Path) -> Edges:
        gtype = self.gtype(f"{spec.name}Edge")
        wanted = Edges(key, [])
        for inner, selected in self.collect(gtype, details).items():
            name = selected[0].node.name.value
            if name == "__typename":
                wanted.entries.append((f'"{gtype.name}"', inner, None))
            elif name == "cursor":
                wanted.entries.append(("cursor", inner, None))
            else:
                wanted.entries.append(("node", inner, self.object(spec, selected, (*path, inner))))
        return wanted

    def _page_info(self, key: str, details: Details) -> Facts:
        gtype = self.gtype("PageInfo")
        wanted = Facts(key, [])
        for inner, selected in self.collect(gtype, details).items():
            name = selected[0].node.name.value
            wanted.entries.append(Literal(inner, '"PageInfo"') if name == "__typename" else PageFact(inner, name))
        return wanted

    def metrics(self, details: Details) -> MetricsSelection:
        """Read what is wanted of figures."""
        return MetricsSelection(self._entries(self.gtype("Metrics"), details))

    def _entries(self, gtype: GraphQLObjectType, details: Details) -> Entries:
        found: Entries = []
        for key, selected in self.collect(gtype, details).items():
            name = selected[0].node.name.value
            if name == "__typename":
                found.append((key, "", f'"{gtype.name}"'))
                continue
            inner = get_named_type(gtype.fields[name].type)
            below = self._entries(inner, selected) if isinstance(inner, GraphQLObjectType) else None
            found.append((key, name, below))
        return found

    def selection(self, spec: TypeSpec, details: Details, key: str, *, listed: bool) -> Selection:
        """Read what is wanted of the rows of one field."""
        path = (key,)
        wanted = self.page(spec, details, path) if listed else self.object(spec, details, path)
        return Selection(spec, wanted, self.nested, self.denied)
