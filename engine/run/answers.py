"""Answers: what running a document comes to, and how its errors are shown."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from graphql import GraphQLError

from access.gate import Points
from core.errors import ForgeError, Gone
from engine.declare.names import graphql_path

log = logging.getLogger("forge")
MASKED = "Internal error"


class Spent(NamedTuple):
    """What a request cost, and the key's bucket of points after it."""

    cost: int
    points: Points

    def extensions(self) -> bytes:
        """The `extensions` of the response; what is asked for is what is paid: nothing is given back."""
        points = self.points
        return (
            b',"extensions":{"cost":{"requestedQueryCost":%d,"actualQueryCost":%d,"throttleStatus":'
            b'{"maximumAvailable":%d,"currentlyAvailable":%d,"restoreRate":%d}}}'
        ) % (self.cost, self.cost, points.capacity, points.left, points.restored)


@dataclass(slots=True)
class Answer:
    """JSON text of `data` (None when nothing was executed) and the errors beside it."""

    data: bytes | None
    errors: list[GraphQLError] = field(default_factory=list)
    replayed: bool = False
    shows_secret: bool = False
    """Whether `data` holds a secret that is shown this once."""

    def body(self, request_id: str, spent: Spent | None = None) -> bytes:
        """The response body; `spent` is told beside the data."""
        extensions = b"" if spent is None else spent.extensions()
        if not self.errors:
            return b'{"data":' + (self.data or b"null") + extensions + b"}"
        shown = orjson.dumps([show(error, request_id) for error in self.errors])
        data = b"" if self.data is None else b',"data":' + self.data
        return b'{"errors":' + shown + data + extensions + b"}"

    def in_order(self, keys: Sequence[str]) -> Answer:
        """Put the errors in the order of their root fields, so that every lane tells them alike."""
        place = {key: number for number, key in enumerate(keys)}
        self.errors.sort(key=lambda error: place.get(str((error.path or [""])[0]), -1))
        return self


def show(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """Show an error to the caller: our own with code and field, anything unforeseen masked and logged."""
    shown: dict[str, Any] = {"message": error.message}
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    if error.path:
        shown["path"] = list(error.path)
    extensions: dict[str, Any] = {"code": code_of(error)}
    original = error.original_error
    if isinstance(original, ForgeError):
        first = original.spelled(graphql_path)[0]
        shown["message"] = first.message
        extensions |= {"field": first.field} if first.field else {}
        extensions |= {"scope": original.scope} if original.scope else {}
        extensions |= {"restart": original.restart} if isinstance(original, Gone) else {}
    elif original is not None and not isinstance(original, GraphQLError):
        log.error("unforeseen error in request %s", request_id, exc_info=original)
        shown["message"] = MASKED
    shown["extensions"] = extensions | {"requestId": request_id}
    return shown


def code_of(error: GraphQLError) -> str:
    """The error's code; the same word in REST."""
    original = error.original_error
    if isinstance(original, ForgeError):
        return original.code
    if original is None or isinstance(original, GraphQLError):
        return "bad_request"
    return "internal"
