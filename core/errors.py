"""Everything that can go wrong on purpose, one class per meaning.

    ForgeError                    code, HTTP status
    ├── BadRequest                bad_request          400  malformed: JSON, cursor, id, document
    ├── Unauthorized              unauthorized         401  key missing, wrong, expired, revoked
    ├── InsufficientScope         insufficient_scope   403  the key lacks the scope named
    ├── DocumentNotRegistered     document_not_registered 403  the key runs registered documents only
    ├── NotFound                  not_found            404  no such row in this workspace
    ├── MethodNotAllowed          method_not_allowed   405
    ├── NotAcceptable             not_acceptable       406
    ├── RequestTimeout            request_timeout      408  the request did not come in time
    ├── Conflict                  conflict             409  the state forbids it
    ├── Gone                      gone                 410  the cursor is too old: start again
    ├── PayloadTooLarge           payload_too_large    413
    ├── UnsupportedMediaType      unsupported_media_type 415
    ├── Invalid                   validation_error     422  a field is wrong, and named
    ├── RateLimited               rate_limited         429  wait `retry_after` seconds
    ├── HeadTooLarge              head_too_large       431  too many or too long headers
    ├── Internal                  internal             500  unforeseen; details are in the log only
    ├── Unavailable               unavailable          503  a server we need is away
    └── TooHeavy                  too_heavy            503  a read was stopped: ask for less

`code` is the same word in GraphQL (`extensions.code`) and in REST (`error.code`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Final

_NAMES: Final = re.compile(r"[a-z]\w*(?:\.\w+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request: `message` mostly begins with the `field` it is about."""

    message: str
    field: str | None = None

    @property
    def reason(self) -> str:
        """The message without the name of the field."""
        rest = self.message.removeprefix(self.field or "")
        return rest[1:].lstrip() if self.field and rest[:1] in {":", " "} else self.message

    def spelled(self, spell: Callable[[str], str]) -> Problem:
        """The same as one door spells names (`client_id` or `clientId`); `spell` writes a path of them."""
        field = self.field
        if field is None or not _NAMES.fullmatch(field):
            return self
        shown = spell(field)
        return Problem(shown + self.message[len(field) :] if self.message.startswith(field) else self.message, shown)


def placed(where: str, problem: Problem) -> Problem:
    """A problem of a row as one of the whole command."""
    if problem.field is None:
        return Problem(f"{where}: {problem.message}", where)
    joint = "." if problem.message.startswith(problem.field) else ": "
    return Problem(f"{where}{joint}{problem.message}", f"{where}.{problem.field}")


class ForgeError(Exception):
    """An error meant for the caller: `message` is shown, `field` names the input it is about.

    Where several things are wrong, `problems` are all of them, and the error itself is the first.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        scope: str | None = None,
        retry_after: int | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.scope = scope
        self.retry_after = retry_after
        self.problems = problems

    @property
    def details(self) -> tuple[Problem, ...]:
        """Everything that is wrong, one or several."""
        return self.problems or (Problem(self.message, self.field),)

    def spelled(self, spell: Callable[[str], str]) -> tuple[Problem, ...]:
        """Everything that is wrong as one door spells names, whoever raised it; the first is the error itself."""
        return tuple(each.spelled(spell) for each in self.details)

    def respell(self, spell: Callable[[str], str]) -> None:
        """Spell the names as one door does, from now on."""
        told = self.spelled(spell)
        self.message, self.field = told[0].message, told[0].field
        self.problems = told if self.problems else ()


class BadRequest(ForgeError):
    """The request is malformed and was not looked at any further."""

    code = "bad_request"
    status = HTTPStatus.BAD_REQUEST
    of_body = False
    """Whether it is the body that could not be read."""


class Unauthorized(ForgeError):
    """The key is missing, wrong, expired or revoked; which of these is not said."""

    code = "unauthorized"
    status = HTTPStatus.UNAUTHORIZED


class InsufficientScope(ForgeError):
    """The key is good but lacks `scope`."""

    code = "insufficient_scope"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, scope: str, *, field: str | None = None) -> None:
        super().__init__(f"Insufficient scope: {scope} required", field=field, scope=scope)


class LiveKeyRequired(ForgeError):
    """A key of the sandbox may not change what is the company's: people, roles, teams and keys."""

    code = "live_key_required"
    status = HTTPStatus.FORBIDDEN


class DocumentNotRegistered(ForgeError):
    """The key's GraphQL is limited to registered documents, and this is none."""

    code = "document_not_registered"
    status = HTTPStatus.FORBIDDEN


class NotFound(ForgeError):
    """No such row in the caller's workspace; another workspace's row answers the same."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(ForgeError):
    """The path exists, the method does not; the answer carries `Allow`."""

    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, message: str, *, allow: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allow = allow


class NotAcceptable(ForgeError):
    """None of the media types the caller accepts can be made."""

    code = "not_acceptable"
    status = HTTPStatus.NOT_ACCEPTABLE


class RequestTimeout(ForgeError):
    """The request did not arrive in the time that a connection has for it; the connection is closed."""

    code = "request_timeout"
    status = HTTPStatus.REQUEST_TIMEOUT


class Conflict(ForgeError):
    """The state of the data forbids it; nothing was changed."""

    code = "conflict"
    status = HTTPStatus.CONFLICT
    is_stale = False
    """Whether the caller saw another version than there is."""


class Gone(ForgeError):
    """The change feed does not go back to the cursor: read everything again and go on from the `restart` it names."""

    code = "gone"
    status = HTTPStatus.GONE

    def __init__(self, message: str, *, restart: str) -> None:
        super().__init__(message)
        self.restart = restart


class PayloadTooLarge(ForgeError):
    """The body is larger than this route takes."""

    code = "payload_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(ForgeError):
    """The body is not of a media type this route reads."""

    code = "unsupported_media_type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Invalid(ForgeError):
    """An input is of the wrong type, out of range or forbidden; `field` names it as the caller wrote it."""

    code = "validation_error"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RateLimited(ForgeError):
    """Too many requests or points; `retry_after` says how many seconds to wait."""

    code = "rate_limited"
    status = HTTPStatus.TOO_MANY_REQUESTS


class HeadTooLarge(ForgeError):
    """The head, the trailers or the chunk extensions are larger than a connection takes; it is closed."""

    code = "head_too_large"
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


class Internal(ForgeError):
    """Something unforeseen: the caller gets the request id, the log gets the trace."""


class Unavailable(ForgeError):
    """A server that Forge stands on does not answer."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class TooHeavy(ForgeError):
    """The read took longer than any read may and was stopped; the message says what to ask for less of."""

    code = "too_heavy"
    status = HTTPStatus.SERVICE_UNAVAILABLE
