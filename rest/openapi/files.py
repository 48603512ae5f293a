"""The path of the bytes of attachments, which are streamed and are no rows, so it is written down here."""

from __future__ import annotations

from typing import Final

from rest.openapi.components import Schema
from rest.openapi.operations import Operations
from rest.routes import FILES

PATH: Final = f"{FILES}/{{id}}"
TAG: Final = "Files"
ABOUT: Final = "The bytes of attachments."
_PUT: Final = (
    "Sends the bytes of an attachment that was announced by `POST /attachments`, as they are, of any media type. They"
    " are sent once; size and SHA-256 are compared with what was announced, and their first bytes tell what they are."
    " What breaks off or is refused leaves the attachment `pending`: send it again.\n\nNeeds the scope to change"
    " records of the type that the attachment belongs to."
)
_GET: Final = (
    "Reads the bytes of an attachment, whole or one `Range` of them. With `link`, the end of its `download_url`, no key"
    " is needed. Types that a browser might run are sent as downloads.\n\nNeeds the scope to view records of the type"
    " that the attachment belongs to, or a link."
)
_BYTES: Final[Schema] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


def operations_of(operations: Operations, scheme: str, row: Schema) -> Schema:
    """The operations of the path, with the key's `scheme`; `row` is the answer that has an attachment."""
    errors = operations.answers.errors()
    link = {
        "name": "link",
        "in": "query",
        "description": "What stands behind `link=` in a `download_url`.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{50}$"},
    }
    span = {
        "name": "Range",
        "in": "header",
        "description": "One range of bytes: `bytes=0-1023`.",
        "schema": {"type": "string"},
    }
    about = {"tags": [TAG], "x-required-scopes": []}
    return {
        "get": {
            "operationId": "readFile",
            "summary": "Read the bytes of an attachment",
            "description": _GET,
            **about,
            "security": [{scheme: []}, {}],
            "parameters": [link, span, operations.parameters.known()],
            "responses": {
                "200": {"description": "The bytes.", "content": _BYTES},
                "206": {"description": "The range that was asked for.", "content": _BYTES},
                "304": {"description": "They are as `If-None-Match` says."},
                "416": {"description": "The range is outside of the file."},
            }
            | errors,
        },
        "put": {
            "operationId": "sendFile",
            "summary": "Send the bytes of an attachment",
            "description": _PUT,
            **about,
            "parameters": [],
            "requestBody": {"required": True, "content": _BYTES},
            "responses": {"200": row} | errors,
        },
    }
