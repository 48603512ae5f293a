"""Deep pages and metrics on 200,000 quotes of one workspace: `python -m tests.benchmarks.reading`.

Ratios of the elapsed time of the statement itself, as the API's role: page 1 of a list by its default order is 1.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg

from app.embedded import throw_away
from app.migrations import upgrade
from core.database.database import Database
from engine.declare.rows import Page, Rows
from engine.sql import cursors
from engine.sql.metrics import BucketUnit, MetricFunction, question
from engine.sql.metrics_compiler import PLAIN, Measured, MetricsSelection
from engine.sql.orders import orders
from engine.sql.pages import settle
from engine.sql.plans import Filled, Piece, Plan, Selection
from engine.sql.selection import Nodes, Object, PageFact, PageOf, Value
from schema.assembly import graph
from tests.kit import many

QUOTES, SIZE, DEEP, TURNS = 200_000, 50, 1_000, 30
SPEC: Final = graph().catalogue.types["Quote"]


def page(rows: Rows[Any]) -> list[Piece]:
    shown = Object(SPEC, [Value(column.name, column) for column in SPEC.columns()])
    wanted = PageOf(SPEC, [Nodes("data", shown), PageFact("next", "nextCursor")])
    return [Filled(Selection(SPEC, wanted), (settle(rows, SPEC),))]


async def deep(owner: asyncpg.Connection[Any], workspace: UUID, name: str) -> Rows[Any]:
    """The list from its thousandth page on."""
    order = orders(SPEC)[name]
    rows: Rows[Any] = Rows(SPEC.model).page(Page(SIZE, order=order))
    place = cursors.place("t", order.column, order.kind, nullable=order.nullable)
    found = await owner.fetchval(
        f"select {cursors.envelope(place, '$2')} from quotes t where workspace_id = $1"
        f" order by {order.key.replace('@.', 't.')} {order.direction}, id {order.direction} offset $3 limit 1",
        workspace,
        rows.digest(),
        DEEP * SIZE - 1,
    )
    return rows.page(Page(SIZE, found, order=order))


def figures(**bucket: Any) -> list[Piece]:
    measures = [(MetricFunction.SUM, "total"), (MetricFunction.P95, "total")]
    within = ("created_at", BucketUnit.DAY, "Europe/Berlin", bucket["first"], bucket["last"])
    asked = question("quotes", SPEC, measures, ["status"], within, None)
    return [Measured(MetricsSelection(PLAIN), asked)]


async def measured(run: Callable[[], Awaitable[Any]]) -> float:
    times = []
    for _ in range(TURNS):
        began = time.perf_counter()
        await run()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


async def main() -> None:
    with throw_away() as servers:
        await upgrade(servers.database_url)
        owner = await asyncpg.connect(servers.database_url)
        workspace = await many.workspace(owner, "Large", clients=3, quotes=QUOTES)
        await many.settle(owner)
        tasks: dict[str, list[Piece]] = {}
        for name in ("CREATED_AT_DESC", "TOTAL_ASC", "DUE_ON_ASC"):
            tasks[f"{name}, page 1"] = page(Rows(SPEC.model).page(Page(SIZE, order=orders(SPEC)[name])))
            tasks[f"{name}, page {DEEP:,}"] = page(await deep(owner, workspace, name))
        tasks["metrics, one day in three"] = figures(first=date(2026, 1, 1), last=date(2026, 1, 1))
        tasks["metrics, all 200,000 rows"] = figures(first=date(2026, 1, 1), last=date(2026, 1, 3))
        await owner.close()
        await report(servers.database_url, workspace, tasks)


async def report(url: str, workspace: UUID, tasks: dict[str, list[Piece]]) -> None:
    database = await Database.open(url, size=1)
    first = 0.0
    for name, pieces in tasks.items():
        plan = Plan(graph().catalogue, pieces)
        args = (workspace, *plan.values(pieces))
        sql = plan.sql
        found = await measured(lambda sql=sql, args=args: database.reads.text(sql, args))  # type: ignore[misc]
        first = first or found
        print(f"{name:32} {found / first:8.2f}")  # noqa: T201  # what the script is for
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
