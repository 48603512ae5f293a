"""The graph: one Strawberry schema, the catalogue of its types, and its root fields bound to resolvers.

Both doors stand on a `Graph`: GraphQL plans documents against it, REST derives its routes from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, OperationType
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from engine.declare.annotations import definition, is_connection, unwrap
from engine.declare.catalogue import Catalogue, Many, One, TypeSpec
from engine.declare.checks import BadDeclaration, connected
from engine.declare.names import Spelling
from engine.declare.prices import COMMAND, Cost, ListSize
from engine.declare.scalars import SCALARS
from engine.declare.types import DECLARED, requires
from engine.graph.arguments import Arguments
from engine.graph.describing import describe
from engine.graph.operations import Binding, Operation
from engine.sql.pages import NESTED, ROOT, PageSize


@dataclass(frozen=True, slots=True)
class Root:
    """A root field: its binding, and the type of its rows (None for `node`, or when it returns no rows)."""

    name: str
    kind: str
    binding: Binding
    target: TypeSpec | None
    listed: bool
    rows: bool
    nullable: bool

    @property
    def operation(self) -> Operation:
        """The declaration."""
        return self.binding.operation


class Graph:
    """A schema built from the root classes of the resources and their declared types."""

    def __init__(
        self,
        query: type,
        mutation: type,
        types: Sequence[type],
        subscription: type | None = None,
        rest_only: Sequence[tuple[str, type]] = (),
    ) -> None:
        self.catalogue = Catalogue(types)
        self._arguments = Arguments(self.catalogue)
        self.roots: dict[tuple[str, str], Root] = {}
        self.rest_only: list[Root] = []
        """Operations that GraphQL has in other words: routes alone are made of them."""
        for declared in definition(query).fields:
            target, listed = self._target(declared.type)
            mark: Operation | None = declared.metadata.get(DECLARED)
            if listed and target is not None and (mark is None or mark.path is None):
                self.catalogue.resources[self._name(declared)] = target
        for kind, origin in (("query", query), ("mutation", mutation), ("subscription", subscription)):
            if origin is not None:
                self._declare_roots(kind, origin)
        for kind, origin in rest_only:
            self.rest_only += [self._root(kind, declared) for declared in definition(origin).fields]
        self._declare_edges()
        config = StrawberryConfig(scalar_map=SCALARS, name_converter=Spelling())
        self.strawberry = strawberry.Schema(
            query=query, mutation=mutation, subscription=subscription, types=types, config=config
        )
        self.schema: GraphQLSchema = self.strawberry._schema  # noqa: SLF001  # the engine stands on it
        describe(self.schema, self.catalogue)
        self.kinds = {
            found.name: each.value for each in OperationType if (found := self.schema.get_root_type(each)) is not None
        }
        """The kind of operation that each root type is of."""
        self._bind()

    @property
    def served(self) -> list[Root]:
        """Every operation that routes are made of."""
        return [*self.roots.values(), *self.rest_only]

    def root(self, kind: str, field: str) -> Root | None:
        """The root field `field` of `query`, `mutation` or `subscription`; None for one that is not an operation."""
        return self.roots.get((kind, field))

    def sdl(self) -> str:
        """The schema as clients see it."""
        return self.strawberry.as_str() + "\n"

    def _declare_roots(self, kind: str, origin: type) -> None:
        for declared in definition(origin).fields:
            root = self._root(kind, declared)
            mark = root.operation
            declared.arguments = self._arguments.of(mark, root.target)
            prices = _prices(kind, declared, mark, listed=root.listed)
            _direct(declared, *requires(mark.scope), *prices)
            self.roots[kind, root.name] = root

    def _root(self, kind: str, declared: StrawberryField) -> Root:
        mark: Operation | None = declared.metadata.get(DECLARED)
        if mark is None:
            raise BadDeclaration(f"{declared.python_name}: declare it with operation")
        target, listed = self._target(declared.type)
        _, nullable = unwrap(declared.type)
        binding = Binding(mark, self.catalogue, target)
        return Root(self._name(declared), kind, binding, target, listed, mark.returns_rows, nullable)

    def _name(self, declared: Any) -> str:
        name: str = Spelling().get_graphql_name(declared)
        return name

    def _target(self, annotation: Any) -> tuple[TypeSpec | None, bool]:
        inner, _ = unwrap(annotation)
        found: StrawberryObjectDefinition | None = getattr(inner, "__strawberry_definition__", None)
        if is_connection(found):
            return self.catalogue.types[connected(inner).__name__], True
        return self.catalogue.types.get(getattr(inner, "__name__", "")), False

    def _declare_edges(self) -> None:
        """Give what is known of an edge only now: the scope of the area it leads to, and how its rows are paged."""
        for spec in self.catalogue.types.values():
            for declared in definition(spec.origin).fields:
                found = spec.fields.get(self._name(declared))
                if isinstance(found, (One, Many)):
                    _direct(declared, *requires(found.scope))
                if isinstance(found, Many):
                    declared.arguments = self._arguments.nested(self.catalogue.types[found.target])
                    _direct(declared, _paged(NESTED))

    def _bind(self) -> None:
        for (kind, name), root in self.roots.items():
            parent = self.schema.get_root_type(OperationType(kind))
            assert parent is not None
            parent.fields[name].resolve = _source if kind == "subscription" else _resolver(root)
        for found in self.schema.type_map.values():
            if isinstance(found, GraphQLInterfaceType):
                found.resolve_type = _no_runtime_type
            elif isinstance(found, GraphQLObjectType):
                found.is_type_of = None


def _direct(declared: Any, *directives: object) -> None:
    """Give a field directives that it does not have yet: types may be in several graphs."""
    declared.directives = [*declared.directives, *(each for each in directives if each not in declared.directives)]


def _prices(kind: str, declared: StrawberryField, mark: Operation, *, listed: bool) -> list[object]:
    """What the SDL says of a root field's cost."""
    if mark.cost is not None:
        return [Cost(weight=str(mark.cost))]
    if listed:
        return [_paged(ROOT)]
    if kind == "mutation":
        return [Cost(weight=str(COMMAND))]
    if any(each.python_name == "first" for each in declared.arguments):
        return [ListSize(assumed_size=ROOT.default, slicing_arguments=["first"], sized_fields=["nodes"])]
    lists = [each.python_name for each in declared.arguments if isinstance(each.type, StrawberryList)]
    if lists and isinstance(declared.type, StrawberryList):
        return [ListSize(assumed_size=1, slicing_arguments=lists)]
    return []


def _paged(size: PageSize) -> ListSize:
    slicing, sized = ["first", "last"], ["edges", "nodes"]
    return ListSize(assumed_size=size.default, slicing_arguments=slicing, sized_fields=sized)


def _resolver(root: Root) -> Any:
    async def resolve(_source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        return await root.binding.call(info.context, given)

    return resolve


def _source(source: Any, _info: GraphQLResolveInfo[Any], **_given: Any) -> Any:
    """A subscription's field is the event itself."""
    return source


def _no_runtime_type(value: Any, _info: GraphQLResolveInfo[Any], _abstract: Any) -> str:
    return type(value).__name__
