"""Lists that several conditions narrow: how the rows are found is decided by what is counted, not by what is guessed.

PostgreSQL multiplies frequencies: of quotes by one estimator and of one status it expects as many as if the two had
nothing to do with each other. A plan that counts on it walks a whole table for rows that are not there. So the
statement takes the first of these ways that answers, and each but the last is bounded:

1. Walk the first rows of the list's order; done when they fill the page, or when there are no others.
2. Find all rows that match, by the index of the search columns or another that narrows; done when they are few.
3. Walk further; done when that fills the page.
4. Count further how many match; done when they are not too many to sort.
5. Walk as far as it takes: of so many rows some come sooner or later.

Why: docs/decisions/0050-indexes-and-search.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Role
from engine.sql.statement import Statement

FIRST: Final = 1_000
"""Rows of the list's order that are looked at before anything is looked up."""
FEW: Final = 5_000
"""Rows that match and are sorted at once."""
FAR: Final = 20_000
"""Rows of the list's order that are looked at where more than a few match."""
MANY: Final = 30_000
"""Rows that match and are sorted when none of the ways before answered."""
_PLAN_FOR_VALUES: Final = (
    "($1::uuid is not null or"
    " (select count(*) from generate_series(1,1000),generate_series(1,1000) b,generate_series(1,1000) c)>0)"
)
"""True; PostgreSQL knows it at once where it plans for the values, else it thinks that it costs much, and does not.

A plan for any values counts on a thousandth of the rows for each condition, and seems cheaper than all others.
"""
_LOOKED_UP: Final = re.compile(r"\w+\.search_words@@(\$\d+::tsquery|\w+\([^()]*\))")
"""A condition of the search columns, and the query in it."""


@dataclass(slots=True)
class Narrowed:
    """The conditions of a list, by what each of them does; `alias` is that of its table."""

    table: str
    alias: str
    base: list[str] = field(default_factory=list)
    """Of every row: the workspace, and whether it is deleted."""
    ranges: list[str] = field(default_factory=list)
    """Ranges of the index that the list is ordered by."""
    tests: list[str] = field(default_factory=list)
    """Everything else, as it is asked of a row that was found."""
    looked_up: list[str] = field(default_factory=list)
    """The same, as indexes answer it."""
    queries: list[str] = field(default_factory=list)
    """What of it is looked up in the search columns."""
    ids: list[str] = field(default_factory=list)
    """CTEs with the ids that edges lead to."""
    by_edge: str = ""
    """The column that refers to the ids of the first of them, which finds the rows."""

    @property
    def ctes(self) -> list[str]:
        """CTEs that `matching` reads: the ids, and `refs`, at most one more than `FEW` rows that refer to the first.

        How many rows refer to an id the planner does not know; only by the column's own index they are found as long as
        they are wanted.
        """
        if not self.by_edge:
            return []
        column = self.by_edge.removeprefix(f"{self.alias}.")
        here = self.base[0].replace(f"{self.alias}.", "r.", 1)
        one = f"select r.id from {self.table} r where {here} and r.{column}=u.id limit {FEW + 1}"
        refs = f"select r.id from i0,unnest(i0.ids) u(id) cross join lateral ({one}) r limit {FEW + 1}"
        return [*self.ids, f"refs as materialized ({refs})"]

    def matching(self, columns: str) -> str:
        """A query of these columns of the rows that match, in any order: of all, or of those in `refs`."""
        base = [*self.base, *self.ranges]
        if self.by_edge:
            one = f"select * from {self.table} {self.alias} where {self.base[0]} and {self.alias}.id=r.id offset 0"
            tests = [*base, *self.tests, _PLAN_FOR_VALUES]
            return f"select {columns} from refs r cross join lateral ({one}) {self.alias} where {' and '.join(tests)}"
        source = f"{self.table}_matching({'&&'.join(self.queries)})" if self.queries else self.table
        tests = [*base, *self.looked_up, _PLAN_FOR_VALUES]
        return f"select {columns} from {source} {self.alias} where {' and '.join(tests)}"

    def total(self, limit: str) -> str | None:
        """SQL of how many rows match; `limit` bounds how far they are counted. None where it is a plain count."""
        if self.by_edge:
            return None
        return f"(with hit as materialized ({self.matching('')}) select count(*) from (select from hit{limit}) c)::text"


def narrowed(parent: Statement, type_: TypeSpec, source: int, alias: str) -> Narrowed | None:
    """The conditions of a list, sorted by what they do; None for a list that is read in the order of an index."""
    roles = parent.sources[source].shape.roles
    if roles is None or parent.table(type_, fresh=False) != type_.table:
        return None
    workspace, *conditions = parent.conditions(source, alias)
    found = Narrowed(type_.table, alias, [workspace])
    for text, role in zip(conditions, roles, strict=True):
        if role is Role.LIFE:
            found.base.append(text)
        elif role is Role.RANGE:
            found.ranges.append(text)
        elif role is Role.EDGE:
            _edge(found, text)
        else:
            found.tests.append(text)
            query = _LOOKED_UP.search(text) if role is Role.WORDS else None
            found.queries += [query[1]] if query else []
            found.looked_up.append(text.replace(query[0], "true") if query else text)
    return found


def _edge(found: Narrowed, text: str) -> None:
    """Find the ids that an edge leads to once; whether a row refers to one of them is looked up in their hashes."""
    column, ids = text.removesuffix(")").split("=any(", 1)
    name = f"i{len(found.ids)}"
    found.ids.append(f"{name} as materialized (select {ids} ids)")
    found.tests.append(f"{column} in (select unnest(ids) from {name})")
    found.by_edge = found.by_edge or column
