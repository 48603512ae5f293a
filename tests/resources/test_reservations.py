"""Reservations through both doors: stock is kept once, used by its job alone, and free again when they end."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from models import Job, Requirement
from resolvers.reservations import release_for_jobs
from tests.kit.client import Client as Api
from tests.kit.stocking import V1, acting, adjust, check_ledger, issue, item, location, part, stocked
from tests.kit.tenant import Tenant

RESERVATIONS = f"{V1}/reservations"


async def reserve(api: Api, item_id: str, quantity: str, **given: Any) -> Any:
    return await api.post(RESERVATIONS, {"inventory_item_id": item_id, "quantity": quantity} | given)


async def test_what_is_reserved_is_kept_until_it_is_released(api: Api, company: Tenant):
    bolt, main = await part(api), await location(api)
    found = await stocked(api, bolt, main, "10", unit_cost="1")
    kept = await reserve(api, found, "6")
    assert (kept.status, kept.data["status"], kept.data["consumed_quantity"]) == (201, "active", "0")
    assert await item(api, found) == ("10", "6", "4", "1")
    for refused in (
        await reserve(api, found, "4.000001"),
        await adjust(api, bolt, main, "-5"),
        await api.post(f"{V1}/inventory/{found}/hold"),
        await api.delete(f"{V1}/inventory/{found}"),
    ):
        assert refused.code == "conflict", refused.body
    assert (await adjust(api, bolt, main, "-4")).status == 201
    text = """mutation($id: ID!, $input: UpdateReservationInput!) { updateReservation(id: $id, input: $input) {
      quantity version inventoryItem { reserved available } } }"""
    less = await api.graphql(text, {"id": kept.data["id"], "input": {"quantity": "2.5"}})
    assert less.data["updateReservation"] == {
        "quantity": "2.5", "version": 2, "inventoryItem": {"reserved": "2.5", "available": "3.5"},
    }  # fmt: skip
    more = await api.patch(f"{RESERVATIONS}/{kept.data['id']}", {"quantity": "6.5"})
    assert more.code == "conflict"
    assert await item(api, found) == ("6", "2.5", "3.5", "1")
    done = await api.graphql("mutation($id: ID!) { releaseReservation(id: $id) { status inventoryItem { reserved } } }",
                             {"id": kept.data["id"]})  # fmt: skip
    assert done.data["releaseReservation"] == {"status": "RELEASED", "inventoryItem": {"reserved": "0"}}
    assert (await api.post(f"{RESERVATIONS}/{kept.data['id']}/release")).code == "conflict"
    assert (await api.patch(f"{RESERVATIONS}/{kept.data['id']}", {"quantity": "1"})).code == "conflict"
    told = await company.all("select type from outbox where type like 'reservation.%' order by sequence")
    assert [row["type"] for row in told] == ["reservation.created", "reservation.updated", "reservation.released"]


async def test_several_in_one_document_and_in_bulk_are_summed(api: Api):
    found = await stocked(api, await part(api), await location(api), "10")
    text = "mutation($i: CreateReservationInput!) { a: %s b: %s }" % (2 * ("createReservation(input: $i) { id }",))
    assert (await api.graphql(text, {"i": {"inventoryItemId": found, "quantity": "6"}})).code == "conflict"
    assert (await item(api, found))[1] == "0"
    assert "errors" not in (await api.graphql(text, {"i": {"inventoryItemId": found, "quantity": "2"}})).json
    assert (await item(api, found))[1] == "4"
    rows = [{"inventory_item_id": found, "quantity": each} for each in ("3", "9", "1", "2.5")]
    bulk = await api.post(f"{RESERVATIONS}/bulk", {"inputs": rows, "atomic": False})
    assert [each["result"] for each in bulk.data["rows"]] == ["created", "error", "created", "error"], bulk.body
    assert (await item(api, found))[1:3] == ("8", "2")
    assert (await api.post(f"{RESERVATIONS}/bulk", {"inputs": rows})).code == "conflict"
    assert (await item(api, found))[1:3] == ("8", "2")


async def test_of_two_allocations_of_the_same_units_one_succeeds(api: Api):
    for quantity in ("5", "3"):
        found = await stocked(api, await part(api, f"P-{quantity}"), await location(api, f"L-{quantity}"), "5")
        answers = await asyncio.gather(*(reserve(api, found, quantity) for _ in range(8)))
        assert sorted(each.status for each in answers) == [201] + 7 * [409]
        assert (await item(api, found))[1] == quantity


async def test_an_issue_uses_what_is_reserved_for_its_job_and_nothing_of_others(api: Api, company: Tenant):
    found = await stocked(api, await part(api), await location(api), "10")
    mine, other = await company.make(Job), await company.make(Job)
    need = await company.make(Requirement, job_id=mine.id, description="Bolts", quantity=Decimal(6))
    kept = (await reserve(api, found, "6", requirement_id=str(need.id))).data
    assert kept["job_id"] == str(mine.id)
    theirs = (await reserve(api, found, "3", job_id=str(other.id))).data
    assert (
        await reserve(api, found, "1", job_id=str(other.id), requirement_id=str(need.id))
    ).code == "validation_error"
    assert await issue(company, found, "4", mine)
    assert (await item(api, found))[:3] == ("6", "5", "1")
    assert not await issue(company, found, "3.5", mine)
    assert await issue(company, found, "3", mine)
    states = [(await api.get(f"{RESERVATIONS}/{each['id']}")).data for each in (kept, theirs)]
    assert [(each["status"], each["consumed_quantity"]) for each in states] == [("consumed", "6"), ("active", "0")]
    assert (await item(api, found))[:3] == ("3", "3", "0")
    await acting(company, lambda ctx: release_for_jobs(ctx, [other.id]))
    assert (await item(api, found))[:3] == ("3", "0", "3")
    assert (await api.get(f"{RESERVATIONS}/{theirs['id']}")).data["status"] == "released"
    await check_ledger(company)


async def test_a_deleted_reservation_keeps_nothing_and_comes_back_released(api: Api):
    found = await stocked(api, await part(api), await location(api), "10")
    kept = (await reserve(api, found, "6")).data["id"]
    assert (await api.delete(f"{RESERVATIONS}/{kept}")).status == 200
    assert (await item(api, found))[1] == "0"
    assert (await api.post(f"{RESERVATIONS}/{kept}/restore")).data["status"] == "released"
    assert (await item(api, found))[1] == "0"
