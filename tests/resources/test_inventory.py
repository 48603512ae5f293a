"""Stock through both doors: every change is a movement, at exact quantities and costs; what is refused leaves none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models import MovementReason
from resolvers.ledger import Posting, post
from tests.kit.client import Client as Api
from tests.kit.stocking import V1, acting, adjust, check_ledger, item, location, part, stocked
from tests.kit.tenant import Tenant

TRANSFER = f"{V1}/stock-movements/transfer"
SCRAP = f"{V1}/stock-movements/scrap"


async def test_stock_comes_in_at_a_moving_average_and_goes_out_at_it(api: Api, company: Tenant):
    bolt, main = await part(api), await location(api)
    made = await adjust(api, bolt, main, "10", unit_cost="2.50", note="First count")
    assert made.status == 201
    assert made.data | {"id": "", "moved_at": "", "inventory_item_id": ""} == {
        "id": "", "moved_at": "", "inventory_item_id": "", "number": 1, "reason": "adjustment", "quantity": "10",
        "balance_after": "10", "unit_cost": "2.50", "source_type": None, "source_id": None, "note": "First count",
        "part_id": bolt, "location_id": main,
    }  # fmt: skip
    found = made.data["inventory_item_id"]
    assert await item(api, found) == ("10", "0", "10", "2.50")
    assert (await api.get(f"{V1}/stock-movements/{made.data['id']}")).data["moved_by"]["name"] == "test"
    text = """mutation($input: AdjustStockInput!) { adjustStock(input: $input) {
      number quantity balanceAfter unitCost inventoryItem { onHand unitCost value } } }"""
    more = await api.graphql(text, {"input": {"partId": bolt, "locationId": main, "quantity": "5", "unitCost": "4"}})
    assert more.data["adjustStock"] == {
        "number": 2, "quantity": "5", "balanceAfter": "15", "unitCost": "4",
        "inventoryItem": {"onHand": "15", "unitCost": "3", "value": "45"},
    }  # fmt: skip
    out = (await adjust(api, bolt, main, "-0.000001")).data
    assert (out["balance_after"], out["unit_cost"]) == ("14.999999", "3")
    thirds = (await adjust(api, bolt, main, "0.000001", unit_cost="1")).data
    assert thirds["balance_after"] == "15.000000"
    assert await item(api, found) == ("15.000000", "0", "15.000000", "3")
    third = await stocked(api, await part(api, "NUT"), main, "1", unit_cost="1")
    await adjust(api, (await api.get(f"{V1}/inventory/{third}")).data["part_id"], main, "2", unit_cost="2")
    assert (await item(api, third))[3] == "1.666667"
    await check_ledger(company)
    told = [each["type"] for each in await company.all("select type from outbox order by sequence")][2:]
    assert told == [
        *("inventory_item.created", "inventory_item.updated", "inventory_item.updated", "inventory_item.updated"),
        *("part.created", "inventory_item.created", "inventory_item.updated"),
    ]


async def test_a_receipt_that_is_taken_back_leaves_the_average_as_if_it_had_not_come(api: Api, company: Tenant):
    bolt, main = await part(api), await location(api)
    found = await stocked(api, bolt, main, "10", unit_cost="2")

    async def receive(quantity: str, cost: str) -> None:
        posting = Posting(UUID(bolt), UUID(main), Decimal(quantity), MovementReason.RECEIPT, unit_cost=Decimal(cost))
        await acting(company, lambda ctx: post(ctx, [posting]))

    await receive("10", "4.5")
    assert (await item(api, found))[3] == "3.25"
    await receive("-10", "4.5")
    assert await item(api, found) == ("10", "0", "10", "2")
    [last, *_] = (await api.get(f"{V1}/stock-movements?inventory_item_id={found}")).data
    assert (last["quantity"], last["unit_cost"]) == ("-10", "4.5")
    await receive("5", "1")
    await adjust(api, bolt, main, "-12")
    await receive("-2", "9")  # more than what is left is worth: the average stays
    assert (await item(api, found))[3] == "1.666667"
    await check_ledger(company)


async def test_a_transfer_is_two_movements_that_come_to_nothing_and_takes_the_cost_along(api: Api, company: Tenant):
    bolt, main, shop = await part(api), await location(api), await location(api, "SHOP")
    source = await stocked(api, bolt, main, "10", unit_cost="2")
    target = await stocked(api, bolt, shop, "2", unit_cost="5")
    answer = await api.post(TRANSFER, {"inventory_item_id": source, "location_id": shop, "quantity": "4"})
    assert (answer.status, answer.data["quantity"], answer.data["unit_cost"]) == (201, "4", "2")
    assert await item(api, source) == ("6", "0", "6", "2")
    assert await item(api, target) == ("6", "0", "6", "3")
    legs = await company.all("select quantity, balance_after from stock_movements where reason = 'transfer' order by 1")
    assert [(str(row["quantity"]), str(row["balance_after"])) for row in legs] == [("-4", "6"), ("4", "6")]
    assert (answer.data["source_type"], answer.data["source_id"]) == ("inventory_item", source)
    [other] = (await api.get(f"{V1}/stock-movements?source_id={target}")).data
    assert (other["inventory_item_id"], other["quantity"], other["moved_at"]) == (source, "-4", answer.data["moved_at"])
    for body, field in (
        ({"location_id": main}, "location_id"),
        ({"location_id": bolt}, "location_id"),
        ({"quantity": "6.000001"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
    ):
        wanted = {"inventory_item_id": source, "location_id": shop, "quantity": "1"} | body
        refused = await api.post(TRANSFER, wanted)
        assert refused.status in {409, 422}, body
        assert refused.json["error"]["field"] == field
    assert await item(api, source) == ("6", "0", "6", "2")
    await check_ledger(company)


async def test_stock_never_falls_below_nothing_unless_the_workspace_allows_it(api: Api, company: Tenant):
    bolt, main = await part(api), await location(api)
    refused = await adjust(api, bolt, main, "-1")
    assert refused.code == "conflict"
    assert await company.value("select count(*) from inventory_items") == 0
    found = await stocked(api, bolt, main, "3", unit_cost="2")
    assert (await adjust(api, bolt, main, "-3.000001")).code == "conflict"
    assert (await api.post(SCRAP, {"inventory_item_id": found, "quantity": "4"})).code == "conflict"
    await company.access.companies.allow_negative_stock(company.made.id, allowed=True)
    assert (await adjust(api, bolt, main, "-5")).data["balance_after"] == "-2"
    assert (await adjust(api, bolt, main, "6", unit_cost="7")).data["balance_after"] == "4"
    assert await item(api, found) == ("4", "0", "4", "7")
    await company.access.companies.allow_negative_stock(company.made.id, allowed=False)
    assert (await adjust(api, bolt, main, "-5")).code == "conflict"
    await check_ledger(company)


async def test_a_serial_is_one_unit_in_one_place(api: Api, company: Tenant):
    pump = await part(api, "PUMP", tracking="serial")
    main, shop = await location(api), await location(api, "SHOP")
    for given in ({}, {"serial": "S-1", "lot": "L"}):
        assert (await adjust(api, pump, main, "1", **given)).status in {201, 422}
    first = await stocked(api, pump, main, "1", serial="S-2")
    for place, quantity in ((main, "1"), (shop, "1"), (shop, "2"), (shop, "0.5"), (main, "-0.5"), (main, "-2")):
        assert (await adjust(api, pump, place, quantity, serial="S-2")).status == 409, (place, quantity)
    moved = await api.post(TRANSFER, {"inventory_item_id": first, "location_id": shop, "quantity": "1"})
    assert moved.status == 201
    assert (await adjust(api, pump, main, "1", serial="S-2")).code == "conflict"
    assert (await adjust(api, pump, shop, "-1", serial="S-2")).status == 201
    assert (await adjust(api, pump, main, "1", serial="S-2")).status == 201
    assert await item(api, first) == ("1", "0", "1", None)
    await check_ledger(company)


@pytest.mark.parametrize(
    ("tracking", "given", "field"),
    [
        ("none", {"lot": "L-1"}, "lot"),
        ("none", {"serial": "S-1"}, "serial"),
        ("lot", {}, "lot"),
        ("lot", {"lot": "L-1", "serial": "S-1"}, "serial"),
        ("serial", {"lot": "L-1"}, "serial"),
        ("none", {"quantity": "0"}, "quantity"),
        ("none", {"quantity": "0.0000001"}, "quantity"),
        ("none", {"quantity": "1000000000000000"}, "quantity"),
        ("none", {"unit_cost": "-1"}, "unit_cost"),
        ("none", {"quantity": "100000000", "unit_cost": "10000000"}, "quantity"),
    ],
)
async def test_what_does_not_fit_a_part_is_named(api: Api, company: Tenant, tracking: str, given: Any, field: str):
    found, main = await part(api, "P", tracking=tracking), await location(api)
    refused = await adjust(api, found, main, **({"quantity": "1"} | given))
    assert (refused.code, refused.json["error"]["field"]) == ("validation_error", field)
    assert await company.value("select count(*) from stock_movements") == 0


async def test_lots_of_one_part_are_told_apart(api: Api):
    paint, main = await part(api, "PAINT", tracking="lot"), await location(api)
    one = await stocked(api, paint, main, "5", lot="L-1")
    other = await stocked(api, paint, main, "7", lot="L-2")
    assert one != other
    assert (await adjust(api, paint, main, "-6", lot="L-1")).code == "conflict"
    found = (await api.get(f"{V1}/inventory?part_id={paint}&sort=-on_hand")).json["data"]
    assert [(each["lot"], each["on_hand"]) for each in found] == [("L-2", "7"), ("L-1", "5")]


async def test_stock_that_is_held_back_is_neither_reserved_nor_lost_sight_of(api: Api, company: Tenant):
    bolt, main, shop = await part(api), await location(api), await location(api, "SHOP")
    found = await stocked(api, bolt, main, "10")
    hold = await api.post(f"{V1}/inventory/{found}/hold")
    assert (hold.data["status"], hold.data["available"]) == ("on_hold", "0")
    kept = await api.post(f"{V1}/reservations", {"inventory_item_id": found, "quantity": "1"})
    assert kept.code == "conflict"
    moved = await api.post(TRANSFER, {"inventory_item_id": found, "location_id": shop, "quantity": "4"})
    there = (await api.get(f"{V1}/inventory/{moved.data['inventory_item_id']}")).data
    assert (there["status"], there["on_hand"], there["available"]) == ("on_hold", "4", "0")
    move = "mutation($id: ID!) { %sInventoryItem(id: $id) { status available } }"
    released = (await api.graphql(move % "release", {"id": found})).data["releaseInventoryItem"]
    assert released == {"status": "AVAILABLE", "available": "6"}
    mixed = await api.post(TRANSFER, {"inventory_item_id": found, "location_id": shop, "quantity": "1"})
    assert (mixed.code, mixed.json["error"]["field"]) == ("conflict", "location_id")
    for verb, status in (("quarantine", "quarantine"), ("reject", "rejected"), ("release", "available")):
        assert (await api.post(f"{V1}/inventory/{found}/{verb}")).data["status"] == status
    assert (await api.post(f"{V1}/inventory/{found}/reject")).code == "conflict"
    assert (await api.post(SCRAP, {"inventory_item_id": found, "quantity": "6", "note": "Rust"})).data[
        "quantity"
    ] == "-6"
    told = [each["type"] for each in await company.all("select type from outbox where type like 'inventory_item.%'"
                                                       " order by sequence")]  # fmt: skip
    assert told == [f"inventory_item.{each}" for each in (
        "created", "put_on_hold", "updated", "created", "released", "quarantined", "rejected", "released", "updated",
    )]  # fmt: skip


async def test_low_stock_is_told_once_for_each_crossing_over_all_places(api: Api, company: Tenant):
    bolt = await part(api, reorder_point="10")
    main, shop = await location(api), await location(api, "SHOP")
    low = "select count(*) from outbox where type = 'inventory_item.low_stock'"
    steps = (
        *((main, "8", 0), (shop, "6", 0), (shop, "-3", 0), (main, "-1", 1), (main, "-1", 1), (shop, "-1", 1)),
        *((main, "5", 1), (shop, "-2", 1), (main, "-1", 2)),
    )
    for place, quantity, times in steps:
        await adjust(api, bolt, place, quantity)
        assert await company.value(low) == times, (place, quantity)
    item_id = await company.value("select id from inventory_items where location_id = $1", main)
    await adjust(api, bolt, main, "20")
    before = await company.value(low)
    await api.post(TRANSFER, {"inventory_item_id": str(item_id), "location_id": shop, "quantity": "20"})
    assert await company.value(low) == before
    twice = """mutation($a: AdjustStockInput!) { a: adjustStock(input: $a) { id } b: adjustStock(input: $a) { id } }"""
    await api.graphql(twice, {"a": {"partId": bolt, "locationId": shop, "quantity": "-10"}})
    assert await company.value(low) == before + 1
    await check_ledger(company)


async def test_the_ledger_is_only_added_to_and_costs_are_hidden(api: Api, company: Tenant):
    bolt, main = await part(api), await location(api)
    found = await stocked(api, bolt, main, "2", unit_cost="3")
    movement = (await api.get(f"{V1}/stock-movements?inventory_item_id={found}")).json["data"][0]
    for method in ("PATCH", "DELETE", "PUT"):
        assert (await api.request(method, f"{V1}/stock-movements/{movement['id']}", json={})).status == 405
    assert (await api.patch(f"{V1}/inventory/{found}", {"on_hand": "9"})).code == "validation_error"
    viewer, mover, counter = [
        await company.key(*each)
        for each in (("inventory.view",), ("inventory.create",), ("inventory.adjust", "costs.view"))
    ]
    seen = (await api.get(f"{V1}/inventory/{found}", key=viewer)).data
    assert {"unit_cost", "value"}.isdisjoint(seen)
    text = "query($id: ID!) { inventoryItem(id: $id) { onHand unitCost movements { nodes { quantity unitCost } } } }"
    answer = (await api.graphql(text, {"id": found}, key=viewer)).json
    assert answer["data"]["inventoryItem"] == {
        "onHand": "2", "unitCost": None, "movements": {"nodes": [{"quantity": "2", "unitCost": None}]},
    }  # fmt: skip
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"insufficient_scope"}
    assert "unit_cost" not in (await api.get(f"{V1}/stock-movements/{movement['id']}", key=viewer)).data
    assert (
        await api.post(SCRAP, {"inventory_item_id": found, "quantity": "1"}, key=mover)
    ).code == "insufficient_scope"
    assert (await api.post(SCRAP, {"inventory_item_id": found, "quantity": "1"}, key=counter)).status == 201
    shop = await location(api, "SHOP")
    body = {"inventory_item_id": found, "location_id": shop, "quantity": "1"}
    assert (await api.post(TRANSFER, body, key=counter)).code == "insufficient_scope"
    moved = await api.post(TRANSFER, body, key=mover)
    assert moved.status == 201
    assert "unit_cost" not in moved.data


async def test_a_command_that_is_sent_again_moves_stock_once(api: Api):
    bolt, main = await part(api), await location(api)
    found = await stocked(api, bolt, main, "5")
    body = {"inventory_item_id": found, "quantity": "2"}
    for _ in range(3):
        again = await api.post(SCRAP, body, headers={"idempotency-key": "scrap-once"})
        assert (again.status, again.data["balance_after"]) == (201, "3")
    assert (await item(api, found))[0] == "3"


async def test_stock_is_held_and_released_by_graphql_as_well(api: Api):
    found = await stocked(api, await part(api), await location(api), "3")
    for move, status in (
        ("holdInventoryItem", "ON_HOLD"),
        ("quarantineInventoryItem", "QUARANTINE"),
        ("rejectInventoryItem", "REJECTED"),
        ("releaseInventoryItem", "AVAILABLE"),
    ):
        text = f"mutation($id: ID!) {{ {move}(id: $id) {{ status }} }}"
        assert (await api.graphql(text, {"id": found})).data[move]["status"] == status
        assert (await api.graphql(text, {"id": found})).errors[0]["extensions"]["code"] == "conflict"
    assert (await api.post(f"{V1}/inventory/{found}/quarantine")).data["status"] == "quarantine"


async def test_a_service_has_no_stock(api: Api, company: Tenant):
    cut, main = await part(api, kind="service"), await location(api)
    refused = await adjust(api, cut, main, "1")
    assert (refused.status, refused.json["error"]["field"]) == (422, "part_id")
    assert "a service, of which there is no stock" in refused.json["error"]["message"]
    bolt = await part(api, "BOLT-2")
    assert (await api.patch(f"{V1}/parts/{bolt}", {"kind": "service"})).status == 200
    assert (await api.patch(f"{V1}/parts/{bolt}", {"kind": "purchased"})).status == 200
    await stocked(api, bolt, main, "1")
    assert (await api.patch(f"{V1}/parts/{bolt}", {"kind": "material"})).status == 200
    kept = await api.patch(f"{V1}/parts/{bolt}", {"kind": "service"})
    assert (kept.status, kept.json["error"]["field"]) == (409, "kind")
    made = (await api.post(f"{V1}/jobs", {"parts": [{"part_id": cut, "description": "Cut", "quantity": "2"}]})).data
    assert (await api.post(f"{V1}/parts/{cut}/release")).status == 200
    for verb in ("refresh", "release", "start", "complete"):
        body = {"location_id": main} if verb == "complete" else None
        done = await api.post(f"{V1}/jobs/{made['id']}/{verb}", body)
        assert done.status == 200, done.body
    assert done.data["completed_quantity"] == "2"
    assert await company.value("select count(*) from stock_movements") == 1
