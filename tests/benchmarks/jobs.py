"""Jobs measured: a page of jobs with parts, work orders and requirements, four levels deep, beside SQL by hand.

`python -m tests.benchmarks.jobs`; on servers of its own. The list is asked through the GraphQL door, SQL by hand after
the same admission; CPU is that of this process and of PostgreSQL. PostGraphile, where there is Node, is
asked for the same rows over HTTP: its CPU is that of its process and of PostgreSQL, without that of the client.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
import uvloop

from access.scopes import Scope
from app.embedded import throw_away
from app.migrations import upgrade
from app.server import create_app
from app.wiring import open_access, open_runtime
from core.database.database import guarded
from core.settings import Settings
from engine.runtime import Runtime
from tests.benchmarks.jobs_data import write
from tests.benchmarks.measure import Link, children_of, cpu_of, used
from tests.benchmarks.serving import serving
from tests.benchmarks.stock import statements
from tests.benchmarks.ways import is_here
from tests.kit.client import Client

JOBS, PAGE = 20_000, 50
ROUNDS, TIMES, WORK_ORDERS = 9, 10, 6
LIST: Final = """query($n: Int!) { jobs(first: $n) { nodes {
  id number status dueOn materialStatus quantity price client { id name }
  parts { nodes { position description quantity
    part { id partNumber revision operations { nodes { position name cycleHours } } } } }
  workOrders { nodes { id number sequence name status quantity } }
  requirements { nodes { id kind status quantity part { partNumber } } } } pageInfo { hasNextPage } } }"""
_OPERATIONS: Final = """(select string_agg(o.j, ',') from (
  select '{"position":' || o.position || ',"name":' || to_json(o.name)::text || ',"cycleHours":'
    || coalesce('"' || o.cycle_hours || '"', 'null') || '}' j
  from routing_operations o where o.workspace_id = $1::uuid and o.part_id = p.id
  order by o.position, o.id limit 20) o)"""
_PARTS: Final = f"""(select string_agg(l.j, ',') from (
  select '{{"position":' || l.position || ',"description":' || to_json(l.description)::text || ',"quantity":"'
    || l.quantity || '","part":' || coalesce((
      select '{{"id":"' || p.id || '","partNumber":' || to_json(p.part_number)::text || ',"revision":'
        || to_json(p.revision)::text || ',"operations":{{"nodes":[' || coalesce({_OPERATIONS}, '') || ']}}}}'
      from parts p where p.workspace_id = $1::uuid and p.id = l.part_id), 'null') || '}}' j
  from job_parts l where l.workspace_id = $1::uuid and l.job_id = i.id order by l.position, l.id limit 20) l)"""
_ORDERS: Final = """(select string_agg(w.j, ',') from (
  select '{"id":"' || w.id || '","number":' || to_json(w.number)::text || ',"sequence":' || w.sequence || ',"name":'
    || to_json(w.name)::text || ',"status":"' || upper(w.status) || '","quantity":"' || w.quantity || '"}' j
  from work_orders w where w.workspace_id = $1::uuid and w.job_id = i.id and w.deleted_at is null
  order by w.sequence, w.id limit 20) w)"""
_NEEDS: Final = """(select string_agg(r.j, ',') from (
  select '{"id":"' || r.id || '","kind":"' || upper(r.kind) || '","status":"' || upper(r.status) || '","quantity":"'
    || r.quantity || '","part":' || coalesce((
      select '{"partNumber":' || to_json(p.part_number)::text || '}'
      from parts p where p.workspace_id = $1::uuid and p.id = r.part_id), 'null') || '}' j
  from requirements r where r.workspace_id = $1::uuid and r.job_id = i.id and r.deleted_at is null
  order by r.created_at desc, r.id desc limit 20) r)"""
THEIRS: Final = """query($n: Int!, $w: UUID!) {
  allJobs(first: $n, condition: {workspaceId: $w}, orderBy: CREATED_AT_DESC) { nodes {
    rowId number status dueOn materialStatus quantity price clientByWorkspaceIdAndClientId { rowId name }
    jobPartsByWorkspaceIdAndJobId(orderBy: POSITION_ASC) { nodes { position description quantity
      partByWorkspaceIdAndPartId { rowId partNumber revision
        routingOperationsByWorkspaceIdAndPartId(orderBy: POSITION_ASC) { nodes { position name cycleHours } } } } }
    workOrdersByWorkspaceIdAndJobId(orderBy: SEQUENCE_ASC) { nodes { rowId number sequence name status quantity } }
    requirementsByWorkspaceIdAndJobId(orderBy: CREATED_AT_DESC) { nodes { rowId kind status quantity
      partByWorkspaceIdAndPartId { partNumber } } } }
    pageInfo { hasNextPage } } }"""
BY_HAND: Final = f"""
select '{{"data":{{"jobs":{{"nodes":[' || coalesce(string_agg(x.j, ',') filter (where x.n <= $2::int), '')
  || '],"pageInfo":{{"hasNextPage":' || case when count(*) > $2::int then 'true' else 'false' end || '}}}}}}}}'
from (
  select '{{"id":"' || i.id || '","number":' || to_json(i.number)::text || ',"status":"' || upper(i.status)
    || '","dueOn":' || coalesce('"' || i.due_on || '"', 'null') || ',"materialStatus":"' || upper(i.material_status)
    || '","quantity":"' || i.quantity || '","price":' || coalesce('"' || i.price || '"', 'null')
    || ',"client":' || coalesce((
      select '{{"id":"' || c.id || '","name":' || to_json(c.name)::text || '}}'
      from clients c where c.workspace_id = $1::uuid and c.id = i.client_id), 'null')
    || ',"parts":{{"nodes":[' || coalesce({_PARTS}, '') || ']}},"workOrders":{{"nodes":[' || coalesce({_ORDERS}, '')
    || ']}},"requirements":{{"nodes":[' || coalesce({_NEEDS}, '') || ']}}}}' j, row_number() over () n
  from (
    select * from jobs i where i.workspace_id = $1::uuid and i.deleted_at is null
    order by i.created_at desc, i.id desc limit $2::int + 1) i) x
"""


@dataclass(frozen=True)
class Way:
    """How the page is asked for, and the process that answers; 0 is this one."""

    ask: Callable[[], Awaitable[bytes]]
    pid: int = 0

    async def cost(self, servers: Sequence[int]) -> float:
        """The CPU of some pages in milliseconds each: of who answers, and of PostgreSQL."""
        pids = [*servers, self.pid] if self.pid else [*servers]
        before = {pid: seconds for each in pids for pid, seconds in cpu_of(each).items()}
        began = time.process_time()
        for _ in range(TIMES):
            await self.ask()
        own = 0.0 if self.pid else time.process_time() - began
        return (own + used(pids, before)) / TIMES * 1000


@asynccontextmanager
async def postgraphile(settings: Settings, workspace_id: UUID) -> AsyncIterator[Way | None]:
    """PostGraphile over the same tables; None where there is no Node."""
    if not is_here("postgraphile"):
        yield None
        return
    body = json.dumps({"query": THEIRS, "variables": {"n": PAGE, "w": str(workspace_id)}}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with serving("postgraphile", settings, str(workspace_id)) as (pid, port):
        link = Link(port)
        await link.open()

        async def ask() -> bytes:
            return (await link.ask(head.encode() + b"\r\n\r\n" + body))[1]

        shown = orjson.loads(await ask())["data"]["allJobs"]["nodes"]
        assert len(shown) == PAGE
        assert all(len(each["workOrdersByWorkspaceIdAndJobId"]["nodes"]) == WORK_ORDERS for each in shown)
        for _ in range(40):  # V8 takes its time to get warm
            await ask()
        yield Way(ask, pid)
        link.close()


async def listed(settings: Settings, runtime: Runtime, key: str, workspace_id: UUID) -> None:
    """Measure a page, which is one statement, beside the other ways, and the first answer; and print."""
    servers = children_of(os.getpid())
    front = create_app(settings)
    async with front.router.lifespan_context(front), postgraphile(settings, workspace_id) as theirs:
        client, sql = Client(front, "2001:db8::1", key), guarded(BY_HAND)

        async def by_forge() -> bytes:
            return (await client.graphql(LIST, {"n": PAGE})).body

        async def by_hand() -> bytes:
            return await runtime.database.text(sql, (workspace_id, PAGE)) or b""

        await client.graphql("{ clients(first: 1) { nodes { id } } }")
        began = time.perf_counter()
        asked = await statements(by_forge)
        first = (time.perf_counter() - began) * 1000
        assert asked == 1, asked
        assert orjson.loads(await by_forge())["data"] == orjson.loads(await by_hand())["data"]
        ways = {"SQL by hand": Way(by_hand), "Forge": Way(by_forge)} | ({"PostGraphile": theirs} if theirs else {})
        costs: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS + 2):
            for name, way in ways.items():
                cost = await way.cost(servers)
                if turn > 1:
                    costs[name].append(cost)
    middle = {name: statistics.median(each) for name, each in costs.items()}
    for name, cost in middle.items():
        print(f"{name}: {cost:.2f} ms of CPU for {PAGE} jobs, {cost / middle['SQL by hand']:.2f} of SQL by hand")  # noqa: T201
    print(f"the first answer of Forge took {first:.0f} ms")  # noqa: T201


async def measure(settings: Settings) -> None:
    """Write the jobs, and measure."""
    owner: asyncpg.Connection[Any] = await asyncpg.connect(str(settings.database_url))
    async with open_runtime(settings) as runtime, open_access(settings) as access:
        made = await access.companies.create("Bench", owner="u@example.com", limits={"requests": 0, "points": 0})
        key = (await access.keys.create(creator_id=made.owner_id, name="bench", scopes=list(Scope))).text
        await write(owner, made.live_id, JOBS)
        await listed(settings, runtime, key, made.live_id)
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
