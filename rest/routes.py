"""Routes: derived from the root fields of the graph, one table, no per-resource file.

    quotes → GET /quotes            createQuote → POST /quotes              sendQuote → POST /quotes/{id}/send
    quote  → GET /quotes/{id}       updateQuote → PATCH /quotes/{id}        deleteQuote → DELETE /quotes/{id}

A root field whose name says nothing of the kind declares `path=`, or `rest=False` with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, TypeAlias

from core.errors import MethodNotAllowed, NotFound
from engine.catalogue import BadDeclaration
from engine.graph import Graph, Root
from engine.names import kebab

PREFIX: Final = "/api/v1"
ID: Final = "{id}"
Shape: TypeAlias = tuple[str | None, ...]
"""The segments of a path; None where the id stands."""


class Action(StrEnum):
    """What a route does."""

    LIST = "list"
    ITEM = "item"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    VERB = "verb"


_PREFIXES: Final = {
    "create": (Action.CREATE, "POST"),
    "update": (Action.UPDATE, "PATCH"),
    "delete": (Action.DELETE, "DELETE"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One method on one path; `path` is below the prefix: `/quotes/{id}/send`."""

    method: str
    path: str
    action: Action
    root: Root
    status: int = HTTPStatus.OK

    @property
    def tag(self) -> str:
        """What of the API it belongs to: the path of its resource."""
        assert self.root.target is not None
        return kebab(self.root.target.table)

    @property
    def is_command(self) -> bool:
        """Whether it writes."""
        return self.root.kind == "mutation"


def derive(graph: Graph) -> list[Route]:
    """Every route of a graph; BadDeclaration for a root field that neither has one nor says why not."""
    plurals = {root.target.name: root.name for root in graph.roots.values() if root.listed and root.target is not None}
    return [route for root in graph.roots.values() if (route := _route(root, plurals)) is not None]


def _route(root: Root, plurals: Mapping[str, str]) -> Route | None:
    declared = root.operation
    if not declared.rest:
        if not declared.why:
            message = f"{root.name}: rest=False needs why="
            raise BadDeclaration(message)
        return None
    if declared.path is not None:
        status = declared.status or HTTPStatus.OK
        return Route(declared.method or "POST", declared.path, Action.VERB, root, status)
    if root.target is None or root.target.name not in plurals:
        message = f"{root.name}: no route follows from it; declare path= or rest=False"
        raise BadDeclaration(message)
    return _of_resource(root, "/" + kebab(plurals[root.target.name]), root.target.name)


def _of_resource(root: Root, base: str, type_name: str) -> Route:
    if root.kind == "query":
        if root.listed:
            return Route("GET", base, Action.LIST, root)
        return Route("GET", f"{base}/{ID}", Action.ITEM, root)
    word = root.name.removesuffix(type_name)
    if word == root.name:
        message = f"{root.name}: does not end with {type_name}; declare path= or rest=False"
        raise BadDeclaration(message)
    if word in _PREFIXES:
        action, method = _PREFIXES[word]
        path = base if action is Action.CREATE else f"{base}/{ID}"
        status = HTTPStatus.CREATED if action is Action.CREATE else HTTPStatus.OK
        return Route(method, path, action, root, status)
    return Route("POST", f"{base}/{ID}/{kebab(word)}", Action.VERB, root)


class Table:
    """Finds the route of a request in one look-up, however many there are."""

    def __init__(self, routes: list[Route]) -> None:
        self.routes = routes
        self._by_shape: dict[Shape, dict[str, Route]] = {}
        for route in routes:
            shape = tuple(None if segment == ID else segment for segment in route.path[1:].split("/"))
            self._by_shape.setdefault(shape, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, str | None]:
        """The route and the id in the path; NotFound for an unknown path, MethodNotAllowed with what is allowed."""
        methods, row_id = self._methods(path)
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            allow = allowed(methods)
            message = f"{method} is not allowed here; use {', '.join(allow)}"
            raise MethodNotAllowed(message, allow=allow)
        return route, row_id

    def options(self, path: str) -> tuple[str, ...]:
        """The methods a path has; NotFound for an unknown path."""
        return allowed(self._methods(path)[0])

    def _methods(self, path: str) -> tuple[dict[str, Route], str | None]:
        segments = path.removeprefix(PREFIX)[1:].split("/")
        for shape, row_id in _shapes(segments) if path.startswith(f"{PREFIX}/") else ():
            found = self._by_shape.get(shape)
            if found is not None:
                return found, row_id
        message = f"No route {path[:200]}"
        raise NotFound(message)


def _shapes(segments: list[str]) -> Iterator[tuple[Shape, str | None]]:
    yield tuple(segments), None
    if len(segments) > 1 and segments[1]:
        yield (segments[0], None, *segments[2:]), segments[1]


def allowed(methods: dict[str, Route]) -> tuple[str, ...]:
    """The methods of a path with the ones that follow from them."""
    found = {*methods, "OPTIONS", *({"HEAD"} if "GET" in methods else ())}
    return tuple(sorted(found))
