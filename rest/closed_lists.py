"""Query strings of lists whose contract names every parameter: `limit`, `cursor`, `order` where it has one, filters.

GET /webhooks?limit=100&cursor=…&order=asc        GET /documents?folderId=…
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from core.errors import Invalid
from core.problems import Problems
from engine.declare.catalogue import Catalogue, Column, One
from engine.declare.checks import BadDeclaration
from engine.declare.kinds import ID
from engine.declare.names import snake
from engine.declare.rows import LARGEST_PAGE, Condition, Filter, Order, Page
from engine.sql.comparisons import condition
from rest.bodies import read_texts, values_of
from rest.contract import Contract
from rest.faces import prefix_of
from rest.parameters import Asked, Parameters, filterable, read_limit, read_value, take, unknown
from rest.projections import Shown
from rest.routes import Route

ORDER: Final = "order"
ORDERS: Final = ("asc", "desc")
_NOTHING: Final = UUID(int=0)
"""The id of no row."""


class ClosedList:
    """Reads the query strings of one list."""

    def __init__(self, catalogue: Catalogue, contract: Contract, route: Route) -> None:
        assert route.face is not None
        values = values_of(route.root.operation).items()
        self.values = {name.removesuffix("_"): each for name, each in values}  # `from` is `from_` in Python
        """The plain parameters of the resolver."""
        self._catalogue, self._contract, self._spec, self._face = catalogue, contract, route.spec, route.face
        self.filters = {contract.spell(name): self._column(name) for name in route.face.filters}
        """The filters by their parameters."""

    def spell(self, name: str) -> str:
        """The parameter of an argument; `from` is no name in Python, so that argument is `from_`."""
        return self._contract.spell(name.rstrip("_"))

    def read(self, found: Parameters) -> Asked:
        """Read what a query string asks for; Invalid tells what is wrong with it."""
        wrong = Problems()
        limit, cursor, descending = LARGEST_PAGE, None, True
        if self._face.paged:
            limit = wrong.of(self._limit, found)
            cursor = wrong.of(take, found, "cursor")
        if self._face.paged and self._contract.ordered:
            descending = wrong.of(_descending, found)
        more: dict[str, Any] = {}
        with wrong.apart():
            more = read_texts(self.values, found, self.spell)
        conditions = [
            wrong.of(self._condition, found, name, column) for name, column in self.filters.items() if name in found
        ]
        for name in found:
            wrong.add(unknown(name))
        wrong.check()
        order = self._order(descending=descending)
        wanted: Filter[Any] | None = Filter(tuple(conditions)) if conditions else None
        return Asked(wanted, Page(limit, cursor, order=order, named="cursor"), Shown(), more)

    def _order(self, *, descending: bool) -> Order:
        """By the column that the face names, else by what the type is ordered by, the newest first unless asked."""
        column = self._face.order
        if column:
            return Order(column, self._spec.kind_at(column), descending=False)
        return replace(self._spec.default_order, descending=descending)

    def _limit(self, found: Parameters) -> int:
        return read_limit(take(found, "limit"), self._contract.size)

    def _condition(self, found: Parameters, name: str, column: Column) -> Condition:
        """One filter; an id that is none is that of no row, for who lists need not know what an id looks like."""
        text = take(found, name) or ""
        if column.kind is not ID:
            return condition(column, "eq", read_value(column, text, name), name)
        model = self._model(column)
        try:
            row_id = self._contract.ids.read(text, prefix_of(model), model.tag)
        except ValueError:
            row_id = _NOTHING
        return condition(column, "eq", row_id, name)

    def _model(self, column: Column) -> Any:
        """The model of the rows that a filter by id names."""
        ones = (each for each in self._spec.fields.values() if isinstance(each, One))
        target = next((each.target for each in ones if each.reference.name == column.name), None)
        return self._spec.model if target is None else self._catalogue.types[target].model

    def _column(self, name: str) -> Column:
        found = filterable(self._spec, snake(name))
        if found is None:
            raise BadDeclaration(f"{self._spec.name}: lists cannot be filtered by {name}")
        return found


def _descending(found: Parameters) -> bool:
    text = take(found, ORDER)
    if text not in {None, *ORDERS}:
        raise Invalid(f"{ORDER}: one of {', '.join(ORDERS)}", field=ORDER)
    return text != ORDERS[0]
