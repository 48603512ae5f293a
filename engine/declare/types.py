"""How a type of the graph is declared: ordinary Strawberry classes whose fields say which column or table they are.

    @type_for(models.Quote, Scope.QUOTES_VIEW, "An offer to a client.")
    class Quote(Node):
        number: str = field("The shop's own number.")
        cost: Decimal | None = field("What it costs the shop.", scope=Scope.COSTS_VIEW)
        client: Client | None = one("client_id", "Who asked for it.")
        parts: Connection[QuotePart] = many("quote_id", "What is offered.", order="position")

        @computed("currency", description="What the code stands for.")
        def currency_name(self) -> str: ...

A declaration is both the SDL and the SQL: nothing else describes a field. `engine.declare.catalogue` reads it once at
start-up.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, dataclass_transform

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directive import Location
from strawberry.types.arguments import StrawberryArgument

from core.record import Row
from engine.declare.prices import Cost

T = TypeVar("T")
DECLARED = "forge"


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION],
    name="requiresScopes",
    description="The key needs these scopes (all of one inner list): without them a field is null, a request refused.",
)
class RequiresScopes:
    """`@requiresScopes(scopes: [["costs.view"]])` in the SDL."""

    scopes: list[list[str]] = strawberry.field(description="Lists of scopes: all of one of them are needed.")


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    """What has an id of its own; the id says of which type it is."""

    id: strawberry.ID = strawberry.field(description="A UUIDv7 that carries the type.")


@strawberry.type(description="Where a page stands in its list.", directives=[Cost(weight="0")])
class PageInfo:
    """The Relay page information."""

    has_next_page: bool = strawberry.field(description="Whether more follows in the direction of paging.")
    has_previous_page: bool = strawberry.field(description="Whether more comes before, when paging backward.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type(description="A row and its place in the list.", directives=[Cost(weight="0")])
class Edge(Generic[T]):
    """One row of a connection."""

    cursor: str = strawberry.field(description="Opaque; good for `after` and `before` with the same filter and order.")
    node: T = strawberry.field(description="The row.")


def _count() -> Any:
    exact = StrawberryAnnotation(bool)
    made: Any = strawberry.field(
        description="How many rows the whole list has; counted up to 10,001 (= more than 10,000) unless `exact`.",
        directives=[Cost(weight="5")],
    )
    about = "Count to the end, whatever it costs."
    dear = [Cost(weight="100")]
    made.arguments = [StrawberryArgument("exact", None, exact, default=False, description=about, directives=dear)]
    return made


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A Relay connection; `nodes` is `edges { node }` without the cursors."""

    edges: list[Edge[T]] = strawberry.field(description="The rows of the page with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
    total_count: int = _count()


@dataclass(frozen=True, slots=True)
class ColumnMark:
    """The field is a column of the row."""

    column: str | None
    scope: str | None


@dataclass(frozen=True, slots=True)
class OneMark:
    """The field is the row that `column` refers to."""

    column: str


@dataclass(frozen=True, slots=True)
class ManyMark:
    """The field is the rows whose `column` refers to this row, in `order` unless the caller orders them."""

    column: str
    order: str | None


@dataclass(frozen=True, slots=True)
class ComputedMark:
    """The field is computed in Python from the columns it needs: a hole in the statement.

    `in_rest` says that REST shows what it computes. `method` is what computes it where that takes nothing but the row,
    and (`with_context`) the `Reading`; else None.
    """

    needs: tuple[str, ...]
    scope: str | None
    method: Callable[..., Any] | None = None
    with_context: bool = False
    column: str | None = None
    """The column that REST and events show in its place."""
    in_rest: bool = False


Mark = ColumnMark | OneMark | ManyMark | ComputedMark


def requires(scope: str | None) -> list[object]:
    """What the SDL says of a field that needs a scope."""
    return [RequiresScopes(scopes=[[str(scope)]])] if scope else []


def field(description: str, *, column: str | None = None, scope: str | None = None) -> Any:
    """Declare a column of the row; `column` where it is named differently from the field.

    How lists can be filtered, sorted and searched by it is a fact of the model's column (`core.facts`). A scoped field
    must be nullable: a denial nulls it and nothing above it.
    """
    mark = ColumnMark(column, scope)
    return strawberry.field(description=description, metadata={DECLARED: mark}, directives=requires(scope))


def one(column: str, description: str) -> Any:
    """Declare the row that this row's `column` refers to; its area's view scope is needed to see it.

    Lists can be filtered by its id (`clientId`) where the column is filterable.
    """
    return strawberry.field(description=description, metadata={DECLARED: OneMark(column)})


def many(column: str, description: str, *, order: str | None = None) -> Any:
    """Declare the rows whose `column` refers to this row, paged, in the order given (else newest first)."""
    return strawberry.field(description=description, metadata={DECLARED: ManyMark(column, order)})


def computed(
    *needs: str, description: str, scope: str | None = None, column: str | None = None, in_rest: bool = False
) -> Callable[[Callable[..., Any]], Any]:
    """Declare a field computed in Python from the columns named; the method sees only those on `self`.

    It may take the `Reading` as `ctx`, to fetch by `ctx.load(…)`, which batches. Its answer must follow from the
    columns and what is fetched: it is computed once for all rows of a request that have the same. A method that takes
    arguments of the caller, or whose type has resolvers of its own, is completed by graphql-core: several times slower.
    REST and events show it only where a `column` is named, which they show as it is; where it is `in_rest`, REST shows
    of rows that are read what is computed.
    """

    def declare(method: Callable[..., Any]) -> Any:
        takes = list(inspect.signature(method).parameters)[1:]
        direct = method if takes in ([], ["ctx"]) else None
        mark = ComputedMark(needs, scope, direct, bool(takes), column, in_rest)
        resolver = _given_context(method) if takes == ["ctx"] else method
        return strawberry.field(
            resolver, description=description, metadata={DECLARED: mark}, directives=requires(scope)
        )

    return declare


def _given_context(method: Callable[..., Any]) -> Callable[..., Any]:
    """What Strawberry calls in place of a method that takes the context."""

    def resolve(self: Any, info: Any) -> Any:
        return method(self, info.context)

    resolve.__module__, resolve.__name__ = method.__module__, method.__name__
    resolve.__annotations__ = {"info": strawberry.Info, "return": method.__annotations__["return"]}
    return resolve


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `type_for` was told about a class."""

    model: type[Row]
    scope: str
    order: str


@dataclass_transform(field_specifiers=(field, one, many))
def type_for(model: type[Row], scope: str, description: str, *, by: str = "created_at") -> Callable[[type[T]], type[T]]:
    """Declare the graph's type of a table.

    `scope` is the view scope of its area, `by` the column that orders its lists when nobody does: records newest first,
    parts in their order.
    """

    def declare(cls: type[T]) -> type[T]:
        made = strawberry.type(cls, description=description)
        setattr(made, DECLARED, Declaration(model, scope, by))
        return made

    return declare
