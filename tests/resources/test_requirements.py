"""Requirements: made by hand, bought in batches, and their states, which follow from lines and receipts alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from models import Job, JobStatus
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, lines_of, location, order, part, requirement, states, supplier

FROM = f"{V1}/purchase-orders/from-requirements"


async def test_no_door_sets_the_status(api: Api):
    for door in ("status", "received_quantity", "ordered_quantity"):
        made = await api.post(f"{V1}/requirements", {"description": "x", "quantity": 1, door: "received"})
        assert made.code == "validation_error"
    need = await requirement(api)
    assert (await api.patch(f"{V1}/requirements/{need['id']}", {"status": "received"})).code == "validation_error"


async def test_a_requirement_follows_the_order_that_it_is_on(api: Api):
    steel, need = await supplier(api), await requirement(api)
    made = await order(api, steel, {"requirement_id": need["id"]}, sent=False)
    assert await states(api, made["id"], need["id"]) == ["draft", "has_po"]
    assert (await api.patch(f"{V1}/requirements/{need['id']}", {"quantity": "12"})).code == "conflict"
    assert (await api.delete(f"{V1}/requirements/{need['id']}")).code == "conflict"
    [line] = await lines_of(api, made["id"])
    other = await requirement(api, "Bar")
    await api.patch(f"{V1}/purchase-order-lines/{line['id']}", {"requirement_id": other["id"]})
    assert await states(api, made["id"], need["id"], other["id"]) == ["draft", "pending", "has_po"]
    await api.patch(f"{V1}/purchase-orders/{made['id']}", {"lines": []})
    assert await states(api, made["id"], need["id"], other["id"]) == ["draft", "pending", "pending"]
    added = {"description": "Plate", "quantity": 1, "unit_price": 1, "requirement_id": need["id"]}
    assert (await api.post(f"{V1}/purchase-orders/{made['id']}/lines", added)).status == 201
    assert await states(api, made["id"], need["id"]) == ["draft", "has_po"]
    assert (await api.delete(f"{V1}/purchase-orders/{made['id']}")).status == 200
    assert (await api.get(f"{V1}/requirements/{need['id']}")).data["status"] == "pending"
    assert (await api.post(f"{V1}/purchase-orders/{made['id']}/restore")).status == 200
    assert await states(api, made["id"], need["id"]) == ["draft", "has_po"]
    assert (await api.post(f"{V1}/purchase-orders/{made['id']}/cancel")).data["status"] == "cancelled"
    assert await states(api, made["id"], need["id"]) == ["cancelled", "pending"]


async def test_a_requirement_is_on_one_open_line_at_a_time(api: Api):
    steel, need = await supplier(api), await requirement(api)
    line = {"description": "Plate", "quantity": 10, "unit_price": 1, "requirement_id": need["id"]}
    first = await order(api, steel, line, sent=False)
    for body in ({"supplier_id": steel, "lines": [line]}, {"supplier_id": steel, "lines": [line, line]}):
        refused = await api.post(f"{V1}/purchase-orders", body)
        assert (refused.code, first["number"] in refused.json["error"]["message"]) == ("conflict", True)
    asked = {"lines": [{"description": "Plate", "requirement_id": need["id"], "quantities": [{"quantity": 1}]}]}
    refused = await api.post(f"{V1}/rfqs", asked)
    assert (refused.code, first["number"] in refused.json["error"]["message"]) == ("conflict", True)
    bulk = {"inputs": [{"supplier_id": steel, "lines": [line]}, {"supplier_id": steel}], "atomic": False}
    rows = (await api.post(f"{V1}/purchase-orders/bulk", bulk)).data["rows"]
    assert [row["result"] for row in rows] == ["error", "created"]
    await api.delete(f"{V1}/purchase-orders/{first['id']}")
    made = await api.post(f"{V1}/rfqs", asked)
    assert made.status == 201
    refused = await api.post(f"{V1}/purchase-orders/{first['id']}/restore")
    assert (refused.code, made.data["number"] in refused.json["error"]["message"]) == ("conflict", True)
    twice = {"inputs": [asked | {"title": "a"}, asked | {"title": "b"}], "atomic": False}
    await api.post(f"{V1}/rfqs/{made.data['id']}/cancel")
    rows = (await api.post(f"{V1}/rfqs/bulk", twice)).data["rows"]
    assert [row["result"] for row in rows] == ["created", "error"]


async def test_orders_from_requirements_are_prefilled(api: Api, company: Tenant):
    steel, plate = await supplier(api, payment_terms="Net 30", payment_days=30), await part(company)
    breaks = [{"quantity": 1, "unit_price": "20"}, {"quantity": 2, "unit_price": "18.5"}]
    sold = {"supplier_id": steel, "part_id": plate, "unit": "KGM", "factor": "4", "supplier_part_number": "S-1"}
    assert (await api.post(f"{V1}/supplier-parts", sold | {"price_breaks": breaks})).status == 201
    one = await requirement(api, part_id=plate, required_on="2027-02-01")
    two = await requirement(api, "Nuts", quantity="3", required_on="2027-01-05")
    made = await api.post(FROM, {"supplier_id": steel, "requirement_ids": [one["id"], two["id"]]})
    assert made.status == 201
    shown = made.data
    assert (shown["status"], shown["payment_terms"], shown["payment_days"]) == ("draft", "Net 30", 30)
    assert (shown["required_on"], shown["total"]) == ("2027-01-05", "46.25")
    told = [(each["quantity"], each["unit"], each["factor"], each["unit_price"], each["supplier_part_number"])
            for each in shown["lines"]]  # fmt: skip
    assert told == [("2.5", "KGM", "4", "18.5", "S-1"), ("3", "C62", "1", None, None)]
    assert [each["requirement_id"] for each in shown["lines"]] == [one["id"], two["id"]]
    refused = await api.post(FROM, {"supplier_id": steel, "requirement_ids": [two["id"]]})
    assert (refused.code, two["id"] in refused.json["error"]["message"]) == ("conflict", True)
    found = (await api.get(f"{V1}/requirements/{one['id']}")).data
    assert (found["status"], found["ordered_quantity"], found["received_quantity"]) == ("has_po", "10.0", "0")


async def test_a_batch_names_what_is_wrong(api: Api):
    steel, need = await supplier(api), await requirement(api)
    ids = [need["id"], need["id"], steel]
    refused = await api.post(FROM, {"supplier_id": steel, "requirement_ids": ids})
    fields = {each["field"] for each in refused.json["error"]["details"]}
    assert (refused.code, fields) == (
        "validation_error", {"requirement_ids[1]", "requirement_ids[2]"},
    )  # fmt: skip
    assert (await api.post(FROM, {"supplier_id": steel, "requirement_ids": []})).code == "validation_error"
    assert (await api.get(f"{V1}/requirements/{need['id']}")).data["status"] == "pending"


async def test_requirements_are_filtered(api: Api, company: Tenant):
    job = await company.make(Job, status=JobStatus.RELEASED)
    steel = await supplier(api)
    late = await requirement(api, "Late", required_on="2026-01-01", job_id=job.id, supplier_id=steel)
    await requirement(api, "Soon", required_on="2030-01-01", kind="outside_operation")
    for query in (
        "status=pending&required_on[lt]=2026-06-01",
        f"job_id={job.id}",
        f"supplier_id={steel}",
        "kind=material",
    ):
        found: list[Any] = (await api.get(f"{V1}/requirements?{query}")).data
        assert [each["id"] for each in found] == [late["id"]], query


async def test_the_material_status_of_a_job_follows(api: Api, company: Tenant):
    job = await company.make(Job, status=JobStatus.RELEASED)

    async def status() -> str:
        return str(await company.value("select material_status from jobs where id = $1", job.id))

    steel = await supplier(api)
    one, two = await requirement(api, job_id=job.id), await requirement(api, "Bar", job_id=job.id)
    assert await status() == "missing"
    made = (await api.post(FROM, {"supplier_id": steel, "requirement_ids": [one["id"], two["id"]]})).data
    assert (await status(), made["job_id"]) == ("ordered", str(job.id))
    await api.post(f"{V1}/purchase-orders/{made['id']}/send")
    first, _ = await lines_of(api, made["id"])
    await api.post(f"{V1}/purchase-orders/{made['id']}/receive", {"lines": [{"line_id": first["id"]}]})
    assert await status() == "ordered"
    rest = await api.post(f"{V1}/purchase-orders/{made['id']}/receive")
    assert await status() == "ready"
    await api.post(f"{V1}/receipts/{rest.data['id']}/void")
    assert await status() == "ordered"


async def issued(
    api: Api, company: Tenant, job_id: str, need: dict[str, Any], quantity: str, verb: str = "issue"
) -> Any:
    """Issue stock for a requirement, or take it back; where nothing lies, it is put there first."""
    place = await company.value("select id from stock_locations limit 1")
    line = {"requirement_id": need["id"], "location_id": str(place), "quantity": quantity}
    return await api.post(f"{V1}/jobs/{job_id}/{verb}", {"lines": [line]})


async def needing(api: Api, company: Tenant, status: JobStatus = JobStatus.RELEASED) -> tuple[str, dict[str, Any]]:
    """A job that needs ten of a part, of which a hundred lie somewhere."""
    job, bolt, place = await company.make(Job, status=status), await part(company), await location(company)
    added = {"part_id": bolt, "location_id": place, "quantity": "100", "unit_cost": "2"}
    assert (await api.post(f"{V1}/stock-movements/adjust", added)).status == 201
    return str(job.id), await requirement(api, job_id=str(job.id), part_id=bolt)


async def test_what_is_issued_or_reserved_is_not_ordered_again(api: Api, company: Tenant):
    steel = await supplier(api)
    job_id, need = await needing(api, company)
    assert (await issued(api, company, job_id, need, "3")).status == 200
    [item] = (await api.get(f"{V1}/inventory")).data
    kept = {"inventory_item_id": item["id"], "requirement_id": need["id"], "quantity": "2"}
    kept_id = (await api.post(f"{V1}/reservations", kept)).data["id"]
    body = {"supplier_id": steel, "requirement_ids": [need["id"]]}
    made = (await api.post(FROM, body)).data
    assert [each["quantity"] for each in made["lines"]] == ["5"]
    await api.delete(f"{V1}/purchase-orders/{made['id']}")
    asked = (await api.post(f"{V1}/rfqs/from-requirements", {"requirement_ids": [need["id"]], "supplier_ids": []})).data
    shown = (await api.get(f"{V1}/rfqs/{asked['id']}?include=quantities")).data
    assert [each["quantity"] for each in shown["quantities"]] == ["5"]
    await api.delete(f"{V1}/rfqs/{asked['id']}")
    assert (await api.patch(f"{V1}/reservations/{kept_id}", {"quantity": "7"})).status == 200
    for path, given in (("purchase-orders", {"supplier_id": steel}), ("rfqs", {"supplier_ids": []})):
        refused = await api.post(f"{V1}/{path}/from-requirements", {"requirement_ids": [need["id"]]} | given)
        assert (refused.status, refused.code, need["id"] in refused.json["error"]["message"]) == (409, "conflict", True)


async def test_what_was_issued_in_full_is_received_until_it_comes_back(api: Api, company: Tenant):
    job_id, need = await needing(api, company)

    async def status() -> str:
        return str((await api.get(f"{V1}/requirements/{need['id']}")).data["status"])

    await issued(api, company, job_id, need, "9.999999")
    assert await status() == "pending"
    await issued(api, company, job_id, need, "0.000001")
    assert await status() == "received"
    body = {"supplier_id": await supplier(api), "requirement_ids": [need["id"]]}
    assert (await api.post(FROM, body)).code == "conflict"
    await issued(api, company, job_id, need, "1", "return")
    assert await status() == "pending"
    made = (await api.post(FROM, body)).data
    assert ([Decimal(each["quantity"]) for each in made["lines"]], await status()) == ([Decimal(1)], "has_po")
    await issued(api, company, job_id, need, "1")
    assert await status() == "has_po"
    await api.post(f"{V1}/purchase-orders/{made['id']}/cancel")
    assert await status() == "received"
    await issued(api, company, job_id, need, "10", "return")
    assert await status() == "pending"
    assert (await issued(api, company, job_id, need, "4")).status == 200
    assert (await api.patch(f"{V1}/requirements/{need['id']}", {"quantity": "4"})).data["status"] == "received"


async def test_what_a_job_that_ends_still_needed_is_cancelled(api: Api, company: Tenant):
    job_id, need = await needing(api, company, JobStatus.IN_PROGRESS)
    done, bought = await requirement(api, "Nut", job_id=job_id, part_id=need["part_id"]), await requirement(
        api, "Bar", job_id=job_id
    )  # fmt: skip
    made = await order(api, await supplier(api), {"requirement_id": bought["id"]})
    await issued(api, company, job_id, done, "10")
    await issued(api, company, job_id, need, "4")
    assert (await api.post(f"{V1}/jobs/{job_id}/complete")).status == 200

    async def found() -> list[str]:
        return [(await api.get(f"{V1}/requirements/{each['id']}")).data["status"] for each in (need, done, bought)]

    assert await found() == ["cancelled", "received", "has_po"]
    assert (await api.get(f"{V1}/requirements?status=pending")).data == []
    assert (await issued(api, company, job_id, need, "4", "return")).status == 200
    assert (await issued(api, company, job_id, done, "1", "return")).status == 200
    assert await found() == ["cancelled", "cancelled", "has_po"]
    await api.post(f"{V1}/purchase-orders/{made['id']}/cancel")
    assert await found() == ["cancelled"] * 3


async def test_what_a_job_that_has_ended_needs_does_not_change(api: Api, company: Tenant):
    job_id, need = await needing(api, company, JobStatus.IN_PROGRESS)
    gone = await requirement(api, "Gone", job_id=job_id)
    await api.delete(f"{V1}/requirements/{gone['id']}")
    new = {"description": "New", "quantity": "1", "job_id": job_id}
    path = f"{V1}/requirements/{need['id']}"
    create = "mutation($input: CreateRequirementInput!) { createRequirement(input: $input) { id } }"
    given = {"input": {"description": "New", "quantity": "1", "jobId": job_id}}

    async def added() -> list[Any]:
        return [
            await api.post(f"{V1}/requirements", new),
            await api.graphql(create, given),
            await api.post(f"{V1}/requirements/bulk", {"inputs": [new]}),
            await api.post(f"{V1}/requirements/{gone['id']}/restore"),
            await api.post(f"{V1}/requirements/bulk", {"inputs": [{"id": gone["id"]}]}),
        ]

    await api.post(f"{V1}/jobs/{job_id}/complete")
    assert [each.code for each in await added()] == ["conflict"] * 5
    assert (await api.patch(path, {"notes": "Left over"})).status == 200
    await api.post(f"{V1}/jobs/{job_id}/close")
    refused = [
        *await added(),
        await api.patch(path, {"quantity": "12"}),
        await api.delete(path),
        await api.post(f"{V1}/requirements/bulk", {"inputs": [{"id": need["id"], "quantity": "12"}]}),
        await api.graphql("mutation($id: ID!) { deleteRequirement(id: $id) { id } }", {"id": need["id"]}),
    ]
    assert [each.code for each in refused] == ["conflict"] * len(refused)
    assert (await api.get(path)).data["quantity"] == "10"


async def test_a_price_tells_no_cost_to_who_may_not_view_costs(api: Api, company: Tenant, key: Key):
    plate = await part(company, unit_cost=Decimal(3))
    need, mill = await requirement(api, quantity="5", part_id=plate), await supplier(api)
    narrow = await key("purchasing.view", "purchasing.create", "suppliers.view", "parts.view")
    body = {"supplier_id": mill, "requirement_ids": [need["id"]]}
    made = await api.post(FROM, body, key=narrow)
    assert made.status == 201, made.body
    assert made.data["lines"][0]["unit_price"] is None


@pytest.mark.parametrize(
    ("currency", "cost", "unit_price", "average"),
    [("USD", "3", "3000", "2.75"), ("EUR", "3", None, "2"), ("USD", None, None, "2")],
)
async def test_a_price_that_nobody_told_is_what_the_part_costs_or_left_open(
    api: Api, company: Tenant, currency: str, cost: str | None, unit_price: str | None, average: str
):
    place, steel = await location(company), await supplier(api, currency=currency)
    given: dict[str, Any] = {} if cost is None else {"unit_cost": Decimal(cost)}
    plate = await part(company, unit="KGM", purchase_unit="TNE", purchase_factor=Decimal(1000), **given)
    there = {"part_id": plate, "location_id": place, "quantity": "1000", "unit_cost": "2"}
    assert (await api.post(f"{V1}/stock-movements/adjust", there)).status == 201
    need = await requirement(api, quantity="3000", part_id=plate)
    made = (await api.post(FROM, {"supplier_id": steel, "requirement_ids": [need["id"]]})).data
    told = [(each["quantity"], each["unit"], each["unit_price"]) for each in made["lines"]]
    assert told == [("3", "TNE", unit_price)]
    assert Decimal(made["total"]) == 3 * Decimal(unit_price or 0)
    await api.post(f"{V1}/purchase-orders/{made['id']}/send")
    assert (await api.post(f"{V1}/purchase-orders/{made['id']}/receive")).status == 201
    assert Decimal((await api.get(f"{V1}/inventory")).data[0]["unit_cost"]) == Decimal(average)


async def test_a_price_of_nothing_is_a_price(api: Api, company: Tenant):
    place, plate = await location(company), await part(company)
    there = {"part_id": plate, "location_id": place, "quantity": "10", "unit_cost": "2"}
    await api.post(f"{V1}/stock-movements/adjust", there)
    open_price = {"description": "Plate", "quantity": "10", "part_id": plate}
    body = {"supplier_id": await supplier(api), "lines": [open_price, open_price | {"unit_price": "0"}]}
    made = (await api.post(f"{V1}/purchase-orders", body)).data
    assert [each["unit_price"] for each in made["lines"]] == [None, "0"]
    await api.post(f"{V1}/purchase-orders/{made['id']}/send")
    for line, average in zip(made["lines"], ("2", "1.333333"), strict=True):
        await api.post(f"{V1}/purchase-orders/{made['id']}/receive", {"lines": [{"line_id": line["id"]}]})
        assert (await api.get(f"{V1}/inventory")).data[0]["unit_cost"] == average
