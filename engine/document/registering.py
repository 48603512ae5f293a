"""Registering: the check that a GraphQL text passes before it may be run by its hash."""

from __future__ import annotations

import asyncio

from core.errors import BadRequest, Invalid
from core.problems import Problems
from engine.document.parsing import parse_document
from engine.document.scan import REGISTERED_TOKENS
from engine.graph.graph import Graph


async def check_registered(graph: Graph, text: str, field: str = "document") -> None:
    """Raise Invalid when a text is no valid document within the limits: it tells each error with its place.

    A registered document may have four times as many tokens as a request's; so it is read in a thread, and no other
    request waits for that.
    """
    try:
        parsed = await asyncio.to_thread(parse_document, graph.schema, text, REGISTERED_TOKENS)
    except BadRequest as error:
        raise Invalid(error.message.replace("query:", f"{field}:", 1), field=field) from error
    wrong = Problems()
    for found in parsed.errors:
        place = found.locations[0] if found.locations else None
        where = "" if place is None else f"line {place.line}, column {place.column}: "
        wrong.note(field, f"{where}{found.message}")
    wrong.check()
