"""The rows of a list in SQL, in their order and from a place on: ranges of indexes, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.declare.catalogue import TypeSpec
from engine.declare.rows import LARGEST_PAGE, Order
from engine.sql.narrowing import FAR, FEW, FIRST, MANY, Narrowed, narrowed
from engine.sql.statement import Statement

SEEK_ID: Final = -2
"""The slot of the id to seek among a source's values; the values of the order's columns stand before it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A column that rows are ordered by: its name, the value in the place to seek, and which way it runs.

    PostgreSQL puts nulls last where a column ascends and first where it descends, and so do its indexes.
    """

    name: str
    place: str | None
    """SQL of the value to seek; None where there is none: it is null, or nothing is sought."""
    ascends: bool
    nullable: bool

    def at(self, row: str) -> str:
        """SQL of the column of a row."""
        return f"{row}.{self.name}"

    def same(self, row: str) -> str:
        """SQL of whether a row has the value of the place."""
        return f"{self.at(row)} is null" if self.place is None else f"{self.at(row)}={self.place}"

    def after(self, row: str) -> list[str]:
        """SQL of what has a later value: the ranges of an index, in their order."""
        if self.place is None:
            return [] if self.ascends else [f"{self.at(row)} is not null"]
        beyond = f"{self.at(row)}{'>' if self.ascends else '<'}{self.place}"
        return [beyond, f"{self.at(row)} is null"] if self.ascends and self.nullable else [beyond]


class Listing:
    """Compiles the rows of one page, before they are counted and limited; `size` is SQL of the page's size."""

    def __init__(
        self,
        parent: Statement,
        type_: TypeSpec,
        source: int,
        alias: str,
        link: str | None,
        order: Order,
        size: str,
        *,
        fresh: bool,
    ) -> None:
        self.parent, self.type, self.source, self.alias, self.link = parent, type_, source, alias, link
        self.order, self.size, self.fresh = order, size, fresh
        self.shape = parent.sources[source].shape
        self.keys = self._keys()

    def sql(self) -> str:
        """The rows of the list in their order, from the place on.

        Of a list that nobody filtered the planner is told a size it can count with, or it would plan at every request:
        of `limit $n` it expects a tenth of the table. A filtered list is better planned for its values each time.
        """
        if self.link is None and not self.fresh:
            found = narrowed(self.parent, self.type, self.source, self.alias)
            if found is not None:
                return self._counted(found)
        conditions = self.parent.conditions(self.source, self.alias, self.link)
        table = self.parent.table(self.type, fresh=self.fresh)
        select = f"select * from {table} {self.alias} where {' and '.join(conditions)}"
        limit = f" limit {LARGEST_PAGE + 1}" if self.shape.whole else None
        if len(self._places(self.alias)) == 1:
            return self._in_turn(select, limit or "")
        return self._in_turn(select, limit or f" limit {self.size}+1")

    def _keys(self) -> list[Key]:
        """What the rows are ordered by, the id last."""
        found, keys, seeks = [], self.order.keys, self.shape.seeks
        for number, each in enumerate(keys):
            place = None
            if seeks and seeks[number]:
                place = f"{self.parent.parameter(self.source, SEEK_ID - len(keys) + number)}::{each.kind.sql_type}"
            found.append(Key(each.column, place, each.descending is self.shape.backward, each.nullable))
        place = f"{self.parent.parameter(self.source, SEEK_ID)}::uuid" if seeks else None
        return [*found, Key("id", place, found[-1].ascends, nullable=False)]

    def _order(self, row: str) -> str:
        return "order by " + ",".join(f"{key.at(row)} {'asc' if key.ascends else 'desc'}" for key in self.keys)

    def _places(self, row: str) -> list[str]:
        """The conditions of what comes after the place: ranges of the index, in their order; without a place one, true.

        The last keys are compared as one row where they run alike and only the first of them may be null: then it is
        one range, and another where that one is.
        """
        if not self.shape.seeks:
            return ["true"]
        keys, start = self.keys, len(self.keys) - 1
        while start and not keys[start].nullable and self._joins(keys[start - 1]):
            start -= 1
        last = keys[start:]
        sign = ">" if last[0].ascends else "<"
        one = f"({','.join(key.at(row) for key in last)}){sign}({','.join(str(key.place) for key in last)})"
        found = [(start, one), *((start, each) for each in last[0].after(row)[1:])]
        found += [(at, each) for at in reversed(range(start)) for each in keys[at].after(row)]
        return [" and ".join([*(key.same(row) for key in keys[:at]), each]) for at, each in found]

    def _joins(self, key: Key) -> bool:
        return key.place is not None and key.ascends is self.keys[-1].ascends

    def _in_turn(self, select: str, limit: str) -> str:
        """The rows of a query with its conditions, one range after the other, each in the order."""
        order = self._order(self.alias)
        found = [select if each == "true" else f"{select} and {each}" for each in self._places(self.alias)]
        if len(found) == 1:
            return f"{found[0]} {order}{limit}"
        listed = " union all ".join(f"({each} {order}{limit})" for each in found)
        return f"select * from ({listed}) {self.alias}"

    def _first(self, select: str, count: int) -> str:
        """The first rows of a query, in the order."""
        limit = f" limit {count}"
        return f"select * from ({self._in_turn(select, limit)}) w{limit}"

    def _counted(self, found: Narrowed) -> str:
        """The rows of a list that several conditions narrow, in the first of the ways that answers."""
        alias, size = self.alias, f"({self.size}+1)"
        names = list(dict.fromkeys(key.name for key in self.keys))
        columns, asked = ",".join(f"{alias}.{name}" for name in names), " and ".join(found.tests)
        every = (
            f"select {columns},case when {asked} then true end matches from {found.table} {alias}"
            f" where {' and '.join([*found.base, *found.ranges])}"
        )
        ctes = [
            *found.ctes,
            f"walk as materialized ({self._first(every, FIRST)})",
            f"near as materialized (select * from walk where matches limit {size})",
            f"ahead as materialized ({self._first(every, FAR)})",
            f"far as materialized (select * from ahead where matches limit {size})",
            f"hit as materialized ({found.matching(columns)})",
            f"way as materialized (select {_way(found, size)} taken)",
        ]
        page = self._ways(",".join(names), every, size)
        row = f"select * from {found.table} {alias} where {found.base[0]} and {alias}.id=p.id offset 0"
        rows = f"({page}) p cross join lateral ({row}) {alias} {self._order('p')}"
        return f"with {','.join(ctes)} select {alias}.* from {rows}"

    def _ways(self, names: str, every: str, size: str) -> str:
        """What each way finds of the page; all but the one taken find nothing, and do nothing."""
        taken = "(select taken from way)={}"
        places = " or ".join(f"({each})" for each in self._places("hit"))
        ways = [
            f"select {names} from near where {taken.format(1)}",
            f"select {names} from hit where {taken.format(2)} and ({places}) {self._order('hit')} limit {size}",
            f"select {names} from far where {taken.format(3)}",
        ]
        walk = f"select * from ({self._in_turn(every, '')}) w where matches limit {size}"
        ways.append(f"select {names} from ({walk}) w where {taken.format(4)}")
        return " union all ".join(f"({each})" for each in ways)


def _way(found: Narrowed, size: str) -> str:
    """SQL of the way to take: each is tried only when those before it did not answer."""
    counted = "refs" if found.by_edge else "hit"
    many = "" if found.by_edge else f" when (select count(*) from (select from hit limit {MANY + 1}) h)<={MANY} then 2"
    return (
        f"case when (select count(*) from near)={size} or (select count(*) from walk)<{FIRST} then 1"
        f" when (select count(*) from (select from {counted} limit {FEW + 1}) h)<={FEW} then 2"
        f" when (select count(*) from far)={size} or (select count(*) from ahead)<{FAR} then 3"
        f"{many} else 4 end"
    )
