"""Filling holes through graphql-core: for fields that Python computes and graphql-core has to complete.

The rows are parsed, each hole is resolved on an instance made of the columns it needs, all at once so that loaders
batch, and a hole that fails nulls the nearest ancestor that may be null.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.execution import Executor
from graphql.pyutils import Path

from engine.sql.compiler import NEEDS
from engine.sql.plans import Selection
from engine.sql.selection import Children, Edge, Edges, Hole, Nodes, Object, PageOf
from engine.sql.splicing import instance

Place = tuple[Any, Any]


@dataclass(slots=True)
class _Job:
    """A hole being filled: where its value goes, and what becomes null when it fails."""

    holder: dict[str, Any]
    key: str
    value: Any
    anchor: tuple[Place, Path] | None


class Filling:
    """Fills the holes of one rendered selection."""

    def __init__(self, executor: Executor[Any], selection: Selection, path: Path) -> None:
        self.executor, self.selection, self.path = executor, selection, path
        self.schema = executor.schema
        self.jobs: list[_Job] = []

    async def fill(self, data: Any) -> Any:
        """Return the data with every hole filled; raises where nothing in it may be null."""
        if data is None:
            return None
        wanted = self.selection.wanted
        if isinstance(wanted, PageOf):
            self._page(wanted, data, self.path, None)
        else:
            self._object(wanted, data, self.path, None)
        waiting = [job for job in self.jobs if self.executor.is_awaitable(job.value)]
        results = await asyncio.gather(*(job.value for job in waiting), return_exceptions=True)
        for job, result in zip(waiting, results, strict=True):
            job.value = result
        for job in self.jobs:
            self._settle(job)
        return data

    def _settle(self, job: _Job) -> None:
        if not isinstance(job.value, BaseException):
            job.holder[job.key] = job.value
            return
        if job.anchor is None or not isinstance(job.value, GraphQLError):
            raise job.value
        (holder, key), path = job.anchor
        holder[key] = None
        self.executor.collected_errors.add(job.value, path)

    def _object(self, wanted: Object, data: dict[str, Any], path: Path, anchor: tuple[Place, Path] | None) -> None:
        holes = wanted.holes()
        if holes:
            self._holes(wanted, holes, data, path, anchor)
        gtype = self._gtype(wanted.type.name)
        for entry in wanted.entries:
            if isinstance(entry, (Edge, Children)) and data[entry.key] is not None:
                here = path.add_key(entry.key, gtype.name)
                nullable = entry.one.nullable if isinstance(entry, Edge) else entry.nullable
                below = ((data, entry.key), here) if nullable else anchor
                if isinstance(entry, Edge):
                    self._object(entry.object, data[entry.key], here, below)
                else:
                    self._page(entry.page, data[entry.key], here, below)

    def _page(self, wanted: PageOf, data: dict[str, Any], path: Path, anchor: tuple[Place, Path] | None) -> None:
        for entry in wanted.entries:
            if isinstance(entry, Nodes):
                for number, row in enumerate(data[entry.key]):
                    self._object(entry.object, row, path.add_key(entry.key).add_key(number), anchor)
            elif isinstance(entry, Edges):
                for key, inner in _inner(entry):
                    for number, row in enumerate(data[entry.key]):
                        here = path.add_key(entry.key).add_key(number).add_key(key)
                        self._object(inner, row[key], here, anchor)

    def _holes(
        self, wanted: Object, holes: list[Hole], data: dict[str, Any], path: Path, anchor: tuple[Place, Path] | None
    ) -> None:
        parent = _parent(wanted, data.pop(NEEDS))
        gtype = self._gtype(wanted.type.name)
        for hole in holes:
            here = path.add_key(hole.key, gtype.name)
            try:
                value = self.executor.execute_field(gtype, parent, hole.details, here, None)
            except GraphQLError as error:
                value = error
            self.jobs.append(_Job(data, hole.key, value, anchor))

    def _gtype(self, name: str) -> GraphQLObjectType:
        found = self.schema.type_map[name]
        assert isinstance(found, GraphQLObjectType)
        return found


def _inner(entry: Edges) -> Iterator[tuple[str, Object]]:
    for _, key, wanted in entry.entries:
        if wanted is not None:
            yield key, wanted


def _parent(wanted: Object, values: list[Any]) -> Any:
    names = wanted.needs()
    return instance(wanted.type.origin, names, [wanted.type.column(name).kind for name in names], values)
