"""Sweeps: what is tried on every route, root field or argument is tried in the suite on one of each kind.

With FORGE_FULL_LOAD set, as `make faults` does, it is tried on all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, TypeVar

from rest.routes import PREFIX, Action, derive
from schema.assembly import graph

Item = TypeVar("Item")
FULL: Final = "FORGE_FULL_LOAD" in os.environ


def of_each_kind(
    items: Iterable[Item], kind: Callable[[Any], Hashable], most: int = 1, size: Callable[[Any], int] | None = None
) -> list[Item]:
    """Return so many of each kind, in the order given: the largest by `size`, else the first. All of them if FULL."""
    listed = list(items)
    if FULL:
        return listed
    order = sorted(range(len(listed)), key=lambda place: 0 if size is None else -size(listed[place]))
    seen: Counter[Hashable] = Counter()
    kept = set()
    for place in order:
        found = kind(listed[place])
        seen[found] += 1
        if seen[found] <= most:
            kept.add(place)
    return [each for place, each in enumerate(listed) if place in kept]


_STANDARD: Final = {Action.LIST, Action.ITEM, Action.CREATE, Action.UPDATE, Action.DELETE}
_ROUTES: Final = {(route.method, route.path): route for route in derive(graph())}
_ROOTS: Final = {route.root.name: route for route in _ROUTES.values()}


def kind_of_route(method: str, path: str) -> Hashable:
    """What a route does, whatever it does it to: list, create, `send`, …; a path of its own is a kind of its own."""
    below = path.removeprefix(PREFIX)
    route = _ROUTES.get((method.upper(), below))
    if route is None:
        return method, below
    contract = route.contract.title
    if route.action in _STANDARD:
        return route.action, contract
    last = below.rpartition("/")[2]
    return route.method, last, contract


def kind_of_root(name: str) -> Hashable:
    """What a root field of the graph does; one without a route is a kind of its own."""
    route = _ROOTS.get(name)
    return name if route is None else kind_of_route(route.method, route.path)
