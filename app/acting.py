"""Acting from the command line as a key does: the same gate, the same edge, the same commands as at the doors."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from access.principal import Principal
from app.demo import env_file
from app.embedded.files import read_variables
from app.opened import open_edge
from core.claim import Outcome
from core.errors import Unauthorized
from core.settings import Settings
from engine.compiled import NO_VARIABLES, fill
from engine.context import Command
from engine.edge import Edge
from engine.plans import Plans
from rest.contract import MRP
from rest.projections import Projector, Shown
from rest.routes import derive


def add_key(parser: argparse.ArgumentParser) -> None:
    """Declare `--key`."""
    parser.add_argument("--key", help="the API key to act with; without, the demo's")


def key_of(settings: Settings, given: str | None) -> str:
    """Return the key to act with; raises Unauthorized when there is none."""
    found = given or read_variables(env_file(settings)).get("FORGE_KEY")
    if not found:
        message = "say which key to act with: --key"
        raise Unauthorized(message)
    return found


@asynccontextmanager
async def acting(settings: Settings, key: str) -> AsyncIterator[tuple[Edge, Principal]]:
    """Open the edge and admit a key; raises Unauthorized, or Unavailable when the database is away."""
    async with open_edge(settings) as edge:
        yield edge, (await edge.gate.admit(f"Bearer {key}", "127.0.0.1", "command line")).admitted()


async def run_command(edge: Edge, principal: Principal, root: str, *args: Any, **how: Any) -> Any:
    """Run the command of a root field to its commit and return what REST would answer, parsed."""

    async def operate(ctx: Command) -> Outcome:
        [route] = [each for each in derive(edge.graph) if each.root.name == root]
        ctx.principal.require(str(route.root.operation.scope))
        rows = await route.root.operation.resolver(ctx, *args, **how)
        projector = Projector(edge.graph.catalogue, MRP, route)
        filled = fill(projector.selection(Shown(), ctx.principal.scopes), rows, NO_VARIABLES, ctx)
        return await ctx.unit.finish(Plans(edge.graph.catalogue).rendering([filled]))

    outcome = await edge.command(principal, None, "command line", operate)
    return orjson.loads(outcome.body or b"null")
