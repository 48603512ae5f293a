"""Rows: a lazy, typed description of what to read. Never data.

A read resolver returns `Rows`; the engine turns them and the caller's selection into one statement. The *shape* (SQL
text with `@.` for the row and `?` for values) is kept apart from the values, so that plans can be cached by shape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cache
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from core.record import Line, Record, Row, leaves_tombstones, parent_of
from core.searching import Served
from engine.declare.kinds import Kind

M = TypeVar("M", bound=Row)


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of a WHERE clause: `@.status = ?::text` and its values; `scopes` are needed to ask it.

    `@(quotes)` stands for a table, `$1` is the workspace. `by` says what answers it, with `column` where that is a
    B-tree. A condition by tokens or words begins with `@.search_words@@<query>`. `through` is the column of a condition
    that is `@.<column>=any(<ids>)`, where the ids are found by a query of their own. `token` is the same condition by
    tokens: it is better than a B-tree where other conditions must hold, and than nothing where no other must.
    """

    sql: str
    values: tuple[Any, ...] = ()
    scopes: frozenset[str] = frozenset()
    through: str | None = None
    by: Served | None = None
    column: str | None = None
    token: Condition | None = None

    @property
    def alone(self) -> Condition:
        """The condition as it is asked where no other must hold: by tokens, where nothing else answers it."""
        return self.token if self.token is not None and self.by is None else self


TABLE: Final = re.compile(r"@\((\w+)\)")
"""How a condition names a table."""
LIVE: Final = "@.deleted_at is null"
TOMBSTONE: Final = "@.deleted_at is not null"
_BY_ID: Final = "@.id=?::uuid"
LARGEST_PAGE: Final = 1_000
"""Rows that a page has at most, whichever door asks: the rows inside a row in REST."""


class Role(Enum):
    """What a condition does in finding the rows of a list."""

    LIFE = "life"
    """It leaves out deleted rows, or all others."""
    RANGE = "range"
    """It is a range of the index that the list is ordered by."""
    WORDS = "words"
    """It is looked up in the index of the search columns."""
    EDGE = "edge"
    """It finds ids first."""
    OTHER = "other"


_IN_ORDER: Final = frozenset({Served.ORDER, Served.NEWEST})
"""Indexes that begin with the column: a value of it is a range of every order that begins with it."""


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


WORKSPACE: Final = "$1::uuid"
"""SQL text of the workspace that a statement reads in: its first parameter."""
HOME: Final = "$home::uuid"
"""SQL text of the company's live workspace, until `engine.sql.plans` says which parameter that is."""


def tenant(model: type[Row]) -> str:
    """SQL text of the workspace that rows of a model are read from."""
    return HOME if model.of_company else WORKSPACE


@cache
def alive(model: type[Row], row: str = "@") -> str:
    """SQL of whether a row's record, in which it may lie at any depth, is not deleted."""
    if not issubclass(model, Line):
        return f"{row}.deleted_at is null" if leaves_tombstones(model) else "true"
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
        """SQL of what is ordered by, `@.` standing for the row."""
        return f"@.{self.column}"

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
    seeks: tuple[bool, ...]
    """Of a list that goes on from a place: for each column of the order, whether there is a value in that place."""
    backward: bool
    roles: tuple[Role, ...] | None = None
    """What each condition does in a list that is counted before it is sorted; None for a list in an index's order."""

    @property
    def whole(self) -> bool:
        """Whether nothing narrows the list but that deleted rows are left out."""
        return all(condition == LIVE for condition in self.conditions)


def roles_of(conditions: Sequence[Condition], order: Order | None) -> tuple[Role, ...] | None:
    """What each condition of a list does in finding its rows; None where one index finds them in the list's order.

    That is so where nothing is asked but of the column that the list is ordered by, where one condition has an index
    that goes on in the list's order, and where a unique index leaves a row or two.
    """
    asked = [each for each in conditions if each.sql != TOMBSTONE]
    if order is None or not asked or any(each.by is Served.UNIQUE for each in asked):
        return None
    first = order.column
    if all(each.by in _IN_ORDER and each.column == first for each in asked):
        return None
    if len(asked) == 1 and asked[0].by is Served.NEWEST and first == "updated_at":
        return None
    return tuple([_role(each, first) for each in conditions])


def _role(condition: Condition, first: str) -> Role:
    if condition.sql == TOMBSTONE:
        return Role.LIFE
    if condition.through is not None:
        return Role.EDGE
    if condition.by in _IN_ORDER and condition.column == first:
        return Role.RANGE
    return Role.WORDS if condition.by in {Served.TOKENS, Served.WORDS} else Role.OTHER


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
        spelled, roles = self._spelled(order)
        conditions = tuple([condition.sql for condition in spelled])
        if not self.deleted and leaves_tombstones(self.model):
            conditions = (LIVE, *conditions)
            roles = None if roles is None else (Role.LIFE, *roles)
        if self.row_id is not None:
            conditions = (*conditions, _BY_ID)
        backward = page is not None and page.backward
        places = tuple([value is not None for value in self.seek[:-1]]) if self.seek else ()
        return Shape(conditions, order, page is not None, places, backward, roles)

    def _spelled(self, order: Order | None) -> tuple[tuple[Condition, ...], tuple[Role, ...] | None]:
        """The conditions as they are asked here, by tokens where several meet, and what each of them does."""
        if (
            not self.conditions
            or self.slice is None
            or not issubclass(self.model, Record)
            or roles_of(self.conditions, order) is None
        ):
            return self.conditions, None
        first, alone = order.column if order else "", len(self.conditions) == 1
        spelled = tuple(
            [
                each if each.token is None or each.column == first or not (each.by or alone) else each.token
                for each in self.conditions
            ]
        )
        return spelled, roles_of(spelled, order)

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of the shape's `?`, then of the place to seek (if any), then the page size (if paged)."""
        page = self.slice
        spelled, _ = self._spelled(page.order if page else None)
        found: list[Any] = [value for condition in spelled for value in condition.values]
        if self.row_id is not None:
            found.append(self.row_id)
        return (*found, *self.seek, *((page.size,) if page else ()))

    def digest(self) -> str:
        """Name the list (its filter and order, not the page): a cursor is good only for the list it came from."""
        page = self.slice
        keys = [(each.column, each.direction) for each in page.order.keys] if page and page.order else [None]
        order = keys[0] if len(keys) == 1 else keys
        name = f"{self.model.__name__} and deleted" if self.deleted else self.model.__name__
        listed = repr((name, order, [(c.sql, c.values) for c in self.conditions]))
        return blake2b(listed.encode(), digest_size=6).hexdigest()
