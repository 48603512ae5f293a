"""Responses and headers, shared by every operation: each error once, each header once."""

from __future__ import annotations

from typing import Any, Final

from core import errors
from core.errors import ForgeError

Schema = dict[str, Any]

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TEXT: Final[Schema] = {"type": "string"}
_HEADERS: Final[dict[str, tuple[bool, Schema, str]]] = {
    "RateLimit-Limit": (True, _COUNT, "Requests that a key may make in a window of 60 seconds."),
    "RateLimit-Remaining": (True, _COUNT, "Requests left in the window."),
    "RateLimit-Reset": (True, _COUNT, "Seconds until the window ends."),
    "RateLimit-Policy": (True, _TEXT, "The window as the IETF draft has it."),
    "RateLimit": (True, _TEXT, "What is left of it as the IETF draft has it."),
    "X-Request-Id": (True, _TEXT, "The request's id: the caller's own, or a new one."),
    "Retry-After": (True, _COUNT, "Seconds to wait before trying again."),
    "Allow": (True, _TEXT, "The methods the path has."),
    "Accept-Encoding": (False, _TEXT, "The encodings of a body that are read, when it has another."),
    "WWW-Authenticate": (True, _TEXT, "How to authenticate."),
    "ETag": (True, _TEXT, "Names what was answered: the version of the row for its plain projection."),
    "Location": (True, _TEXT, "The path of the row that was made, or is accepted."),
    "Link": (False, _TEXT, 'The next page, `<…>; rel="next"`; left out on the last.'),
    "Idempotent-Replayed": (False, {"type": "string", "enum": ["true"]}, "The answer of an earlier request."),
    "Vary": (True, _TEXT, "What the answer depends on: the key."),
    "Cache-Control": (True, _TEXT, "`private`: only the caller may keep it."),
}
ALWAYS: Final = (
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
    "X-Request-Id",
)
"""The headers of every response."""
_OF_STATUS: Final = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    415: ("Accept-Encoding",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
_UNREAD: Final = (int(errors.RequestTimeout.status), int(errors.HeadTooLarge.status))
"""Answers to requests that were not read: the key is not known, so there is no window to tell."""


def headers() -> Schema:
    """Every header, by its name."""
    return {
        name: {"description": about, "required": required, "schema": schema}
        for name, (required, schema, about) in _HEADERS.items()
    }


def header_refs(*names: str) -> Schema:
    """The headers of a response: those of every response, and these."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*ALWAYS, *names)}


def polled_headers(field: str, link: str) -> Schema:
    """The headers of a row that is asked for until it is final."""
    again = f"Seconds to wait before asking again, for as long as `{field}` is not final."
    found = f'Where what came of it is found, `<…>; rel="related"`: what `{link}` holds.'
    return {
        "Retry-After": {"description": again, "schema": _COUNT},
        "Link": {"description": found, "schema": _TEXT},
    }


def error_responses() -> Schema:
    """The response of every status that errors have, by the name of its first class."""
    return {kinds[0].__name__: _response(kinds) for kinds in _by_status().values()}


def error_refs(*statuses: int) -> Schema:
    """The errors of an operation, by status; those of a request that was not read are of every operation."""
    names = {status: kinds[0].__name__ for status, kinds in _by_status().items()}
    told = sorted({*statuses, *_UNREAD})
    return {str(status): {"$ref": f"#/components/responses/{names[status]}"} for status in told}


def error_kinds() -> list[type[ForgeError]]:
    """The errors that callers can get."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ForgeError)]
    return [each for each in kinds if each is not ForgeError]


def _by_status() -> dict[int, list[type[ForgeError]]]:
    found: dict[int, list[type[ForgeError]]] = {}
    for kind in error_kinds():
        found.setdefault(int(kind.status), []).append(kind)
    return found


def _response(kinds: list[type[ForgeError]]) -> Schema:
    status = int(kinds[0].status)
    said = {kind.code: " ".join((kind.__doc__ or "").split()) for kind in kinds}
    about = " ".join(said.values())
    examples = {
        code: {"value": {"error": {"code": code, "message": words, "request_id": "4f0c9b1e2a447d3f"}}}
        for code, words in said.items()
    }
    only = {"examples": examples} if len(said) > 1 else {"example": next(iter(examples.values()))["value"]}
    media = {"schema": {"$ref": "#/components/schemas/Error"}, **only}
    found = header_refs(*_OF_STATUS.get(status, ()))
    if status == errors.Conflict.status:
        found["Retry-After"] = {"description": "Only while the first request with this key runs.", "schema": _COUNT}
    if status in _UNREAD:
        found = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status == errors.Unavailable.status:  # before the database answers there is no window to tell
        found = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return {"description": about, "headers": found, "content": {"application/json": media}}
