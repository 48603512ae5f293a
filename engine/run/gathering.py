"""Gathering: rows inside values wait one turn of the loop for each other, so that one statement renders them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from graphql import GraphQLError
from graphql.pyutils import Path

from engine.declare.rows import Rows

RenderAll: TypeAlias = Callable[[list[Rows[Any]]], Awaitable[list[Any]]]


class Gathering:
    """The rows of one run that wait, by their place: the path without the numbers in it."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, ...], list[tuple[Rows[Any], asyncio.Future[Any]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, rows: Rows[Any], path: Path, render: RenderAll) -> Any:
        """Return the row's value, rendered with all that wait at its place; the first one's `render` is used."""
        place = tuple(step for step in path.as_list() if isinstance(step, str))
        waiting = self._waiting.get(place)
        loop = asyncio.get_running_loop()
        if waiting is None:
            waiting = self._waiting[place] = []
            loop.call_soon(self._start, place, render)
        found: asyncio.Future[Any] = loop.create_future()
        waiting.append((rows, found))
        return await found

    def _start(self, place: tuple[str, ...], render: RenderAll) -> None:
        task = asyncio.create_task(_answer(self._waiting.pop(place), render))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _answer(waiting: list[tuple[Rows[Any], asyncio.Future[Any]]], render: RenderAll) -> None:
    try:
        values = await render([rows for rows, _ in waiting])
    except Exception as error:  # noqa: BLE001  # it is raised where it is waited for
        for _, found in waiting:
            if not found.done():
                found.set_exception(error)
        return
    for (_, found), value in zip(waiting, values, strict=True):
        if not found.done():
            found.set_result(value)


def moved(error: GraphQLError, prefix: list[str]) -> GraphQLError:
    """An error of a selection, told below the place where its rows stand."""
    path = [*prefix, *(error.path or [])[1:]]
    return GraphQLError(error.message, nodes=error.nodes, path=path, original_error=error.original_error)


def path_of(error: GraphQLError, root: Path) -> Path:
    """Where an error of a selection stands below the place of its rows."""
    found = root
    for key in (error.path or [])[1:]:
        found = found.add_key(key)
    return found
