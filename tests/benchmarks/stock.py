"""Stock measured: receipts a second, a page of the stock list beside SQL by hand, and the check of a million movements.

`python -m tests.benchmarks.stock`; on servers of its own. Receipts have two lines, and are posted by eight callers in
one workspace. The list is asked through the GraphQL door, SQL by hand after the same admission; CPU is that of this
process and of PostgreSQL.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

import asyncpg
import orjson
import uvloop

from access.principal import Principal
from access.scopes import Scope
from access.transaction import transaction
from app.embedded import throw_away
from app.migrations import upgrade
from app.server import create_app
from app.wiring import open_access, open_runtime
from core.database.database import Database, guarded
from core.origin import Origin
from core.settings import Settings
from core.writing.claim import Outcome
from engine.run.context import Command
from engine.runtime import Runtime
from jobs.stock_check import check_all
from models import InventoryItem, MovementReason, Part, Reservation, StockLocation, StockMovement
from resolvers.ledger import Posting, post
from tests.benchmarks.measure import children_of, cpu_of, used
from tests.benchmarks.stock_data import write
from tests.kit.client import Client

ITEMS, MOVEMENTS = 50_000, 20
CALLERS, SECONDS, ROUNDS, TIMES = 8, 5.0, 9, 10
TAGS: Final = {
    "part": f"{Part.tag:03x}",
    "location": f"{StockLocation.tag:03x}",
    "item": f"{InventoryItem.tag:03x}",
    "reservation": f"{Reservation.tag:03x}",
    "movement": f"{StockMovement.tag:03x}",
}
LIST: Final = """query($n: Int!) { inventory(first: $n) { nodes {
  id lot serial status onHand reserved available unitCost
  part { id partNumber name } location { id code path }
  reservations { nodes { id quantity status } } } pageInfo { hasNextPage } } }"""
BY_HAND: Final = """
select '{"data":{"inventory":{"nodes":[' || coalesce(string_agg(x.j, ',') filter (where x.n <= $2::int), '')
  || '],"pageInfo":{"hasNextPage":' || case when count(*) > $2::int then 'true' else 'false' end || '}}}}'
from (
  select '{"id":"' || i.id || '","lot":' || coalesce(to_json(i.lot)::text, 'null')
    || ',"serial":' || coalesce(to_json(i.serial)::text, 'null') || ',"status":"' || upper(i.status)
    || '","onHand":"' || i.on_hand || '","reserved":"' || i.reserved || '","available":"' || i.available
    || '","unitCost":' || coalesce('"' || i.unit_cost || '"', 'null')
    || ',"part":' || coalesce((
      select '{"id":"' || p.id || '","partNumber":' || to_json(p.part_number)::text
        || ',"name":' || to_json(p.name)::text || '}'
      from parts p where p.workspace_id = $1::uuid and p.id = i.part_id), 'null')
    || ',"location":' || coalesce((
      select '{"id":"' || l.id || '","code":' || to_json(l.code)::text || ',"path":' || to_json(l.path)::text || '}'
      from stock_locations l where l.workspace_id = $1::uuid and l.id = i.location_id), 'null')
    || ',"reservations":{"nodes":[' || coalesce((
      select string_agg(r.j, ',') from (
        select '{"id":"' || r.id || '","quantity":"' || r.quantity || '","status":"' || upper(r.status) || '"}' j
        from reservations r
        where r.workspace_id = $1::uuid and r.inventory_item_id = i.id and r.deleted_at is null
        order by r.created_at desc, r.id desc limit 20) r), '') || ']}}' j,
    row_number() over () n
  from (
    select * from inventory_items i where i.workspace_id = $1::uuid and i.deleted_at is null
    order by i.created_at desc, i.id desc limit $2::int + 1) i) x
"""


async def receipts(runtime: Runtime, principal: Principal, places: list[tuple[UUID, UUID]]) -> float:
    """How many receipts of two lines eight callers post a second."""
    ends, done = time.perf_counter() + SECONDS, 0

    async def caller(number: int) -> None:
        nonlocal done
        dice = random.Random(number)
        while time.perf_counter() < ends:
            lines = dice.sample(places, 2)

            async def operate(ctx: Command, lines: list[tuple[UUID, UUID]] = lines) -> Outcome:
                cost = Decimal("2.75")
                await post(ctx, [Posting(*each, Decimal(3), MovementReason.RECEIPT, unit_cost=cost) for each in lines])
                return await ctx.unit.finish_with(b"{}")

            await runtime.command(principal, None, Origin("bench"), operate)
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return done / (time.perf_counter() - began)


async def statements(ask: Callable[[], Awaitable[bytes]]) -> int:
    """How many statements a request reads by."""
    count, text = 0, Database.text

    async def counted(self: Database, *args: Any, **how: Any) -> bytes | None:
        nonlocal count
        count += 1
        return await text(self, *args, **how)

    with patch.object(Database, "text", counted):
        await ask()
    return count


async def listed(settings: Settings, runtime: Runtime, key: str, principal: Principal) -> float:
    """The CPU of a page, which is one statement, beside that of SQL by hand."""
    servers = children_of(os.getpid())
    front = create_app(settings)
    async with front.router.lifespan_context(front):
        client, sql = Client(front, "2001:db8::1", key), guarded(BY_HAND)

        async def by_forge() -> bytes:
            return (await client.graphql(LIST, {"n": 100})).body

        async def by_hand() -> bytes:
            return await runtime.database.text(sql, (principal.workspace_id, 100)) or b""

        await client.graphql("{ clients(first: 1) { nodes { id } } }")  # from now on its key is known
        asked = await statements(by_forge)
        assert asked == 1, asked
        assert orjson.loads(await by_forge())["data"] == orjson.loads(await by_hand())["data"]
        ways: dict[str, Callable[[], Awaitable[bytes]]] = {"hand": by_hand, "forge": by_forge}
        costs: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS + 2):
            for name, ask in ways.items():
                before = {pid: seconds for each in servers for pid, seconds in cpu_of(each).items()}
                began = time.process_time()
                for _ in range(TIMES):
                    await ask()
                if turn > 1:
                    costs[name].append(time.process_time() - began + used(servers, before))
    hand, forge = (statistics.median(each) for each in costs.values())
    print(f"page of 100: by hand {hand / TIMES * 1000:.2f} ms of CPU, Forge {forge / TIMES * 1000:.2f} ms")  # noqa: T201
    return forge / hand


async def checked(url: str) -> float:
    """Seconds that the check of all movements takes."""
    database = await Database.open(url, role="forge_worker", size=1)
    began = time.perf_counter()
    async with transaction(database) as connection:
        found = [each async for each in check_all(connection)]
    took = time.perf_counter() - began
    await database.close()
    assert [(each.items, each.movements, each.wrong) for each in found] == [(ITEMS, ITEMS * MOVEMENTS, [])]
    return took


async def measure(settings: Settings) -> None:
    """Measure one after another, and print."""
    url = str(settings.database_url)
    owner: asyncpg.Connection[Any] = await asyncpg.connect(url)
    async with open_runtime(settings) as runtime, open_access(settings) as access:
        made = await access.companies.create("Bench", owner="u@example.com", limits={"requests": 0, "points": 0})
        key = (await access.keys.create(creator_id=made.owner_id, name="bench", scopes=list(Scope))).text
        await write(owner, made.live_id, ITEMS, MOVEMENTS, TAGS)
        principal = Principal(
            key_id=UUID(int=0),
            public_id="",
            company_id=made.id,
            workspace_id=made.live_id,
            scopes=frozenset(Scope),
            epoch=0,
            currency="USD",
        )
        print(f"{ITEMS * MOVEMENTS:,} movements of {ITEMS:,} items checked in {await checked(url):.1f} s")  # noqa: T201
        print(f"the stock list takes {await listed(settings, runtime, key, principal):.2f} of SQL by hand")  # noqa: T201
        rows = await owner.fetch("select part_id, location_id from inventory_items limit 5000")
        places = [(row["part_id"], row["location_id"]) for row in rows]
        for name, some in (("5,000 items", places), ("5 items", places[:5])):
            rate = await receipts(runtime, principal, some)
            print(f"{rate:,.0f} receipts of two lines a second by {CALLERS} callers, on {name}")  # noqa: T201
    await owner.close()


def main() -> None:
    """Bring everything up, measure and print."""
    with TemporaryDirectory() as home, throw_away({"shared_buffers": "1GB"}) as servers:
        settings = Settings.load(
            {
                "FORGE_HOME": home,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "FORGE_SECRET": "a-secret-for-the-benchmark-0123456789",
                "FORGE_ACCESS_LOG": "off",
                "FORGE_METRICS_PORT": "0",
            }
        )
        asyncio.run(upgrade(servers.database_url))
        uvloop.run(measure(settings))


if __name__ == "__main__":
    main()
