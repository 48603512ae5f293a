"""The change feed's path: no route of rows, so it is written down here."""

from __future__ import annotations

from typing import Any, Final

from core.feed import CURSOR_PATTERN
from engine.feed.changes import LONGEST_WAIT, resources_of
from engine.graph.graph import Graph
from rest.openapi.answers import READ
from rest.openapi.components import SCHEMAS, Schema, ref
from rest.openapi.filters import parameter
from rest.openapi.operations import Operations
from rest.parameters import MAX_WORDS
from rest.routes import CHANGES

PATH: Final = CHANGES
TAG: Final = "Changes"
ABOUT: Final = "Everything that was committed, in order."
_COPY: Final = (
    "To keep a copy: take `latest_cursor`, read everything, then read the feed from there: pass `next_cursor` as"
    " `cursor` until it is null, remember `resume_cursor`, and pass that the next time. A cursor that is older than"
    " what is kept is `gone`; the error's `restart` is the cursor to go on from once everything was read again."
    " Resources whose view scope the key lacks are left out."
)


def operation(graph: Graph, operations: Operations) -> Schema:
    """The operation of the feed."""
    root = graph.root("query", "changes")
    assert root is not None
    names = operations.components.schema("Resource", _enum(sorted(resources_of(graph.catalogue).by_name)))
    operations.components.schema("Change", _change(names))
    summary = root.operation.documentation.partition("\n")[0]
    found = operations.begun("listChanges", TAG, summary, (_COPY, "Each resource needs its view scope."), None)
    page = operations.components.schema("ChangePage", _page())
    return found | {
        "parameters": _parameters(names, operations),
        "responses": {"200": operations.answers.answer("ChangePage", "A page of the feed.", page, "Link", *READ)}
        | operations.answers.errors(),
    }


def _enum(words: list[str]) -> Schema:
    return {"type": "string", "enum": words, "description": "The path of a resource."}


def _parameters(names: Schema, operations: Operations) -> list[Schema]:
    wait = {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0}
    words = {"type": "array", "items": names, "minItems": 1, "maxItems": MAX_WORDS}
    about = "Only changes of these; left out, of everything the key may view."
    cursor = "The `next_cursor` or `resume_cursor` of an answer; left out, from the oldest change that is kept."
    return [
        parameter("cursor", "query", cursor, {"type": "string", "pattern": CURSOR_PATTERN}),
        operations.parameters.limit(),
        parameter("wait", "query", "Seconds to wait for a change when there is none.", wait),
        parameter("resources", "query", about, words, style="form", explode=False),
    ]


def _page() -> Schema:
    about = "Pass it as `cursor` to get the next page; null when there is no more now."
    properties: dict[str, Any] = {
        "data": {"type": "array", "items": ref(SCHEMAS, "Change")},
        "next_cursor": {"type": ["string", "null"], "description": about},
        "resume_cursor": {"type": "string", "description": "Pass it as `cursor` to go on later; always there."},
        "latest_cursor": {
            "type": "string",
            "description": "Where the feed ends now: take it before you read everything.",
        },
        "has_more": {"type": "boolean", "description": "Whether there is more to read at once."},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _change(names: Schema) -> Schema:
    """The schema of a change."""
    data = {"type": "object", "description": "The record at the commit, less what needs a scope the key lacks."}
    properties: dict[str, Any] = {
        "cursor": {"type": "string", "description": "The place after this change."},
        "type": {"type": "string", "description": "What happened.", "examples": ["quote.sent"]},
        "resource": names,
        "record_id": {"type": "string", "format": "uuid", "description": "The record that changed."},
        "at": {
            "type": "string",
            "format": "date-time",
            "description": "When: the `updated_at` that the change gave it.",
        },
        "deleted": {"type": "boolean", "description": "Whether the record was deleted by it."},
        "data": data,
    }
    about = "A committed change of one record."
    return {"type": "object", "description": about, "properties": properties, "required": list(properties)}
