"""What the document calls things: operations as client libraries name their functions, tags as people say them."""

from __future__ import annotations

from typing import Final

from engine.declare.names import snake
from engine.graph.graph import Graph
from rest.routes import Action, Route

_ACRONYMS: Final = {"bom": "BOM", "rfq": "RFQ", "rfqs": "RFQs"}
_VERBS = {Action.LIST: "list", Action.ITEM: "get"}


def operation_id(route: Route) -> str:
    """`listQuotes`, `getQuote`; a command's is the name of its root field: `createQuote`, `sendQuote`."""
    name = f"{route.root.name}ByPut" if route.method == "PUT" else route.root.name
    verb = _VERBS.get(route.action)
    return name if verb is None else f"{verb}{name[0].upper()}{name[1:]}"


class Tags:
    """The tag of each type: the words of its list (`Webhook endpoints`), or what a root field of it is `labelled`."""

    def __init__(self, graph: Graph) -> None:
        self._words: dict[str, str] = {}
        roots = [root for root in graph.roots.values() if root.target is not None]
        for root in sorted(roots, key=lambda each: not each.operation.label):
            assert root.target is not None
            if root.operation.label or root.listed:
                self._words.setdefault(root.target.name, root.operation.label or _spaced(root.name))

    def of(self, route: Route) -> str:
        """The tag of a route."""
        if route.face is not None:
            return _spaced(route.path[1:].partition("/")[0].replace("-", "_"))
        return self._words.get(route.spec.name) or _spaced(route.spec.table)


def _spaced(name: str) -> str:
    words = [_ACRONYMS.get(each, each) for each in snake(name).split("_")]
    words[0] = words[0][0].upper() + words[0][1:]
    return " ".join(words)
