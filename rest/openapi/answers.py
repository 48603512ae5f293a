"""Responses and headers, shared by every operation: all errors once, each header once."""

from __future__ import annotations

from typing import Any, Final

from core import errors
from core.compression import SMALLEST
from core.errors import ForgeError
from rest.openapi.components import HEADERS, RESPONSES, Components, Schema, ref

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TEXT: Final[Schema] = {"type": "string"}
_HEADERS: Final[dict[str, tuple[bool, Schema, str]]] = {
    "RateLimit-Limit": (True, _COUNT, "Requests that a key may make in a window of 60 seconds."),
    "RateLimit-Remaining": (True, _COUNT, "Requests left in the window."),
    "RateLimit-Reset": (True, _COUNT, "Seconds until the window ends."),
    "RateLimit-Policy": (True, _TEXT, "The window as the IETF draft has it."),
    "RateLimit": (True, _TEXT, "What is left of it as the IETF draft has it."),
    "X-Request-Id": (True, _TEXT, "The request's id: the caller's own, or a new one."),
    "Retry-After": (
        False,
        _COUNT,
        "Seconds to wait: with 429, 503, and a 409 of an `Idempotency-Key` that still runs; with a row not yet final.",
    ),
    "Allow": (False, _TEXT, "With 405: the methods the path has."),
    "Accept-Encoding": (False, _TEXT, "With 415: the encodings of a body that are read, when it has another."),
    "WWW-Authenticate": (False, _TEXT, "With 401: how to authenticate."),
    "ETag": (True, _TEXT, "Names what was answered: the version of the row for its plain projection."),
    "Location": (False, _TEXT, "With 201 and 202: the path of the row that was made, or is accepted."),
    "Link": (
        False,
        _TEXT,
        'Of a list the next page, `<…>; rel="next"`; of a final row where what came of it is, `<…>; rel="related"`.',
    ),
    "Idempotent-Replayed": (False, {"type": "string", "enum": ["true"]}, "The answer of an earlier request."),
    "Vary": (False, _TEXT, "What the answer depends on beside its path: the key, and the headers that are named."),
    "Cache-Control": (False, _TEXT, "Of what is read: `private`, only the caller may keep it."),
    "Content-Encoding": (
        False,
        {"type": "string", "enum": ["gzip", "br", "zstd"]},
        f"Of a body of {SMALLEST:,} bytes and more: what it is compressed by, as `Accept-Encoding` allows.",
    ),
}
LIMITS: Final = (
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
)
"""The headers of every response to a request that was read."""
ALWAYS: Final = (*LIMITS, "X-Request-Id")
"""The headers of every response but those to requests that were not read (408, 431) or while Forge starts (503)."""
OF_BODIES: Final = ("Vary", "Content-Encoding")
READ: Final = ("Cache-Control",)
"""The headers of what is read."""
OF_ERRORS: Final = ("Retry-After", "Allow", "Accept-Encoding", "WWW-Authenticate")
_ERROR: Final = "Error"
_NOT_MODIFIED: Final = "NotModified"
_EARLY: Final = "408, 431 and a 503 while Forge starts tell no limits: the key is not known yet."


class Answers:
    """Makes responses; what they share is in the components."""

    def __init__(self, components: Components) -> None:
        self._components = components

    def headers(self, *names: str) -> Schema:
        """The headers of a response: those of every one, and these."""
        return {name: self._header(name) for name in (*ALWAYS, *names)}

    def answer(self, name: str, about: str, schema: Schema, *names: str) -> Schema:
        """A reference to a response with a body."""
        headers = self.headers(*OF_BODIES, *names)
        made = {"description": about, "headers": headers, "content": {"application/json": {"schema": schema}}}
        return self._components.add(RESPONSES, name, made)

    def errors(self) -> Schema:
        """Every error that an operation can answer."""
        found = self._components.found.get(RESPONSES, {})
        if _ERROR not in found:
            self._components.add(RESPONSES, _ERROR, self._error())
        return {"4XX": ref(RESPONSES, _ERROR), "5XX": ref(RESPONSES, _ERROR)}

    def not_modified(self) -> Schema:
        """The answer to `If-None-Match` when it still holds."""
        about = "Not changed since the `ETag` of `If-None-Match`."
        made = {"description": about, "headers": self.headers("ETag", "Vary", *READ)}
        return self._components.add(RESPONSES, _NOT_MODIFIED, made)

    def _header(self, name: str) -> Schema:
        required, schema, about = _HEADERS[name]
        made = {"description": about, "schema": schema} | ({"required": True} if required else {})
        return self._components.add(HEADERS, name, made)

    def _error(self) -> Schema:
        kinds = error_kinds()
        told = "\n".join(f"- {int(kind.status)} `{kind.code}`: {said(kind)}" for kind in kinds)
        examples = {kind.code: {"value": {"error": _shown(kind)}} for kind in kinds}
        schema = self._components.schema(_ERROR, error_schema())
        # Written out, not referred to: what every other response has is missing where no request was read.
        limits = {name: {"description": _HEADERS[name][2], "schema": _HEADERS[name][1]} for name in ALWAYS}
        return {
            "description": f"An error; its `code` says which, with the status of that code.\n\n{told}\n\n{_EARLY}",
            "headers": limits | {name: self._header(name) for name in (*OF_BODIES, *OF_ERRORS)},
            "content": {"application/json": {"schema": schema, "examples": examples}},
        }


def said(kind: type[ForgeError]) -> str:
    """What an error means, in a line."""
    return " ".join((kind.__doc__ or "").split())


def error_kinds() -> list[type[ForgeError]]:
    """The errors that callers can get."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ForgeError)]
    return [each for each in kinds if each is not ForgeError]


def _shown(kind: type[ForgeError]) -> Schema:
    more = {"field": "title", "details": [_DETAIL]} if kind is errors.Invalid else {}
    message = f"title: {_DETAIL['message']}" if more else said(kind)
    return {"code": kind.code, "message": message} | more | {"request_id": "4f0c9b1e2a447d3f"}


_DETAIL: Final = {"field": "title", "message": "must not be blank"}


def error_schema() -> Schema:
    """The schema of an error: each member of its object is one line here."""
    detail: dict[str, Any] = {
        "field": _TEXT
        | {"description": "Where: `parts[2].quantity`, `custom_fields.material`. Left out where it is about no field."},
        "message": _TEXT | {"description": "What is wrong with it."},
    }
    details = {"type": "array", "items": {"type": "object", "properties": detail, "required": ["message"]}}
    properties: dict[str, Any] = {
        "code": {"type": "string", "enum": sorted({kind.code for kind in error_kinds()}), "description": "Which one."},
        "message": _TEXT | {"description": "What went wrong, for people; names the field."},
        "field": _TEXT | {"description": "The field, parameter or header it is about, if it is about one."},
        "details": details | {"description": "Of `validation_error`: every problem of the request, up to 100."},
        "restart": _TEXT | {"description": "Of `gone`: the cursor to go on from once everything was read again."},
        "request_id": _TEXT | {"description": "The request's id, as `X-Request-Id` has it: name it to support."},
    }
    inner = {"type": "object", "properties": properties, "required": ["code", "message", "request_id"]}
    return {"type": "object", "description": "An error.", "properties": {"error": inner}, "required": ["error"]}
