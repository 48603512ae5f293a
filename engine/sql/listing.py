"""The rows of a list in SQL, in their order and from a place on: ranges of indexes, one after the other."""

from __future__ import annotations

from typing import Final

from engine.declare.catalogue import TypeSpec
from engine.declare.rows import LARGEST_PAGE, Order
from engine.sql.statement import Statement

SEEK_ID: Final = -2
"""The slot of the id to seek among a source's values; the values of the order's columns stand before it."""
FEW: Final = 1_000
"""Rows that are sorted rather than looked for in the order of the list."""
Key = tuple[str, str, bool]
"""SQL of what is ordered by, SQL of the place to seek, and whether it ascends."""


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
        self._ctes = ""

    def sql(self) -> str:
        """The rows of the list in their order, from the place on.

        Of a list that nobody filtered the planner is told a size it can count with, or it would plan at every request:
        of `limit $n` it expects a tenth of the table. A filtered list is better planned for its values each time.
        """
        conditions = self.parent.conditions(self.source, self.alias, self.link)
        keys = self._keys()
        order = "order by " + ",".join(f"{key} {'asc' if forward else 'desc'}" for key, _, forward in keys)
        if self.shape.through is not None and self.link is None:
            branches = self._narrowed(self.shape.through, conditions)
        else:
            branches = [conditions]
        beyond = self._beyond(keys) if self.shape.seeks else [()]
        every = [[*branch, *place] for branch in branches for place in beyond]
        return self._in_turn(every, order)

    def _keys(self) -> list[Key]:
        """What the rows are ordered by, the id last."""
        found, keys = [], self.order.keys
        for number, each in enumerate(keys):
            value = ""
            if self.shape.seeks:
                value = f"{self.parent.parameter(self.source, SEEK_ID - len(keys) + number)}::{each.kind.sql_type}"
                if each.nullable:
                    value = f"case when {value} is null then {each.kind.beyond} else {value} end"
            found.append((each.key.replace("@.", f"{self.alias}."), value, each.descending is self.shape.backward))
        place = f"{self.parent.parameter(self.source, SEEK_ID)}::uuid" if self.shape.seeks else ""
        return [*found, (f"{self.alias}.id", place, found[-1][2])]

    def _beyond(self, keys: list[Key]) -> list[tuple[str, ...]]:
        """The conditions of what comes after a place: ranges of the index, in their order.

        Keys that run alike are compared as one row. Where the direction turns, what is equal so far comes first.
        """
        runs: list[list[Key]] = []
        for each in keys:
            if runs and runs[-1][0][2] is each[2]:
                runs[-1].append(each)
            else:
                runs.append([each])
        found = []
        for number in reversed(range(len(runs))):
            equal = [f"{key}={value}" for run in runs[:number] for key, value, _ in run]
            names, values = ",".join(each[0] for each in runs[number]), ",".join(each[1] for each in runs[number])
            found.append((*equal, f"({names}){'>' if runs[number][0][2] else '<'}({values})"))
        return found

    def _select(self, conditions: list[str]) -> str:
        table = self.parent.table(self.type, fresh=self.fresh)
        return f"select * from {table} {self.alias} where {' and '.join(conditions)}"

    def _in_turn(self, branches: list[list[str]], order: str) -> str:
        """The rows of several ranges, one range after the other, each in the order."""
        if len(branches) == 1:
            limit = f" limit {LARGEST_PAGE + 1}" if self.shape.whole else ""
            return f"{self._ctes}{self._select(branches[0])} {order}{limit}"
        limit = f" limit {LARGEST_PAGE + 1}" if self.shape.whole else f" limit {self.size}+1"
        listed = " union all ".join(f"({self._select(each)} {order}{limit})" for each in branches)
        return f"{self._ctes}select * from ({listed}) {self.alias}"

    def _narrowed(self, through: tuple[int, str], conditions: list[str]) -> list[list[str]]:
        """The conditions of rows whose `column` is one of the ids that its condition finds, in two branches.

        How many rows that are the planner cannot know. So they are counted, by the column's own index and no further
        than `FEW`: a few are sorted; of many, a page is soon found by walking the list in its order. Just one of the
        two runs.
        """
        place, column = through
        alias = self.alias
        ids = conditions.pop(1 + place).removeprefix(f"{alias}.{column}=any(").removesuffix(")")
        table = self.parent.table(self.type, fresh=self.fresh)
        one = f"select q.id from {table} q where q.workspace_id=$1::uuid and q.{column}=u.id limit {FEW + 1}"
        near = f"select q.id from i,unnest(i.ids) u(id) cross join lateral ({one}) q limit {FEW + 1}"
        counted = f"select case when count(*)<={FEW} then coalesce(array_agg(y.id),'{{}}') end near from ({near}) y"
        few = [*conditions, f"{alias}.id=any((select near from n)::uuid[])"]
        walked = f"({alias}.{column} in (select unnest(i.ids) from i)) is true"  # no index is used for it, but a hash
        many = [*conditions, walked, "(select near from n) is null"]
        self._ctes = f"with i as materialized (select {ids} ids),n as materialized ({counted}) "
        return [few, many]
