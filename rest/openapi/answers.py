"""Responses and headers, shared by every operation: all errors once, each header once."""

from __future__ import annotations

from typing import Final

from access.headers import LimitStyle
from core.compression import SMALLEST
from engine.declare.names import pascal
from rest.contract import MRP, Contract
from rest.openapi.components import HEADERS, RESPONSES, Components, Schema, ref
from rest.openapi.errors import error_kinds, error_schema, example_of, forg_schema, json_schema

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TEXT: Final[Schema] = {"type": "string"}
_HEADERS: Final[dict[str, tuple[bool, Schema, str]]] = {
    "RateLimit-Limit": (True, _COUNT, "Requests that a key may make in a window of 60 seconds."),
    "RateLimit-Remaining": (True, _COUNT, "Requests left in the window."),
    "RateLimit-Reset": (True, _COUNT, "Seconds until the window ends."),
    "X-RateLimit-Limit": (True, _COUNT, "How many requests a key may make in 60 seconds."),
    "X-RateLimit-Remaining": (True, _COUNT, "How many of them are left."),
    "X-RateLimit-Reset": (True, _COUNT, "When the window ends, in Unix time."),
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
_DRAFT: Final = ("RateLimit-Policy", "RateLimit")
ALWAYS: Final = (*LIMITS, "X-Request-Id")
"""The headers of every response but those to requests that were not read (408, 431) or while Forge starts (503)."""
OF_CLOSED: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", *_DRAFT, "X-Request-Id")
"""The same where the reset is told in Unix time."""
OF_BODIES: Final = ("Vary", "Content-Encoding")
READ: Final = ("Cache-Control",)
"""The headers of what is read."""
OF_ERRORS: Final = ("Retry-After", "Allow", "Accept-Encoding", "WWW-Authenticate")
_ERROR: Final = "Error"
_NOT_MODIFIED: Final = "NotModified"
_CLOSED: Final = "Closed"
_SCHEMAS: Final = {"mrp": error_schema, "json": json_schema, "forg": forg_schema}
_EARLY: Final = "408, 431 and a 503 while Forge starts tell no limits: the key is not known yet."


class Answers:
    """Makes responses of one contract; what they share is in the components."""

    def __init__(self, components: Components, contract: Contract = MRP) -> None:
        self._components, self._contract = components, contract
        self.prefix = "" if contract.is_open else pascal(contract.name)
        """What the names of its components begin with."""

    @property
    def always(self) -> tuple[str, ...]:
        """The headers of every response, but of those to requests that were not read."""
        return ALWAYS if self._contract.limits is LimitStyle.SECONDS else OF_CLOSED

    def headers(self, *names: str) -> Schema:
        """The headers of a response: those of every one, and these."""
        return {name: self._header(name) for name in (*self.always, *names)}

    def answer(self, name: str, about: str, schema: Schema, *names: str) -> Schema:
        """A reference to a response with a body."""
        headers = self.headers(*OF_BODIES, *names)
        made = {"description": about, "headers": headers, "content": {"application/json": {"schema": schema}}}
        return self._components.add(RESPONSES, f"{self.prefix}{name}", made)

    def errors(self) -> Schema:
        """Every error that an operation can answer."""
        found, name = self._components.found.get(RESPONSES, {}), f"{self.prefix}{_ERROR}"
        if name not in found:
            self._components.add(RESPONSES, name, self._error(name))
        return {"4XX": ref(RESPONSES, name), "5XX": ref(RESPONSES, name)}

    def not_modified(self) -> Schema:
        """The answer to `If-None-Match` when it still holds."""
        about = "Not changed since the `ETag` of `If-None-Match`."
        made = {"description": about, "headers": self.headers("ETag", "Vary", *READ)}
        return self._components.add(RESPONSES, f"{_CLOSED if self.prefix else ''}{_NOT_MODIFIED}", made)

    def _header(self, name: str, *, always: bool = True) -> Schema:
        required, schema, about = _HEADERS[name]
        if not always:
            return self._components.add(HEADERS, f"{name}-If-Read", {"description": about, "schema": schema})
        made = {"description": about, "schema": schema} | ({"required": True} if required else {})
        return self._components.add(HEADERS, name, made)

    def _error(self, name: str) -> Schema:
        shown = {kind.code: example_of(self._contract, kind) for kind in error_kinds()}
        told = "\n".join(f"- {each.status} {each.named}: {each.said}" for each in shown.values())
        examples = {code: {"value": each.body} for code, each in shown.items()}
        schema = self._components.schema(name, _SCHEMAS[self._contract.name]())
        # What every other response has is missing where no request was read.
        limits = {each: self._header(each, always=False) for each in self.always}
        return {
            "description": f"An error; its `code` says which, with the status of that code.\n\n{told}\n\n{_EARLY}",
            "headers": limits | {name: self._header(name) for name in (*OF_BODIES, *OF_ERRORS)},
            "content": {"application/json": {"schema": schema, "examples": examples}},
        }
