"""The compiler: `Rows` and selections become one SQL expression, the JSON text of the whole answer.

Form (measured, `docs/benchmarks.md`): text concatenation with melted literals; a row referred to is a scalar sub-select
by primary key; the rows of a page are a limited, index-ordered sub-select under `string_agg`. `$1` is the workspace, in
a predicate on every table; every other parameter belongs to one of the plan's sources. A nullable value is wrapped in
`coalesce`: one null in a concatenation would silently drop the whole row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.declare.catalogue import Catalogue, Column, TypeSpec
from engine.declare.kinds import ENUM
from engine.declare.rows import tenant
from engine.sql.page_compiler import PageCompiler
from engine.sql.selection import Children, Edge, Hole, Literal, Object, PageOf, Value
from engine.sql.splicing import MARK, Splice
from engine.sql.statement import Source, Statement
from engine.sql.text import Text

NEEDS = "~"
"""The hidden key under which an object carries the columns its holes need."""


class Compiler(Statement):
    """Compiles one statement.

    With a list of `splices` the holes are left to be filled in the text, and the list says how.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        sources: Sequence[Source],
        written: Mapping[str, str] | None = None,
        first: int = 2,
        splices: list[Splice] | None = None,
    ) -> None:
        super().__init__(sources, written, first)
        self._catalogue = catalogue
        self._splices = splices

    def row(self, wanted: Object, source: int, link: str | None = None) -> str:
        """SQL text of one row's JSON, `null` when there is none; `link` ties it (`@.`) to something outside."""
        alias = self.alias()
        fresh = not self._written.get(wanted.type.table, "(").startswith("(")
        obj = self.object(wanted, alias, fresh=fresh).render()
        where = self.where(source, alias, link)
        return f"coalesce((select {obj} from {self.table(wanted.type, fresh=fresh)} {alias} where {where}),'null')"

    def page(self, wanted: PageOf, source: int, link: str | None = None, *, fresh: bool = False) -> str:
        """SQL text of a page's JSON; `link` ties its rows (`@`) to the row they belong to."""
        return PageCompiler(self, self.object, wanted, source, link, fresh=fresh).compile()

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
            elif self._splices is not None:
                text.add(self._splice(entry, wanted.type, alias, self._splices))
            else:
                text.literal("null")
        if self._splices is None and wanted.holes():
            text.literal(f'{separator}"{NEEDS}":[').add(_columns(wanted, alias)).literal("]")
        return text.literal("}")

    def _splice(self, hole: Hole, of: TypeSpec, alias: str, splices: list[Splice]) -> Text:
        """A mark, the hole's number and the columns it needs, and a mark again."""
        assert hole.complete is not None
        assert hole.computed.method is not None
        columns = [of.column(name) for name in hole.computed.needs]
        text = Text(f"{MARK}[{len(splices)}")
        for column in columns:
            text.literal(",").add(value(column, alias, lower=True))
        kinds = tuple(column.kind for column in columns)
        made = hole.computed
        splices.append(Splice(of.origin, made.needs, kinds, hole.computed.method, made.with_context, hole.complete))
        return text.literal(f"]{MARK}")

    def _edge(self, entry: Edge, alias: str) -> str:
        inner, target = self.alias(), entry.object.type
        obj = self.object(entry.object, inner, fresh=False).render()
        table = self.table(target, fresh=False)
        where = f"{inner}.workspace_id={tenant(target.model)} and {inner}.id={alias}.{entry.one.column}"
        return f"coalesce((select {obj} from {table} {inner} where {where}),'null')"

    def _children(self, entry: Children, alias: str, *, fresh: bool) -> Text:
        if fresh and self._written and entry.page.type.table not in self._written:
            fresh = False
        return Text().sql(self.page(entry.page, entry.source, f"@.{entry.column}={alias}.id", fresh=fresh))


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
