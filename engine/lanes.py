"""Running a document: choose its lane, read or command, and make one answer.

A query reads and is done. A command stages its writes and finishes once: the unit of work writes, renders and commits.
"""

from __future__ import annotations

from typing import Any

from core.database import Database
from engine.answers import Answer
from engine.compiled import CompiledRun, check_scopes, prepare
from engine.context import Context
from engine.documents import Document
from engine.executed import execute_document
from engine.plans import Piece, Rendering

COMPILED = "compiled"
EXECUTED = "executed"


async def run(
    document: Document, ctx: Context, variables: dict[str, Any], database: Database, *, lane: str | None = None
) -> Answer:
    """Run a valid document's operation; `lane` forces the executed lane (the compiled one only where it can serve).

    Raises `InsufficientScope` when the key lacks a root field's scope: then nothing ran.
    """
    coerced = document.variables(variables)
    if isinstance(coerced, list):
        return Answer(None, coerced)
    chosen = lane or (COMPILED if document.compiled else EXECUTED)
    if chosen == COMPILED:
        return await _compiled(CompiledRun(document, ctx, coerced), database)
    check_scopes(prepare(document, coerced), ctx)
    return await _executed(document, ctx, variables, coerced, database)


async def _compiled(compiled: CompiledRun, database: Database) -> Answer:
    pieces = await compiled.pieces()
    if pieces is None:
        return compiled.answer(None)
    if compiled.document.kind == "mutation":
        outcome = await compiled.ctx.unit.finish(compiled.rendering(pieces))
        return compiled.answer(outcome.body)
    return compiled.answer(await read(compiled.ctx, compiled.rendering(pieces), pieces, database))


async def read(ctx: Context, rendering: Rendering, pieces: list[Piece], database: Database) -> bytes:
    """Read what a statement renders; pieces that are all literal need none."""
    if pieces and all(isinstance(piece, str) for piece in pieces):
        return "".join(str(piece) for piece in pieces).encode()
    text = await database.reads.text(rendering.plan.sql, (ctx.principal.workspace_id, *rendering.values))
    return text or b"null"


async def _executed(
    document: Document, ctx: Context, variables: dict[str, Any], coerced: Any, database: Database
) -> Answer:
    if document.kind == "mutation":
        answer = await execute_document(document, ctx, variables, coerced, ctx.unit.write)
        if answer.data == b"null":
            return answer
        return Answer((await ctx.unit.finish_with(answer.data or b"null")).body, answer.errors)

    async def render(rendering: Rendering) -> bytes:
        return await read(ctx, rendering, [], database)

    return await execute_document(document, ctx, variables, coerced, render)
