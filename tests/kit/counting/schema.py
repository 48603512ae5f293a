"""The graph of the product with one command more, which starts a task."""

from __future__ import annotations

import strawberry

from access.scopes import Scope
from engine.graph.graph import Graph
from engine.graph.operations import operation
from schema import assembly, changes, tasks
from tests.kit.counting import resolvers


@strawberry.type
class Mutation(assembly.Mutation):
    """What can be done, and counting."""

    start_counting: tasks.Task = operation(resolvers.start_counting, Scope.CLIENTS_CREATE, path="/counting", status=202)


def graph() -> Graph:
    """The graph, built anew."""
    return Graph(assembly.Query, Mutation, assembly.TYPES, changes.Subscription)
