"""Page 1,000 costs what page 1 costs: many quotes in one workspace, every order, nulls too, both ways.

In the suite 60,000; with FORGE_FULL_LOAD set, as `make faults` does, 200,000.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Page, Rows
from engine.sql import cursors
from engine.sql.orders import offered
from engine.sql.pages import settle
from engine.sql.plans import Filled, Plan, Selection
from engine.sql.selection import Nodes, Object, PageFact, PageOf, Value
from schema.assembly import graph
from tests.kit import many
from tests.kit.sweep import FULL, of_each_kind

ROWS, SIZE, DEEP = 200_000 if FULL else 60_000, 50, 1_000
ORDERS = offered(graph().catalogue.types["Quote"])


pytestmark = pytest.mark.xdist_group("deep_pages")  # one worker fills the tables, once


@pytest.fixture(scope="module")
async def workspace(large_database_url: str) -> UUID:
    owner = await asyncpg.connect(large_database_url)
    try:
        made = await many.workspace(owner, "Deep", clients=3, quotes=ROWS)
        await many.settle(owner)
    finally:
        await owner.close()
    return made


def quotes() -> TypeSpec:
    return graph().catalogue.types["Quote"]


def statement(rows: Rows[Any]) -> tuple[str, tuple[Any, ...]]:
    spec = quotes()
    wanted = PageOf(spec, [Nodes("data", Object(spec, [Value("id", spec.column("id"))])), PageFact("n", "endCursor")])
    pieces = [Filled(Selection(spec, wanted), (settle(rows, spec),))]
    plan = Plan(graph().catalogue, pieces)
    return plan.sql, plan.values(pieces)


async def cost(connection: Any, workspace: UUID, rows: Rows[Any]) -> tuple[int, int]:
    """Pages of 8 kB touched, at most, and rows in the page: planned for these values, and for any."""
    sql, values = statement(rows)
    bound = ", ".join(str(each) if isinstance(each, int) else f"'{each}'" for each in (workspace, *values))
    bound = bound.replace("'None'", "null")
    await connection.execute(f"prepare page as {sql}")
    touched = 0
    try:
        for mode in ("force_custom_plan", "force_generic_plan"):
            await connection.execute(f"set plan_cache_mode = {mode}")
            told = await connection.fetchval(f"explain (analyze, buffers, format json) execute page ({bound})")
            whole = orjson.loads(told)[0]["Plan"]
            touched = max(touched, whole["Shared Hit Blocks"] + whole["Shared Read Blocks"])
    finally:
        await connection.execute("deallocate page")
        await connection.execute("reset plan_cache_mode")
    found = await connection.fetchval(sql, workspace, *values)
    return touched, len(orjson.loads(found)["data"])


async def place(owner: Any, workspace: UUID, name: tuple[str, ...], rank: int) -> Rows[Any]:
    """The list after the row of this rank (from 0) in its order, found by counting."""
    order = ORDERS[name]
    rows: Rows[Any] = Rows(quotes().model).page(Page(SIZE, order=order))
    listed = ",".join(f"{each.key.replace('@.', 't.')} {each.direction}" for each in order.keys)
    at = cursors.place_in("t", order)
    found = await owner.fetchval(
        f"select {cursors.envelope(at, '$2')} from quotes t where workspace_id = $1"
        f" order by {listed}, id {order.keys[-1].direction} offset {rank} limit 1",
        workspace,
        rows.digest(),
    )
    return rows.page(Page(SIZE, found, order=order))


def kind(of: tuple[tuple[str, ...], bool]) -> Hashable:
    """The types of the columns of an order, and which way it is read."""
    name, backward = of
    fields = quotes().model.model_fields
    return tuple(str(fields[each.lower().rpartition("_")[0]].annotation) for each in name), backward


@pytest.mark.parametrize(("name", "backward"), of_each_kind(product(ORDERS, [False, True]), kind))
async def test_page_1000_touches_no_more_than_page_1(
    api_role: Any, owner: Any, workspace: UUID, name: tuple[str, ...], *, backward: bool
) -> None:
    first: Rows[Any] = Rows(quotes().model).page(Page(SIZE, order=ORDERS[name], backward=backward))
    near, size = await cost(api_role, workspace, first)
    assert size == SIZE
    after = await place(owner, workspace, name, DEEP * SIZE - 1)
    assert after.slice is not None
    there = after.page(Page(SIZE, after.slice.cursor, order=ORDERS[name], backward=backward))
    far, size = await cost(api_role, workspace, there)
    assert size == SIZE
    assert far <= near + 8, (near, far)
