"""Work orders through both doors: in sequence, after their predecessors, and by moves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.values.ids import new_id
from models import Job, WorkOrder
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant
from tests.resources.making import V1, move, part, stock, told

ORDERS = f"{V1}/work-orders"


async def job(api: Api, *verbs: str) -> str:
    made = await api.post(f"{V1}/jobs", {"title": "By hand"})
    await move(api, f"jobs/{made.data['id']}", *verbs)
    return str(made.data["id"])


async def order(api: Api, job_id: str, *after: str, **given: Any) -> str:
    body = {"job_id": job_id, "name": "Saw", "quantity": "5", "predecessor_ids": list(after)} | given
    made = await api.post(ORDERS, body)
    assert made.status == 201, made.body
    return str(made.data["id"])


async def states(company: Tenant, *ids: str) -> list[str]:
    rows = await company.all("select id, status from work_orders where id = any($1)", list(ids))
    found = {str(row["id"]): row["status"] for row in rows}
    return [found[each] for each in ids]


async def test_a_work_order_is_ready_when_all_before_it_is_done(api: Api, company: Tenant):
    job_id = await job(api)
    first, second = await order(api, job_id), await order(api, job_id)
    third = await order(api, job_id, first, second)
    fourth = await order(api, job_id, third)
    every = (first, second, third, fourth)
    assert await states(company, *every) == ["waiting"] * 4
    await move(api, f"jobs/{job_id}", "release")
    assert await states(company, *every) == ["ready", "ready", "waiting", "waiting"]
    assert (await api.post(f"{ORDERS}/{first}/start")).code == "conflict"
    await move(api, f"jobs/{job_id}", "start")
    await move(api, f"work-orders/{first}", "start")
    text = """mutation($id: ID!) { finishWorkOrder(id: $id, input: {goodQuantity: 4, scrapQuantity: "1.5"}) {
      status goodQuantity scrapQuantity startedAt doneAt version } }"""
    done = (await api.graphql(text, {"id": first})).data["finishWorkOrder"]
    assert (done.pop("startedAt") is None, done.pop("doneAt") is None) == (False, False)
    assert done == {"status": "DONE", "goodQuantity": "4", "scrapQuantity": "1.5", "version": 4}
    assert await states(company, *every) == ["done", "ready", "waiting", "waiting"]
    assert (await api.post(f"{ORDERS}/{third}/start")).code == "conflict"
    await move(api, f"work-orders/{second}", "start", "pause", "resume", "pause", "finish")
    assert await states(company, *every) == ["done", "done", "ready", "waiting"]
    assert (await api.get(f"{ORDERS}/{second}")).data["good_quantity"] == "5"
    text = "mutation($id: ID!) { cancelWorkOrder(id: $id) { status } }"
    assert (await api.graphql(text, {"id": third})).data["cancelWorkOrder"] == {"status": "CANCELLED"}
    assert await states(company, fourth) == ["ready"]
    late = await order(api, job_id, fourth)
    free = await order(api, job_id)
    assert await states(company, late, free) == ["waiting", "ready"]
    assert (await api.patch(f"{ORDERS}/{late}", {"predecessor_ids": [first]})).data["status"] == "ready"
    assert (await api.patch(f"{ORDERS}/{free}", {"predecessor_ids": [late, fourth]})).data["status"] == "waiting"
    assert (await api.delete(f"{ORDERS}/{late}")).status == 200
    await move(api, f"work-orders/{fourth}", "start", "finish")
    assert await states(company, free) == ["ready"]
    events = await told(company, "work_order")
    assert events.count("work_order.completed") == 3
    assert {"work_order.started", "work_order.paused", "work_order.resumed", "work_order.cancelled"} <= set(events)


MOVES = {
    "/start startWorkOrder": ("ready",),
    "/pause pauseWorkOrder": ("running",),
    "/resume resumeWorkOrder": ("paused",),
    "/finish finishWorkOrder": ("running", "paused"),
    "/cancel cancelWorkOrder": ("waiting", "ready"),
}


@pytest.mark.parametrize("step", MOVES)
async def test_a_move_is_allowed_from_its_states_alone_at_both_doors(api: Api, company: Tenant, step: str):
    route, root = step.split()
    made = await company.make(Job, status="in_progress", currency="USD")
    for status in ("waiting", "ready", "running", "paused", "done", "cancelled"):
        given = {"job_id": made.id, "name": "Saw", "quantity": 1, "status": status}
        ids = [str((await company.make(WorkOrder, **given)).id) for _ in range(2)]
        rest = await api.post(f"{ORDERS}/{ids[0]}{route}")
        graph = await api.graphql(f"mutation($id: ID!) {{ {root}(id: $id) {{ version }} }}", {"id": ids[1]})
        if status in MOVES[step]:
            assert (rest.status, list(graph.data)) == (200, [root]), rest.body
        else:
            assert (rest.status, rest.code, graph.code) == (409, "conflict", "conflict"), status


async def test_no_work_order_comes_before_itself(api: Api):
    job_id, other = await job(api), await job(api)
    first = await order(api, job_id)
    second = await order(api, job_id, first)
    third = await order(api, job_id, second)
    elsewhere = await order(api, other)
    for wrong in (first, second, third, elsewhere, str(new_id(WorkOrder)), "x"):
        answer = await api.patch(f"{ORDERS}/{first}", {"predecessor_ids": [wrong]})
        assert (answer.status, answer.json["error"]["field"][:15]) == (422, "predecessor_ids"), wrong
        update = "mutation($id: ID!, $to: [String!]!) { updateWorkOrder(id: $id, input: {predecessorIds: $to}) { id } }"
        assert (await api.graphql(update, {"id": first, "to": [wrong]})).code == "validation_error"
    body = {"job_id": job_id, "name": "x", "quantity": 1, "predecessor_ids": [elsewhere]}
    assert (await api.post(ORDERS, body)).status == 422
    for _ in range(4):
        one, two = await order(api, job_id), await order(api, job_id)
        answers = await asyncio.gather(
            api.patch(f"{ORDERS}/{one}", {"predecessor_ids": [two]}),
            api.patch(f"{ORDERS}/{two}", {"predecessor_ids": [one]}),
        )
        assert sorted(each.status for each in answers) == [200, 422]


async def test_work_orders_change_until_they_begin_and_their_job_ends(api: Api):
    job_id = await job(api, "release", "start")
    path = f"{ORDERS}/{await order(api, job_id)}"
    assert (await api.patch(path, {"setup_hours": "1.25"})).data["setup_hours"] == "1.25"
    await api.post(f"{path}/start")
    for refused in (await api.patch(path, {"setup_hours": "2"}), await api.delete(path)):
        assert refused.code == "conflict"
    await move(api, f"jobs/{job_id}", "complete")
    assert (await api.get(path)).data["status"] == "done"
    assert (await api.patch(path, {"tags": ["ok"]})).data["tags"] == ["ok"]
    await move(api, f"jobs/{job_id}", "close")
    refused = await api.patch(path, {"tags": ["late"]})
    assert (refused.status, refused.code) == (409, "conflict")
    for body in ({"job_id": job_id}, {"job_id": str(new_id(Job))}):
        refused = await api.post(ORDERS, {"name": "Late", "quantity": 1} | body)
        assert refused.status == (409 if body["job_id"] == job_id else 422)


async def test_of_eight_that_start_it_one_does_and_of_eight_that_finish_others_each_step_is_ready_once(
    api: Api, company: Tenant
):
    job_id = await job(api, "release", "start")
    before = [await order(api, job_id) for _ in range(4)]
    last = await order(api, job_id, *before)
    answers = await asyncio.gather(*(api.post(f"{ORDERS}/{before[0]}/start") for _ in range(8)))
    assert sorted(each.status for each in answers) == [200] + [409] * 7
    for each in before[1:]:
        await move(api, f"work-orders/{each}", "start")
    finished = await asyncio.gather(*(api.post(f"{ORDERS}/{each}/finish") for each in before * 2))
    assert sorted(each.status for each in finished) == [200] * 4 + [409] * 4
    assert await states(company, last) == ["ready"]


@pytest.mark.parametrize("verbs", [("release", "start", "complete"), ("cancel",)])
async def test_a_deleted_work_order_does_not_come_back_into_a_job_that_ended(api: Api, verbs: tuple[str, ...]):
    job_id = await job(api)
    one = await order(api, job_id)
    assert (await api.delete(f"{ORDERS}/{one}")).status == 200
    await move(api, f"jobs/{job_id}", *verbs)
    refused = await api.post(f"{ORDERS}/{one}/restore")
    assert (refused.status, refused.code, refused.json["error"]["field"]) == (409, "conflict", "job_id")
    text = "mutation($id: ID!) { restoreWorkOrder(id: $id) { id } }"
    assert (await api.graphql(text, {"id": one})).code == "conflict"


async def test_a_deleted_work_order_does_not_come_back_before_itself(api: Api):
    job_id = await job(api)
    first = await order(api, job_id)
    second = await order(api, job_id, first)
    third = await order(api, job_id)
    assert (await api.patch(f"{ORDERS}/{first}", {"predecessor_ids": [third]})).status == 200
    assert (await api.delete(f"{ORDERS}/{first}")).status == 200
    assert (await api.patch(f"{ORDERS}/{third}", {"predecessor_ids": [second]})).status == 200
    refused = await api.post(f"{ORDERS}/{first}/restore")
    assert (refused.status, refused.json["error"]["field"]) == (409, "predecessor_ids")
    assert (await api.patch(f"{ORDERS}/{third}", {"predecessor_ids": []})).status == 200
    assert (await move(api, f"work-orders/{first}", "restore"))["predecessor_ids"] == [third]


async def center(api: Api, code: str, **given: Any) -> str:
    made = await api.post(f"{V1}/work-centers", {"code": code, "name": code} | given)
    assert made.status == 201, made.body
    return str(made.data["id"])


async def test_as_many_work_orders_run_at_a_work_center_as_it_has_machines(api: Api):
    mill, saws = await center(api, "MILL"), await center(api, "SAW", machines=2)
    jobs = [await job(api, "release", "start") for _ in range(2)]
    one, two = [await order(api, each, work_center_id=mill) for each in jobs]
    first = await move(api, f"work-orders/{one}", "start")
    text = "mutation($id: ID!) { startWorkOrder(id: $id) { status } }"
    assert (await api.graphql(text, {"id": two})).code == "conflict"
    refused = await api.post(f"{ORDERS}/{two}/start")
    assert (refused.status, refused.json["error"]["field"]) == (409, "work_center_id")
    assert refused.json["error"]["message"] == f"Work center MILL is taken: {first['number']} runs there"
    await move(api, f"work-orders/{one}", "pause")
    await move(api, f"work-orders/{two}", "start")
    assert (await api.post(f"{ORDERS}/{one}/resume")).code == "conflict"
    await move(api, f"work-orders/{two}", "finish")
    await move(api, f"work-orders/{one}", "resume")
    assert (await api.patch(f"{V1}/work-centers/{mill}", {"machines": 0})).code == "validation_error"
    for count, at in ((1, await center(api, "LATHE")), (2, saws)):
        ids = [await order(api, jobs[n % 2], work_center_id=at) for n in range(8)]
        answers = await asyncio.gather(*(api.post(f"{ORDERS}/{each}/start") for each in ids))
        assert sorted(each.status for each in answers) == [200] * count + [409] * (8 - count)
    ids = [await order(api, jobs[n % 2]) for n in range(2)]
    for each in ids:
        await move(api, f"work-orders/{each}", "start")


async def test_a_work_order_is_ready_once_its_material_is_there(api: Api, company: Tenant):
    plate = await part(api, "PLATE", kind="material")
    bom, steps = [{"component_id": plate, "quantity": 1}], [{"name": "Saw"}, {"name": "Bend"}]
    frame = await part(api, "FRAME", bom=bom, operations=steps)
    line = {"part_id": frame, "description": "Frame", "quantity": "5"}
    job_id = (await api.post(f"{V1}/jobs", {"parts": [line]})).data["id"]
    await move(api, f"jobs/{job_id}", "refresh", "release", "start")
    saw, bend = [each["id"] for each in (await api.get(f"{ORDERS}?job_id={job_id}&sort=sequence")).data]
    [need] = (await api.get(f"{V1}/requirements?job_id={job_id}")).data
    assert await states(company, saw, bend) == ["waiting", "waiting"]
    assert (await api.post(f"{ORDERS}/{saw}/start")).code == "conflict"
    place = await stock(company, plate, "100")
    [item] = (await api.get(f"{V1}/inventory?part_id={plate}")).data
    body = {"inventory_item_id": item["id"], "requirement_id": need["id"], "quantity": "5"}
    kept = (await api.post(f"{V1}/reservations", body)).data["id"]
    assert await states(company, saw, bend) == ["ready", "waiting"]
    await move(api, f"reservations/{kept}", "release")
    assert await states(company, saw, bend) == ["waiting", "waiting"]
    issued = {"lines": [{"requirement_id": need["id"], "location_id": place, "quantity": "5"}]}
    assert (await api.post(f"{V1}/jobs/{job_id}/issue", issued)).status == 200
    assert await states(company, saw, bend) == ["ready", "waiting"]
    assert (await api.post(f"{V1}/jobs/{job_id}/return", issued)).status == 200
    assert await states(company, saw, bend) == ["waiting", "waiting"]
    of_bend = await api.patch(f"{V1}/requirements/{need['id']}", {"work_order_id": bend})
    assert of_bend.status == 200, of_bend.body
    await move(api, f"work-orders/{saw}", "start", "finish")
    assert await states(company, saw, bend) == ["done", "waiting"]
    assert (await api.post(f"{V1}/jobs/{job_id}/issue", issued)).status == 200
    assert await states(company, saw, bend) == ["done", "ready"]
    events = await told(company, "work_order")
    assert events.count("work_order.updated") == 6


async def test_what_is_done_outside_is_finished_once_it_is_received(api: Api):
    plated = await part(api, "PLATED", operations=[{"name": "Anodise", "kind": "outside"}])
    line = {"part_id": plated, "description": "Plated", "quantity": "8"}
    job_id = (await api.post(f"{V1}/jobs", {"parts": [line]})).data["id"]
    await move(api, f"jobs/{job_id}", "refresh", "release", "start")
    [step] = (await api.get(f"{ORDERS}?job_id={job_id}")).data
    [need] = (await api.get(f"{V1}/requirements?job_id={job_id}")).data
    assert (step["status"], need["kind"]) == ("ready", "outside_operation")
    await move(api, f"work-orders/{step['id']}", "start")
    refused = await api.post(f"{ORDERS}/{step['id']}/finish")
    assert (refused.status, "receive it first" in refused.json["error"]["message"]) == (409, True)
    supplier = (await api.post(f"{V1}/suppliers", {"name": "Anodisers"})).data["id"]
    asked = {"supplier_id": supplier, "requirement_ids": [need["id"]]}
    bought = await api.post(f"{V1}/purchase-orders/from-requirements", asked)
    assert bought.status == 201, bought.body
    order_id = (await api.get(f"{V1}/purchase-orders")).data[0]["id"]
    [of_it] = (await api.get(f"{V1}/purchase-orders/{order_id}?include=lines")).data["lines"]
    await api.patch(f"{V1}/purchase-order-lines/{of_it['id']}", {"unit_price": "3"})
    await move(api, f"purchase-orders/{order_id}", "send")
    assert (await api.post(f"{V1}/purchase-orders/{order_id}/receive")).status == 201
    assert (await move(api, f"work-orders/{step['id']}", "finish"))["status"] == "done"


async def test_no_more_are_good_than_are_to_be_made(api: Api):
    job_id = await job(api, "release", "start")
    one = await order(api, job_id, quantity="8")
    await move(api, f"work-orders/{one}", "start")
    refused = await api.post(f"{ORDERS}/{one}/finish", {"good_quantity": "8.000001"})
    assert (refused.status, refused.code, refused.json["error"]["field"]) == (409, "conflict", "good_quantity")
    text = "mutation($id: ID!) { finishWorkOrder(id: $id, input: {goodQuantity: 9}) { id } }"
    assert (await api.graphql(text, {"id": one})).code == "conflict"
    done = await api.post(f"{ORDERS}/{one}/finish", {"good_quantity": "8", "scrap_quantity": "3"})
    assert (done.status, done.data["good_quantity"], done.data["scrap_quantity"]) == (200, "8", "3")
