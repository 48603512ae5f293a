"""Queries of the executed lane: all statements of one on one snapshot, in the lane of the database it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from asyncpg import PostgresError
from graphql.execution.values import VariableValues

from core.database.database import Database, stopped
from core.database.reads import Reads, Stopped
from core.database.weight import SLOW
from core.errors import Invalid, Unavailable
from core.gone import unless_gone
from engine.document.documents import Document
from engine.run.answers import Answer
from engine.run.context import Reading
from engine.run.executed import execute_document
from engine.sql.plans import Rendering
from engine.sql.refused import refused


class _Heavy(Exception):
    """A statement of the query belongs into the heavy lane, and the query runs in the light one."""


async def execute_query(
    document: Document, ctx: Reading, variables: dict[str, Any], coerced: VariableValues, database: Database
) -> Answer:
    """Run a query; one that is slow, or has a statement that belongs into the heavy lane, runs again there.

    Raises TooHeavy, Unavailable or Disconnected instead of an answer in which some fields failed by them.
    """
    run = _Run(document, ctx, variables, coerced, database)
    share = ctx.principal.share
    if database.heavy is None or not database.takes_heavy(document.weight, share):
        try:
            return await run.through(database.reads)
        except _Heavy:
            document.weight.measured(share.workspace, SLOW)
        except Stopped:
            if database.heavy is None:
                raise stopped(database.limit, document.weight) from None
            database.was_stopped(document.weight, share)
    assert database.heavy is not None
    through = run.through(database.heavy)
    try:
        answer = await (through if ctx.gone is None else unless_gone(ctx.gone, through))
    except Stopped:
        raise stopped(database.limit, document.weight) from None
    document.weight.measured(share.workspace, run.longest)
    return answer


class _Run:
    """One query, which may run in either lane of the database."""

    def __init__(
        self, document: Document, ctx: Reading, variables: dict[str, Any], coerced: VariableValues, database: Database
    ) -> None:
        self._document, self._ctx, self._database = document, ctx, database
        self._variables, self._coerced = variables, coerced
        self.longest = 0.0
        """Seconds that its longest statement took."""

    async def through(self, reads: Reads) -> Answer:
        """Run it on a connection of these; raises Stopped, _Heavy or Unavailable."""
        ctx, share = self._ctx, self._ctx.principal.share
        in_turn = asyncio.Lock()  # one connection, one snapshot: statements wait for each other
        light = reads is not self._database.heavy
        async with reads.snapshot(share) as text:

            async def render(rendering: Rendering) -> bytes:
                plan = rendering.plan
                if light and self._database.heavy is not None and self._database.takes_heavy(plan.weight, share):
                    raise _Heavy
                async with in_turn:
                    began = perf_counter()
                    try:
                        found = await text(plan.sql, rendering.args(ctx.principal))
                    except (PostgresError, Invalid) as error:
                        raise refused(error) from error
                    seconds = perf_counter() - began
                plan.weight.took(share.workspace, seconds)
                self.longest = max(self.longest, seconds)
                return found or b"null"

            async def read(sql: str, args: Sequence[Any]) -> bytes | None:
                async with in_turn:
                    return await text(sql, args)

            ctx.reader = read
            answer = await execute_document(self._document, ctx, self._variables, self._coerced, render)
        for error in answer.errors:
            if isinstance(error.original_error, (Stopped, _Heavy, Unavailable)):
                raise error.original_error
        return answer
