"""The demo's shop: a small one has something of everything, always the same, and all that is derived agrees."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.sandboxes import open_tools
from core.settings import Settings
from engine.run.context import Command
from engine.runtime import Runtime
from jobs.demo.filling import SMALL, fill_at_once, fill_step, rows_of
from jobs.demo.stages import STAGES
from jobs.tasks.kinds import Next, Tools, Work
from models import Job, PurchaseOrder, Requirement, Rfq, WorkOrder
from resolvers.job_materials import settle_materials
from resolvers.purchase_orders import ORDERS, settle
from resolvers.requirements import lock_jobs, settle_requirements
from resolvers.rfqs import RFQS
from tests.kit.client import Client as Api
from tests.kit.fixtures import new_tenant
from tests.kit.rights import KitAccess
from tests.kit.stocking import acting, check_ledger
from tests.kit.tenant import Tenant

LAST = {"work_centers", "locations"}
"""Stages of which a small demo has all."""


@pytest.fixture
async def tools(settings: Settings) -> AsyncIterator[Tools]:
    async with open_tools(settings) as opened:
        yield opened


def work(company: Tenant, size: str = SMALL, cursor: Any = None) -> Work:
    return Work(company.workspace_id, uuid4(), {"size": size}, cursor, 0, None)


@pytest.fixture
async def demo(tools: Tools, company: Tenant) -> Tenant:
    """A company with a small demo."""
    await fill_at_once(tools, work(company))
    return company


async def counted(company: Tenant, table: str, by: str = "status", where: str = "true") -> dict[str, int]:
    return dict(await company.all(f"select {by}, count(*) from {table} where {where} group by 1"))


SHOWN = (
    "select part_number, name, unit_cost, tracking from parts order by part_number",
    "select code, name from suppliers order by code",
    "select number, title, status, total, due_on, sent_at::date from quotes order by number",
    "select number, title, status, material_status, due_on, price from jobs order by number",
    "select number, status, total, required_on from purchase_orders order by number",
    "select number, status, name, quantity from work_orders order by number",
    "select lot, on_hand, reserved, expires_on from inventory_items order by lot, on_hand, value, reserved",
)
"""What does not change from one company to another."""


async def shown(company: Tenant) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in await company.all(each)] for each in SHOWN]


async def test_a_small_demo_has_something_of_everything(demo: Tenant):
    assert await counted(demo, "parts", "kind") == {"manufactured": 25, "material": 10, "purchased": 20}
    assert await counted(demo, "parts") == {"active": 55}
    assert await demo.value("select count(*) from work_centers") == 12
    assert await demo.value("select count(*) from clients") == 25
    assert (await counted(demo, "routing_operations", "kind"))["outside"] > 0
    assert set(await counted(demo, "quotes")) == {"draft", "sent", "approved", "lost", "cancelled", "converted"}
    states = {"released", "in_progress", "on_hold", "completed", "closed"}
    assert set(await counted(demo, "jobs")) == states
    assert await demo.value("select count(*) from jobs where parent_job_id is null") == 25
    below = "from jobs a join jobs b on b.id = a.parent_job_id where b.parent_job_id is not null"
    assert await demo.value(f"select count(*) {below}") > 0
    open_jobs = "status in ('released', 'in_progress', 'on_hold')"
    assert set(await counted(demo, "jobs", "material_status", open_jobs)) == {"missing", "ordered", "ready"}
    assert set(await counted(demo, "requirements")) == {"pending", "rfq_in_progress", "has_po", "received"}
    assert "outside_operation" in await counted(demo, "requirements", "kind")
    asked = {"draft", "sent", "partially_responded", "responded", "awarded", "closed", "cancelled"}
    assert set(await counted(demo, "rfqs")) == asked
    ordered = {"draft", "sent", "acknowledged", "partially_received", "received", "closed", "cancelled"}
    assert set(await counted(demo, "purchase_orders")) == ordered
    assert await demo.value("select count(*) from purchase_orders where job_id is not null") > 0
    assert await demo.value("select count(*) from purchase_orders where rfq_id is not null") > 0
    assert await demo.value("select count(*) from purchase_order_lines where requirement_id is not null") > 0
    assert await demo.value("select count(*) from rfq_lines where requirement_id is not null") > 0
    assert set(await counted(demo, "work_orders")) >= {"waiting", "ready", "running", "done"}
    assert await counted(demo, "stock_counts") == {"open": 1, "counted": 1, "posted": 3}
    assert (await counted(demo, "reservations"))["active"] > 0
    reasons = {"adjustment", "receipt", "issue", "production", "scrap", "transfer"}
    assert set(await counted(demo, "stock_movements", "reason")) == reasons
    assert await demo.value("select count(*) from inventory_items where expires_on is not null") > 0


async def test_its_history_lies_in_the_past_and_in_order(demo: Tenant):
    spread = "select max({0}) - min({0}) > interval '{1} days' and max({0}) <= now() from {2}"
    for column, days, table in (("sent_at", 90, "quotes"), ("moved_at", 240, "stock_movements")):
        assert await demo.value(spread.format(column, days, table))
    after = """select count(*) from stock_movements a join stock_movements b
        on b.inventory_item_id = a.inventory_item_id and b.number > a.number where b.moved_at <= a.moved_at"""
    assert await demo.value(after) == 0
    moments = ("released_at", "started_at", "completed_at", "closed_at")
    for first, then in itertools.pairwise(moments):
        assert await demo.value(f"select count(*) from jobs where {then} < {first}") == 0
    assert await demo.value("select count(*) from work_orders where done_at < started_at") == 0
    assert await demo.value("select count(*) from quotes where sent_at::date < received_on") == 0
    assert await demo.value("select count(*) from jobs where due_on < current_date and completed_at is null") > 0


async def test_all_that_is_derived_is_what_the_commands_would_derive(demo: Tenant):
    await check_ledger(demo)

    async def derive(ctx: Command) -> dict[str, Any]:
        """Derive everything anew: nothing of it may be another."""
        unit = ctx.unit
        needs = [row["id"] for row in await unit.ask("select id from requirements where workspace_id = $1")]
        await lock_jobs(ctx, needs)
        await settle_requirements(ctx, needs)
        jobs = [row["id"] for row in await unit.ask("select id from jobs where workspace_id = $1 order by id")]
        await settle_materials(unit, jobs)
        wrong = {"requirements": len(unit.staged(Requirement)), "jobs": len(unit.staged(Job))}
        wrong["steps"] = len(unit.staged(WorkOrder))
        orders = [row["id"] for row in await unit.ask("select id from purchase_orders where workspace_id = $1")]
        for order in await unit.find(PurchaseOrder, id=orders):
            before = dict(vars(order))
            settle(order, await ORDERS.load(ctx, order))
            wrong["orders"] = wrong.get("orders", 0) + (vars(order) != before)
        asked = [row["id"] for row in await unit.ask("select id from rfqs where workspace_id = $1")]
        for rfq in await unit.find(Rfq, id=asked):
            before = dict(vars(rfq))
            assert RFQS.settle is not None
            RFQS.settle(rfq, await RFQS.load(ctx, rfq))
            wrong["rfqs"] = wrong.get("rfqs", 0) + (vars(rfq) != before)
        return wrong

    assert set((await acting(demo, derive)).values()) == {0}


async def test_it_is_the_same_wherever_it_is_written(demo: Tenant, tools: Tools, access: KitAccess, runtime: Runtime):
    other = await new_tenant(access, runtime)
    await fill_at_once(tools, work(other))
    assert await shown(other) == await shown(demo)


async def test_a_step_that_is_taken_again_writes_nothing(demo: Tenant, tools: Tools):
    before = await counted(demo, "outbox", "type")
    await fill_at_once(tools, work(demo))
    assert await counted(demo, "outbox", "type") == before


async def test_a_full_one_goes_on_where_the_small_one_ends(demo: Tenant, tools: Tools):
    for place, stage in enumerate(STAGES):
        if stage.name in LAST:
            continue
        number, last = stage.few, 350 if stage.name == "quotes" else stage.few + 1
        while number < last:
            await fill_step(tools, work(demo, "full", [place, number]))
            number += stage.batch
    await check_ledger(demo)
    assert await demo.value("select count(*) from jobs where parent_job_id is null") == 50
    assert await demo.value("select count(*) from quotes") == 350


async def step(tools: Tools, company: Tenant, size: str, cursor: Any = None) -> Next:
    return await fill_step(tools, work(company, size, cursor))


async def test_the_steps_lead_from_the_first_row_to_the_last(tools: Tools, company: Tenant):
    first = await step(tools, company, "small")
    assert (first.cursor, first.done, first.total) == ([1, 0], 12, rows_of("small"))
    nothing = await step(tools, company, "full")
    assert (nothing.cursor, nothing.done, nothing.total) == ([1, 29], 0, rows_of("full"))
    middle = await step(tools, company, "full", [2, 12])
    assert (middle.cursor, middle.done) == ([2, 42], 30)
    assert rows_of("large") > 5 * rows_of("full")
    assert sum(each.rows for each in STAGES if each.name in {"bought", "made"}) == 2_000


async def test_the_figures_of_the_guide_say_something(demo: Tenant, api: Api):
    today = datetime.now(UTC).date()
    monday, under_way = today - timedelta(days=today.weekday()), "status[in]=released,in_progress,on_hold"
    weeks = f"from={monday - timedelta(days=42)}&to={monday + timedelta(days=69)}"

    async def points(query: str) -> list[dict[str, Any]]:
        answer = await api.get(f"/api/v1/metrics?{query}")
        assert answer.status == 200, answer.body
        return list(answer.data["points"])

    async def one(query: str) -> float:
        [found] = await points(query)
        return float(found["values"][0])

    grouped = "group_by=currency&bucket=week:due_on"
    found = await points(f"resource=jobs&measure=count,sum:price&{grouped}&{weeks}&{under_way}")
    open_weeks = {each["bucket"] for each in found if each["values"][0] != "0"}
    assert len(open_weeks) >= 5
    assert min(open_weeks) < str(monday) < max(open_weeks)
    sent = "sent_at[gte]=2020-01-01T00:00:00Z"
    won = {each["group"][0]: int(each["values"][0]) for each in await points(
        f"resource=quotes&measure=count,sum:total&group_by=status,currency&{sent}"
    )}  # fmt: skip
    share = (won["approved"] + won["converted"]) / (sum(won.values()) - won["sent"])
    assert 0.3 < share < 0.7
    assert 0 < await one(f"resource=jobs&measure=count&{under_way}&due_on[lt]={today}") < 10
    pending = await one("resource=requirements&measure=count&status=pending")
    assert pending > 0
    owed = "status[in]=pending,rfq_in_progress,has_po"
    assert await one(f"resource=requirements&measure=count&{owed}&required_on[lt]={today}") > 0
    active = "status[in]=sent,acknowledged,partially_received"
    [orders] = await points(f"resource=purchase-orders&measure=count,sum:total&group_by=currency&{active}")
    assert (orders["group"], int(orders["values"][0]) > 3, float(orders["values"][1]) > 100) == (["USD"], True, True)
    late = f"resource=purchase-orders&measure=count&{active}&required_on[lt]={today}"
    assert await one(late) > 0
    assert await one("resource=inventory&measure=sum:value") > 1_000
    waiting = await points(f"resource=jobs&measure=count&group_by=material_status&{under_way}")
    assert {each["group"][0] for each in waiting} == {"missing", "ordered", "ready"}
    closed = (
        "select count(*) from requirements r join jobs j on j.id = r.job_id where r.status = 'pending' and j.status"
    )
    assert await demo.value(f"{closed} in ('completed', 'closed')") == 0


def test_every_stage_has_rows_to_begin_with():
    assert all(0 < each.few <= each.rows for each in STAGES)
