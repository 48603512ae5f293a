"""Jobs through both doors: exploded from released parts, refreshed, released, made into stock, closed and cancelled."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from core.values.ids import new_id
from models import Job, JobPart
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant
from tests.resources.making import V1, frame, move, on_hand, part, quote, stock, told

TREE = """query($id: ID!) { job(id: $id) { number status materialStatus quantity
  workOrders { nodes { sequence name kind quantity rate status predecessorIds id } }
  requirements { nodes { kind description quantity unit status requiredOn part { partNumber } } }
  subJobs { nodes { number status title quantity materialStatus parts { nodes { quantity part { partNumber } } }
    workOrders { nodes { name quantity rate status } } requirements { nodes { kind quantity part { partNumber } } } } }
  } }"""


async def job_of(api: Api, part_id: str, quantity: str = "10", **given: Any) -> str:
    """A draft job made by hand of one part, and exploded; returns its id."""
    body = {"parts": [{"part_id": part_id, "description": "Frame", "quantity": quantity}]} | given
    made = await api.post(f"{V1}/jobs", body)
    assert made.status == 201, made.body
    assert (await api.post(f"{V1}/jobs/{made.data['id']}/refresh")).status == 200
    return str(made.data["id"])


async def tree(api: Api, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await api.graphql(TREE, {"id": job_id})).data["job"]
    return found


def needs(job: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((each["kind"], each["description"], each["quantity"]) for each in job["requirements"]["nodes"])


async def test_converting_explodes_released_parts_at_all_levels(api: Api, company: Tenant):
    ids = await frame(api)
    line = {
        "description": "Frame",
        "quantity": "10",
        "unit_price": "99",
        "part_id": ids["FRAME"],
        "due_on": "2026-09-01",
    }
    made = await quote(api, line)
    job = (await api.post(f"{V1}/quotes/{made['id']}/convert")).data
    found = await tree(api, job["id"])
    first, second = found["workOrders"]["nodes"]
    assert (first["sequence"], first["name"], first["kind"], first["quantity"]) == (10, "Saw", "INTERNAL", "10")
    assert (second["sequence"], second["name"], second["kind"]) == (20, "Plate it", "OUTSIDE")
    assert (first["predecessorIds"], second["predecessorIds"]) == ([], [first["id"]])
    assert {first["status"], second["status"]} == {"WAITING"}
    assert needs(found) == [
        ("MATERIAL", "PLATE Plate", "25.0"),
        ("OUTSIDE_OPERATION", "Plate it", "10"),
        ("PURCHASED_ITEM", "BOLT Bolt", "44.0"),
    ]
    assert {each["requiredOn"] for each in found["requirements"]["nodes"]} == {"2026-09-01"}
    assert {each["status"] for each in found["requirements"]["nodes"]} == {"PENDING"}
    [below] = found["subJobs"]["nodes"]
    assert below == {
        "number": "J-2", "status": "DRAFT", "title": "BRACKET Bracket", "quantity": "20", "materialStatus": "MISSING",
        "parts": {"nodes": [{"quantity": "20", "part": {"partNumber": "BRACKET"}}]},
        "workOrders": {"nodes": [{"name": "Bend", "quantity": "20", "rate": "60", "status": "WAITING"}]},
        "requirements": {"nodes": [{"kind": "MATERIAL", "quantity": "10.0", "part": {"partNumber": "PLATE"}}]},
    }  # fmt: skip
    assert (found["number"], found["materialStatus"]) == ("J-1", "MISSING")
    assert await told(company, "job") == ["job.created", "job.created"]
    assert await told(company, "requirement") == ["requirement.created"] * 4
    listed = await api.get(f"{V1}/jobs?material_status=missing")
    assert len(listed.data) == 2
    assert (await api.get(f"{V1}/jobs?material_status=ready")).data == []


async def test_refreshing_again_writes_nothing_and_changes_only_what_differs(api: Api, company: Tenant):
    ids = await frame(api)
    job_id = await job_of(api, ids["FRAME"])
    before = await tree(api, job_id)
    counted = await company.value("select count(*) from outbox")
    assert (await api.post(f"{V1}/jobs/{job_id}/refresh")).data["version"] == 2
    assert await company.value("select count(*) from outbox") == counted
    own = {"job_id": job_id, "name": "Deburr", "quantity": "10", "sequence": 15}
    assert (await api.post(f"{V1}/work-orders", own)).status == 201
    [line] = (await api.get(f"{V1}/jobs/{job_id}?include=parts")).data["parts"]
    changed = await api.patch(f"{V1}/job-parts/{line['id']}", {"quantity": "4"})
    assert changed.data["quantity"] == "4"
    refused = await api.post(f"{V1}/jobs/{job_id}/release")
    assert (refused.status, "refresh" in refused.json["error"]["message"]) == (409, True)
    refresh = "mutation($id: ID!) { refreshJob(id: $id) { quantity } }"
    assert (await api.graphql(refresh, {"id": job_id})).data["refreshJob"]["quantity"] == "4"
    after = await tree(api, job_id)
    assert [each["quantity"] for each in after["workOrders"]["nodes"]] == ["4", "10", "4"]
    assert [each["id"] for each in after["workOrders"]["nodes"]][::2] == [
        each["id"] for each in before["workOrders"]["nodes"]
    ]
    assert needs(after)[2] == ("PURCHASED_ITEM", "BOLT Bolt", "17.6")
    assert [each["quantity"] for each in after["subJobs"]["nodes"]] == ["8"]
    assert (await api.delete(f"{V1}/job-parts/{line['id']}")).status == 200
    bare = await tree(api, job_id)
    assert ([each["name"] for each in bare["workOrders"]["nodes"]], needs(bare)) == (["Deburr"], [])
    assert (bare["subJobs"]["nodes"], bare["quantity"]) == ([], "0")


async def test_a_part_that_is_not_released_waits_for_refresh(api: Api):
    draft = await part(api, "DRAFT", release=False, operations=[{"name": "Saw"}])
    above = await part(api, "ABOVE", bom=[{"component_id": draft, "quantity": 1}], operations=[{"name": "Join"}])
    made = await quote(api, {"description": "A", "quantity": "1", "unit_price": "1", "part_id": above})
    job = (await api.post(f"{V1}/quotes/{made['id']}/convert")).data
    found = await tree(api, job["id"])
    assert (found["workOrders"]["nodes"], found["subJobs"]["nodes"], found["materialStatus"]) == ([], [], "NONE")
    for verb in ("refresh", "release"):
        assert (await api.post(f"{V1}/jobs/{job['id']}/{verb}")).code == "conflict"
    assert (await api.post(f"{V1}/parts/{draft}/release")).status == 200
    await move(api, f"jobs/{job['id']}", "refresh", "release")
    found = await tree(api, job["id"])
    assert ([each["name"] for each in found["workOrders"]["nodes"]], found["status"]) == (["Join"], "RELEASED")
    assert [each["status"] for each in found["subJobs"]["nodes"]] == ["RELEASED"]
    assert (await api.post(f"{V1}/jobs/{job['id']}/refresh")).code == "conflict"


async def test_a_job_is_released_started_held_completed_and_closed(api: Api, company: Tenant):
    frame_id = await part(api, "FRAME", unit_cost="7.25", operations=[{"name": "Saw"}, {"name": "Drill"}])
    job_id = await job_of(api, frame_id)
    place = await stock(company, await part(api, "OTHER"), "0")
    path = f"{V1}/jobs/{job_id}"
    released = (
        await api.graphql("mutation($id: ID!) { releaseJob(id: $id) { status releasedAt } }", {"id": job_id})
    ).data
    assert (released["releaseJob"]["status"], released["releaseJob"]["releasedAt"] is None) == ("RELEASED", False)
    assert [each["status"] for each in (await tree(api, job_id))["workOrders"]["nodes"]] == ["READY", "WAITING"]
    started = (await api.graphql("mutation($id: ID!) { startJob(id: $id) { status startedAt } }", {"id": job_id})).data
    assert started["startJob"]["startedAt"] is not None
    hold = 'mutation($id: ID!) { holdJob(id: $id, input: {holdReason: "No steel"}) { status holdReason } }'
    held = (await api.graphql(hold, {"id": job_id})).data["holdJob"]
    assert held == {"status": "ON_HOLD", "holdReason": "No steel"}
    assert (await api.post(f"{path}/complete", {"location_id": place})).code == "conflict"
    resume = "mutation($id: ID!) { resumeJob(id: $id) { status holdReason } }"
    assert (await api.graphql(resume, {"id": job_id})).data["resumeJob"] == {
        "status": "IN_PROGRESS",
        "holdReason": None,
    }
    [line] = (await api.get(f"{path}?include=parts")).data["parts"]
    for wrong in ({}, {"location_id": place, "parts": [{"job_part_id": job_id}]},
                  {"location_id": place, "parts": [{"job_part_id": line["id"]}] * 2}):  # fmt: skip
        assert (await api.post(f"{path}/complete", wrong)).status == 422
    more = {"location_id": place, "parts": [{"job_part_id": line["id"], "quantity": "10.000001"}]}
    assert (await api.post(f"{path}/complete", more)).code == "conflict"
    complete = """mutation($id: ID!, $input: CompleteJobInput) { completeJob(id: $id, input: $input) {
      status quantity completedQuantity scrappedQuantity completedAt } }"""
    told_of = {"locationId": place, "parts": [{"jobPartId": line["id"], "quantity": "9", "scrappedQuantity": "2.5"}]}
    done = (await api.graphql(complete, {"id": job_id, "input": told_of})).data["completeJob"]
    assert done.pop("completedAt") is not None
    assert done == {"status": "COMPLETED", "quantity": "10", "completedQuantity": "9", "scrappedQuantity": "2.5"}
    [moved] = await company.all("select reason, quantity, balance_after, unit_cost, source_id from stock_movements")
    assert tuple(moved) == ("production", 9, 9, Decimal("7.25"), type(moved["source_id"])(job_id))
    assert await on_hand(company, frame_id) == 9
    assert {each["status"] for each in (await tree(api, job_id))["workOrders"]["nodes"]} == {"DONE"}
    assert (await api.patch(path, {"promised_on": "2026-12-24"})).data["promised_on"] == "2026-12-24"
    closed = (await api.graphql("mutation($id: ID!) { closeJob(id: $id) { status closedAt } }", {"id": job_id})).data
    assert closed["closeJob"]["closedAt"] is not None
    changes: list[dict[str, Any]] = [{"title": "x"}, {"tags": ["x"]}, {"parts": []}]
    for body in changes:
        assert (await api.patch(path, body)).code == "conflict"
    events = ["created", "updated", "released", "started", "on_hold", "resumed", "completed", "updated", "closed"]
    assert await told(company, "job") == [f"job.{each}" for each in events]


MOVES = {
    "/release releaseJob": ("draft",),
    "/start startJob": ("released",),
    "/hold holdJob": ("in_progress",),
    "/resume resumeJob": ("on_hold",),
    "/complete completeJob": ("in_progress",),
    "/close closeJob": ("completed",),
    "/cancel cancelJob": ("draft", "released", "in_progress", "on_hold"),
    "/refresh refreshJob": ("draft",),
}


@pytest.mark.parametrize("step", MOVES)
async def test_a_move_is_allowed_from_its_states_alone_at_both_doors(api: Api, company: Tenant, step: str):
    route, root = step.split()
    for status in ("draft", "released", "in_progress", "on_hold", "completed", "closed", "cancelled"):
        ids = [str((await company.make(Job, status=status, currency="USD")).id) for _ in range(2)]
        rest = await api.post(f"{V1}/jobs/{ids[0]}{route}")
        graph = await api.graphql(f"mutation($id: ID!) {{ {root}(id: $id) {{ version }} }}", {"id": ids[1]})
        if status in MOVES[step]:
            assert (rest.status, list(graph.data)) == (200, [root]), rest.body
        else:
            assert (rest.status, rest.code, graph.code) == (409, "conflict", "conflict"), status
            kept = await company.all("select status, version from jobs where id = any($1)", ids)
            assert [tuple(each) for each in kept] == [(status, 1)] * 2


async def test_what_a_job_makes_changes_only_while_it_is_draft(api: Api):
    ids = await frame(api)
    job_id = await job_of(api, ids["FRAME"])
    path = f"{V1}/jobs/{job_id}"
    [line] = (await api.get(f"{path}?include=parts")).data["parts"]
    await move(api, f"jobs/{job_id}", "release")
    other = {"description": "Pin", "quantity": "1"}
    refused = [
        await api.patch(path, {"parts": []}),
        await api.patch(path, {"currency": "EUR"}),
        await api.post(f"{path}/parts", other),
        await api.patch(f"{V1}/job-parts/{line['id']}", {"quantity": "1"}),
        await api.delete(f"{V1}/job-parts/{line['id']}"),
        await api.post(f"{V1}/jobs/bulk", {"inputs": [{"id": job_id, "parts": [other]}]}),
        await api.graphql("mutation($id: ID!) { deleteJob(id: $id) { id } }", {"id": job_id}),
        await api.graphql("mutation($id: ID!) { deleteJobPart(id: $id) { id } }", {"id": line["id"]}),
    ]
    assert [each.code for each in refused] == ["conflict"] * len(refused)
    assert (await api.patch(path, {"priority": 5, "tags": ["hot"]})).data["priority"] == 5


async def test_a_draft_is_deleted_with_all_that_was_made_of_it_and_one_of_a_quote_stays(api: Api):
    ids = await frame(api)
    job_id = await job_of(api, ids["FRAME"])
    assert (await api.delete(f"{V1}/jobs/{job_id}")).status == 200
    for name in ("jobs", "work-orders"):
        assert (await api.get(f"{V1}/{name}")).data == []
    assert (await api.post(f"{V1}/jobs/{job_id}/restore")).status == 200
    await move(api, f"jobs/{job_id}", "refresh", "release")
    assert len((await tree(api, job_id))["workOrders"]["nodes"]) == 2
    made = await quote(api)
    job = (await api.post(f"{V1}/quotes/{made['id']}/convert")).data
    assert (await api.delete(f"{V1}/jobs/{job['id']}")).code == "conflict"
    assert (await api.patch(f"{V1}/jobs/{job['id']}", {"currency": "EUR"})).code == "conflict"


async def test_cancelling_takes_what_belongs_to_a_job_with_it(api: Api, company: Tenant):
    ids = await frame(api)
    job_id = await job_of(api, ids["FRAME"])
    await company.all("update requirements set status = 'has_po' where description = 'BOLT Bolt'")
    cancelled = await move(api, f"jobs/{job_id}", "release", "cancel")
    assert (cancelled["status"], cancelled["material_status"]) == ("cancelled", "ordered")
    found = await tree(api, job_id)
    assert {each["status"] for each in found["workOrders"]["nodes"]} == {"CANCELLED"}
    assert sorted(each["status"] for each in found["requirements"]["nodes"]) == ["CANCELLED", "CANCELLED", "HAS_PO"]
    assert [(each["status"], each["materialStatus"]) for each in found["subJobs"]["nodes"]] == [("CANCELLED", "NONE")]
    assert (await api.patch(f"{V1}/jobs/{job_id}", {"notes": "x"})).code == "conflict"


async def issue(api: Api, job_id: str, place: str, quantity: str, verb: str = "issue", **need: str) -> Any:
    line = {"location_id": place, "quantity": quantity} | need
    return await api.post(f"{V1}/jobs/{job_id}/{verb}", {"lines": [line]})


async def need_of(api: Api, job_id: str, description: str) -> str:
    answer = await api.graphql("query($id: ID!) { job(id: $id) { requirements { nodes { id description } } } }",
                               {"id": job_id})  # fmt: skip
    found = answer.data["job"]["requirements"]["nodes"]
    return str(next(each["id"] for each in found if each["description"] == description))


async def test_material_is_issued_and_taken_back_at_what_it_cost(api: Api, company: Tenant):
    ids = await frame(api)
    job_id = await job_of(api, ids["FRAME"])
    bolts, plates = await stock(company, ids["BOLT"], "100", "0.333333"), await stock(company, ids["PLATE"], "50", "3")
    bolt, plate = await need_of(api, job_id, "BOLT Bolt"), await need_of(api, job_id, "PLATE Plate")
    assert (await issue(api, job_id, bolts, "1", requirement_id=bolt)).code == "conflict"
    await move(api, f"jobs/{job_id}", "release")
    first = await issue(api, job_id, bolts, "44", requirement_id=bolt)
    assert (first.data["material_cost"], first.data["material_status"]) == ("14.666652", "missing")
    second = await issue(api, job_id, plates, "24.5", requirement_id=plate)
    assert second.data["material_cost"] == "88.166652"
    assert await on_hand(company, ids["BOLT"]) == 56
    back = await issue(api, job_id, bolts, "40", "return", requirement_id=bolt)
    assert back.data["material_cost"] == "74.833332"
    assert (await issue(api, job_id, bolts, "4.000001", "return", requirement_id=bolt)).code == "conflict"
    assert (await issue(api, job_id, bolts, "4", "return", requirement_id=bolt)).data["material_cost"] == "73.5"
    assert await on_hand(company, ids["BOLT"]) == 100
    kinds = await company.all(
        "select reason, quantity, unit_cost from stock_movements where reason <> 'adjustment' order by moved_at, id"
    )
    assert [tuple(each) for each in kinds] == [
        ("issue", -44, Decimal("0.333333")), ("issue", Decimal("-24.5"), 3), ("return", 40, Decimal("0.333333")),
        ("return", 4, Decimal("0.333333")),
    ]  # fmt: skip
    assert (await issue(api, job_id, bolts, "101", requirement_id=bolt)).code == "conflict"
    text = "mutation($id: ID!, $input: MoveMaterialInput!) { issueMaterial(id: $id, input: $input) { materialCost } }"
    line = {"locationId": bolts, "quantity": "44", "requirementId": bolt}
    again = (await api.graphql(text, {"id": job_id, "input": {"lines": [line]}})).data["issueMaterial"]
    assert again["materialCost"] == "88.166652"
    text = text.replace("issueMaterial", "returnMaterial")
    assert (await api.graphql(text, {"id": job_id, "input": {"lines": [line]}})).data["returnMaterial"] == {
        "materialCost": "73.5"
    }
    text = "query($id: ID!) { job(id: $id) { materialCost workOrders { nodes { rate } } } }"
    viewer = await company.key("jobs.view", "production.view")
    hidden = await api.graphql(text, {"id": job_id}, key=viewer)
    assert hidden.json["data"]["job"]["materialCost"] is None
    assert {each["extensions"]["scope"] for each in hidden.errors} == {"costs.view"}
    assert "material_cost" not in (await api.get(f"{V1}/jobs/{job_id}", key=viewer)).data


async def test_the_material_status_follows_from_requirements_and_filters(api: Api, company: Tenant):
    plate, bolt = await part(api, "PLATE", kind="material"), await part(api, "BOLT", kind="purchased")
    bom = [{"component_id": plate, "quantity": "1"}, {"component_id": bolt, "quantity": "1"}]
    job_id = await job_of(api, await part(api, "FRAME", bom=bom), "5")
    await move(api, f"jobs/{job_id}", "release")
    place = await stock(company, plate, "100")
    first, second = await need_of(api, job_id, "PLATE Plate"), await need_of(api, job_id, "BOLT Bolt")
    await company.all("update requirements set status = 'has_po' where id = $1", second)
    assert (await issue(api, job_id, place, "4.999999", requirement_id=first)).data["material_status"] == "missing"
    assert (await issue(api, job_id, place, "0.000001", requirement_id=first)).data["material_status"] == "ordered"
    await company.all("update requirements set status = 'received' where id = $1", second)
    assert (await issue(api, job_id, place, "1", requirement_id=first)).data["material_status"] == "ready"
    found = await api.graphql("{ jobs(filter: {materialStatus: {eq: READY}}) { nodes { id } } }")
    assert found.data["jobs"]["nodes"] == [{"id": job_id}]
    assert (await issue(api, job_id, place, "1.5", "return", requirement_id=first)).data["material_status"] == "missing"


async def test_the_material_status_follows_from_reservations(api: Api, company: Tenant):
    plate = await part(api, "PLATE", kind="material")
    job_id = await job_of(api, await part(api, "FRAME", bom=[{"component_id": plate, "quantity": "1"}]), "5")
    await move(api, f"jobs/{job_id}", "release", "start")
    place, need = await stock(company, plate, "100"), await need_of(api, job_id, "PLATE Plate")
    item_id = (await api.get(f"{V1}/inventory")).data[0]["id"]

    async def material(answer: Any) -> tuple[str, str]:
        assert answer.status in {200, 201}, answer.body
        return (await api.get(f"{V1}/jobs/{job_id}")).data["material_status"], str(answer.data["id"])

    body = {"inventory_item_id": item_id, "requirement_id": need, "quantity": "5"}
    found, kept = await material(await api.post(f"{V1}/reservations", body))
    assert found == "ready"
    assert (await material(await api.patch(f"{V1}/reservations/{kept}", {"quantity": "4.5"})))[0] == "missing"
    assert (await material(await api.patch(f"{V1}/reservations/{kept}", {"quantity": "5"})))[0] == "ready"
    assert (await material(await api.post(f"{V1}/reservations/{kept}/release")))[0] == "missing"
    found, kept = await material(await api.post(f"{V1}/reservations", body))
    assert (found, (await issue(api, job_id, place, "2", requirement_id=need)).data["material_status"]) == 2 * (
        "ready",
    )
    assert (await material(await api.delete(f"{V1}/reservations/{kept}")))[0] == "missing"
    assert (await material(await api.post(f"{V1}/reservations", body | {"quantity": "3"})))[0] == "ready"
    done = await api.post(f"{V1}/jobs/{job_id}/complete", {"location_id": place})
    assert (done.data["status"], done.data["material_status"]) == ("completed", "none")
    assert (await api.get(f"{V1}/inventory/{item_id}")).data["reserved"] == "0"
    assert [each["status"] for each in (await api.get(f"{V1}/reservations?job_id={job_id}&sort=created_at")).data] == [
        "released", "released",
    ]  # fmt: skip


async def test_eight_reservations_and_releases_at_once_leave_the_material_status_true(api: Api, company: Tenant):
    plate = await part(api, "PLATE", kind="material")
    job_id = await job_of(api, await part(api, "FRAME", bom=[{"component_id": plate, "quantity": "1"}]), "8")
    await move(api, f"jobs/{job_id}", "release")
    await stock(company, plate, "100")
    item_id, need = (await api.get(f"{V1}/inventory")).data[0]["id"], await need_of(api, job_id, "PLATE Plate")
    body = {"inventory_item_id": item_id, "requirement_id": need, "quantity": "1"}
    made = await asyncio.gather(*(api.post(f"{V1}/reservations", body) for _ in range(8)))
    assert {each.status for each in made} == {201}
    assert (await api.get(f"{V1}/jobs/{job_id}")).data["material_status"] == "ready"
    ends = [f"{V1}/reservations/{each.data['id']}" for each in made]
    ended = await asyncio.gather(
        *(api.post(f"{each}/release") if place % 2 else api.delete(each) for place, each in enumerate(ends))
    )
    assert {each.status for each in ended} == {200}
    assert (await api.get(f"{V1}/jobs/{job_id}")).data["material_status"] == "missing"
    assert (await api.get(f"{V1}/inventory/{item_id}")).data["reserved"] == "0"


async def test_what_sub_jobs_make_is_issued_to_the_job_above(api: Api, company: Tenant):
    ids = await frame(api)
    job_id = await job_of(api, ids["FRAME"], "1")
    await move(api, f"jobs/{job_id}", "release", "start")
    [below] = (await api.get(f"{V1}/jobs?parent_job_id={job_id}")).data
    place = await stock(company, ids["PLATE"], "0")
    assert (await api.post(f"{V1}/jobs/{job_id}/complete", {"location_id": place})).code == "conflict"
    await move(api, f"jobs/{below['id']}", "start")
    assert (await api.post(f"{V1}/jobs/{below['id']}/complete", {"location_id": place})).status == 200
    got = await issue(api, job_id, place, "2", sub_job_id=below["id"])
    assert (got.status, await on_hand(company, ids["BRACKET"])) == (200, Decimal(0))
    assert (await issue(api, job_id, place, "3", "return", sub_job_id=below["id"])).code == "conflict"
    assert (await issue(api, job_id, place, "2", "return", sub_job_id=below["id"])).status == 200
    for wrong in ({}, {"sub_job_id": job_id}, {"requirement_id": str(new_id(JobPart))},
                  {"requirement_id": await need_of(api, job_id, "Plate it")}):  # fmt: skip
        assert (await issue(api, job_id, place, "1", **wrong)).status == 422
    assert (await api.post(f"{V1}/jobs/{job_id}/complete", {"location_id": place})).status == 200


async def test_serials_and_lots_of_what_is_made(api: Api, company: Tenant):
    pump, paint = await part(api, "PUMP", tracking="serial"), await part(api, "PAINT", tracking="lot")
    place = await stock(company, await part(api, "OTHER"), "0")
    lines = [{"part_id": each, "description": "x", "quantity": "2"} for each in (pump, paint)]
    made = (await api.post(f"{V1}/jobs", {"parts": lines})).data
    path = f"{V1}/jobs/{made['id']}"
    await move(api, f"jobs/{made['id']}", "refresh", "release", "start")
    first, second = (await api.get(f"{path}?include=parts")).data["parts"]
    lot = {"job_part_id": second["id"], "lot": "L1"}
    for serials in (list[str](), ["1"], ["1", "1"], ["1", "2", "3"]):
        wrong: dict[str, Any] = {"job_part_id": first["id"], "serials": serials}
        body: dict[str, Any] = {"location_id": place, "parts": [wrong, lot]}
        assert (await api.post(f"{path}/complete", body)).status == 422
    body = {"location_id": place, "parts": [{"job_part_id": first["id"], "serials": ["1", "2"]}, lot]}
    assert (await api.post(f"{path}/complete", body)).data["completed_quantity"] == "4"
    found = await company.all("select lot, serial, on_hand from inventory_items where on_hand > 0 order by serial")
    assert [tuple(each) for each in found] == [(None, "1", 1), (None, "2", 1), ("L1", None, 2)]


async def test_eight_that_complete_at_once_make_it_once(api: Api, company: Tenant):
    frame_id = await part(api, "FRAME", operations=[{"name": "Saw"}])
    place = await stock(company, await part(api, "OTHER"), "0")
    job_id = await job_of(api, frame_id)
    await move(api, f"jobs/{job_id}", "release", "start")
    body = {"location_id": place}
    answers = await asyncio.gather(*(api.post(f"{V1}/jobs/{job_id}/complete", body) for _ in range(8)))
    assert sorted(each.status for each in answers) == [200] + [409] * 7
    assert await on_hand(company, frame_id) == 10


@pytest.mark.parametrize("verb", ["hold", "cancel", "complete"])
async def test_material_is_issued_before_a_job_stops_or_not_at_all(api: Api, company: Tenant, verb: str):
    bolt = await part(api, "BOLT", kind="purchased")
    job_id = await job_of(api, await part(api, "FRAME", bom=[{"component_id": bolt, "quantity": "1"}]), "7")
    place = await stock(company, bolt, "5", "2")
    await move(api, f"jobs/{job_id}", "release", "start")
    need = await need_of(api, job_id, "BOLT Bolt")
    body = {"location_id": place} if verb == "complete" else None
    racing = [issue(api, job_id, place, "1", requirement_id=need) for _ in range(8)]
    racing.insert(4, api.post(f"{V1}/jobs/{job_id}/{verb}", body))
    answers = await asyncio.gather(*racing)
    assert answers.pop(4).status == 200
    issued = sum(each.status == 200 for each in answers)
    assert {each.status for each in answers} <= {200, 409}
    assert issued <= 5
    assert await on_hand(company, bolt) == 5 - issued
    row = (await company.all("select issued_quantity from requirements where id = $1", need))[0]
    cost = await company.value("select material_cost from jobs where id = $1", job_id)
    assert (row["issued_quantity"], cost or 0) == (issued, 2 * issued)
    assert await company.value("select -sum(quantity) from stock_movements where reason = 'issue'") == (issued or None)
    assert (await issue(api, job_id, place, "1", requirement_id=need)).code == "conflict"


async def test_numbers_stand_once_however_many_are_made_at_once(api: Api, company: Tenant):
    frame_id = await part(api, "FRAME", operations=[{"name": "Saw"}, {"name": "Drill"}])
    quotes = [
        (await quote(api, {"description": "F", "quantity": "1", "unit_price": "1", "part_id": frame_id}))["id"]
        for _ in range(4)
    ]
    answers = await asyncio.gather(
        *(api.post(f"{V1}/quotes/{each}/convert") for each in quotes),
        *(api.post(f"{V1}/jobs", {"title": "By hand"}) for _ in range(4)),
    )
    assert [each.status for each in answers] == [201] * 8
    assert sorted(each.data["number"] for each in answers) == [f"J-{number}" for number in range(1, 9)]
    found = await company.all("select number from work_orders order by length(number), number")
    assert [each["number"] for each in found] == [f"WO-{number}" for number in range(1, 9)]


async def test_a_job_is_released_only_once_its_parts_are_exploded_as_they_are(api: Api):
    ids = await frame(api)
    body = {"parts": [{"part_id": ids["FRAME"], "description": "Frame", "quantity": "10"}]}
    job_id = (await api.post(f"{V1}/jobs", body)).data["id"]
    for number in ("BOLT", "FRAME"):
        line = {"part_id": ids[number], "description": "x", "quantity": "1"}
        assert (await api.post(f"{V1}/jobs/{job_id}/parts", line)).status == 201
        refused = await api.post(f"{V1}/jobs/{job_id}/release")
        assert (refused.status, refused.code) == (409, "conflict")
        assert "was not exploded as it stands there now: refresh the job" in refused.json["error"]["message"]
        await move(api, f"jobs/{job_id}", "refresh")
    text = "mutation($id: ID!) { releaseJob(id: $id) { status } }"
    assert (await api.graphql(text, {"id": job_id})).data["releaseJob"] == {"status": "RELEASED"}
    free = (await api.post(f"{V1}/jobs", {"parts": [{"description": "By word", "quantity": "1"}]})).data["id"]
    assert (await move(api, f"jobs/{free}", "release"))["status"] == "released"


@pytest.mark.parametrize("by_hand", [True, False])
async def test_an_obsolete_revision_is_made_by_the_recipe_it_was_released_with(api: Api, *, by_hand: bool):
    ids = await frame(api)
    line = {"description": "Frame", "quantity": "2", "unit_price": "9", "part_id": ids["FRAME"]}
    made = await quote(api, line)
    for each in ("FRAME", "BRACKET", "BOLT"):
        await move(api, f"parts/{ids[each]}", "obsolete")
    if by_hand:
        job_id = await job_of(api, ids["FRAME"], "2")
    else:
        job_id = (await api.post(f"{V1}/quotes/{made['id']}/convert")).data["id"]
    found = await tree(api, job_id)
    assert needs(found) == [
        ("MATERIAL", "PLATE Plate", "5.0"),
        ("OUTSIDE_OPERATION", "Plate it", "2"),
        ("PURCHASED_ITEM", "BOLT Bolt", "8.8"),
    ]
    assert [each["quantity"] for each in found["subJobs"]["nodes"]] == ["4"]
    await move(api, f"jobs/{job_id}", "refresh", "release")


async def test_a_draft_revision_waits_for_its_release_and_is_no_dead_end(api: Api):
    draft = await part(api, "DRAFT", release=False, operations=[{"name": "Saw"}])
    made = await quote(api, {"description": "A", "quantity": "1", "unit_price": "1", "part_id": draft})
    job_id = (await api.post(f"{V1}/quotes/{made['id']}/convert")).data["id"]
    for verb in ("refresh", "release"):
        refused = await api.post(f"{V1}/jobs/{job_id}/{verb}")
        assert (refused.status, "part DRAFT revision A is draft: release it" in refused.json["error"]["message"]) == (
            409,
            True,
        )
    await move(api, f"parts/{draft}", "release")
    await move(api, f"jobs/{job_id}", "refresh", "release")


async def test_a_deleted_job_comes_back_without_what_was_exploded_and_beside_a_parent_that_is_open(api: Api):
    ids = await frame(api)
    job_id = await job_of(api, ids["FRAME"], "2")
    assert (await api.delete(f"{V1}/jobs/{job_id}")).status == 200
    await move(api, f"jobs/{job_id}", "restore")
    refused = await api.post(f"{V1}/jobs/{job_id}/release")
    assert (refused.status, "refresh the job" in refused.json["error"]["message"]) == (409, True)
    await move(api, f"jobs/{job_id}", "refresh")
    assert len(needs(await tree(api, job_id))) == 3
    below = await api.post(f"{V1}/jobs", {"title": "Below", "parent_job_id": job_id})
    assert (await api.delete(f"{V1}/jobs/{below.data['id']}")).status == 200
    await move(api, f"jobs/{job_id}", "cancel")
    refused = await api.post(f"{V1}/jobs/{below.data['id']}/restore")
    assert (refused.status, refused.json["error"]["field"]) == (409, "parent_job_id")
    refused = await api.post(f"{V1}/jobs", {"title": "Below", "parent_job_id": job_id})
    assert (refused.status, refused.json["error"]["field"]) == (409, "parent_job_id")


async def test_what_is_told_of_a_completed_job_is_refused_by_its_place_and_in_words(api: Api, company: Tenant):
    ids = [await part(api, number, tracking=how) for number, how in (("A", "none"), ("B", "serial"))]
    lines = [{"part_id": each, "description": "x", "quantity": "2"} for each in ids]
    made = (await api.post(f"{V1}/jobs?include=parts", {"parts": lines})).data
    one, two = [each["id"] for each in made["parts"]]
    refused = await api.post(f"{V1}/jobs/{made['id']}/hold")
    assert (
        refused.json["error"]["message"]
        == f"Job {made['number']} is draft: it can be held only while it is in progress"
    )
    await move(api, f"jobs/{made['id']}", "refresh", "release", "start")
    body = {"location_id": await stock(company, ids[0], "0"), "parts": [{"job_part_id": one, "quantity": "3"}]}
    refused = await api.post(f"{V1}/jobs/{made['id']}/complete", body)
    assert (refused.status, refused.json["error"]["field"]) == (409, "parts[0].quantity")
    body["parts"] = [{"job_part_id": one}, {"job_part_id": two, "serials": ["S1"]}]
    refused = await api.post(f"{V1}/jobs/{made['id']}/complete", body)
    assert (refused.status, refused.json["error"]["field"]) == (422, "parts[1].serials")


async def test_what_is_known_of_the_cost_of_material_is_summed(api: Api, company: Tenant):
    known, free = await part(api, "KNOWN", kind="material"), await part(api, "FREE", kind="material")
    bom = [{"component_id": each, "quantity": 1} for each in (known, free)]
    job_id = await job_of(api, await part(api, "FRAME", bom=bom), "5")
    await move(api, f"jobs/{job_id}", "release")
    one, two = await need_of(api, job_id, "KNOWN Known"), await need_of(api, job_id, "FREE Free")
    dear, unknown = await stock(company, known, "5", "3.333333"), await stock(company, free, "5", None)
    assert (await issue(api, job_id, unknown, "1", requirement_id=two)).data["material_cost"] is None
    assert (await issue(api, job_id, dear, "2", requirement_id=one)).data["material_cost"] == "6.666666"
    assert (await issue(api, job_id, unknown, "2", requirement_id=two)).data["material_cost"] == "6.666666"
    back = await issue(api, job_id, unknown, "3", "return", requirement_id=two)
    assert back.data["material_cost"] == "6.666666"
