"""Plans: one statement for one shape of request, and how its parameters are put together.

A plan is keyed by what its SQL text depends on and nothing else: the selections (document, directive flags, missing
scopes, runtime types) and the shapes of the rows. Values are always parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from access.principal import Principal
from core.database.database import guarded
from core.database.weight import COUNTS, FIGURES, LISTS, Weight
from core.instruments import PLANS
from engine.declare.catalogue import Catalogue, TypeSpec
from engine.declare.rows import HOME, WORKSPACE, Rows, Shape
from engine.sql.compiler import Compiler
from engine.sql.metrics_compiler import Measured, MetricsCompiler
from engine.sql.page_compiler import DIGEST
from engine.sql.selection import Object, PageOf, has_holes
from engine.sql.splicing import Splice
from engine.sql.statement import Parameter, Source
from engine.sql.text import Text

LARGEST_CACHE = 2_000
_COMPILED = PLANS.labels("sql")


class Nested(Protocol):
    """Rows below a row: known only once the request's variables are."""

    spec: TypeSpec
    wanted: PageOf

    def rows(self, variables: VariableValues) -> Rows[Any]:
        """The rows asked for, settled."""


@dataclass(slots=True, eq=False)
class Selection:
    """What is wanted of one `Rows`: the tree, the connections below it, and what was denied in it.

    Source 0 is the `Rows` itself, source n the n-th nested connection.
    """

    spec: TypeSpec
    wanted: Object | PageOf
    nested: Sequence[Nested] = ()
    denied: list[GraphQLError] = field(default_factory=list)

    @property
    def holes(self) -> bool:
        """Whether Python has something to fill."""
        return has_holes(self.wanted)

    def sources(self, rows: Sequence[Rows[Any]]) -> list[Source]:
        """Describe the rows of every source for the compiler."""
        specs = [self.spec, *(each.spec for each in self.nested)]
        return [Source(each.shape, spec) for each, spec in zip(rows, specs, strict=True)]

    def compile(self, compiler: Compiler) -> str:
        """SQL text of the JSON."""
        if isinstance(self.wanted, PageOf):
            return compiler.page(self.wanted, 0)
        return compiler.row(self.wanted, 0)


@dataclass(frozen=True, slots=True)
class Filled:
    """A selection with the rows it is wanted of, nested ones included."""

    selection: Selection
    rows: tuple[Rows[Any], ...]

    @property
    def key(self) -> tuple[Selection, tuple[Shape, ...]]:
        """What of this decides the SQL text."""
        return self.selection, tuple([each.shape for each in self.rows])


@dataclass(frozen=True, slots=True)
class Several:
    """Rows of several types by their ids, in the order asked for: `kinds` says which choice each id is, -1 for none."""

    choices: tuple[Filled, ...]
    ids: tuple[UUID, ...]
    kinds: tuple[int, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """What of this decides the SQL text: not how many ids there are."""
        return ("several", *(choice.key for choice in self.choices))


Piece = str | Filled | Several | Measured
_Compiled = tuple[Selection, list[Source]]


class Plan:
    """The statement of some pieces: literal JSON, and selections filled with rows of certain shapes."""

    def __init__(self, catalogue: Catalogue, pieces: Sequence[Piece], *, spliced: bool = False) -> None:
        self._catalogue = catalogue
        self.splices: list[Splice] | None = [] if spliced else None
        self._pieces = [_compiled(piece) for piece in pieces]
        self._parameters: list[list[Parameter]] = []
        self._counts_exactly = False
        self.of_company = False
        """Whether it reads what is the company's: then `$2` is the company's live workspace."""
        self.sql = self._guarded()
        figures = any(isinstance(piece, Measured) for piece in pieces)
        narrow = FIGURES if figures else COUNTS if self._counts_exactly else LISTS
        self.weight = Weight(narrow, presumed=figures or self._counts_exactly)

    def _guarded(self) -> str:
        text = self._expression({}, 2)
        if HOME not in text:
            return guarded(text)
        self.of_company = True
        return guarded(self._expression({}, 3).replace(HOME, "$2::uuid"), home="$2")

    def args(self, principal: Principal, values: Sequence[Any]) -> tuple[Any, ...]:
        """The parameters of the statement that reads: the workspaces, then the values."""
        if self.of_company:
            return (principal.workspace_id, principal.home_id, *values)
        return (principal.workspace_id, *values)

    def expression(self, written: Mapping[str, str], first: int) -> str:
        """SQL text of the answer; `written` and `first` as `core.writing.unit_of_work.Render` says.

        Who writes is in the live workspace, or writes and shows nothing that is the company's.
        """
        return self._expression(written, first).replace(HOME, WORKSPACE)

    def _expression(self, written: Mapping[str, str], first: int) -> str:
        text = Text()
        self._parameters = []
        if self.splices is not None:
            self.splices.clear()
        for piece in self._pieces:
            if isinstance(piece, str):
                text.literal(piece)
            elif isinstance(piece, Measured):
                text.sql(MetricsCompiler(piece, first).compile())
                first += len(piece.metrics.values)
            elif isinstance(piece, tuple):
                compiler = Compiler(self._catalogue, piece[1], written, first, self.splices)
                text.sql(piece[0].compile(compiler))
                first = self._counted(compiler, first)
            else:
                sql, first = self._several(piece, written, first)
                text.sql(sql)
        return text.render()

    def _several(self, choices: list[_Compiled], written: Mapping[str, str], first: int) -> tuple[str, int]:
        cases = []
        for kind, (selection, sources) in enumerate(choices):
            compiler = Compiler(self._catalogue, sources, written, first, self.splices)
            assert isinstance(selection.wanted, Object)
            cases.append(f"when {kind} then {compiler.row(selection.wanted, 0, '@.id=u.id')}")
            first = self._counted(compiler, first)
        rows = f"case u.kind {' '.join(cases)} else 'null' end" if cases else "'null'"
        asked = f"unnest(${first}::uuid[],${first + 1}::int[]) with ordinality u(id,kind,place)"
        return f"'['||coalesce((select string_agg({rows},',' order by u.place) from {asked}),'')||']'", first + 2

    def _counted(self, compiler: Compiler, first: int) -> int:
        self._parameters.append(compiler.parameters)
        self._counts_exactly |= compiler.counts_exactly
        return first + len(compiler.parameters)

    def values(self, pieces: Sequence[Piece]) -> tuple[Any, ...]:
        """The statement's parameters after the workspace, in the order the compiler allotted them."""
        found: list[Any] = []
        parameters = iter(self._parameters)
        for piece in pieces:
            if isinstance(piece, Filled):
                found += _values(piece, next(parameters))
            elif isinstance(piece, Several):
                for choice in piece.choices:
                    found += _values(choice, next(parameters))
                found += [list(piece.ids), list(piece.kinds)]
            elif isinstance(piece, Measured):
                found += piece.metrics.values
        return tuple(found)


def _compiled(piece: Piece) -> str | Measured | _Compiled | list[_Compiled]:
    if isinstance(piece, (str, Measured)):
        return piece
    if isinstance(piece, Filled):
        return piece.selection, piece.selection.sources(piece.rows)
    return [(choice.selection, choice.selection.sources(choice.rows)) for choice in piece.choices]


def _values(piece: Filled, parameters: list[Parameter]) -> list[Any]:
    given = [rows.values for rows in piece.rows]
    return [piece.rows[source].digest() if slot == DIGEST else given[source][slot] for source, slot in parameters]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A plan with its values: what a command's answer is rendered by (`core.writing.unit_of_work.Render`)."""

    plan: Plan
    values: tuple[Any, ...]

    @property
    def key(self) -> Plan:
        """Names the SQL text."""
        return self.plan

    def expression(self, written: Mapping[str, str], first: int) -> str:
        """SQL text of the answer."""
        return self.plan.expression(written, first)

    def args(self, principal: Principal) -> tuple[Any, ...]:
        """The parameters of the statement that reads."""
        return self.plan.args(principal, self.values)


class Plans:
    """A bounded cache of the plans of one document or one façade; `spliced` says how holes are left (see there)."""

    def __init__(self, catalogue: Catalogue, *, spliced: bool = False) -> None:
        self._catalogue = catalogue
        self._spliced = spliced
        self._known: dict[object, Plan] = {}

    def get(self, pieces: Sequence[Piece]) -> Plan:
        """The plan of these pieces, compiled when it is new."""
        key = tuple([piece if isinstance(piece, str) else piece.key for piece in pieces])
        plan = self._known.get(key)
        if plan is None:
            if len(self._known) >= LARGEST_CACHE:
                self._known.clear()
            _COMPILED.inc()
            plan = self._known[key] = Plan(self._catalogue, pieces, spliced=self._spliced)
        return plan

    def rendering(self, pieces: Sequence[Piece]) -> Rendering:
        """The plan of these pieces with their values."""
        plan = self.get(pieces)
        return Rendering(plan, plan.values(pieces))
