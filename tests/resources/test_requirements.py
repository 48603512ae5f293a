"""Requirements: made by hand, bought in batches, and their states, which follow from lines and receipts alone."""

from __future__ import annotations

from typing import Any

from models import Job, JobStatus
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, lines_of, order, part, requirement, states, supplier

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
    assert told == [("2.5", "KGM", "4", "18.5", "S-1"), ("3", "C62", "1", "0", None)]
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
