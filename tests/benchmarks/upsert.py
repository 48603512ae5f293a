"""An upsert of 1,000 clients in one transaction, beside hand-written SQL that writes the same rows.

`python -m tests.benchmarks.upsert`; `make bench` prints it, too. Both run in this process on one connection, in turns:
the CPU of this process and of PostgreSQL. Half of the clients are there already. No door takes part: it is what the
kit and the write path cost.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
import uvloop

from access.principal import Principal
from access.scopes import Scope
from app.embedded import throw_away
from app.migrations import upgrade
from app.wiring import open_access, open_runtime
from core.origin import Origin
from core.settings import Settings
from core.values.ids import new_id
from core.writing.claim import Outcome
from engine.declare.inputs import read_input
from engine.run.context import Command
from engine.runtime import Runtime
from models import AuditEntry, Client
from resolvers.clients import CLIENTS, create_client
from resolvers.moves import input_of
from resolvers.several import upsert
from tests.benchmarks.limit import SQL
from tests.benchmarks.measure import children_of, cpu_of, used

ROWS: Final = 1_000
ROUNDS: Final = 9
INPUT: Any = input_of(create_client)


def clients(turn: int) -> list[dict[str, str]]:
    """Half of the clients of the turn before, each with another name, and as many new ones."""
    first = turn * ROWS // 2
    return [{"code": f"C-{first + n}", "name": f"Client {turn} of {n}", "currency": "USD"} for n in range(ROWS)]


async def by_forge(runtime: Runtime, principal: Principal, turn: int) -> None:
    """Upsert through the kit: inputs are checked, records locked, changed and told."""
    inputs = [read_input(INPUT, each) for each in clients(turn)]

    async def operate(ctx: Command) -> Outcome:
        await upsert(ctx, CLIENTS, "code", inputs)
        return await ctx.unit.finish_with(b"{}")

    await runtime.command(principal, None, Origin("bench"), operate)


async def by_hand(connection: asyncpg.Connection[Any], workspace: UUID, turn: int) -> None:
    """Lock what is there, tick by the number of events, write rows and events in one statement."""
    given = clients(turn)
    async with connection.transaction():
        await connection.execute(f"set local app.workspace_id = '{workspace}'")
        known = {
            row["code"]: row["id"]
            for row in await connection.fetch(SQL["clients"], workspace, [each["code"] for each in given])
        }
        changed = [
            {"id": str(known[each["code"]]), "back": ROWS - 1 - place, "entry": str(new_id(AuditEntry)), **each}
            for place, each in enumerate(given)
            if each["code"] in known
        ]
        new = [
            {"id": str(new_id(Client)), "back": ROWS - 1 - place, "entry": str(new_id(AuditEntry)), **each}
            for place, each in enumerate(given)
            if each["code"] not in known
        ]
        ids = [known[each["code"]] for each in given if each["code"] in known]
        assert await connection.fetch(SQL["contacts"], workspace, ids) == []
        state = await connection.fetchval(
            SQL["upsert"], workspace, 0, ROWS, orjson.dumps(changed).decode(), orjson.dumps(new).decode(), "bench"
        )
        assert state == "go"


async def measure(runtime: Runtime, settings: Settings, servers: list[int]) -> float:
    """Let both do it in turns, each in a company of its own; returns the ratio of their CPU, and prints both."""
    costs: dict[str, list[float]] = {"by hand": [], "Forge": []}
    async with open_access(settings) as access:
        made = [await access.companies.create(f"Bench {n}", owner=f"u{n}@example.com") for n in costs]
    principal = Principal(
        key_id=UUID(int=0),
        public_id="",
        company_id=made[1].id,
        workspace_id=made[1].live_id,
        scopes=frozenset(Scope),
        epoch=0,
        currency="USD",
    )
    connection = await runtime.database.writes.acquire()
    ways: dict[str, Callable[[int], Awaitable[None]]] = {
        "by hand": lambda turn: by_hand(connection, made[0].live_id, turn),
        "Forge": lambda turn: by_forge(runtime, principal, turn),
    }
    for turn in range(ROUNDS + 2):
        for name, run in ways.items():
            before = {pid: seconds for each in servers for pid, seconds in cpu_of(each).items()}
            began = time.process_time()
            await run(turn)
            spent = time.process_time() - began + used(servers, before)
            if turn > 1:  # the first makes all of them, the second makes the plans
                costs[name].append(spent)
    runtime.database.writes.release(connection)
    hand, forge = (statistics.median(each) for each in costs.values())
    return forge / hand


def section(ratio: float) -> str:
    """What the page says."""
    head = "\n### An upsert of 1,000 clients, half of them new\n\nNo door takes part: the kit and the write path alone."
    return f"{head}\n\n| way | total CPU |\n| --- | ---: |\n| limit | 1.00 |\n| Forge | {ratio:.2f} |\n"


def run(settings: Settings) -> float:
    """Measure on a migrated database; returns the ratio."""

    async def inside() -> float:
        async with open_runtime(settings) as runtime:
            return await measure(runtime, settings, children_of(os.getpid()))

    return uvloop.run(inside())


def main() -> None:
    """Bring everything up, measure and print."""
    with TemporaryDirectory() as home, throw_away() as servers:
        settings = Settings.load(
            {
                "FORGE_HOME": home,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "FORGE_SECRET": "a-secret-for-the-benchmark-0123456789",
            }
        )
        asyncio.run(upgrade(servers.database_url))
        print(section(run(settings)))  # noqa: T201  # what the script is for


if __name__ == "__main__":
    main()
