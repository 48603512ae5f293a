"""Running a document: choose its lane, read or command, and make one answer.

A query reads and is done. A command stages its writes and finishes once: the unit of work writes, renders and commits.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from core.database.database import Database
from core.errors import ForgeError, Unavailable
from core.writing.claim import Outcome, Replayed, StaleAccess
from core.writing.violations import RunAgain
from engine.document.documents import Document
from engine.run.answers import Answer
from engine.run.compiled import CompiledRun, check_scopes, prepare
from engine.run.context import Command, Reading
from engine.run.executed import execute_document
from engine.run.introspection import introspect
from engine.run.snapshots import execute_query
from engine.sql.plans import Filled, Piece, Rendering
from engine.sql.splicing import Unspliced, fill_holes

EXECUTED = "executed"
_TOLD_BY_STATUS = (RunAgain, StaleAccess, Unavailable)
"""Failures of a command that are answered by status and headers, not as errors of a field; so are those to wait for."""


class CommandFailed(Exception):
    """A command's answer has no data: it unwinds the unit of work, so that nothing is written."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("the command failed")
        self.answer = answer


async def query(
    document: Document,
    ctx: Reading,
    variables: dict[str, Any],
    database: Database,
    *,
    coerced: VariableValues | list[GraphQLError] | None = None,
    lane: str | None = None,
) -> Answer:
    """Run a valid query; `coerced` are its variables where they were coerced already.

    `lane` forces one (the compiled lane only where it can serve). Raises `InsufficientScope` when the key lacks a root
    field's scope: then nothing ran.
    """
    if coerced is None:
        coerced = document.variables(variables)
    if isinstance(coerced, list):
        return Answer(None, coerced)
    if document.introspects:
        return await introspect(document, variables)
    if _compiled(document, lane):
        compiled = CompiledRun(document, ctx, coerced)
        pieces = await compiled.pieces()
        try:
            data = None if pieces is None else await _read(ctx, compiled.rendering(pieces), pieces, database)
        except Unspliced:
            return await query(document, ctx, variables, database, coerced=coerced, lane=EXECUTED)
        return compiled.answer(data)
    check_scopes(prepare(document, coerced), ctx)
    return await execute_query(document, ctx, variables, coerced, database)


async def command(
    document: Document,
    ctx: Command,
    variables: dict[str, Any],
    *,
    coerced: VariableValues | list[GraphQLError] | None = None,
    lane: str | None = None,
) -> Outcome:
    """Run a valid mutation to its commit; the outcome's body is the JSON of `data`, `errors` what was denied in it.

    `coerced` are its variables where they were coerced already. Raises `CommandFailed` when a command failed; then
    nothing was written.
    """
    if coerced is None:
        coerced = document.variables(variables)
    if isinstance(coerced, list):
        raise CommandFailed(Answer(None, coerced))
    if _compiled(document, lane):
        compiled = CompiledRun(document, ctx, coerced)
        pieces = await compiled.pieces()
        if pieces is None:
            raise CommandFailed(compiled.answer(None))
        try:
            return await ctx.unit.finish(compiled.rendering(pieces), record_id=_record_of(pieces))
        except ForgeError as error:
            if isinstance(error, _TOLD_BY_STATUS) or error.retry_after is not None:
                raise
            raise CommandFailed(compiled.failed(error)) from error
    check_scopes(prepare(document, coerced), ctx)
    answer = await execute_document(document, ctx, variables, coerced, ctx.unit.write)
    for told in answer.errors:
        if isinstance(told.original_error, (Replayed, RunAgain, StaleAccess)):
            raise told.original_error
    if answer.data in {None, b"null"}:
        raise CommandFailed(answer)
    return await ctx.unit.finish_with(answer.data or b"")


def _record_of(pieces: list[Piece]) -> UUID | None:
    """The row that an answer is of; None when it is of several, which cannot be rendered again from one id."""
    found = [piece for piece in pieces if not isinstance(piece, str)]
    only = found[0] if len(found) == 1 else None
    return only.rows[0].row_id if isinstance(only, Filled) else None


def denials(document: Document, ctx: Reading, variables: dict[str, Any]) -> list[GraphQLError]:
    """The fields of a command's answer that the key may not see; they do not depend on what was written."""
    missing = document.scopes - ctx.principal.scopes
    coerced = document.variables(variables) if missing else []
    if isinstance(coerced, list):
        return []
    prepared = prepare(document, coerced)
    targets = [(call, call.root.target) for call in prepared.calls if call.root is not None]
    found = [prepared.selection(call, spec, missing) for call, spec in targets if spec is not None]
    return [error for selection in found for error in selection.denied]


async def render_again(
    document: Document, ctx: Reading, variables: dict[str, Any], record_id: UUID, database: Database
) -> bytes:
    """Render a command's answer once more, for a replay whose body was too long to keep."""
    coerced = document.variables(variables)
    assert not isinstance(coerced, list)
    compiled = CompiledRun(document, ctx, coerced)
    pieces = compiled.pieces_of(record_id)
    return await _read(ctx, compiled.rendering(pieces), pieces, database)


def _compiled(document: Document, lane: str | None) -> bool:
    return document.compiled and lane != EXECUTED


async def _read(ctx: Reading, rendering: Rendering, pieces: list[Piece], database: Database) -> bytes:
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(str(piece) for piece in pieces).encode()
    plan = rendering.plan
    text = await ctx.render(rendering, database)
    return await fill_holes(text, plan.splices, ctx) if plan.splices else text
