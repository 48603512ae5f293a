"""What a REST request costs: the points that a document would cost which asks for the same, from the same bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from core.errors import ForgeError
from core.http import Request, read_query
from core.record import Line
from engine.declare.catalogue import TypeSpec
from engine.declare.prices import COMMAND, EDGE
from engine.declare.rows import LARGEST_PAGE
from engine.sql.pages import NESTED
from engine.sql.selection import Children, Edge, Object, PageOf
from rest.parameters import edge_of, gather, read_extent, read_limit, take
from rest.projections import INCLUDED, Shown
from rest.routes import Route, Table
from rest.sent import Served

_MAX_KNOWN: Final = 1_000
"""Prices kept, by route and query string."""


class Costs:
    """Prices requests before anybody is admitted, so that the gate hears in one call what they cost."""

    def __init__(self, table: Table, served: Mapping[Route, Served]) -> None:
        self._table, self._served = table, served
        self._known: dict[tuple[str, str, str], int] = {}

    def of(self, request: Request) -> int:
        """The points of a request, which is told its route; 0 for one that is refused anyway."""
        try:
            route, _ = self._table.find(request.method, request.path)
            request.route = route.template
            key = (route.method, route.path, request.query)
            found = self._known.get(key)
            if found is None:
                if len(self._known) >= _MAX_KNOWN:
                    self._known.clear()
                found = self._known[key] = self._price(route, request.query)
        except ForgeError:
            return 0
        return found

    def _price(self, route: Route, query: str) -> int:
        served = self._served[route]
        projector = served.projector
        found = gather(read_query(query))
        shown, limit = Shown(), LARGEST_PAGE
        if served.contract.is_open:
            shown, limit = read_extent(found, served.contract.size)
        elif route.face is None or route.face.paged:
            limit = read_limit(take(found, "limit"), served.contract.size)
        wanted = projector.selection(shown, projector.scopes).wanted
        if isinstance(wanted, PageOf):
            row = sum(_of_row(each, INCLUDED) for each in wanted.objects())
            return 1 + limit * row + of_edges(projector.spec, found)
        return _of_row(wanted, LARGEST_PAGE) + (COMMAND - 1 if route.is_command else 0)


def of_edges(spec: TypeSpec, names: Iterable[str]) -> int:
    """The points of the edges that some parameters filter a list through."""
    return EDGE * len({edge.one.name for name in names if (edge := edge_of(spec, name)) is not None})


def _of_row(wanted: Object, most: int) -> int:
    """A row, what it refers to, and the lists inside it: as many rows as each may show.

    A single row is read with its own lines, which are seldom many: they count as many as a connection is taken to have.
    """
    total = 1
    for entry in wanted.entries:
        if isinstance(entry, Edge):
            total += _of_row(entry.object, most)
        elif isinstance(entry, Children):
            own = most == LARGEST_PAGE and issubclass(entry.page.type.model, Line)
            size = NESTED.default if own else most
            total += 1 + size * sum(_of_row(each, most) for each in entry.page.objects())
    return total
