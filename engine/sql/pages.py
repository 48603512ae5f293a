"""Pages: how `first/after/last/before/orderBy` become a place in an index.

Keyset always, by row comparison, so that page 1,000 costs what page 1 costs. The default size is the door's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.errors import Invalid
from core.record import Row
from engine.declare.catalogue import Many, TypeSpec
from engine.declare.rows import Order, Page, Rows
from engine.sql import cursors
from engine.sql.orders import order_of

M = TypeVar("M", bound=Row)


@dataclass(frozen=True, slots=True)
class PageSize:
    """How many rows a page has when nobody says, and how many it may have."""

    default: int
    largest: int


ROOT = PageSize(50, 250)
NESTED = PageSize(20, 250)


def read_page(given: Mapping[str, Any], size: PageSize, spec: TypeSpec) -> Page:
    """Read the paging arguments of a connection, as graphql-core coerced them (GraphQL names)."""
    first, last, after, before = (given.get(name) for name in ("first", "last", "after", "before"))
    if (last is not None or before is not None) and (first is not None or after is not None):
        raise Invalid(
            "page forward with first and after, or backward with last and before, not both",
            field="last" if last is not None else "before",
        )
    backward = last is not None or before is not None
    name, wanted = ("last", last) if backward else ("first", first)
    if wanted is None:
        wanted = size.default
    if not 0 <= wanted <= size.largest:
        raise Invalid(f"{name}: must be between 0 and {size.largest}", field=name)
    words = given.get("orderBy")
    chosen = order_of(spec, [str(each.value) for each in words]) if words else None
    if backward:
        return Page(wanted, before, backward=True, order=chosen, named="before")
    return Page(wanted, after, order=chosen)


def order_inside(found: Many, target: TypeSpec) -> Order:
    """The order of a list inside a row when nobody orders it: by the column it declares, else that of its type."""
    if found.order is None or found.order == target.order:
        return target.default_order
    return Order(found.order, target.kind_at(found.order), descending=False)


def settle(rows: Rows[M], spec: TypeSpec, default: Order | None = None) -> Rows[M]:
    """Give a page its order and turn its cursor into a place; BadRequest for a cursor of another list.

    `default` is the order when the page names none; without it that of the type.
    """
    page = rows.slice
    if page is None:
        return rows
    if page.order is None:
        page = replace(page, order=default or spec.default_order)
        rows = replace(rows, slice=page)
    if page.cursor is None:
        return rows
    order = page.order or spec.default_order
    return replace(rows, seek=cursors.read(page.cursor, rows.digest(), order, field=page.named))
