"""The path of what the caller's key is and may do: no route of rows, so it is written down here."""

from __future__ import annotations

from typing import Final

from engine.graph.graph import Graph
from rest.openapi.answers import READ
from rest.openapi.components import Schema
from rest.openapi.operations import Operations
from rest.routes import ME
from rest.values import schema_of

PATH: Final = ME
TAG: Final = "Me"
ABOUT: Final = "What the key is and may do."


def operation(graph: Graph, operations: Operations) -> Schema:
    """The operation of the path."""
    root = graph.root("query", "myAccess")
    query = graph.schema.query_type
    assert root is not None
    assert query is not None
    operations.components.schema("Access", schema_of(query.fields["myAccess"].type))
    summary, _, more = root.operation.documentation.partition("\n")
    found = operations.begun("getMe", TAG, summary, (more.strip(),), None)
    body = operations.components.schema("Me", _body())
    return found | {
        "parameters": [],
        "responses": {"200": operations.answers.answer("Me", "What the key is and may do.", body, *READ)}
        | operations.answers.errors(),
    }


def _body() -> Schema:
    return {
        "type": "object",
        "properties": {"data": {"$ref": "#/components/schemas/Access"}},
        "required": ["data"],
    }
