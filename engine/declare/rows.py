"""Rows: a lazy, typed description of what to read. Never data.

A read resolver returns `Rows`; the engine turns them and the caller's selection into one statement. The *shape* (SQL
text with `@.` for the row and `?` for values) is kept apart from the values, so that plans can be cached by shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from core.record import Line, Record, Row, parent_of
from engine.declare.kinds import Kind

M = TypeVar("M", bound=Row)


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of a WHERE clause: `@.status = ?::text` and its values; `scopes` are needed to ask it.

    `@(quotes)` stands for a table, `$1` is the workspace. `through` is the column of a condition that is
    `@.<column>=any(<ids>)`, where the ids are found by a query of their own.
    """

    sql: str
    values: tuple[Any, ...] = ()
    scopes: frozenset[str] = frozenset()
    through: str | None = None


TABLE: Final = re.compile(r"@\((\w+)\)")
"""How a condition names a table."""
LIVE: Final = "@.deleted_at is null"
TOMBSTONE: Final = "@.deleted_at is not null"
_BY_ID: Final = "@.id=?::uuid"
LARGEST_PAGE: Final = 1_000
"""Rows that a page has at most, whichever door asks: the rows inside a row in REST."""


class Deleted(StrEnum):
    """Whether a list shows deleted rows (tombstones)."""

    EXCLUDE = "exclude"
    INCLUDE = "include"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Filter(Generic[M]):
    """Conditions a caller put on a list, already typed and bound to columns; all of them must hold."""

    conditions: tuple[Condition, ...] = ()
    deleted: Deleted = Deleted.EXCLUDE


def sort_key(column: str, kind: Kind, *, nullable: bool) -> str:
    """SQL of what the index of a sortable column holds: nulls stand where no value can.

    That is `coalesce`, spelled so that an index may use it under row-level security: PostgreSQL knows that CASE leaks
    nothing, and does not know it of COALESCE.
    """
    return f"case when @.{column} is null then {kind.beyond} else @.{column} end" if nullable else f"@.{column}"


@cache
def alive(model: type[Row], row: str = "@") -> str:
    """SQL of whether a row's record, in which it may lie at any depth, is not deleted."""
    if not issubclass(model, Line):
        return f"{row}.deleted_at is null"
    parent, inner = parent_of(model), "p" if row == "@" else f"{row}p"
    link = f"{inner}.workspace_id={row}.workspace_id and {inner}.id={row}.{model.parent_column}"
    return f"exists (select from {parent.__tablename__} {inner} where {link} and {alive(parent, inner)})"


@dataclass(frozen=True, slots=True)
class Order:
    """A list's order: a column, those that follow it (`then`), and the id in the direction of the last one."""

    column: str
    kind: Kind
    descending: bool
    scope: str | None = None
    nullable: bool = False
    """Whether rows without a value have their place after all others (before them, descending)."""
    then: tuple[Order, ...] = ()

    @property
    def keys(self) -> tuple[Order, ...]:
        """What is ordered by, column by column."""
        return (self, *self.then)

    @property
    def key(self) -> str:
        """SQL of what is ordered by, `@.` standing for the row: just what the column's index holds."""
        return sort_key(self.column, self.kind, nullable=self.nullable)

    @property
    def direction(self) -> str:
        """`asc` or `desc`."""
        return "desc" if self.descending else "asc"


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: the first `size` rows after `cursor`, or (`backward`) the last `size` before it."""

    size: int
    cursor: str | None = None
    backward: bool = False
    order: Order | None = None
    named: str = "after"
    """What the caller calls the cursor, for errors."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides the SQL text of some rows; two `Rows` of one shape share a plan."""

    conditions: tuple[str, ...]
    order: Order | None
    paged: bool
    seeks: bool
    backward: bool
    through: tuple[int, str] | None = None
    """The first condition that finds ids by a query of its own: its place among `conditions`, and its column."""

    @property
    def whole(self) -> bool:
        """Whether nothing narrows the list but that deleted rows are left out."""
        return all(condition == LIVE for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Rows(Generic[M]):
    """Rows of one model in the caller's workspace: none, one (`single`) or a page of them."""

    model: type[M]
    conditions: tuple[Condition, ...] = ()
    single: bool = False
    slice: Page | None = None
    deleted: bool = False
    seek: tuple[Any, ...] = field(default=())
    row_id: UUID | None = None
    """The id of a single row that was asked for by its id."""

    def where(self, sql: str, *values: object) -> Rows[M]:
        """Keep only rows for which this SQL holds: `@.` stands for the row, each `?` for a value, cast to its type."""
        return replace(self, conditions=(*self.conditions, Condition(sql, values)))

    def by_id(self, row_id: UUID) -> Rows[M]:
        """The one row with this id."""
        return Rows(self.model, self.conditions, single=True, deleted=self.deleted, row_id=row_id)

    def filter(self, filter: Filter[M] | None) -> Rows[M]:
        """Keep only what the caller's filter lets through."""
        if filter is None:
            return self
        found = replace(self, conditions=(*self.conditions, *filter.conditions))
        if filter.deleted is Deleted.EXCLUDE:
            return found
        return found.with_deleted() if filter.deleted is Deleted.INCLUDE else found.with_deleted().where(TOMBSTONE)

    def page(self, page: Page) -> Rows[M]:
        """Take one page, in the page's order."""
        return replace(self, slice=page)

    def with_deleted(self) -> Rows[M]:
        """Show deleted rows too."""
        return replace(self, deleted=True)

    @property
    def scopes(self) -> frozenset[str]:
        """Scopes that are needed only to ask this: of the fields that the filter and the order name."""
        found = frozenset[str]()
        for condition in self.conditions:
            if condition.scopes:
                found |= condition.scopes
        order = self.slice.order if self.slice else None
        return found.union(each.scope for each in order.keys if each.scope) if order else found

    @property
    def shape(self) -> Shape:
        """What of these rows decides the SQL text."""
        page = self.slice
        order = page.order if page else None
        conditions = tuple([condition.sql for condition in self.conditions])
        if not self.deleted and issubclass(self.model, Record):
            conditions = (LIVE, *conditions)
        if self.row_id is not None:
            conditions = (*conditions, _BY_ID)
        backward = page is not None and page.backward
        return Shape(conditions, order, page is not None, bool(self.seek), backward, self._through(conditions))

    def _through(self, conditions: tuple[str, ...]) -> tuple[int, str] | None:
        for each in self.conditions:
            if each.through is not None:
                return conditions.index(each.sql), each.through
        return None

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of the shape's `?`, then of the place to seek (if any), then the page size (if paged)."""
        found: list[Any] = [value for condition in self.conditions for value in condition.values]
        if self.row_id is not None:
            found.append(self.row_id)
        return (*found, *self.seek, *((self.slice.size,) if self.slice else ()))

    def digest(self) -> str:
        """Name the list (its filter and order, not the page): a cursor is good only for the list it came from."""
        page = self.slice
        keys = [(each.column, each.direction) for each in page.order.keys] if page and page.order else [None]
        order = keys[0] if len(keys) == 1 else keys
        name = f"{self.model.__name__} and deleted" if self.deleted else self.model.__name__
        listed = repr((name, order, [(c.sql, c.values) for c in self.conditions]))
        return blake2b(listed.encode(), digest_size=6).hexdigest()
