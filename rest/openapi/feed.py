"""The change feed's path: no route of rows, so it is written down here."""

from __future__ import annotations

from typing import Any, Final

from engine.feed.changes import resources_of
from engine.graph.graph import Graph
from rest.contract import Contract
from rest.openapi.answers import error_refs, header_refs
from rest.openapi.rows import Schema
from rest.routes import CHANGES

PATH: Final = CHANGES
TAG: Final = "changes"
ABOUT: Final = "Everything that was committed, in order."
_COPY: Final = (
    "To keep a copy: take `latest_cursor`, read everything, then read the feed from there: pass `next_cursor` as"
    " `cursor` until it is null, remember `resume_cursor`, and pass that the next time. A cursor that is older than"
    " what is kept is `gone`; the error's `restart` is the cursor to go on from once everything was read again."
    " Resources whose view scope the key lacks are left out."
)
_ERRORS: Final = (400, 401, 403, 405, 406, 410, 422, 429, 500, 503)
_CURSOR: Final[Schema] = {"type": "string", "examples": ["AQAAAAAAAAABAAZgwkUvAYY"]}


def operation(graph: Graph, contract: Contract, scheme: str) -> Schema:
    """The operation of the feed."""
    root = graph.root("query", "changes")
    assert root is not None
    summary = root.operation.documentation.partition("\n")[0]
    names = sorted(resources_of(graph.catalogue).by_name)
    return {
        "operationId": "changes",
        "tags": [TAG],
        "summary": summary.removesuffix("."),
        "description": f"{summary}\n\n{_COPY}\n\nNeeds a key with any scope; each resource its view scope.",
        "security": [{scheme: []}],
        "x-required-scopes": [],
        "parameters": _parameters(contract, names),
        "responses": {"200": _page()} | error_refs(*_ERRORS),
    }


def _parameters(contract: Contract, names: list[str]) -> list[Schema]:
    wait = {"type": "integer", "minimum": 0, "maximum": 30, "default": 0}
    words = {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1}
    about = "Only changes of these; left out, of everything the key may view."
    cursor = "The `next_cursor` or `resume_cursor` of an answer; left out, from the oldest change that is kept."
    return [
        {"name": contract.cursor_name, "in": "query", "description": cursor, "schema": {"type": "string"}},
        {"$ref": "#/components/parameters/Limit"},
        {
            "name": "wait",
            "in": "query",
            "description": "Seconds to wait for a change when there is none.",
            "schema": wait,
        },
        {
            "name": "resources",
            "in": "query",
            "description": about,
            "schema": words,
            "style": "form",
            "explode": False,
        },
    ]


def _page() -> Schema:
    about = "Pass it as `cursor` to get the next page; null when there is no more now."
    next_cursor = _CURSOR | {"type": ["string", "null"], "description": about}
    resume = _CURSOR | {"description": "Pass it as `cursor` to go on later; always there."}
    latest = _CURSOR | {"description": "Where the feed ends now: take it before you read everything."}
    more = {"type": "boolean", "description": "Whether there is more to read at once."}
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Change"}}
    properties: dict[str, Any] = {
        "data": rows,
        "next_cursor": next_cursor,
        "resume_cursor": resume,
        "latest_cursor": latest,
        "has_more": more,
    }
    media = {
        "schema": {"type": "object", "properties": properties, "required": list(properties)},
        "example": {
            "data": [],
            "next_cursor": None,
            "resume_cursor": "AQ…",
            "latest_cursor": "AQ…",
            "has_more": False,
        },
    }
    return {
        "description": "A page of the feed.",
        "headers": header_refs("Link", "Vary", "Cache-Control"),
        "content": {"application/json": media},
    }


def change(graph: Graph) -> Schema:
    """The schema of a change."""
    names = sorted(resources_of(graph.catalogue).by_name)
    moment = {"type": "string", "format": "date-time", "examples": ["2026-01-02T03:04:05.123456Z"]}
    data = {"type": "object", "description": "The record at the commit, less what needs a scope the key lacks."}
    properties: dict[str, Any] = {
        "cursor": _CURSOR | {"description": "The place after this change."},
        "type": {"type": "string", "description": "What happened.", "examples": ["quote.sent"]},
        "resource": {"type": "string", "enum": names, "description": "What kind of record changed."},
        "record_id": {"type": "string", "format": "uuid", "description": "The record that changed."},
        "at": moment | {"description": "When: the `updated_at` that the change gave it."},
        "deleted": {"type": "boolean", "description": "Whether the record was deleted by it."},
        "data": data,
    }
    about = "A committed change of one record."
    return {"type": "object", "description": about, "properties": properties, "required": list(properties)}
