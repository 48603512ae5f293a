"""The demo's shop: each stage writes what it says, once, and the same wherever it is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from app.sandboxes import open_tools
from core.settings import Settings
from engine.runtime import Runtime
from jobs.demo.filling import fill_step, rows_of
from jobs.demo.stages import STAGES
from jobs.tasks.kinds import Next, Tools, Work
from tests.kit.fixtures import new_tenant
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant


@pytest.fixture
async def tools(settings: Settings) -> AsyncIterator[Tools]:
    async with open_tools(settings) as opened:
        yield opened


async def step(tools: Tools, company: Tenant, place: int, number: int | None = None) -> Next:
    cursor = [place, STAGES[place].first if number is None else number]
    return await fill_step(tools, Work(company.workspace_id, uuid4(), {"size": "full"}, cursor, 0, None))


async def first_of_each(tools: Tools, company: Tenant) -> None:
    """The first rows of each stage."""
    for place in range(len(STAGES)):
        await step(tools, company, place)


async def counted(company: Tenant, table: str, by: str = "status") -> dict[str, int]:
    return dict(await company.all(f"select {by}, count(*) from {table} group by 1"))


async def shown(company: Tenant) -> list[Any]:
    """What does not change from one company to another."""
    tables = ("parts", "suppliers", "stock_locations")
    found = [await company.all(f"select row_to_json(t)::jsonb - {GONE} from {table} t") for table in tables]
    quotes = await company.all("select number, title, status, total from quotes order by number")
    return [sorted(str(row[0]) for row in rows) for rows in found] + [[tuple(row) for row in quotes]]


GONE = "array['id', 'workspace_id', 'created_at', 'updated_at', 'released_at', 'external_ids', 'parent_id', 'search']"


async def test_every_stage_writes_a_shop_that_is_believable_and_always_the_same(
    tools: Tools, company: Tenant, access: KitAccess, runtime: Runtime
):
    await first_of_each(tools, company)
    assert await company.value("select count(*) from work_centers") == 12
    assert await counted(company, "parts", "kind") == {"manufactured": 25, "material": 9, "purchased": 16}
    assert await counted(company, "parts") == {"active": 50}
    assert await company.value("select count(*) from bom_lines") >= 25
    assert await company.value("select count(*) from price_breaks") >= 75
    quotes = await counted(company, "quotes")
    assert sum(quotes.values()) == 20
    assert len(quotes) >= 4
    assert await company.value("select count(*) from jobs") == quotes.get("converted", 0)
    assert set(await counted(company, "rfqs")) == {"draft", "cancelled", "sent", "partially_responded", "responded"}
    orders = await counted(company, "purchase_orders")
    assert set(orders) >= {"draft", "sent", "acknowledged", "partially_received", "received"}
    assert await company.value("select bool_and(on_hand >= 0) from inventory_items")
    again, other = await shown(company), await new_tenant(access, runtime)
    await first_of_each(tools, other)
    assert await shown(other) == again


async def test_a_step_that_is_taken_again_writes_nothing(tools: Tools, company: Tenant):
    await first_of_each(tools, company)
    before = await counted(company, "outbox", "type")
    await first_of_each(tools, company)
    assert await counted(company, "outbox", "type") == before


async def test_the_steps_lead_from_the_first_row_to_the_last(tools: Tools, company: Tenant):
    first = await fill_step(tools, Work(company.workspace_id, uuid4(), {}, None, 0, None))
    assert (first.cursor, first.done, first.total) == ([1, 0], 12, rows_of("full"))
    middle = await step(tools, company, 2)
    assert (middle.cursor, middle.done) == ([2, 30], 30)
    assert rows_of("large") > 5 * rows_of("full")
    assert sum(each.rows for each in STAGES if each.name in {"bought", "made"}) == 2_000
