"""Anything by its id, as Relay asks for it."""

from __future__ import annotations

import strawberry

from engine.declare.types import Node
from engine.graph.operations import operation
from resolvers import nodes

_WHY = "REST reads each resource at its own route"


@strawberry.type
class Query:
    """What can be read by id alone; each type needs its own area's view scope."""

    node: Node | None = operation(nodes.node, None, rest=False, why=_WHY)
    nodes: list[Node | None] = operation(nodes.nodes, None, rest=False, why=_WHY)
