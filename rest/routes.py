"""Routes: derived from the root fields of the graph, one table, no per-resource file.

    quotes → GET /quotes            createQuote → POST /quotes              sendQuote → POST /quotes/{id}/send
    quote  → GET /quotes/{id}       updateQuote → PATCH /quotes/{id}        deleteQuote → DELETE /quotes/{id}

A root field whose name says nothing of the kind declares `path=`, or `rest=False` with its reason. The first segment of
its path says which contract a route follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Final, TypeAlias

from core.errors import MethodNotAllowed, NotFound
from engine.declare.catalogue import TypeSpec
from engine.declare.checks import BadDeclaration
from engine.declare.faces import Face
from engine.declare.names import kebab
from engine.graph.graph import Graph, Root
from rest.contract import PREFIX, Contract, contract_of

__all__ = ["PREFIX", "Route", "Table", "derive"]
ID: Final = "{id}"
CHANGES: Final = "/changes"
METRICS: Final = "/metrics"
ME: Final = "/me"
ACCEPT: Final = "/invitations/accept"
FILES: Final = "/files"
OTHERS: Final = (CHANGES, METRICS, ME)
"""Paths that no root field makes."""
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


_ACTIONS: Final = {"PATCH": Action.UPDATE, "DELETE": Action.DELETE}


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One method on one path; `path` is below the prefix: `/quotes/{id}/send`.

    `record` is the type whose id stands in the path, whatever type the answer is of.
    """

    method: str
    path: str
    action: Action
    root: Root
    status: int = HTTPStatus.OK
    record: TypeSpec | None = None
    answers: str = ""
    """The path of the resource that the answer is of: its rows are found below it."""

    @property
    def contract(self) -> Contract:
        """The contract that it follows."""
        return contract_of(self.template)

    @property
    def face(self) -> Face | None:
        """What it shows and takes, where its contract does not show and take everything."""
        return None if self.contract.is_open else self.root.operation.face

    @property
    def template(self) -> str:
        """The whole path, with `{id}` for the id."""
        return PREFIX + self.path

    @property
    def tells_where(self) -> bool:
        """Whether the answer says where its row is found (`Location`): what was made, or what is accepted (202)."""
        return self.action is Action.CREATE or self.status == HTTPStatus.ACCEPTED

    @property
    def spec(self) -> TypeSpec:
        """The type that it answers, or that what it answers is about."""
        found = self.root.target or self.record
        assert found is not None
        return found

    @property
    def tag(self) -> str:
        """What of the API it belongs to: the path of its resource."""
        return kebab(self.spec.table)

    @property
    def answers_rows(self) -> bool:
        """Whether it answers rows, or else a value that its resolver made."""
        return self.root.target is not None

    @property
    def is_command(self) -> bool:
        """Whether it writes."""
        return self.root.kind == "mutation"


def derive(graph: Graph) -> list[Route]:
    """Every route of a graph.

    BadDeclaration for a root field that neither has a route nor says why not, for a second list of a type that has no
    path of its own, and for two routes that are one.
    """
    lists: dict[str, Root] = {}
    roots = graph.served
    for root in roots:
        if root.listed and root.target is not None and root.operation.rest and root.operation.path is None:
            first = lists.setdefault(root.target.name, root)
            if first is not root:
                raise BadDeclaration(
                    f"{root.name}: {first.name} is the list of {root.target.name} already; declare path="
                )
    bases = {f"/{kebab(root.name)}": root.target for root in lists.values() if root.target is not None}
    unlisted = (spec for spec in graph.catalogue.types.values() if not spec.has_life and spec.name not in lists)
    bases |= {f"/{kebab(spec.table)}": spec for spec in unlisted}
    for root in roots:
        if root.listed and root.target is not None and root.operation.path is not None:
            bases.setdefault(root.operation.path, root.target)
    records = dict(bases)
    for root in roots:
        path = root.operation.path
        if root.target is not None and path is not None and path.count("/") == 1:  # what stands below is about it, too
            records.setdefault(path, root.target)
    routes = [route for root in roots if (route := _route(root, bases, records)) is not None]
    routes += [replace(each, method="PUT") for each in routes if each.action is Action.UPDATE and each.face is not None]
    for route in routes:
        _check_face(route)
    _refuse_collisions(routes)
    return routes


def _check_face(route: Route) -> None:
    """Refuse a route whose contract has closed objects, if nobody says what they have; and a face that nobody sees."""
    closed = not route.contract.is_open
    if closed and (route.root.operation.face is None or not route.answers_rows):
        raise BadDeclaration(f"{route.root.name}: {route.path} is {route.contract.title}'s, so declare rows and face=")
    plain = route.root.operation.parameters().keys() - {"id", "expected_version"}
    if closed and route.is_command and plain and route.root.binding.input()[1] is None:
        raise BadDeclaration(f"{route.root.name}: {route.path} is {route.contract.title}'s, so its body is one input")
    if not closed and route.root.operation.face is not None:
        raise BadDeclaration(f"{route.root.name}: {route.path} is {route.contract.title}'s, which shows no face")


def shape_of(path: str) -> Shape:
    """The segments of a path, None where the id stands."""
    return tuple(None if segment == ID else segment for segment in path[1:].split("/"))


def _refuse_collisions(routes: list[Route]) -> None:
    seen: dict[tuple[str, Shape], str] = {("GET", shape_of(path)): path for path in OTHERS}
    seen["POST", shape_of(ACCEPT)] = ACCEPT
    for route in routes:
        key = route.method, shape_of(route.path)
        if key in seen:
            raise BadDeclaration(f"{route.root.name}: {route.method} {route.path} is the route of {seen[key]} already")
        seen[key] = route.root.name


def _route(root: Root, bases: Mapping[str, TypeSpec], records: Mapping[str, TypeSpec]) -> Route | None:
    declared = root.operation
    if not declared.rest:
        if not declared.why:
            raise BadDeclaration(f"{root.name}: rest=False needs why=")
        return None
    if declared.path is not None:
        return _declared(root, declared.path, bases, records)
    base = _base(root, bases)
    if root.target is None or base is None:
        raise BadDeclaration(f"{root.name}: no route follows from it; declare path= or rest=False")
    return _of_resource(root, base, root.target)


def _base(root: Root, bases: Mapping[str, TypeSpec]) -> str | None:
    return next((path for path, target in bases.items() if target is root.target), None)


def _declared(root: Root, path: str, bases: Mapping[str, TypeSpec], records: Mapping[str, TypeSpec]) -> Route:
    """The route of a root field that declares its path."""
    status = root.operation.status or HTTPStatus.OK
    record = records.get("/" + path[1:].partition("/")[0])
    if ID in path and record is None:
        raise BadDeclaration(f"{root.name}: {path} names no record: its first part is the path of no list")
    if root.kind == "query":
        return Route("GET", path, Action.LIST if root.listed else Action.ITEM, root, status, record)
    base = _base(root, bases) or ""
    if not contract_of(PREFIX + path).is_open and record is root.target:
        return _of_closed(root, path, record)
    if status == HTTPStatus.ACCEPTED and not base:
        raise BadDeclaration(f"{root.name}: 202 says where to ask for what it answers, which no list shows")
    return Route(root.operation.method or "POST", path, Action.VERB, root, status, record, base)


def _of_closed(root: Root, path: str, record: TypeSpec | None) -> Route:
    """A command of a contract with closed objects: what it does follows from its method and its path."""
    base, of_one, verb = path.partition(f"/{ID}")
    method = root.operation.method or "POST"
    action = Action.VERB if verb else _ACTIONS.get(method, Action.VERB) if of_one else Action.CREATE
    status = HTTPStatus.CREATED if action is Action.CREATE else HTTPStatus.OK
    return Route(method, path, action, root, root.operation.status or status, record, base)


def _of_resource(root: Root, base: str, record: TypeSpec) -> Route:
    if root.kind == "query":
        if root.listed:
            return Route("GET", base, Action.LIST, root, record=record)
        return Route("GET", f"{base}/{ID}", Action.ITEM, root, record=record)
    word = root.name.removesuffix(record.name)
    if word == root.name:
        raise BadDeclaration(f"{root.name}: does not end with {record.name}; declare path= or rest=False")
    if word in _PREFIXES:
        action, method = _PREFIXES[word]
        path = base if action is Action.CREATE else f"{base}/{ID}"
        status = HTTPStatus.CREATED if action is Action.CREATE else HTTPStatus.OK
        return Route(method, path, action, root, status, record, base)
    return Route("POST", f"{base}/{ID}/{kebab(word)}", Action.VERB, root, record=record, answers=base)


class Table:
    """Finds the route of a request in one look-up, however many there are."""

    def __init__(self, routes: list[Route]) -> None:
        self.routes = routes
        self._by_shape: dict[Shape, dict[str, Route]] = {}
        for route in routes:
            self._by_shape.setdefault(shape_of(route.path), {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, str | None]:
        """The route and the id in the path; NotFound for an unknown path, MethodNotAllowed with what is allowed."""
        methods, row_id = self._methods(path)
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            allow = allowed(methods)
            raise MethodNotAllowed(f"{method} is not allowed here; use {', '.join(allow)}", allow=allow)
        return route, row_id

    def options(self, path: str) -> tuple[str, ...]:
        """The methods a path has; NotFound for an unknown path."""
        return allowed(self._methods(path)[0])

    def template(self, path: str) -> str | None:
        """The template of a path, whatever methods it has; None for an unknown path."""
        try:
            return next(iter(self._methods(path)[0].values())).template
        except NotFound:
            return None

    def _methods(self, path: str) -> tuple[dict[str, Route], str | None]:
        segments = path.removeprefix(PREFIX)[1:].split("/")
        for shape, row_id in _shapes(segments) if path.startswith(f"{PREFIX}/") else ():
            found = self._by_shape.get(shape)
            if found is not None:
                return found, row_id
        raise NotFound(f"No route {path[:200]}")


def _shapes(segments: list[str]) -> Iterator[tuple[Shape, str | None]]:
    yield tuple(segments), None
    if len(segments) > 1 and segments[1]:
        yield (segments[0], None, *segments[2:]), segments[1]


def allowed(methods: dict[str, Route]) -> tuple[str, ...]:
    """The methods of a path with the ones that follow from them."""
    found = {*methods, "OPTIONS", *({"HEAD"} if "GET" in methods else ())}
    return tuple(sorted(found))
