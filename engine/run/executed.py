"""The executed lane: graphql-core runs the operation, and every `Rows` it meets becomes one statement.

For what the compiled lane cannot say: introspection, root fields that return values, and fields computed in Python.
Those are *holes*: the statement carries the columns they need, then graphql-core resolves them on parents made of
these, all at once, so that loaders batch. A hole that fails nulls the nearest ancestor that may be null.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError, execute, located_error
from graphql.execution import Executor
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Rows
from engine.document.documents import Document
from engine.run.answers import Answer
from engine.run.compiled import fill, measure, several
from engine.run.context import Reading
from engine.run.filling import Filling
from engine.run.gathering import Gathering, moved, path_of
from engine.run.reading import Reader
from engine.sql.metrics import Metrics
from engine.sql.plans import Plans, Rendering, Selection, Several

Render = Callable[[Rendering], Awaitable[bytes]]


@dataclass(slots=True)
class ExecutedCache:
    """What the executed lane keeps of a document for one set of directive flags."""

    plans: Plans
    selections: dict[object, Selection] = field(default_factory=dict)


@dataclass(slots=True)
class ExecutedRun:
    """One run in the executed lane: how rows are rendered, and what the key may not see."""

    document: Document
    cache: ExecutedCache
    missing: frozenset[str]
    render: Render
    gathering: Gathering = field(default_factory=Gathering)


class RowsExecutor(Executor[Any]):
    """graphql-core's executor, taught to render `Rows`; `context_value` is a `Reading` with its `lane`."""

    def complete_object_value(
        self, return_type: Any, details: Any, info: Any, path: Path, result: Any, pos: Any
    ) -> Any:
        """Render rows and figures; leave everything else to graphql-core."""
        if isinstance(result, Rows):
            return self._rendered(result, details, path)
        if isinstance(result, Metrics):
            return self._measured(result, details)
        return super().complete_object_value(return_type, details, info, path, result, pos)

    def complete_abstract_value(
        self, return_type: Any, details: Any, info: Any, path: Path, result: Any, pos: Any
    ) -> Any:
        """Render rows, whose model says the runtime type; leave everything else to graphql-core."""
        if isinstance(result, Rows):
            if path.prev is None:
                return self._rendered(result, details, path)
            return self._run.gathering.join(result, path, lambda rows: self._alike(rows, details, path))
        return super().complete_abstract_value(return_type, details, info, path, result, pos)

    def complete_list_value(self, return_type: Any, details: Any, info: Any, path: Path, result: Any, pos: Any) -> Any:
        """Render a list of rows at once; leave everything else to graphql-core."""
        if isinstance(result, list) and any(isinstance(each, Rows) for each in result):
            return self._several(result, details, path)
        return super().complete_list_value(return_type, details, info, path, result, pos)

    async def _several(self, rows: list[Rows[Any] | None], details: Any, path: Path) -> Any:
        selections = {each.model: self._selection(each, details, path) for each in rows if each is not None}
        found = several(rows, lambda spec: selections[spec.model], self.variable_values, self.context_value)
        text = await self._run.render(self._run.cache.plans.rendering([found.piece]))
        nodes = [each.node for each in details]
        for refused in found.refused:
            self.collected_errors.add(located_error(refused, nodes, path.as_list()), path.add_key("*refused"))
        for choice in found.piece.choices:
            for error in choice.selection.denied:
                self.collected_errors.add(error, path_of(error, path.add_key("*")))
        if not any(choice.selection.holes for choice in found.piece.choices):
            return orjson.Fragment(text)
        rows_read = orjson.loads(text)
        return await asyncio.gather(
            *(self._filled(found.piece, place, row, path.add_key(place)) for place, row in enumerate(rows_read))
        )

    async def _alike(self, rows: list[Rows[Any]], details: Any, path: Path) -> list[Any]:
        """Render rows of one place in a list of values: one statement, and one error for each field denied there."""
        found = several(
            rows, lambda spec: self._selection_of(spec, details, path), self.variable_values, self.context_value
        )
        values: list[Any] = orjson.loads(await self._run.render(self._run.cache.plans.rendering([found.piece])))
        prefix = [step for step in path.as_list() if isinstance(step, str)]
        for choice in found.piece.choices:
            for error in choice.selection.denied:
                self.collected_errors.add(moved(error, prefix), path_of(error, path))
        return await asyncio.gather(
            *(self._filled(found.piece, place, value, path) for place, value in enumerate(values))
        )

    async def _filled(self, piece: Several, place: int, row: Any, path: Path) -> Any:
        """Fill the holes of one row of several; a failure nulls that row alone."""
        if row is None:
            return None
        try:
            return await Filling(self, piece.choices[piece.kinds[place]].selection, path).fill(row)
        except GraphQLError as error:
            self.collected_errors.add(error, path)
            return None

    async def _rendered(self, rows: Rows[Any], details: Any, path: Path) -> Any:
        selection = self._selection(rows, details, path)
        if selection.spec.scope in self._run.missing:
            self.context_value.principal.require(selection.spec.scope, field=details[0].node.name.value)
        filled = fill(selection, rows, self.variable_values, self.context_value)
        rendering = self._run.cache.plans.rendering([filled])
        text = await self._run.render(rendering)
        for error in selection.denied:
            self.collected_errors.add(error, path_of(error, path))
        if not selection.holes:
            return None if text == b"null" else orjson.Fragment(text)
        return await Filling(self, selection, path).fill(orjson.loads(text))

    async def _measured(self, metrics: Metrics, details: Any) -> Any:
        run = self._run
        reader = Reader(run.document.graph, self.operation, self.fragments, self.variable_values, run.missing)
        piece = measure(reader.metrics(details), metrics, self.context_value)
        return orjson.Fragment(await run.render(run.cache.plans.rendering([piece])))

    @property
    def _run(self) -> ExecutedRun:
        run: ExecutedRun = self.context_value.lane
        return run

    def _selection(self, rows: Rows[Any], details: Any, path: Path) -> Selection:
        spec = self._run.document.graph.catalogue.by_model[rows.model]
        return self._selection_of(spec, details, path, listed=rows.slice is not None)

    def _selection_of(self, spec: TypeSpec, details: Any, path: Path, *, listed: bool = False) -> Selection:
        run = self._run
        key = (tuple(step for step in path.as_list() if isinstance(step, str)), spec.name, run.missing)
        found = run.cache.selections.get(key)
        if found is None:
            reader = Reader(run.document.graph, self.operation, self.fragments, self.variable_values, run.missing)
            found = reader.selection(spec, details, str(path.key), listed=listed)
            run.cache.selections[key] = found
        return found


async def execute_document(
    document: Document,
    ctx: Reading,
    variables: dict[str, Any],
    coerced: VariableValues,
    render: Render,
    root: Any = None,
) -> Answer:
    """Run an operation in the executed lane; every `Rows` is rendered by `render`, `root` is a subscription's event."""
    assert document.operation is not None
    flags = ("executed", *(coerced.coerced.get(flag) for flag in document.flags))
    cache = document.plans.get(flags)
    if cache is None:
        cache = document.keep(flags, ExecutedCache(Plans(document.graph.catalogue)))
    ctx.lane = ExecutedRun(document, cache, document.scopes - ctx.principal.scopes, render)
    name = document.operation.name.value if document.operation.name else None
    result = execute(
        document.graph.schema,
        document.ast,
        root,
        context_value=ctx,
        variable_values=variables,
        operation_name=name,
        executor_class=RowsExecutor,
    )
    finished = await result if inspect.isawaitable(result) else result
    data = None if finished.data is None else orjson.dumps(finished.data)
    answer = Answer(data if data is not None else b"null", list(finished.errors or []))
    return answer.in_order(list(finished.data or {}))
