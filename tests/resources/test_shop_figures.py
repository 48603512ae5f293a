"""The figures of a shop's dashboard: each is one call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key

V1 = "/api/v1"
OPEN = "status[in]=released,in_progress,on_hold"


async def points(api: Api, query: str) -> list[tuple[Any, ...]]:
    """The bucket, the groups and the values of each point."""
    answer = await api.get(f"{V1}/metrics?{query}")
    assert answer.status == 200, answer.body
    return [(each["bucket"], *each["group"], *each["values"]) for each in answer.data["points"]]


async def job(api: Api, due: str, *moves: str) -> None:
    sent = {
        "title": "Brackets",
        "due_on": due,
        "parts": [{"description": "Bracket", "quantity": "2", "unit_price": "5"}],
    }
    made = await api.post(f"{V1}/jobs", sent)
    assert made.status == 201, made.body
    for move in moves:
        moved = await api.post(f"{V1}/jobs/{made.data['id']}/{move}")
        assert moved.status == 200, moved.body


async def quote(api: Api, client_id: str, *moves: str) -> None:
    part = {"description": "Bracket", "quantity": "1", "unit_price": "10"}
    made = await api.post(f"{V1}/quotes", {"client_id": client_id, "parts": [part]})
    for move in moves:
        body = {"lost_reason": "Price"} if move == "lose" else None
        assert (await api.post(f"{V1}/quotes/{made.data['id']}/{move}", body)).status in {200, 201}


async def test_open_orders_by_week_and_late_jobs(api: Api):
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    last, following = str(monday - timedelta(days=2)), str(monday + timedelta(days=9))
    await job(api, last, "release")
    await job(api, following, "release", "start")
    await job(api, following, "release", "start", "hold")
    await job(api, last)
    await job(api, last, "release", "cancel")
    weeks = f"from={monday - timedelta(days=7)}&to={monday + timedelta(days=13)}"
    found = await points(api, f"resource=jobs&measure=count,sum:price&bucket=week:due_on&{weeks}&{OPEN}")
    starts = [str(monday + timedelta(days=7 * week)) for week in (-1, 0, 1)]
    assert [row[0][:10] for row in found] == starts
    assert [row[1:] for row in found] == [("1", "10.00"), ("0", None), ("2", "20.00")]
    assert await points(api, f"resource=jobs&measure=count&{OPEN}&due_on[lt]={today}") == [(None, "1")]


async def test_the_win_rate_is_told_by_what_became_of_quotes(api: Api):
    client_id = (await api.post(f"{V1}/clients", {"name": "Harbor"})).data["id"]
    for moves in (
        ("send", "approve"),
        ("send", "approve", "convert"),
        ("send", "lose"),
        ("send", "lose"),
        ("send",),
        (),
    ):
        await quote(api, client_id, *moves)
    found = await points(api, "resource=quotes&measure=count&group_by=status&sent_at[gte]=2026-01-01T00:00:00Z")
    assert sorted(row[1:] for row in found) == [("approved", "1"), ("converted", "1"), ("lost", "2"), ("sent", "1")]


async def test_what_stock_is_worth_needs_the_scope_of_costs(api: Api, key: Key):
    place = (await api.post(f"{V1}/locations", {"code": "MAIN", "kind": "warehouse"})).data["id"]
    for number, quantity, cost in (("A", "10", "2.50"), ("B", "4", "1.25")):
        part = (await api.post(f"{V1}/parts", {"part_number": number, "name": number})).data["id"]
        sent = {"part_id": part, "location_id": place, "quantity": quantity, "unit_cost": cost}
        moved = await api.post(f"{V1}/stock-movements/adjust", sent)
        assert moved.status in {200, 201}, moved.body
    assert await points(api, "resource=inventory&measure=sum:value") == [(None, "30")]
    refused = await api.get(f"{V1}/metrics?resource=inventory&measure=sum:value", key=await key("inventory.view"))
    assert (refused.status, refused.code) == (403, "insufficient_scope")
