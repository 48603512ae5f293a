"""Errors as each documented API tells them: the members of a body, from the error, its status and the request's id."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from core.errors import (
    BadRequest,
    ForgeError,
    Gone,
    Invalid,
    NotFound,
    Problem,
    Unauthorized,
)

_ABOUT_THE_KEY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_TOLD: Final = 10
"""Problems that one text tells."""
WRONG_KEY: Final = "Invalid API key"
"""What Forge Json and FORG say of a key that is missing, malformed, wrong or revoked."""


CODES_OF_JSON: Final = ("INVALID_JSON", "INVALID_LIMIT")
"""Codes of Forge Json that no other contract has."""
_WORD: Final = re.compile(r"(?<=[a-z0-9])_([a-z0-9])")


def mrp_error(error: ForgeError, _status: int, request_id: str) -> dict[str, Any]:
    """The two members that are documented, and beside them what helps to find the cause."""
    more: dict[str, Any] = {}
    if error.field and not isinstance(error, NotFound):
        more["field"] = error.field
    if isinstance(error, Invalid) or error.problems:
        more["details"] = [_detail(each) for each in error.details]
    if isinstance(error, Gone):
        more["restart"] = error.restart
    return {"error": {"code": error.code, "message": error.message} | more | {"request_id": request_id}}


def _detail(problem: Problem) -> dict[str, str]:
    """A problem as answers show it: where, and what is wrong there."""
    return ({"field": problem.field} if problem.field else {}) | {"message": problem.reason}


def json_error(error: ForgeError, status: int, _request_id: str) -> dict[str, Any]:
    """Forge Json: exactly `success` and `error` where it is about the key, else a `code` beside them."""
    found: dict[str, Any] = {"success": False, "error": _text(error, _camel)}
    return found if status in _ABOUT_THE_KEY else found | {"code": json_code(error)}


def json_code(error: ForgeError) -> str:
    """The code of an error of Forge Json: in capitals, with words of their own for a body and a limit."""
    if isinstance(error, BadRequest) and error.of_body:
        return CODES_OF_JSON[0]
    if isinstance(error, Invalid) and error.details[0].field == "limit" and not _is_unknown(error.details[0]):
        return CODES_OF_JSON[1]
    return error.code.upper()


def forg_error(error: ForgeError, status: int, request_id: str) -> dict[str, Any]:
    """FORG: the error's text, its code, the status, and the request's id."""
    code = "invalid_api_key" if isinstance(error, Unauthorized) else error.code
    return {"error": _text(error, str), "code": code, "status": status, "request_id": request_id}


def _camel(path: str) -> str:
    """`parts[0].unit_price` → `parts[0].unitPrice`; names may be any caller's, so nothing of them is kept."""
    return _WORD.sub(lambda found: found[1].upper(), path)


def _text(error: ForgeError, spell: Callable[[str], str]) -> str:
    """The error in one text, for an object that has no place for details: what is wrong, all of it."""
    if isinstance(error, Unauthorized):
        return WRONG_KEY
    return "; ".join(_spelled(each, spell).message for each in error.details[:_TOLD])


def _spelled(problem: Problem, spell: Callable[[str], str]) -> Problem:
    """The problem with the name that the contract has for its field; a name that is unknown stays as it was sent."""
    return problem if _is_unknown(problem) else problem.spelled(spell)


def _is_unknown(problem: Problem) -> bool:
    """Whether a field or a parameter is not known at all."""
    return problem.reason.startswith("unknown ")
