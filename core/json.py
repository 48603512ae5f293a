"""JSON as callers send it: parsed strictly, its depth bounded."""

from __future__ import annotations

from typing import Any, Final

import orjson

from core.errors import BadRequest

DEEPEST: Final = 64


def read_json(body: bytes, what: str = "The body") -> Any:
    """Parse JSON; BadRequest when it is malformed, not UTF-8, holds lone surrogates or nests deeper than 64."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"{what} is not valid JSON: {error}"
        raise BadRequest(message) from error
    if body.count(b"[") + body.count(b"{") > DEEPEST:
        check_depth(found, what)
    return found


def check_depth(value: Any, what: str) -> None:
    """Raise BadRequest when a parsed value nests deeper than 64."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            message = f"{what} is nested more than {DEEPEST} deep"
            raise BadRequest(message)
        containers = [each for each in level if isinstance(each, (dict, list))]
        level = [inner for each in containers for inner in (each.values() if isinstance(each, dict) else each)]
