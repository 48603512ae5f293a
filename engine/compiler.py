"""The compiler: `Rows` and selections become one SQL expression, the JSON text of the whole answer.

Form (measured, `docs/benchmarks.md`): text concatenation with melted literals; a row referred to is a scalar sub-select
by primary key; the rows of a page are a limited, index-ordered sub-select under `string_agg`. `$1` is the workspace, in
a predicate on every table; every other parameter belongs to one of the plan's sources. A nullable value is wrapped in
`coalesce`: one null in a concatenation would silently drop the whole row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import cursors
from engine.catalogue import Catalogue, Column, TypeSpec
from engine.kinds import ENUM
from engine.rows import Shape
from engine.selection import Children, Edge, Edges, Facts, Hole, Literal, Nodes, Object, PageFact, PageOf, Total, Value
from engine.text import Text

NEEDS = "~"
"""The hidden key under which an object carries the columns its holes need."""
COUNT_LIMIT = 10_001
"""`totalCount` stops here unless it is asked to be exact: 10,001 means more than 10,000."""


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that a statement reads: their shape, and whether cursors of their list are wanted."""

    shape: Shape
    type: TypeSpec
    cursors: bool


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a source's parameters stand in the statement."""

    conditions: tuple[str, ...]
    seek: tuple[str, str]
    size: str
    digest: str


class Compiler:
    """Compiles one statement; `written` names the CTE that holds rows a table gets by this very statement."""

    def __init__(
        self,
        catalogue: Catalogue,
        sources: Sequence[Source],
        written: Mapping[str, str] | None = None,
        first: int = 2,
    ) -> None:
        self._catalogue = catalogue
        self._sources = sources
        self._written = written or {}
        self._aliases = 0
        self._places: list[_Places] = []
        for source in sources:
            first = self._allot(source, first)
        self.next_parameter = first

    def row(self, wanted: Object, source: int) -> str:
        """SQL text of one row's JSON, `null` when there is none."""
        alias = self._alias()
        fresh = wanted.type.table in self._written
        obj = self.object(wanted, alias, fresh=fresh).render()
        where = self._where(source, alias)
        return f"coalesce((select {obj} from {self._table(wanted.type, fresh=fresh)} {alias} where {where}),'null')"

    def page(self, wanted: PageOf, source: int, link: str | None = None, *, fresh: bool = False) -> str:
        """SQL text of a page's JSON; `link` ties its rows (`@`) to the row they belong to."""
        return _PageCompiler(self, wanted, source, link, fresh=fresh).compile()

    def _allot(self, source: Source, first: int) -> int:
        conditions = []
        for template in source.shape.conditions:
            head, *rest = template.split("?")
            for piece in rest:
                head += f"${first}{piece}"
                first += 1
            conditions.append(head)
        seek = ("", "")
        if source.shape.seeks:
            seek, first = (f"${first}", f"${first + 1}"), first + 2
        size = digest = ""
        if source.shape.paged:
            size, first = f"${first}::int", first + 1
        if source.cursors:
            digest, first = f"${first}", first + 1
        self._places.append(_Places(tuple(conditions), seek, size, digest))
        return first

    def _alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def _table(self, type_: TypeSpec, *, fresh: bool) -> str:
        written = self._written.get(type_.table)
        if written is None:
            return type_.table
        if fresh:
            return written
        return f"(select * from {type_.table} union all select * from {written})"

    def _where(self, source: int, alias: str, link: str | None = None) -> str:
        conditions = ["@.workspace_id=$1::uuid", *([link] if link else []), *self._places[source].conditions]
        return " and ".join(conditions).replace("@", alias)

    def object(self, wanted: Object, alias: str, *, fresh: bool = False) -> Text:
        """SQL text of one row's JSON; `fresh` says that its rows were written by this very statement."""
        text, separator = Text("{"), ""
        for entry in wanted.entries:
            text.literal(f'{separator}"{entry.key}":')
            separator = ","
            if isinstance(entry, Literal):
                text.literal(entry.json)
            elif isinstance(entry, Value):
                text.add(value(entry.column, alias, lower=entry.lower))
            elif isinstance(entry, Edge):
                text.sql(self._edge(entry, alias))
            elif isinstance(entry, Children):
                text.add(self._children(entry, alias, fresh=fresh))
            else:
                text.literal("null")
        if wanted.holes():
            text.literal(f'{separator}"{NEEDS}":[').add(_columns(wanted, alias)).literal("]")
        return text.literal("}")

    def _edge(self, entry: Edge, alias: str) -> str:
        inner, target = self._alias(), entry.object.type
        obj = self.object(entry.object, inner, fresh=False).render()
        table = self._table(target, fresh=False)
        where = f"{inner}.workspace_id=$1::uuid and {inner}.id={alias}.{entry.one.column}"
        return f"coalesce((select {obj} from {table} {inner} where {where}),'null')"

    def _children(self, entry: Children, alias: str, *, fresh: bool) -> Text:
        if fresh and self._written and entry.page.type.table not in self._written:
            fresh = False
        return Text().sql(self.page(entry.page, entry.source, f"@.{entry.column}={alias}.id", fresh=fresh))


class _PageCompiler:
    """Compiles one page: a limited inner select, the rows' JSON around it, the aggregate around that."""

    def __init__(self, parent: Compiler, wanted: PageOf, source: int, link: str | None, *, fresh: bool) -> None:
        self.parent, self.wanted, self.source, self.link, self.fresh = parent, wanted, source, link, fresh
        self.shape = parent._sources[source].shape
        self.places = parent._places[source]
        self.alias = parent._alias()
        self.facts = wanted.facts()
        self.columns: list[str] = []
        self.order_column, self.direction = self.shape.order or ("id", "asc")

    def compile(self) -> str:
        envelope = self._envelope().render()
        if not self.columns and not self.facts:
            return envelope
        return f"(select {envelope} from ({self._middle()}) x)"

    def _envelope(self) -> Text:
        if self.wanted.bare:
            (nodes,) = self.wanted.objects()
            return self._list(self._row_json(nodes))
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
        kept = f" filter (where x.n<={self.places.size})" if self._counts else ""
        return Text("[").sql(f"coalesce(string_agg(x.{name},','{ordered}){kept},'')").literal("]")

    @property
    def _counts(self) -> bool:
        return bool(self.facts) or self.shape.backward

    def _row_json(self, wanted: Object) -> str:
        return self.parent.object(wanted, self.alias, fresh=self.fresh).render()

    def _edge_json(self, entry: Edges) -> str:
        text, separator = Text("{"), ""
        for what, key, wanted in entry.entries:
            text.literal(f'{separator}"{key}":')
            separator = ","
            if what == "cursor":
                text.literal('"').sql(cursors.envelope(self._place(), self.places.digest)).literal('"')
            elif wanted is not None:
                text.add(self.parent.object(wanted, self.alias, fresh=self.fresh))
            else:
                text.literal(what)
        return text.literal("}").render()

    def _place(self) -> str:
        return cursors.place(self.alias, self.order_column, self.wanted.type.kind_at(self.order_column))

    def _total(self, entry: Total) -> str:
        alias = self.parent._alias()
        table = self.parent._table(self.wanted.type, fresh=self.fresh)
        where = self.parent._where(self.source, alias, self.link)
        limit = "" if entry.exact else f" limit {COUNT_LIMIT}"
        return f"(select count(*) from (select 1 from {table} {alias} where {where}{limit}) c)::text"

    def _fact(self, fact: str) -> str:
        size, backward = self.places.size, self.shape.backward
        more = f"case when count(*)>{size} then 'true' else 'false' end"
        before = "'true'" if self.shape.seeks else "'false'"
        first, last = "max(x.a)", f"max(x.z) filter (where x.n<={size})"
        if fact == "nextCursor":
            return self._cursor(f"case when count(*)>{size} then {last} end")
        if fact == "hasNextPage":
            return before if backward else more
        if fact == "hasPreviousPage":
            return more if backward else before
        return self._cursor(first if (fact == "startCursor") is not backward else last)

    def _cursor(self, place: str) -> str:
        return f"coalesce('\"'||{cursors.envelope(place, self.places.digest)}||'\"','null')"

    def _middle(self) -> str:
        columns = list(self.columns)
        if self._counts:
            columns += self._numbering()
        return f"select {','.join(columns)} from {self._inner()} {self.alias}"

    def _numbering(self) -> list[str]:
        """Number the rows, and keep the places of the first and the last row of the page (of those only: they cost)."""
        number, found = "row_number() over ()", ["row_number() over () n"]
        if self.facts & {"startCursor", "endCursor", "nextCursor"}:
            last = f"{number}={self.places.size} or lead({self.alias}.id) over () is null"
            found.append(f"case when {number}=1 then {self._place()} end a")
            found.append(f"case when {last} then {self._place()} end z")
        return found

    def _inner(self) -> str:
        table = self.parent._table(self.wanted.type, fresh=self.fresh)
        where = self.parent._where(self.source, self.alias, self.link)
        forward = (self.direction == "asc") is not self.shape.backward
        direction = "asc" if forward else "desc"
        if self.shape.seeks:
            value_at, id_at = self.places.seek
            sign = ">" if forward else "<"
            sql_type = self.wanted.type.kind_at(self.order_column).sql_type
            where += (
                f" and ({self.alias}.{self.order_column},{self.alias}.id){sign}({value_at}::{sql_type},{id_at}::uuid)"
            )
        order = f"{self.alias}.{self.order_column} {direction},{self.alias}.id {direction}"
        extra = "+1" if self.facts else ""
        return f"(select * from {table} {self.alias} where {where} order by {order} limit {self.places.size}{extra})"


def value(column: Column, alias: str, *, lower: bool = False) -> Text:
    """Write a column as JSON: values that need no escaping melt their quotation marks into their neighbours."""
    name = f"{alias}.{column.column}"
    if column.kind is ENUM and not lower:
        name = f"upper({name})"
    bare = column.kind.json(name)
    if not column.nullable:
        return Text('"').sql(bare).literal('"') if column.kind.quoted else Text().sql(bare)
    return Text().sql(f"coalesce('\"'||{bare}||'\"','null')" if column.kind.quoted else f"coalesce({bare},'null')")


def _columns(wanted: Object, alias: str) -> Text:
    text, separator = Text(), ""
    for name in wanted.needs():
        text.literal(separator).add(value(wanted.type.column(name), alias, lower=True))
        separator = ","
    return text


__all__ = ["COUNT_LIMIT", "NEEDS", "Compiler", "Hole", "Source", "value"]
