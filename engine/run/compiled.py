"""The compiled lane: resolvers describe rows, one statement answers the whole document, no executor runs.

Root fields are resolved in order; a failing one nulls itself, or the whole answer where it may not be null, exactly as
graphql-core would. Commands stage what they write, and the same statement that writes it renders the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLError, GraphQLField, GraphQLObjectType, located_error
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import VariableValues

from core.errors import ForgeError, InsufficientScope
from core.writing.claim import StaleAccess
from core.writing.violations import RunAgain
from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Rows
from engine.document.documents import Document
from engine.graph.graph import Root
from engine.run.answers import Answer
from engine.run.context import Reading
from engine.run.reading import Given, Reader, arguments_of
from engine.sql.metrics import Metrics
from engine.sql.metrics_compiler import Measured, MetricsSelection
from engine.sql.pages import settle
from engine.sql.plans import Filled, Piece, Plans, Rendering, Selection, Several

NO_VARIABLES: Final = VariableValues({}, {})
NOBODY: Final = UUID(int=0)


@dataclass(slots=True)
class RootCall:
    """A root field of an operation as selected: `root` is None for `__typename`."""

    key: str
    details: list[Any]
    root: Root | None
    definition: GraphQLField | None
    arguments: Given | None

    def located(self, error: Exception) -> GraphQLError:
        """Place an error at this field."""
        return located_error(error, [each.node for each in self.details], [self.key])


class Prepared:
    """An operation for one set of directive flags: its root calls, and the selections below them."""

    def __init__(self, document: Document, variables: VariableValues) -> None:
        assert document.operation is not None
        self.document, self.variables = document, variables
        graph = document.graph
        parent = graph.schema.get_root_type(document.operation.operation)
        assert isinstance(parent, GraphQLObjectType)
        self.parent = parent
        found = collect_fields(graph.schema, document.fragments, variables, parent, document.operation)
        self.calls = [self._call(key, details) for key, details in found.grouped_field_set.items()]
        self.plans = Plans(graph.catalogue, spliced=True)
        self._selections: dict[object, Selection] = {}
        self._measured: dict[str, MetricsSelection] = {}

    def _call(self, key: str, details: list[Any]) -> RootCall:
        node = details[0].node
        name = node.name.value
        root = self.document.graph.root(self.document.kind, name)
        definition = self.parent.fields.get(name)
        given = arguments_of(definition, node) if root and definition else None
        return RootCall(key, details, root, definition, given)

    def selection(self, call: RootCall, spec: TypeSpec, missing: frozenset[str]) -> Selection:
        """What is wanted below a root field, for rows of this type and a key that lacks these scopes."""
        key = (call.key, spec.name, missing)
        found = self._selections.get(key)
        if found is None:
            assert call.root is not None
            assert self.document.operation is not None
            document = self.document
            reader = Reader(document.graph, self.document.operation, document.fragments, self.variables, missing)
            found = reader.selection(spec, call.details, call.key, listed=call.root.listed)
            self._selections[key] = found
        return found

    def measured(self, call: RootCall) -> MetricsSelection:
        """What is wanted of the figures that a root field answers."""
        found = self._measured.get(call.key)
        if found is None:
            assert self.document.operation is not None
            document = self.document
            reader = Reader(document.graph, self.document.operation, document.fragments, self.variables, frozenset())
            found = self._measured[call.key] = reader.metrics(call.details)
        return found


def prepare(document: Document, variables: VariableValues) -> Prepared:
    """The operation prepared for the values of the variables that change its shape."""
    key = tuple([variables.coerced.get(flag) for flag in document.flags])
    found = document.plans.get(key)
    if found is None:
        found = document.keep(key, Prepared(document, variables))
    return found


def check_scopes(prepared: Prepared, ctx: Reading) -> None:
    """Refuse the whole request when the key lacks the scope of any root field."""
    for call in prepared.calls:
        if call.root is not None and call.root.operation.scope:
            ctx.principal.require(call.root.operation.scope, field=call.root.name)


def fill(selection: Selection, rows: Rows[Any], variables: VariableValues, ctx: Reading) -> Filled:
    """Put settled rows into a selection and into the connections below; scopes that asking needs are checked."""
    every = (settle(rows, selection.spec), *(each.rows(variables) for each in selection.nested))
    for each in every:
        for scope in sorted(each.scopes):
            ctx.principal.require(scope, field="filter")
    return Filled(selection, every)


def measure(selection: MetricsSelection, metrics: Metrics, ctx: Reading) -> Measured:
    """Put a question into a selection; its scopes are checked."""
    for scope in sorted(metrics.scopes):
        ctx.principal.require(scope, field="metrics")
    return Measured(selection, metrics)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows asked for by ids, and what was refused of them: types whose area the key may not see."""

    piece: Several
    refused: list[InsufficientScope]


def several(
    rows: Sequence[Rows[Any] | None],
    selection_of: Callable[[TypeSpec], Selection],
    variables: VariableValues,
    ctx: Reading,
) -> Gathered:
    """Gather single rows of several types into one piece; a refused type answers null, with one error for it."""
    choices: dict[object, tuple[int, Filled] | None] = {}
    refused: list[InsufficientScope] = []
    for each in rows:
        if each is None or _group(each) in choices:
            continue
        spec = ctx.spec_of(each.model)
        if spec.scope not in ctx.principal.scopes:
            choices[_group(each)] = None
            refused.append(InsufficientScope(spec.scope))
            continue
        number = sum(choice is not None for choice in choices.values())
        filled = fill(selection_of(spec), replace(each, row_id=None), variables, ctx)
        choices[_group(each)] = (number, filled)
    found = tuple(choice[1] for choice in choices.values() if choice is not None)
    kinds = tuple(_kind(choices.get(_group(each))) if each is not None else -1 for each in rows)
    ids = tuple((each.row_id if each is not None else None) or NOBODY for each in rows)
    return Gathered(Several(found, ids, kinds), refused)


def _group(rows: Rows[Any]) -> object:
    """What rows have in common that are read by one sub-select: all but their ids."""
    return rows.model, rows.deleted, tuple((each.sql, repr(each.values)) for each in rows.conditions)


def _kind(choice: tuple[int, Filled] | None) -> int:
    return -1 if choice is None else choice[0]


class CompiledRun:
    """One run of one document in the compiled lane."""

    def __init__(self, document: Document, ctx: Reading, variables: VariableValues) -> None:
        self.document, self.ctx, self.variables = document, ctx, variables
        self.prepared = prepare(document, variables)
        self.missing = document.scopes - ctx.principal.scopes
        self.errors: list[GraphQLError] = []
        self._denied: list[GraphQLError] = []

    async def pieces(self) -> list[Piece] | None:
        """Resolve every root field; None when one that may not be null failed (its error is in `errors`)."""
        check_scopes(self.prepared, self.ctx)
        found: list[Piece] = []
        before = "{"
        for call in self.prepared.calls:
            piece = await self._piece(call)
            if piece is None:
                return None
            text = f'{before}"{call.key}":'
            before = ","
            found += [text + piece] if isinstance(piece, str) else [text, piece]
        self.errors += self._denied
        return _melted([*found, "}" if self.prepared.calls else "{}"])

    def pieces_of(self, record_id: UUID) -> list[Piece]:
        """The pieces of a command's answer when what it wrote is known by id."""
        [call] = [each for each in self.prepared.calls if each.root is not None and each.root.target is not None]
        assert call.root is not None
        assert call.root.target is not None
        rows: Rows[Any] = Rows(call.root.target.model, deleted=True)
        return _melted([f'{{"{call.key}":', self._filled(call, rows.by_id(record_id)), "}"])

    async def _piece(self, call: RootCall) -> Piece | None:
        if call.root is None:
            return f'"{self.prepared.parent.name}"'
        assert call.arguments is not None
        try:
            rows = await call.root.binding.call(self.ctx, call.arguments(self.variables))
            return self._filled(call, rows)
        except (RunAgain, StaleAccess):
            raise
        except (ForgeError, GraphQLError) as error:
            self.errors.append(call.located(error))
            return "null" if call.root.nullable else None

    def _filled(self, call: RootCall, rows: Rows[Any] | list[Rows[Any] | None] | Metrics | None) -> Piece:
        if rows is None:
            return "null"
        if isinstance(rows, Metrics):
            return measure(self.prepared.measured(call), rows, self.ctx)
        if isinstance(rows, list):
            found = several(
                rows, lambda spec: self.prepared.selection(call, spec, self.missing), self.variables, self.ctx
            )
            self.errors += [call.located(error) for error in found.refused]
            self._denied += [error for choice in found.piece.choices for error in choice.selection.denied]
            return found.piece
        spec = self.document.graph.catalogue.by_model[rows.model]
        if call.root is not None and call.root.target is None:
            self.ctx.principal.require(spec.scope, field=call.root.name)
        selection = self.prepared.selection(call, spec, self.missing)
        filled = fill(selection, rows, self.variables, self.ctx)
        self._denied += selection.denied
        return filled

    def failed(self, error: ForgeError) -> Answer:
        """The answer when writing failed: it is told at the first command."""
        call = next(each for each in self.prepared.calls if each.root is not None)
        self.errors = [call.located(error)]
        return self.answer(None)

    def rendering(self, pieces: list[Piece]) -> Rendering:
        """The statement that answers, with its values."""
        return self.prepared.plans.rendering(pieces)

    def answer(self, data: bytes | None) -> Answer:
        """The answer with this data."""
        if not self.errors:
            return Answer(b"null" if data is None else data)
        return Answer(b"null" if data is None else data, self.errors).in_order(
            [call.key for call in self.prepared.calls]
        )


def _melted(pieces: list[Piece]) -> list[Piece]:
    """Join neighbouring literals, so that a plan's key is short."""
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return found
