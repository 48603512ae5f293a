"""Buying raced: eight callers over two API processes, and commands at random beside each other."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.killing import Patient, killing_in_full, looked
from tests.kit.process import ServerProcess
from tests.kit.sweep import FULL
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, lines_of, location, on_hand, order, part, requirement, states, supplier
from tests.resources.test_rfqs import asked, compared, respond

CALLERS = 8
ROUNDS, TURNS = (3, 250) if FULL else (1, 6)
"""How often each race is run, and eight commands at random are started: 2,000 commands in `make faults`."""
LINES = """select l.id, l.quantity, l.received_quantity, coalesce(l.over_receipt_tolerance, o.over_receipt_tolerance),
  coalesce((select sum(r.quantity) from receipt_lines r join receipts p on p.id = r.receipt_id
    where r.purchase_order_line_id = l.id and p.status = 'posted'), 0)
from purchase_order_lines l join purchase_orders o on o.id = l.purchase_order_id"""
STOCK = """select i.on_hand, coalesce(sum(m.quantity), 0), (array_agg(m.balance_after order by m.number desc))[1]
from inventory_items i left join stock_movements m on m.inventory_item_id = i.id group by i.id, i.on_hand"""
ORDERS = """select o.status, bool_or(l.received_quantity > 0),
  bool_or(not l.closed_short and l.received_quantity < l.quantity)
from purchase_orders o join purchase_order_lines l on l.purchase_order_id = o.id
where o.deleted_at is null group by o.id, o.status"""
NEEDS = """select r.status, r.quantity, r.received_quantity, coalesce(sum(l.received_quantity), 0), count(*) filter (
    where o.status in ('draft', 'sent', 'acknowledged', 'partially_received')
      and not l.closed_short and l.received_quantity < l.quantity),
  (select count(*) from rfq_lines a join rfqs q on q.id = a.rfq_id
    where a.requirement_id = r.id and q.deleted_at is null and q.status not in ('awarded', 'closed', 'cancelled'))
from requirements r left join (purchase_order_lines l join purchase_orders o
    on o.id = l.purchase_order_id and o.deleted_at is null and o.status <> 'cancelled') on l.requirement_id = r.id
group by r.id, r.status, r.quantity, r.received_quantity"""


async def check(company: Tenant) -> None:
    """Compare everything that is derived with what it follows from."""
    for _, quantity, received, tolerance, posted in await company.all(LINES):
        assert received == posted <= quantity * (1 + tolerance)
    for there, moved, balance in await company.all(STOCK):
        assert there == moved == balance
    for status, some, more in await company.all(ORDERS):
        if status not in {"draft", "cancelled", "closed"}:
            assert (status == "received", status == "partially_received") == (some and not more, some and more)
    for status, quantity, received, came, ordered, asked_for in await company.all(NEEDS):
        assert (received, ordered + asked_for <= 1) == (came, True)
        bought = "has_po" if ordered else "rfq_in_progress" if asked_for else "pending"
        assert status == ("received" if came >= quantity else bought)


async def race(*commands: Callable[[], Awaitable[Any]]) -> Counter[int]:
    """Start commands at once; returns how often each status was answered."""
    answers = await asyncio.gather(*(each() for each in commands))
    found = Counter(getattr(each, "status_code", None) or each.status for each in answers)
    assert set(found) <= {200, 201, 409}, list(answers)
    return found


async def test_of_commands_at_once_over_two_processes_one_is_done(
    api: Api, company: Tenant, key: Key, server: Callable[..., ServerProcess]
):
    headers = {"authorization": f"Bearer {await key()}"}
    links = [httpx.AsyncClient(base_url=server().url, headers=headers, timeout=30) for _ in range(2)]

    async def all_at_once(*requests: tuple[str, Any]) -> Counter[int]:
        """Send these requests in turn, by turns to each process, eight at once."""
        chosen = [(links[n // len(requests) % 2], *requests[n % len(requests)]) for n in range(CALLERS)]
        return await race(*(partial(link.post, path, json=body) for link, path, body in chosen))

    await location(company)
    steel, plate = await supplier(api), await part(company)
    for turn in range(1, ROUNDS + 1):
        need = await requirement(api)
        made = await order(api, steel, {"part_id": plate, "requirement_id": need["id"]})
        receive = f"{V1}/purchase-orders/{made['id']}/receive"
        assert await all_at_once((receive, {})) == {201: 1, 409: CALLERS - 1}
        assert (await on_hand(company), await states(api, made["id"], need["id"])) == (
            10 * turn,
            ["received", "received"],
        )
        [came] = (await api.get(f"{V1}/receipts?purchase_order_id={made['id']}")).data
        void = f"{V1}/receipts/{came['id']}/void"
        assert await all_at_once((void, None)) == {200: 1, 409: CALLERS - 1}
        assert (await on_hand(company), await states(api, made["id"], need["id"])) == (
            10 * turn - 10,
            ["sent", "has_po"],
        )
        assert await all_at_once((receive, {})) == {201: 1, 409: CALLERS - 1}

        free = {"requirement_ids": [(await requirement(api))["id"]]}
        ordered = f"{V1}/purchase-orders/from-requirements", free | {"supplier_id": steel}
        requested = f"{V1}/rfqs/from-requirements", free | {"supplier_ids": [steel]}
        assert await all_at_once(ordered, requested) == {201: 1, 409: CALLERS - 1}

        rfq = await asked(api, steel)
        await respond(api, rfq, 0, ("10", "1", 1), ("100", "0.9", 1))
        award = f"{V1}/rfqs/{rfq['id']}/award"
        chosen = [(award, {"response_ids": [row["id"]]}) for row in await compared(api, rfq)]
        assert await all_at_once(*chosen) == {200: 1, 409: CALLERS - 1}
        assert len((await api.get(f"{V1}/purchase-orders?rfq_id={rfq['id']}")).data) == 1
    await check(company)
    for each in links:
        await each.aclose()


async def test_a_void_beside_a_receipt_leaves_what_one_after_the_other_would(api: Api, company: Tenant):
    await location(company)
    steel, plate = await supplier(api), await part(company)
    for _ in range(ROUNDS):
        made = await order(api, steel, {"part_id": plate, "quantity": "10"})
        [line] = await lines_of(api, made["id"])
        path = f"{V1}/purchase-orders/{made['id']}/receive"
        first = (await api.post(path, {"lines": [{"line_id": line["id"], "quantity": "4"}]})).data
        before = await on_hand(company)
        found = await race(partial(api.post, f"{V1}/receipts/{first['id']}/void"), partial(api.post, path, {}))
        assert found == {200: 1, 201: 1}
        received = (await lines_of(api, made["id"]))[0]["receivedQuantity"]
        assert received in {"6", "10"}
        assert await on_hand(company) == before - 4 + int(received)
    await check(company)


async def test_commands_at_random_beside_each_other(patient: Patient, company: Tenant, database_url: str):
    api = patient
    dice = random.Random(7)
    await location(company)
    steel, plate = await supplier(api), await part(company)
    needs = [(await requirement(api, f"Need {n}", quantity="3"))["id"] for n in range(4)]
    lines = [
        {"part_id": plate, "quantity": "3", "requirement_id": each, "over_receipt_tolerance": "0.5"}
        for each in needs[:3]
    ]
    orders = [(await order(api, steel, each))["id"] for each in lines]
    orders.append((await order(api, steel, *({"part_id": plate, "quantity": "2"} for _ in range(3))))["id"])

    async def receive() -> Any:
        chosen = dice.choice(orders)
        line = dice.choice(await lines_of(api, chosen))
        body = {"lines": [{"line_id": line["id"], "quantity": dice.choice(["0.5", "1", "1.5", "2"])}]}
        return await api.post(f"{V1}/purchase-orders/{chosen}/receive", dice.choice([body, body, {}]))

    async def void() -> Any:
        posted = (await api.get(f"{V1}/receipts?status=posted")).data
        return await api.post(f"{V1}/receipts/{dice.choice(posted)['id']}/void") if posted else await receive()

    async def short() -> Any:
        return await api.post(f"{V1}/purchase-orders/{dice.choice(orders)}/{dice.choice(['close-short', 'close'])}")

    async def write() -> Any:
        body = {"supplier_id": steel, "requirement_ids": dice.sample(needs, 2)}
        made = await api.post(f"{V1}/purchase-orders/from-requirements", body)
        return (
            await api.delete(f"{V1}/purchase-orders/{made.data['id']}")
            if made.status == 201 and dice.random() < 0.5
            else made
        )

    done: Counter[int] = Counter()
    with killing_in_full(database_url) as killed:
        for _ in range(TURNS):
            chosen = [dice.choice([receive, receive, void, void, short, write]) for _ in range(CALLERS)]
            done += await race(*chosen)
            await looked(partial(check, company))
    assert any(killed) is FULL
    assert min(done[200], done[201], done[409]) >= TURNS // 2
    events = await company.value("select count(*) from outbox where type = 'receipt.created'")
    assert events == await company.value("select count(*) from receipts")
