"""`intake`: a purchase order from a file, taken in as any door would take it."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

import orjson

from app.demo import env_file
from app.embedded.files import read_variables
from app.opened import open_edge
from app.reach import reachable
from core.claim import Outcome
from core.errors import Invalid, Unauthorized
from core.http import LARGEST_BODY
from core.settings import Settings
from engine.compiled import NO_VARIABLES, fill
from engine.context import Context
from engine.edge import Edge
from engine.plans import Plans
from rest.contract import MRP
from rest.projections import Projector, Shown
from rest.routes import derive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and the key."""
    parser.add_argument("file", type=Path, metavar="FILE", help="an ASC X12 850 purchase order")
    parser.add_argument("--key", help="the API key to act with; without, the demo's")


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Take the order in and say what became of it."""
    if args.file.stat().st_size > LARGEST_BODY:
        message = f"{args.file}: larger than {LARGEST_BODY:,} bytes"
        raise Invalid(message, field="FILE")
    document = args.file.read_bytes()
    with reachable(settings) as found:
        taken = asyncio.run(_take(found, document, args.key or _key(settings)))
    quote = taken["quote"]
    print(f"Quote {quote['number']}: {quote['currency']} {quote['total']} ({quote['id']})")  # noqa: T201
    for warning in taken["warnings"]:
        print(f"warning: {warning}")  # noqa: T201
    return 0


def _key(settings: Settings) -> str:
    found = read_variables(env_file(settings)).get("FORGE_KEY")
    if not found:
        message = "say which key to act with: --key"
        raise Unauthorized(message)
    return found


async def _take(settings: Settings, document: bytes, key: str) -> Any:
    async with open_edge(settings) as edge:
        principal = (await edge.gate.admit(f"Bearer {key}", "127.0.0.1", "intake")).admitted()
        outcome = await edge.command(principal, None, "intake", lambda ctx: _operate(edge, ctx, document))
    return orjson.loads(outcome.body or b"null")


async def _operate(edge: Edge, ctx: Context, document: bytes) -> Outcome:
    [route] = [each for each in derive(edge.graph) if each.root.name == "intakeOrder"]
    ctx.principal.require(str(route.root.operation.scope))
    rows = await route.root.operation.resolver(ctx, document)
    projector = Projector(edge.graph.catalogue, MRP, route)
    filled = fill(projector.selection(Shown(), ctx.principal.scopes), rows, NO_VARIABLES, ctx)
    return await ctx.unit.finish(Plans(edge.graph.catalogue).rendering([filled]))
