"""Pages in SQL: a limited, index-ordered inner select, the rows' JSON around it, the aggregate around that."""

from __future__ import annotations

from collections.abc import Callable

from engine.declare.kinds import ID
from engine.declare.rows import Order
from engine.sql import cursors
from engine.sql.listing import Listing
from engine.sql.narrowing import narrowed
from engine.sql.selection import Edges, Facts, Literal, Nodes, Object, PageFact, PageOf, Total
from engine.sql.statement import Statement
from engine.sql.text import Text

SIZE, DIGEST = -1, 1_000_000
"""Slots of a source's values: the last one of `Rows.values`, and the digest, which is not among them."""
COUNT_LIMIT = 10_001
"""`totalCount` stops here unless it is asked to be exact: 10,001 means more than 10,000."""


RenderRow = Callable[..., Text]
"""Writes one row's JSON: `(wanted, alias, fresh=…)`."""


class PageCompiler:
    """Compiles one page: a limited inner select, the rows' JSON around it, the aggregate around that."""

    def __init__(  # what it is made of
        self,
        parent: Statement,
        render: RenderRow,
        wanted: PageOf,
        source: int,
        link: str | None,
        *,
        fresh: bool,
    ) -> None:
        self.render = render
        self.parent, self.wanted, self.source, self.link, self.fresh = parent, wanted, source, link, fresh
        self.shape = parent.sources[source].shape
        self.alias = parent.alias()
        self.facts = wanted.facts()
        self.columns: list[str] = []
        self.order = self.shape.order or Order("id", ID, descending=False)

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
        return self.render(wanted, self.alias, fresh=self.fresh).render()

    def _edge_json(self, entry: Edges) -> str:
        text, separator = Text("{"), ""
        for what, key, wanted in entry.entries:
            text.literal(f'{separator}"{key}":')
            separator = ","
            if what == "cursor":
                text.literal('"').sql(cursors.envelope(self._place(), self._digest)).literal('"')
            elif wanted is not None:
                text.add(self.render(wanted, self.alias, fresh=self.fresh))
            else:
                text.literal(what)
        return text.literal("}").render()

    def _place(self) -> str:
        return cursors.place_in(self.alias, self.order)

    def _total(self, entry: Total) -> str:
        alias = self.parent.alias()
        self.parent.counts_exactly |= entry.exact
        limit = "" if entry.exact else f" limit {COUNT_LIMIT}"
        if self.link is None and not self.fresh:
            found = narrowed(self.parent, self.wanted.type, self.source, alias)
            total = None if found is None else found.total(limit)
            if total is not None:
                return total
        table = self.parent.table(self.wanted.type, fresh=self.fresh)
        where = self.parent.where(self.source, alias, self.link)
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
            return f"select {','.join(columns)} from ({self._rows()}) {self.alias} {self._limit}"
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
        rows = f"select * from ({self._rows()}) {self.alias}" if self.shape.whole else self._rows()
        return f"({rows} {self._limit})"

    @property
    def _limit(self) -> str:
        """As many rows as the page has, and one more where it is told whether more follow."""
        return f"limit {self._size}{'+1' if self.facts else ''}"

    def _rows(self) -> str:
        whose = (self.wanted.type, self.source, self.alias, self.link)
        return Listing(self.parent, *whose, self.order, self._size, fresh=self.fresh).sql()
