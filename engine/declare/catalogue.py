"""The catalogue: every declared type read once, as the compiler wants it.

`TypeSpec` is a type and its table; its fields are `Column`, `One`, `Many` or `Computed`. The rules that keep a denial
or a deleted row from ever nulling a parent are checked here, so that a schema which breaks them does not start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from strawberry.types.base import StrawberryList
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from core.facts import facts_of
from core.record import Line, Record, Row
from core.searching import UNANSWERED, Answer, Served, answer
from engine.declare import kinds
from engine.declare.annotations import definition, unwrap
from engine.declare.checks import BadDeclaration, connected, nullable_if_scoped
from engine.declare.kinds import Kind
from engine.declare.names import camel
from engine.declare.rows import Order
from engine.declare.types import DECLARED, ColumnMark, ComputedMark, Declaration, ManyMark, Node, OneMark

RESERVED: Final = frozenset({"and", "or", "not", "search", "deleted"})


@dataclass(frozen=True, slots=True)
class Column:
    """A field that is a column."""

    name: str
    key: str
    column: str
    kind: Kind
    nullable: bool
    scope: str | None
    filterable: bool
    sortable: bool
    description: str
    choices: type[StrEnum] | None = None
    searchable: bool = False
    contains: bool = False
    """Whether parts of words are found in it."""
    answer: Answer = UNANSWERED
    """How its filters are answered."""

    @property
    def operators(self) -> tuple[str, ...]:
        """How lists can be filtered by it: by what has an index."""
        return kinds.operators_of(self.kind, has_tree=self.answer.has_tree, contains=self.contains)

    @property
    def sql(self) -> str:
        """SQL of it, `@.` standing for the row."""
        return f"@.{self.column}"


@dataclass(frozen=True, slots=True)
class One:
    """A field that is the row this row refers to."""

    name: str
    key: str
    column: str
    target: str
    nullable: bool
    scope: str | None
    description: str
    filterable: bool = False
    answer: Answer = UNANSWERED

    @property
    def reference(self) -> Column:
        """The id of the row referred to, as a column: `client_id`."""
        shown = (f"{self.name}_id", f"{self.key}Id", self.column, kinds.ID, True, None, self.filterable, False)
        return Column(*shown, self.description, answer=self.answer)


@dataclass(frozen=True, slots=True)
class Many:
    """A field that is a connection to the rows that refer to this row."""

    name: str
    key: str
    column: str
    order: str | None
    target: str
    scope: str | None
    description: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A field that is computed in Python from the columns it needs."""

    name: str
    key: str
    needs: tuple[str, ...]
    scope: str | None
    description: str
    method: Callable[..., Any] | None
    with_context: bool
    plain: Column | None = None
    """What REST and events show in its place."""
    in_rest: bool = False
    """Whether REST shows it as it is computed."""


Field = Column | One | Many | Computed


@dataclass(frozen=True, slots=True)
class Through:
    """An edge that lists can be filtered through: the rows referred to are found first, by their own fields."""

    one: One
    target: TypeSpec

    def filters(self) -> dict[str, Column]:
        """The fields of the rows referred to that the filter may name, by GraphQL name."""
        return self.target.filters()


@dataclass(slots=True, eq=False)
class TypeSpec:
    """A type of the graph and the table under it; `fields` by their GraphQL name."""

    name: str
    origin: type
    model: type[Row]
    table: str
    scope: str
    order: str
    fields: dict[str, Field] = field(default_factory=dict)
    edges: dict[str, Through] = field(default_factory=dict)
    """What lists can be filtered through, by GraphQL name; only where the column that refers has an index."""
    default_order: Order = field(init=False)
    """The order of a list nobody ordered: parts by position, records newest first."""

    def __post_init__(self) -> None:
        self.default_order = Order(self.order, self.kind_at(self.order), not issubclass(self.model, Line))

    @property
    def description(self) -> str:
        """What it is, in a sentence."""
        return definition(self.origin).description or ""

    @property
    def has_life(self) -> bool:
        """Whether rows are records (versioned, soft-deleted) rather than parts of one."""
        return issubclass(self.model, Record)

    def columns(self) -> list[Column]:
        """The fields that are columns, in the order declared."""
        return [found for found in self.fields.values() if isinstance(found, Column)]

    def filters(self) -> dict[str, Column]:
        """What lists can be filtered by, by GraphQL name: filterable columns, and ids of rows referred to."""
        references = [found.reference for found in self.fields.values() if isinstance(found, One)]
        listed = (*self.columns(), *references)
        return {each.key: each for each in listed if each.filterable and each.kind is not kinds.DOCUMENT}

    def documents(self) -> dict[str, Column]:
        """The JSON objects whose values lists can be filtered by, by GraphQL name: custom fields."""
        return {each.key: each for each in self.columns() if each.filterable and each.kind is kinds.DOCUMENT}

    def searched(self) -> list[Column]:
        """What `search` looks through."""
        return [each for each in self.columns() if each.searchable]

    def column(self, name: str) -> Column:
        """The column field of this Python name, or else the column of the table that no field shows."""
        shown = next((found for found in self.columns() if found.name == name), None)
        return shown or Column(name, name, name, self.kind_at(name), True, None, False, False, "")

    def kind_at(self, column: str) -> Kind:
        """The kind of a column of the table, whether or not a field shows it."""
        return kinds.kind_of(self.model.__table__.columns[column].type.python_type)  # type: ignore[attr-defined]


class Catalogue:
    """All declared types, by name and by model."""

    def __init__(self, types: Iterable[type]) -> None:
        self.types: dict[str, TypeSpec] = {}
        self.by_model: dict[type[Row], TypeSpec] = {}
        self.by_tag: dict[int, TypeSpec] = {}
        """The types whose rows are fetched by `node`."""
        self.resources: dict[str, TypeSpec] = {}
        """The types that have a list of their own, by its root field; the graph fills it."""
        for origin in types:
            declared: Declaration = getattr(origin, DECLARED)
            table = str(declared.model.__tablename__)
            spec = TypeSpec(origin.__name__, origin, declared.model, table, declared.scope, declared.order)
            self.types[spec.name] = self.by_model[spec.model] = spec
            if issubclass(origin, Node):
                self.by_tag[spec.model.tag] = spec
        for spec in self.types.values():
            self._read_fields(spec)
        for spec in self.types.values():
            ones = (found for found in spec.fields.values() if isinstance(found, One) and found.filterable)
            spec.edges = {one.key: Through(one, self.types[one.target]) for one in ones}

    def _read_fields(self, spec: TypeSpec) -> None:
        for declared in definition(spec.origin).fields:
            read = self._read(spec, declared)
            if read.key in RESERVED:
                raise BadDeclaration(f"{spec.name}.{read.name}: filters have a word of their own that is written so")
            spec.fields[read.key] = read

    def _read(self, spec: TypeSpec, declared: StrawberryField) -> Field:
        mark = declared.metadata.get(DECLARED)
        name, key = declared.python_name, declared.graphql_name or camel(declared.python_name)
        about = declared.description or ""
        inner, nullable = unwrap(declared.type)
        if mark is None and name == "id":
            return Column(
                "id", "id", "id", kinds.ID, False, None, True, False, about, answer=Answer(Served.UNIQUE, False)
            )
        if isinstance(mark, ColumnMark):
            return _column(spec, mark, name, key, inner, nullable, about)
        if isinstance(mark, OneMark):
            target = self._target(spec, name, inner)
            scope = _edge_scope(spec, target, name, nullable)
            held = spec.model.__table__.columns[mark.column]  # type: ignore[attr-defined]
            filterable = bool(facts_of(held).filterable)
            return One(name, key, mark.column, target.name, nullable, scope, about, filterable, answer(held))
        if isinstance(mark, ManyMark):
            target = self._target(spec, name, connected(inner))
            scope = _edge_scope(spec, target, name, nullable)
            return Many(name, key, mark.column, mark.order, target.name, scope, about)
        if mark is None:
            raise BadDeclaration(f"{spec.name}.{name}: declare it with field, one, many or computed")
        nullable_if_scoped(spec.name, name, mark.scope, nullable)
        return _computed(spec, mark, name, key, about)

    def _target(self, spec: TypeSpec, name: str, inner: Any) -> TypeSpec:
        found = self.types.get(getattr(inner, "__name__", ""))
        if found is None:
            raise BadDeclaration(f"{spec.name}.{name}: {inner!r} is not a type of the graph")
        return found


def _edge_scope(spec: TypeSpec, target: TypeSpec, name: str, nullable: bool) -> str | None:  # noqa: FBT001
    """The scope that an edge takes: none inside an area, but for FORG's, where to write implies none to read."""
    scope = None if target.scope == spec.scope and ":" not in target.scope else target.scope
    nullable_if_scoped(spec.name, name, scope, nullable)
    return scope


def _computed(spec: TypeSpec, mark: ComputedMark, name: str, key: str, about: str) -> Computed:
    plain = None
    if mark.column is not None:
        kind = spec.kind_at(mark.column)
        plain = Column(name, key, mark.column, kind, False, mark.scope, False, False, about)
    return Computed(name, key, mark.needs, mark.scope, about, mark.method, mark.with_context, plain, mark.in_rest)


def _column(
    spec: TypeSpec,
    mark: ColumnMark,
    name: str,
    key: str,
    inner: Any,
    nullable: bool,  # noqa: FBT001
    about: str,
) -> Column:
    column = mark.column or name
    if column not in spec.model.model_fields:
        raise BadDeclaration(f"{spec.name}.{name}: {spec.model.__name__} has no column {column}")
    choices: Any = inner.wrapped_cls if isinstance(inner, StrawberryEnumDefinition) else None
    kind = kinds.ENUM if choices else kinds.WORDS if isinstance(inner, StrawberryList) else kinds.kind_of(inner)
    nullable_if_scoped(spec.name, name, mark.scope, nullable)
    in_table = spec.model.__table__.columns[column]  # type: ignore[attr-defined]
    if in_table.nullable and not nullable:
        raise BadDeclaration(f"{spec.name}.{name}: the column may be null, so the field must be too")
    facts = facts_of(in_table)
    if facts.searchable and kind not in {kinds.TEXT, kinds.WORDS}:
        raise BadDeclaration(f"{spec.name}.{name}: only text can be searched")
    return Column(
        name,
        key,
        column,
        kind,
        nullable,
        mark.scope,
        bool(facts.filterable),
        facts.sortable,
        about,
        choices,
        facts.searchable,
        facts.contains,
        answer(in_table),
    )
