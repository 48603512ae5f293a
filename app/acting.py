"""Acting from the command line as a key does: the same gate, the same runtime, the same commands as at the doors."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from access.principal import Principal
from app.demo.demo import env_file
from app.embedded.files import read_variables
from app.wiring import open_access, open_runtime
from core.errors import Unauthorized
from core.http import read_query
from core.origin import Origin
from core.settings import Settings
from core.writing.claim import Outcome
from engine.declare.rows import Rows
from engine.run.compiled import NO_VARIABLES, fill
from engine.run.context import Command
from engine.runtime import Runtime
from engine.sql.plans import Plans
from engine.sql.splicing import fill_holes
from rest.contract import MRP
from rest.parameters import gather, read_list
from rest.projections import Projector, Shown
from rest.routes import derive

COMMAND_LINE: Final = Origin("command line")


def add_key(parser: argparse.ArgumentParser) -> None:
    """Declare `--key`."""
    parser.add_argument("--key", help="the API key to act with; without, the demo's")


def key_of(settings: Settings, given: str | None) -> str:
    """Return the key to act with; raises Unauthorized when there is none."""
    found = given or read_variables(env_file(settings)).get("FORGE_KEY")
    if not found:
        raise Unauthorized("say which key to act with: --key")
    return found


@asynccontextmanager
async def acting(settings: Settings, key: str) -> AsyncIterator[tuple[Runtime, Principal]]:
    """Open the runtime and admit a key; raises Unauthorized, or Unavailable when the database is away."""
    async with open_runtime(settings) as runtime:
        yield runtime, (await runtime.gate.admit(f"Bearer {key}", "127.0.0.1", "command line")).admitted()


@asynccontextmanager
async def acting_as(
    settings: Settings, company: str | None, person: str | None
) -> AsyncIterator[tuple[Runtime, Principal]]:
    """Open the runtime, and act in the name of a person without a key: whoever may run this may do so.

    `company` is a name or an id (None: the only one there is), `person` an e-mail address (None: its first owner).
    Raises NotFound, Invalid, Unauthorized for one who may not act, Unavailable.
    """
    async with open_access(settings) as access:
        company_id = await access.companies.find(company)
        user_id = await access.companies.find_user(company_id, person)
    async with open_runtime(settings) as runtime:
        yield runtime, await runtime.gate.in_name_of(user_id)


def add_person(parser: argparse.ArgumentParser, name: str = "--as") -> None:
    """Declare `--company` and in whose name to act."""
    parser.add_argument("--company", help="name or id; not needed while there is only one")
    parser.add_argument(name, dest="person", metavar="EMAIL", help="in whose name; without, the company's first owner")


async def run_command(
    runtime: Runtime,
    principal: Principal,
    root: str,
    *args: Any,
    keep: Callable[[str], None] | None = None,
    by: Callable[..., Any] | None = None,
    **how: Any,
) -> tuple[Any, bool]:
    """Run the command of a root field to its commit; `keep` is called before it with a secret that is shown once.

    `by` is a resolver to run in place of the field's own, for what only the command line may do with the same scope.
    Returns what REST would answer, parsed, and whether the command had been done before (`Idempotent-Replayed`).
    """

    async def operate(ctx: Command) -> Outcome:
        [route] = [each for each in derive(runtime.graph) if each.root.name == root]
        ctx.principal.require(str(route.root.operation.scope))
        rows = await (by or route.root.operation.resolver)(ctx, *args, **how)
        if keep is not None:
            for secret in ctx.shown_once:
                keep(secret)
        if not isinstance(rows, Rows):  # a value, which has the names of REST as it is
            return await ctx.unit.finish_with(orjson.dumps(rows))
        projector = Projector(runtime.graph.catalogue, MRP, route)
        filled = fill(projector.selection(Shown(), ctx.principal.scopes), rows, NO_VARIABLES, ctx)
        return await ctx.unit.finish(Plans(runtime.graph.catalogue).rendering([filled]))

    outcome = await runtime.command(principal, None, COMMAND_LINE, operate)
    return orjson.loads(outcome.body or b"null"), outcome.repeats


async def run_list(runtime: Runtime, principal: Principal, root: str, **query: str) -> Any:
    """Read a page of the list of a root field, with REST's own parameters; returns its rows as REST shows them."""
    [route] = [each for each in derive(runtime.graph) if each.root.name == root]
    principal.require(str(route.root.operation.scope))
    projector, ctx = Projector(runtime.graph.catalogue, MRP, route), runtime.reading(principal, "")
    ctx.plain = True
    asked = read_list(projector.spec, gather(read_query(urlencode(query))), MRP.size)
    rows = await route.root.operation.resolver(ctx, filter=asked.filter, page=asked.page)
    filled = fill(projector.selection(asked.shown, principal.scopes), rows, NO_VARIABLES, ctx)
    rendering = Plans(runtime.graph.catalogue, spliced=True).rendering([filled])
    body = await fill_holes(await ctx.render(rendering), rendering.plan.splices or (), ctx)
    return orjson.loads(body)["data"]
