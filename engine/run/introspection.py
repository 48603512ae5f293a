"""Introspection: what the schema says of itself, the same for everybody who may ask.

Executing it takes tens of milliseconds, so it happens in a thread, and its answer is kept with the document.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from graphql import ExecutionResult, execute

from engine.document.documents import Document
from engine.run.answers import Answer


async def introspect(document: Document, variables: dict[str, Any]) -> Answer:
    """Answer a valid document that asks for nothing but the schema."""
    if variables:
        return Answer(await asyncio.to_thread(_execute, document, variables))
    if document.kept is None:
        document.kept = await asyncio.to_thread(_execute, document, variables)
    return Answer(document.kept)


def _execute(document: Document, variables: dict[str, Any]) -> bytes:
    assert document.operation is not None
    name = document.operation.name.value if document.operation.name else None
    result = execute(document.graph.schema, document.ast, variable_values=variables, operation_name=name)
    assert isinstance(result, ExecutionResult)
    if result.errors:
        raise result.errors[0]  # nothing in the schema can fail
    return orjson.dumps(result.data)
