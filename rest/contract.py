"""Contracts as data: how one documented API shapes its pages, envelopes, errors and headers."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from access.headers import LimitStyle
from core.errors import ForgeError, Gone
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

    def error(self, error: ForgeError) -> bytes:
        """The body of an error."""
        more = {"restart": error.restart} if isinstance(error, Gone) else {}
        return orjson.dumps({"error": {"code": error.code, "message": error.message} | more})


MRP = Contract("mrp", PageSize(50, 250), LimitStyle.SECONDS, "data", "next_cursor", "cursor")
"""Forge MRP: everything manufacturing, and every path that no route matches."""
