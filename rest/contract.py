"""Contracts as data: how one documented API shapes its pages, envelopes, errors and headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from access.headers import Headers, LimitStyle, error_headers
from core.errors import ForgeError, Gone, Invalid, NotFound, Problem
from core.http import JSON, Response
from engine.sql.pages import PageSize


@dataclass(frozen=True, slots=True)
class Contract:
    """What differs between the documented APIs that Forge keeps."""

    name: str
    size: PageSize
    limits: LimitStyle
    rows_key: str
    cursor_key: str
    cursor_name: str

    def error(self, error: ForgeError, request_id: str) -> bytes:
        """The body of an error: the two members that are documented, and beside them what helps to find its cause."""
        more: dict[str, Any] = {}
        if error.field and not isinstance(error, NotFound):
            more["field"] = error.field
        if isinstance(error, Invalid) or error.problems:
            more["details"] = [_detail(each) for each in error.details]
        if isinstance(error, Gone):
            more["restart"] = error.restart
        shown = {"code": error.code, "message": error.message} | more | {"request_id": request_id}
        return orjson.dumps({"error": shown})

    def failure(self, error: ForgeError, request_id: str, more: Headers | None = None) -> Response:
        """The whole answer that tells an error; `more` are further headers."""
        headers = [JSON, *error_headers(error), *(more or ())]
        return Response(int(error.status), self.error(error, request_id), headers)


def _detail(problem: Problem) -> dict[str, str]:
    """A problem as answers show it: where, and what is wrong there."""
    return ({"field": problem.field} if problem.field else {}) | {"message": problem.reason}


MRP = Contract("mrp", PageSize(50, 250), LimitStyle.SECONDS, "data", "next_cursor", "cursor")
"""Forge MRP: everything manufacturing, and every path that no route matches."""
