"""What REST shows of a row: the plain projection, the rows inside it on its own page, and what `include` asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from graphql.execution.values import VariableValues

from core.errors import InsufficientScope, Invalid, Problem
from core.problems import Problems, invalid
from core.record import Line, parent_of
from engine.declare.catalogue import Catalogue, Many, One, TypeSpec
from engine.declare.rows import LARGEST_PAGE, Order, Page, Rows
from engine.sql.pages import order_inside, settle
from engine.sql.plans import Selection
from engine.sql.projection import plain, plain_holes
from engine.sql.selection import Children, Edge, Nodes, Object, PageOf, Value
from rest.contract import Contract
from rest.faces import FaceReader, page_entries
from rest.routes import Action, Route

INCLUDED: Final = 100
"""Rows that each row of a list shows of a list inside it; a single row shows `LARGEST_PAGE`."""
MORE: Final = "{}_has_more"
"""What says beside a list inside a row that it was cut."""
_MAX_KNOWN: Final = 500
"""Selections kept for one route; callers may combine fields in more ways than there is memory for."""


@dataclass(slots=True)
class Inside:
    """A list inside a row: its first rows, `size` of them at most, in its own order."""

    spec: TypeSpec
    wanted: PageOf
    size: int
    order: Order

    def rows(self, _variables: VariableValues) -> Rows[Any]:
        """The rows of the list."""
        return settle(Rows(self.spec.model, slice=Page(self.size)), self.spec, self.order)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request wants to see: the fields named (all if none; `client.name` of an edge), and what to include."""

    fields: frozenset[str] = frozenset()
    include: frozenset[str] = frozenset()

    @property
    def own(self) -> frozenset[str]:
        """The fields of the row itself."""
        return frozenset(name for name in self.fields if "." not in name)

    @property
    def edges(self) -> frozenset[str]:
        """The edges to show: included as a whole, or named by one of their fields."""
        return self.include | {name.partition(".")[0] for name in self.fields if "." in name}

    def below(self, edge: str) -> frozenset[str]:
        """The fields named of an edge; all if none."""
        prefix = f"{edge}."
        return frozenset(name.removeprefix(prefix) for name in self.fields if name.startswith(prefix))


class Projector:
    """Makes the selections of one route, once for every combination of what is wanted and what may be seen."""

    def __init__(self, catalogue: Catalogue, contract: Contract, route: Route) -> None:
        self._catalogue, self._contract, self._route = catalogue, contract, route
        self.spec = route.spec
        self._face = None if route.face is None else FaceReader(catalogue, contract, self.spec, route.face)
        self.scopes = scopes_of(catalogue, self.spec) if self._face is None else self._face.scopes
        self._known: dict[object, Selection] = {}

    def selection(self, shown: Shown, held: frozenset[str]) -> Selection:
        """The selection for a key that holds these scopes.

        Raises Invalid for a field that is not there, `InsufficientScope` for one asked for by name without its scope.
        """
        missing = self.scopes - held
        key = (shown, missing)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            found = self._known[key] = self._make(shown, missing)
        return found

    def rows(self, shown: Shown, held: frozenset[str]) -> Object:
        """What the rows of a list hold."""
        page = self.selection(shown, held).wanted
        return next(each.object for each in page.entries if isinstance(each, Nodes))

    @property
    def most_inside(self) -> int:
        """How many rows it shows of a list inside a row."""
        return INCLUDED if self._route.action is Action.LIST else LARGEST_PAGE

    def _make(self, shown: Shown, missing: frozenset[str]) -> Selection:
        nested: list[Inside] = []
        wrong = Problems()
        wanted = self._object(shown, missing, nested, wrong)
        wrong.check()
        if self._route.action is not Action.LIST:
            return Selection(self.spec, wanted, nested)
        return Selection(self.spec, PageOf(self.spec, [*page_entries(self._contract, self._route, wanted)]), nested)

    def _object(self, shown: Shown, missing: frozenset[str], nested: list[Inside], wrong: Problems) -> Object:
        if self._face is not None:
            return self._face.object(self._route, missing)
        if self._route.action is Action.DELETE:
            kept = {"id", "deleted_at", "version"}
            columns = [column for column in self.spec.columns() if column.name in kept]
            return Object(self.spec, [Value(column.name, column, lower=True) for column in columns])
        wanted = plain(self.spec, missing)
        if not self._route.is_command:
            wanted.entries += plain_holes(self.spec, missing)
        if shown.fields:
            wanted.entries = wrong.of(_only, wanted, shown.own, missing) or []
        for found in self.spec.fields.values():
            if isinstance(found, (One, Many)) and self._is_shown(found, shown):
                with wrong.apart():
                    self._include(wanted, found, missing, nested, shown.below(found.name))
        unknown = shown.edges - {found.name for found in self.spec.fields.values() if isinstance(found, (One, Many))}
        if unknown:
            wrong.add(_unknown("include", self.spec, unknown))
        return wanted

    def _is_shown(self, found: One | Many, shown: Shown) -> bool:
        if found.name in shown.edges or found.name in self._route.root.operation.include:
            return True
        if not isinstance(found, Many):
            return False
        rows = self._catalogue.types[found.target].model
        inside = issubclass(rows, Line) and parent_of(rows) is self.spec.model  # others change without its version
        return inside and self._route.action is not Action.LIST and not shown.fields

    def _include(
        self,
        wanted: Object,
        found: One | Many,
        missing: frozenset[str],
        nested: list[Inside],
        fields: frozenset[str],
    ) -> None:
        if found.scope is not None and found.scope in missing:
            raise InsufficientScope(found.scope, field=found.name)
        target = self._catalogue.types[found.target]
        inner = plain(target, missing)
        if fields:
            inner.entries = _only(inner, fields, missing)
        if isinstance(found, One):
            wanted.entries.append(Edge(found.name, found, inner))
            return
        page = PageOf(target, [Nodes(found.name, inner)], bare=True, more=MORE.format(found.name))
        nested.append(Inside(target, page, self.most_inside, order_inside(found, target)))
        wanted.entries.append(Children(found.name, found.column, len(nested), page))


def _only(wanted: Object, fields: frozenset[str], missing: frozenset[str]) -> list[Any]:
    """The entries named; Invalid for one that is not there, `InsufficientScope` for one the key may not see."""
    hidden = {column.name: column.scope for column in wanted.type.columns() if column.scope in missing}
    for name in sorted(fields):
        if name in hidden:
            raise InsufficientScope(str(hidden[name]), field=name)
    unknown = fields - {entry.key for entry in wanted.entries}
    if unknown:
        raise _unknown("fields", wanted.type, unknown)
    return [entry for entry in wanted.entries if entry.key in fields]


def _unknown(parameter: str, spec: TypeSpec, names: Iterable[str]) -> Invalid:
    """What a parameter names and a type has not."""
    return invalid(Problem(f"{parameter}: {spec.name} has no {name[:100]!r}", parameter) for name in sorted(names))


def scopes_of(catalogue: Catalogue, spec: TypeSpec) -> frozenset[str]:
    """Every scope that can hide something of a type, or of what can be included with it."""
    found = {column.scope for column in spec.columns() if column.scope}
    for each in spec.fields.values():
        if isinstance(each, (One, Many)):
            target = catalogue.types[each.target]
            found |= {column.scope for column in target.columns() if column.scope}
            found |= {each.scope} if each.scope else set()
    return frozenset(found)
