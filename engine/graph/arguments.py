"""Arguments of the graph: what operations and connections take, with one filter and one order type per type."""

from __future__ import annotations

import dataclasses
import inspect
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import GenericAlias
from typing import Any, Final

import strawberry
from strawberry.types.arguments import StrawberryArgument

from engine.declare.catalogue import Catalogue, Column, Through, TypeSpec
from engine.declare.declared import argument, declare, input_class
from engine.declare.enums import describe_enum
from engine.declare.inputs import bare, graphql_annotation
from engine.declare.kinds import TEXT
from engine.declare.names import snake, spaced
from engine.declare.prices import EDGE, Cost
from engine.declare.rows import Deleted, Page
from engine.declare.types import requires
from engine.graph.metrics_types import MetricsArguments
from engine.graph.operations import Operation, model_of
from engine.sql.comparisons import SEVERAL, describe_operator
from engine.sql.edge_filters import MAX_IDS
from engine.sql.filters import DELETED
from engine.sql.metrics import Metrics
from engine.sql.orders import MAX_FIELDS, describe_word, offered, words_of
from engine.sql.pages import NESTED, ROOT, PageSize

_PYTHON: dict[str, Any] = {
    "id": strawberry.ID,
    "text": str,
    "integer": int,
    "boolean": bool,
    "decimal": Decimal,
    "date": date,
    "moment": datetime,
    "words": str,
}
_NAMES: Final = {name: name.capitalize() for name in _PYTHON} | {"words": "List"}


@strawberry.input(description="A value of a custom field.")
class CustomFieldComparison:
    """A value of a custom field."""

    key: str = strawberry.field(description="The key of the field, as it is defined.")
    eq: str = strawberry.field(description="Its value as text: `steel`, `12.5`, `true`, `2026-01-31`.")


DELETED_ROWS: Any = describe_enum(
    Deleted,
    "Whether a list shows deleted rows.",
    {
        "EXCLUDE": "Live rows alone; so it is if nothing is said.",
        "INCLUDE": "Deleted rows among the live ones; `deletedAt` tells them apart.",
        "ONLY": "Deleted rows alone.",
    },
    name="DeletedRows",
)
DELETED_ABOUT: Final = (
    "Whether deleted rows are listed, too; a copy that is kept by `updated_at` misses deletions without."
)


EXTERNAL_ID_ABOUT: Final = "What another system calls it."


@strawberry.input(name="ExternalIdFilter", description="What another system calls a record.")
class EXTERNAL_IDS:  # noqa: N801  # a type that filters share, as the enum above
    """Ids of records in another system."""

    system: str = strawberry.field(description="The other system: `erp`.")
    eq: str | None = strawberry.field(description="The id there.", default=strawberry.UNSET)
    in_: list[str] | None = strawberry.field(description="Any of these ids.", name="in", default=strawberry.UNSET)


class Arguments:
    """Makes the GraphQL arguments of one schema; filter and order types are made once and shared."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._filters: dict[str, Any] = {}
        self._orders: dict[str, Any] = {}
        self._through: dict[str, Any] = {}
        self._comparisons: dict[str, Any] = {}

    def of(self, declared: Operation, target: TypeSpec | None) -> list[StrawberryArgument]:
        """The arguments of a root field; `target` is the type of its rows."""
        told = declared.descriptions()
        return [
            made
            for name, parameter in declared.parameters().items()
            for made in self._argument(name, parameter, target, told.get(name) or _about(name, parameter, target))
        ]

    def nested(self, target: TypeSpec) -> list[StrawberryArgument]:
        """The arguments of a connection below a row."""
        filtered = [self._filter_argument(target)] if len(_filterable(target)) > 1 else []
        return [*filtered, *self._paging(target, NESTED)]

    def _argument(
        self, name: str, parameter: inspect.Parameter, target: TypeSpec | None, about: str | None
    ) -> list[StrawberryArgument]:
        hint = parameter.annotation
        model = model_of(hint)
        if model is not None:
            return [self._filter_argument(self._catalogue.by_model[model])]
        if hint is Metrics:
            return MetricsArguments(self._catalogue.resources, self._filter_type).all()
        if hint is Page and target is not None:
            return self._paging(target, ROOT)
        annotation, nullable = graphql_annotation(hint)
        if nullable:
            return [argument(name, annotation | None, about)]
        if parameter.default is inspect.Parameter.empty:
            return [argument(name, annotation, about)]
        return [argument(name, annotation, about, default=parameter.default)]

    def _paging(self, target: TypeSpec, size: PageSize) -> list[StrawberryArgument]:
        limits = f"{size.default} if left out, {size.largest} at most"
        found = [
            argument("first", int | None, f"At most this many rows from the front; {limits}."),
            argument("after", str | None, "Only rows after this cursor."),
            argument("last", int | None, f"At most this many rows from the back; {limits}."),
            argument("before", str | None, "Only rows before this cursor."),
        ]
        if offered(target):
            words: Any = GenericAlias(list, (self._order_type(target),))
            found.append(argument("order_by", words | None, _ordered_by(target)))
        return found

    def _filter_argument(self, spec: TypeSpec) -> StrawberryArgument:
        return argument("filter", self._filter_type(spec) | None, "Only rows that match.")

    def _order_type(self, spec: TypeSpec) -> Any:
        if spec.name not in self._orders:
            made = Enum(f"{spec.name}Order", {word: word for word in words_of(spec)})  # type: ignore[misc]
            words = {word: describe_word(spec, word) for word in words_of(spec)}
            self._orders[spec.name] = describe_enum(made, f"How to order {spaced(spec.table)}.", words)
        return self._orders[spec.name]

    def _filter_type(self, spec: TypeSpec) -> Any:
        if spec.name not in self._filters:
            name = f"{spec.name}Filter"
            made = self._comparisons_of(name, spec)
            for edge in spec.edges.values():
                about = f"Whose {edge.one.name} is one of at most {MAX_IDS} that match."
                declare(made, edge.one.name, self._through_type(edge), about, more=_priced(edge))
            if spec.searched():
                declare(made, "search", str, search_about(spec))
            if spec.has_life:
                declare(made, DELETED, DELETED_ROWS, DELETED_ABOUT)
                declare(made, "external_id", EXTERNAL_IDS, EXTERNAL_ID_ABOUT)
            _nest(made)
            about = f"Which {spaced(spec.table)} to list; everything named must match."
            self._filters[spec.name] = strawberry.input(made, name=name, description=about)
        return self._filters[spec.name]

    def _through_type(self, edge: Through) -> Any:
        """The filter of an edge: the target's own fields, without its search and its edges."""
        spec = edge.target
        if spec.name not in self._through:
            name = f"{spec.name}EdgeFilter"
            made = self._comparisons_of(name, spec)
            _nest(made)
            about = f"Which live {spaced(spec.table)} an edge may lead to; everything named must match."
            self._through[spec.name] = strawberry.input(made, name=name, description=about)
        return self._through[spec.name]

    def _comparisons_of(self, name: str, spec: TypeSpec) -> Any:
        """The class of a filter with a comparison for each column, and those of custom fields."""
        compared = {each.name: (each.description, self._comparison_type(each)) for each in _filterable(spec)}
        about = "Values of custom fields; every one must hold."
        entries = {each.name: (about, list[CustomFieldComparison]) for each in spec.documents().values()}
        return input_class(name, compared | entries, required=frozenset())

    def _comparison_type(self, column: Column) -> Any:
        value: Any = column.choices or _PYTHON[column.kind.name]
        name = f"{_variant(column)}{column.choices.__name__ if column.choices else _NAMES[column.kind.name]}Comparison"
        if name not in self._comparisons:
            several: Any = list[value]
            fields: dict[str, tuple[str | None, Any]] = {
                word: (
                    describe_operator(column.kind, word),
                    several if word in SEVERAL else bool if word == "is_null" else value,
                )
                for word in column.operators
            }
            made = input_class(name, fields, required=frozenset())
            self._comparisons[name] = strawberry.input(made, name=name, description="Everything named must hold.")
        return self._comparisons[name]


def _about(name: str, parameter: inspect.Parameter, target: TypeSpec | None) -> str | None:
    """What can be said of an argument that the resolver says nothing of."""
    if name == "id" and target is not None:
        return f"The `id` of the {spaced(snake(target.name))}, as answers show it."
    if dataclasses.is_dataclass(hint := bare(parameter.annotation)):
        return (hint.__doc__ or "").partition("\n")[0]
    return None


def _variant(column: Column) -> str:
    """What tells the comparisons of text apart, which has them by what finds it."""
    if column.kind is not TEXT or column.contains:
        return ""
    return "Exact" if "ne" in column.operators else "Equal"


def _ordered_by(spec: TypeSpec) -> str:
    together = [f"`[{', '.join(words)}]`" for words in offered(spec) if len(words) > 1]
    several = f" One of them, or several (at most {MAX_FIELDS}) together: {', '.join(together)}." if together else ""
    return f"Newest first if left out.{several}"


def _nest(made: Any) -> None:
    """Give a filter the words that join filters of its kind."""
    for word, annotation, about in (
        ("and", list[made], "All of these must match."),
        ("or", list[made], "At least one of these must match."),
        ("not", made, "This must not match."),
    ):
        declare(made, word, annotation, about)


def _priced(edge: Through) -> list[object]:
    return [*requires(edge.one.scope), Cost(weight=str(EDGE))]


def search_about(spec: TypeSpec) -> str:
    """What `search` finds, in words."""
    names = ", ".join(f"`{column.name}`" for column in spec.searched())
    return f"Words that must all be found, whatever their case, at the beginning of a word in {names}."


def _filterable(spec: TypeSpec) -> list[Column]:
    return list(spec.filters().values())
