"""Pages in SQL: a limited, index-ordered inner select, the rows' JSON around it, the aggregate around that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import cursors
from engine.kinds import ID
from engine.rows import LARGEST_PAGE, Order
from engine.selection import Edges, Facts, Literal, Nodes, Object, PageFact, PageOf, Total
from engine.text import Text

if TYPE_CHECKING:
    from engine.compiler import Compiler

SEEK_ID, SIZE, DIGEST = -2, -1, 1_000_000
"""Slots of a source's values: the last ones of `Rows.values`, and the digest, which is not among them."""
COUNT_LIMIT = 10_001
"""`totalCount` stops here unless it is asked to be exact: 10,001 means more than 10,000."""
FEW = 1_000
"""Rows that are sorted rather than looked for in the order of the list."""


class PageCompiler:
    """Compiles one page: a limited inner select, the rows' JSON around it, the aggregate around that."""

    def __init__(self, parent: Compiler, wanted: PageOf, source: int, link: str | None, *, fresh: bool) -> None:
        self.parent, self.wanted, self.source, self.link, self.fresh = parent, wanted, source, link, fresh
        self.shape = parent.sources[source].shape
        self.alias = parent.alias()
        self.facts = wanted.facts()
        self.columns: list[str] = []
        self.order = self.shape.order or Order("id", ID, descending=False)
        self._ctes = ""

    def compile(self) -> str:
        """SQL text of the page's JSON."""
        envelope = self._envelope().render()
        if not self.columns and not self.facts & self._aggregated:
            return envelope
        return f"(select {envelope} from ({self._middle()}) x)"

    def _envelope(self) -> Text:
        if self.wanted.bare:
            (nodes,) = self.wanted.objects()
            row = self._row_json(nodes)
            return self._list(row) if self.wanted.more is None else self._cut_list(row, self.wanted.more)
        text, separator = Text("{"), ""
        for entry in self.wanted.entries:
            text.literal(f'{separator}"{entry.key}":')
            separator = ","
            self._entry(text, entry)
        return text.literal("}")

    def _entry(self, text: Text, entry: Nodes | Edges | Facts | PageFact | Total | Literal) -> None:
        if isinstance(entry, Literal):
            text.literal(entry.json)
        elif isinstance(entry, Nodes):
            text.add(self._list(self._row_json(entry.object)))
        elif isinstance(entry, Edges):
            text.add(self._list(self._edge_json(entry)))
        elif isinstance(entry, Total):
            text.sql(self._total(entry))
        elif isinstance(entry, PageFact):
            text.sql(self._fact(entry.fact))
        else:
            self._facts(text, entry)

    def _facts(self, text: Text, entry: Facts) -> None:
        separator = "{"
        for fact in entry.entries:
            text.literal(f'{separator}"{fact.key}":')
            separator = ","
            self._entry(text, fact)
        text.literal("}" if entry.entries else "{}")

    def _list(self, row: str) -> Text:
        name = f"j{len(self.columns)}"
        self.columns.append(f"{row} {name}")
        ordered = " order by x.n desc" if self.shape.backward else ""
        kept = f" filter (where x.n<={self._size})" if self._counts else ""
        return Text("[").sql(f"coalesce(string_agg(x.{name},','{ordered}){kept},'')").literal("]")

    def _cut_list(self, row: str, more: str) -> Text:
        """The rows as a list, and whether it was cut; cheaper than numbering them, for a list is in every row."""
        self.columns.append(f"{row} j0")
        kept = f"array_to_string((array_agg(x.j0))[1:{self._size}],',')"
        text = Text("[").sql(f"coalesce({kept},'')").literal(f'],"{more}":')
        return text.sql(self._fact("hasNextPage"))

    @property
    def _aggregated(self) -> frozenset[str]:
        """The facts that only the rows can tell; the others follow from the request."""
        known = "hasNextPage" if self.shape.backward else "hasPreviousPage"
        return frozenset({"hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "nextCursor"} - {known})

    @property
    def _size(self) -> str:
        return self.parent.parameter(self.source, SIZE) + "::int"

    @property
    def _digest(self) -> str:
        return self.parent.parameter(self.source, DIGEST)

    @property
    def _counts(self) -> bool:
        return (bool(self.facts) and self.wanted.more is None) or self.shape.backward

    def _row_json(self, wanted: Object) -> str:
        return self.parent.object(wanted, self.alias, fresh=self.fresh).render()

    def _edge_json(self, entry: Edges) -> str:
        text, separator = Text("{"), ""
        for what, key, wanted in entry.entries:
            text.literal(f'{separator}"{key}":')
            separator = ","
            if what == "cursor":
                text.literal('"').sql(cursors.envelope(self._place(), self._digest)).literal('"')
            elif wanted is not None:
                text.add(self.parent.object(wanted, self.alias, fresh=self.fresh))
            else:
                text.literal(what)
        return text.literal("}").render()

    def _place(self) -> str:
        return cursors.place_in(self.alias, self.order)

    def _total(self, entry: Total) -> str:
        alias = self.parent.alias()
        table = self.parent.table(self.wanted.type, fresh=self.fresh)
        where = self.parent.where(self.source, alias, self.link)
        self.parent.counts_exactly |= entry.exact
        limit = "" if entry.exact else f" limit {COUNT_LIMIT}"
        return f"(select count(*) from (select 1 from {table} {alias} where {where}{limit}) c)::text"

    def _fact(self, fact: str) -> str:
        if fact not in self._aggregated:
            return "'true'" if self.shape.seeks else "'false'"
        if fact in {"hasNextPage", "hasPreviousPage"}:
            return f"case when count(*)>{self._size} then 'true' else 'false' end"
        if fact == "nextCursor":
            return self._cursor(f"case when count(*)>{self._size} then {self._place_of('z')} end")
        first = (fact == "startCursor") is not self.shape.backward
        return self._cursor(self._place_of("a") if first else self._place_of("z"))

    def _place_of(self, which: str) -> str:
        """The place of the page's first (`a`) or last (`z`) row: the only one of its rows that has it."""
        return f"max(x.{which}) filter (where x.n<={self._size})"

    def _cursor(self, place: str) -> str:
        return f"coalesce('\"'||{cursors.envelope(place, self._digest)}||'\"','null')"

    def _middle(self) -> str:
        columns = list(self.columns)
        if self._counts:
            columns += self._numbering()
        elif self.shape.whole:  # one level less, which every row of the page would pass through
            return f"select {','.join(columns)} from ({self._ordered()}) {self.alias} {self._limit}"
        return f"select {','.join(columns)} from {self._inner()} {self.alias}"

    def _numbering(self) -> list[str]:
        """Number the rows, and keep the places of the first and the last row of the page (of those only: they cost)."""
        number, found = "row_number() over ()", ["row_number() over () n"]
        if self.facts & {"startCursor", "endCursor", "nextCursor"}:
            last = f"{number}={self._size} or lead({self.alias}.id) over () is null"
            found.append(f"case when {number}=1 then {self._place()} end a")
            found.append(f"case when {last} then {self._place()} end z")
        return found

    def _inner(self) -> str:
        """The rows of the page, and one more."""
        rows = f"select * from ({self._ordered()}) {self.alias}" if self.shape.whole else self._ordered()
        return f"({rows} {self._limit})"

    @property
    def _limit(self) -> str:
        """As many rows as the page has, and one more where it is told whether more follow."""
        return f"limit {self._size}{'+1' if self.facts else ''}"

    def _ordered(self) -> str:
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

    def _keys(self) -> list[tuple[str, str, bool]]:
        """What the rows are ordered by, the id last: SQL of the key, of the place to seek, and whether it ascends."""
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

    def _beyond(self, keys: list[tuple[str, str, bool]]) -> list[tuple[str, ...]]:
        """The conditions of what comes after a place: ranges of the index, in their order.

        Keys that run alike are compared as one row. Where the direction turns, what is equal so far comes first.
        """
        runs: list[list[tuple[str, str, bool]]] = []
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
        table = self.parent.table(self.wanted.type, fresh=self.fresh)
        return f"select * from {table} {self.alias} where {' and '.join(conditions)}"

    def _in_turn(self, branches: list[list[str]], order: str) -> str:
        """The rows of several ranges, one range after the other, each in the order."""
        if len(branches) == 1:
            limit = f" limit {LARGEST_PAGE + 1}" if self.shape.whole else ""
            return f"{self._ctes}{self._select(branches[0])} {order}{limit}"
        limit = f" limit {LARGEST_PAGE + 1}" if self.shape.whole else f" limit {self._size}+1"
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
        table = self.parent.table(self.wanted.type, fresh=self.fresh)
        one = f"select q.id from {table} q where q.workspace_id=$1::uuid and q.{column}=u.id limit {FEW + 1}"
        near = f"select q.id from i,unnest(i.ids) u(id) cross join lateral ({one}) q limit {FEW + 1}"
        counted = f"select case when count(*)<={FEW} then coalesce(array_agg(y.id),'{{}}') end near from ({near}) y"
        few = [*conditions, f"{alias}.id=any((select near from n)::uuid[])"]
        walked = f"({alias}.{column} in (select unnest(i.ids) from i)) is true"  # no index is used for it, but a hash
        many = [*conditions, walked, "(select near from n) is null"]
        self._ctes = f"with i as materialized (select {ids} ids),n as materialized ({counted}) "
        return [few, many]
