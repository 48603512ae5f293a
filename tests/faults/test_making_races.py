"""Making raced: eight callers over two API processes, and moves of jobs at random beside each other."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.killing import Patient, killing_in_full, looked
from tests.kit.process import ServerProcess
from tests.kit.sweep import FULL
from tests.kit.tenant import Tenant
from tests.resources.making import V1, move, on_hand, part, quote, stock
from tests.resources.test_jobs import job_of, need_of

CALLERS, EACH = 8, 5
"""How many ask at once, and how much stock there is in each round for them."""
ROUNDS, TURNS = (3, 250) if FULL else (1, 6)
"""How often each race is run, and eight commands at random are started: 2,000 commands in `make faults`."""
ISSUED = """select r.id, r.issued_quantity, coalesce(-sum(m.quantity), 0) as moved
from requirements r left join stock_movements m
  on m.source_id = r.job_id and m.part_id = r.part_id and m.reason in ('issue', 'return')
where r.part_id is not null group by r.id, r.issued_quantity"""
ORDERS = """select w.status, j.status as job, exists (
    select from work_orders p where p.id::text = any(w.predecessor_ids) and p.status not in ('done', 'cancelled')
  ) or exists (
    select from requirements r
    where r.job_id = w.job_id and r.deleted_at is null and r.kind <> 'outside_operation'
      and r.status not in ('received', 'cancelled') and coalesce(r.work_order_id, w.id) = w.id
      and (r.job_part_id = w.job_part_id or r.job_part_id is null or w.job_part_id is null)
      and r.quantity > r.issued_quantity + coalesce((
        select sum(v.quantity - v.consumed_quantity) from reservations v
        where v.requirement_id = r.id and v.status = 'active' and v.deleted_at is null), 0)
  ) as waits
from work_orders w join jobs j on j.id = w.job_id where w.deleted_at is null"""
MADE = """select j.status, j.completed_quantity, coalesce(sum(m.quantity), 0) as made
from jobs j left join stock_movements m on m.source_id = j.id and m.reason = 'production'
group by j.id, j.status, j.completed_quantity"""
UNDER_WAY = {"released", "in_progress", "on_hold"}


async def check(company: Tenant) -> None:
    """Compare what is kept of jobs with what it follows from."""
    for row in await company.all(ISSUED):
        assert row["issued_quantity"] == row["moved"] >= 0
    for row in await company.all(ORDERS):
        ended = row["job"] in {"completed", "closed", "cancelled"}
        if row["status"] in {"waiting", "ready"}:
            assert not ended
            assert (row["status"] == "ready") == (row["job"] in UNDER_WAY and not row["waits"])
    for row in await company.all(MADE):
        assert row["completed_quantity"] == row["made"]
        assert (row["made"] > 0) == (row["status"] in {"completed", "closed"})
    assert await company.value("select count(*) from inventory_items where on_hand < 0") == 0


async def test_of_moves_at_once_over_two_processes_one_is_done(
    api: Api, company: Tenant, key: Key, server: Callable[..., ServerProcess]
):
    headers = {"authorization": f"Bearer {await key()}"}
    links = [httpx.AsyncClient(base_url=server().url, headers=headers, timeout=30) for _ in range(2)]

    async def all_at_once(*requests: tuple[str, Any]) -> Counter[int]:
        """Send these requests in turn, by turns to each process, eight at once."""
        chosen = [(links[n // len(requests) % 2], *requests[n % len(requests)]) for n in range(CALLERS)]
        answers = await asyncio.gather(*(link.post(path, json=body) for link, path, body in chosen))
        assert {each.status_code for each in answers} <= {200, 201, 409}, [each.text for each in answers]
        return Counter(each.status_code for each in answers)

    bolt = await part(api, "BOLT", kind="purchased")
    frame = await part(api, "FRAME", bom=[{"component_id": bolt, "quantity": "1"}], operations=[{"name": "Saw"}])
    left = ROUNDS * EACH
    place = await stock(company, bolt, str(left))
    for _ in range(ROUNDS):
        line = {"description": "Frame", "quantity": "6", "unit_price": "9", "part_id": frame}
        made = await quote(api, line, until="sent")
        path = f"{V1}/quotes/{made['id']}"
        decided = await all_at_once(
            (f"{path}/approve", None), (f"{path}/lose", {"lost_reason": "No"}), (f"{path}/cancel", None)
        )
        assert decided == {200: 1, 409: CALLERS - 1}
        made = await quote(api, line)
        assert await all_at_once((f"{V1}/quotes/{made['id']}/convert", None)) == {201: 1, 409: CALLERS - 1}
        [job] = (await api.get(f"{V1}/jobs?quote_id={made['id']}")).data
        path = f"{V1}/jobs/{job['id']}"
        for verb in ("release", "start"):
            assert await all_at_once((f"{path}/{verb}", None)) == {200: 1, 409: CALLERS - 1}
        need = await need_of(api, job["id"], "BOLT Bolt")
        issued = {"lines": [{"requirement_id": need, "location_id": place, "quantity": "1"}]}
        enough = min(left, CALLERS)
        assert await all_at_once((f"{path}/issue", issued)) == Counter({200: enough, 409: CALLERS - enough})
        left -= enough
        done = {"location_id": place}
        assert await all_at_once((f"{path}/complete", done), (f"{path}/cancel", None)) == {200: 1, 409: CALLERS - 1}
    assert await on_hand(company, bolt) == 0
    numbers = [each["number"] for each in (await api.get(f"{V1}/jobs")).data]
    assert sorted(numbers) == [f"J-{number}" for number in range(1, ROUNDS + 1)]
    await check(company)
    for each in links:
        await each.aclose()


async def test_commands_at_random_beside_each_other(patient: Patient, company: Tenant, database_url: str):
    api = patient
    dice = random.Random(7)
    bolt = await part(api, "BOLT", kind="purchased")
    steps = [{"name": name} for name in ("Saw", "Bend", "Drill")]
    frame = await part(api, "FRAME", bom=[{"component_id": bolt, "quantity": "2"}], operations=steps)
    place = await stock(company, bolt, "40")
    jobs: list[tuple[str, str]] = []

    async def begin() -> Any:
        job_id = await job_of(api, frame, "3")
        jobs.append((job_id, await need_of(api, job_id, "BOLT Bolt")))
        return await api.post(f"{V1}/jobs/{job_id}/release")

    async def one() -> Any:
        job_id, need = dice.choice(jobs[-4:])
        verbs = ["start", "hold", "resume", "refresh", "complete", "close", "cancel", "issue", "issue", "return"]
        verb = dice.choices(verbs, [8, 4, 4, 1, 1, 1, 0.3, 8, 8, 4])[0]
        line = {"requirement_id": need, "location_id": place, "quantity": dice.choice(["0.5", "1", "3"])}
        body = {"complete": {"location_id": place}, "issue": {"lines": [line]}, "return": {"lines": [line]}}
        return await api.post(f"{V1}/jobs/{job_id}/{verb}", body.get(verb))

    async def step() -> Any:
        job_id, _ = dice.choice(jobs[-4:])
        orders = (await api.get(f"{V1}/work-orders?job_id={job_id}")).data
        verb = dice.choices(["start", "pause", "resume", "finish", "cancel"], [6, 1, 3, 5, 0.2])[0]
        return await api.post(f"{V1}/work-orders/{dice.choice(orders)['id']}/{verb}")

    for _ in range(4):
        await begin()
    with killing_in_full(database_url) as killed:
        for turn in range(TURNS):
            chosen = [dice.choice([one, one, step]) for _ in range(CALLERS - 1)]
            answers = await asyncio.gather(*(each() for each in chosen), begin() if turn % 8 == 5 else one())
            assert {each.status for each in answers} <= {200, 409}, [each.body for each in answers]
            await looked(partial(check, company))
    assert any(killed) is FULL


async def test_what_eight_change_of_a_draft_beside_its_refresh_and_release_is_whole(api: Api, company: Tenant):
    frame = await part(api, "FRAME", operations=[{"name": "Saw"}, {"name": "Drill"}])
    for _ in range(ROUNDS):
        job_id = await job_of(api, frame, "1")
        [line] = (await api.get(f"{V1}/jobs/{job_id}?include=parts")).data["parts"]
        change = [partial(api.patch, f"{V1}/job-parts/{line['id']}", {"quantity": str(n)}) for n in range(2, 5)]
        others = [partial(api.post, f"{V1}/jobs/{job_id}/{verb}") for verb in ("refresh", "release") * 2]
        answers = await asyncio.gather(*(each() for each in (*change, *others)))
        assert {each.status for each in answers} <= {200, 409}, [each.body for each in answers]
        job = (await api.get(f"{V1}/jobs/{job_id}")).data
        if job["status"] == "draft":
            await move(api, f"jobs/{job_id}", "refresh", "release")
        quantities = {each["quantity"] for each in (await api.get(f"{V1}/work-orders?job_id={job_id}")).data}
        assert quantities == {(await api.get(f"{V1}/jobs/{job_id}")).data["quantity"]}
    await check(company)
