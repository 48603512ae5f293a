"""Stock counts through both doors: counted, compared once, posted as adjustments that converge."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.kit.client import Client as Api
from tests.kit.stocking import V1, adjust, check_ledger, item, location, part, stocked
from tests.kit.tenant import Tenant

COUNTS = f"{V1}/stock-counts"
LINES = "lines { nodes { id position counted expected inventoryItem { id } } }"


async def lines_of(api: Api, count_id: str) -> list[dict[str, Any]]:
    text = "query($id: ID!) { stockCount(id: $id) { %s } }"
    return list((await api.graphql(text % LINES, {"id": count_id})).data["stockCount"]["lines"]["nodes"])


async def counted(api: Api, *found: tuple[str, str]) -> str:
    """Count items, and end counting; returns the count's id."""
    lines = [{"inventory_item_id": each, "counted": quantity} for each, quantity in found]
    made = await api.post(COUNTS, {"lines": lines})
    assert made.status == 201, made.body
    assert (await api.post(f"{COUNTS}/{made.data['id']}/finish")).data["status"] == "counted"
    return str(made.data["id"])


async def test_a_count_of_a_location_is_counted_and_posted(api: Api, company: Tenant):
    main, shop = await location(api), await location(api, "SHOP")
    bolt, nut = await part(api), await part(api, "NUT")
    bolts = await stocked(api, bolt, main, "10", unit_cost="2")
    nuts = await stocked(api, nut, main, "5")
    await stocked(api, nut, shop, "7")
    made = (await api.post(COUNTS, {"location_id": main, "counted_on": "2026-03-01"})).data
    assert (made["number"], made["status"], made["version"]) == ("SC-1", "open", 1)
    lines = await lines_of(api, made["id"])
    assert {each["inventoryItem"]["id"] for each in lines} == {bolts, nuts}
    assert (await api.post(f"{COUNTS}/{made['id']}/finish")).code == "conflict"
    assert (await api.post(f"{COUNTS}/{made['id']}/post")).code == "conflict"
    for line in lines:
        quantity = "8.5" if line["inventoryItem"]["id"] == bolts else "5"
        said = await api.patch(f"{V1}/stock-count-lines/{line['id']}", {"counted": quantity, "note": "Shelf 3"})
        assert said.data["counted"] == quantity
    await adjust(api, bolt, main, "1")  # before counting ends: what the books say is 11
    finish = f"mutation($id: ID!) {{ finishStockCount(id: $id) {{ status countedAt {LINES} }} }}"
    done = (await api.graphql(finish, {"id": made["id"]})).data["finishStockCount"]
    assert done["status"] == "COUNTED"
    assert done["countedAt"] is not None
    assert sorted((each["counted"], each["expected"]) for each in done["lines"]["nodes"]) == [("5", "5"), ("8.5", "11")]
    locked = await api.patch(f"{V1}/stock-count-lines/{lines[0]['id']}", {"counted": "1"})
    assert locked.code == "conflict"
    await adjust(api, bolt, main, "-3")  # after it: what moved since stays moved
    assert (await api.post(f"{COUNTS}/{made['id']}/post")).data["status"] == "posted"
    assert (await item(api, bolts))[0] == "5.5"
    assert (await item(api, nuts))[0] == "5"
    [moved] = (await api.get(f"{V1}/stock-movements?source_id={made['id']}")).json["data"]
    assert (moved["quantity"], moved["reason"], moved["source_type"], moved["note"], moved["unit_cost"]) == (
        "-2.5", "adjustment", "stock_count", "Shelf 3", "2",
    )  # fmt: skip
    for verb in ("post", "finish", "reopen", "cancel"):
        assert (await api.post(f"{COUNTS}/{made['id']}/{verb}")).code == "conflict"
    assert (await api.delete(f"{COUNTS}/{made['id']}")).code == "conflict"
    await check_ledger(company)
    told = await company.all("select type from outbox where type like 'stock_count.%' order by sequence")
    assert [row["type"].partition(".")[2] for row in told] == ["created", "updated", "updated", "counted", "posted"]


async def test_counting_the_same_twice_corrects_once(api: Api, company: Tenant):
    found = await stocked(api, await part(api), await location(api), "10")
    first = await counted(api, (found, "8"))
    second = (await api.post(COUNTS, {"lines": [{"inventory_item_id": found, "counted": "8"}]})).data["id"]
    assert (await api.post(f"{COUNTS}/{second}/finish")).code == "conflict"
    assert (await api.post(f"{COUNTS}/{first}/post")).status == 200
    for verb in ("finish", "post"):
        assert (await api.post(f"{COUNTS}/{second}/{verb}")).status == 200
    assert (await item(api, found))[0] == "8"
    rest = [
        (await api.post(COUNTS, {"lines": [{"inventory_item_id": found, "counted": "7"}]})).data["id"] for _ in "12"
    ]
    answers = await asyncio.gather(*(api.post(f"{COUNTS}/{each}/finish") for each in rest))
    assert sorted(each.status for each in answers) == [200, 409]
    [ready] = [each for each, answer in zip(rest, answers, strict=True) if answer.status == 200]
    posted = await asyncio.gather(*(api.post(f"{COUNTS}/{ready}/post") for _ in range(4)))
    assert sorted(each.status for each in posted) == [200, 409, 409, 409]
    assert (await item(api, found))[0] == "7"
    await check_ledger(company)


async def test_a_count_that_is_reopened_is_compared_anew_and_one_that_is_cancelled_changes_nothing(api: Api):
    bolt, main = await part(api), await location(api)
    found = await stocked(api, bolt, main, "10")
    count = await counted(api, (found, "9"))
    reopened = (await api.post(f"{COUNTS}/{count}/reopen")).data
    assert (reopened["status"], reopened["counted_at"]) == ("open", None)
    assert [each["expected"] for each in await lines_of(api, count)] == [None]
    await adjust(api, bolt, main, "-1")
    assert (await api.post(f"{COUNTS}/{count}/finish")).status == 200
    assert [each["expected"] for each in await lines_of(api, count)] == ["9"]
    assert (await api.post(f"{COUNTS}/{count}/post")).status == 200
    assert (await item(api, found))[0] == "9"
    other = await counted(api, (found, "1"))
    assert (await api.post(f"{COUNTS}/{other}/cancel")).data["status"] == "cancelled"
    assert (await item(api, found))[0] == "9"


async def test_what_cannot_be_counted_is_refused(api: Api, company: Tenant):
    main = await location(api)
    found = await stocked(api, await part(api), main, "10")
    pump = await stocked(api, await part(api, "PUMP", tracking="serial"), main, "1", serial="S-1")
    twice = [{"inventory_item_id": found}, {"inventory_item_id": found}]
    refused = await api.post(COUNTS, {"lines": twice})
    assert (refused.code, refused.json["error"]["field"]) == ("validation_error", "lines[1].inventory_item_id")
    count = (await api.post(COUNTS, {"lines": [{"inventory_item_id": found}]})).data["id"]
    line = await api.post(f"{COUNTS}/{count}/lines", {"inventory_item_id": pump, "counted": "2"})
    assert line.status == 201
    again = await api.post(f"{COUNTS}/{count}/lines", {"inventory_item_id": pump})
    assert again.code == "validation_error"
    [first, second] = await lines_of(api, count)
    await api.patch(f"{V1}/stock-count-lines/{first['id']}", {"counted": "6"})
    assert "one unit" in (await api.post(f"{COUNTS}/{count}/finish")).json["error"]["message"]
    await api.patch(f"{V1}/stock-count-lines/{second['id']}", {"counted": "0"})
    assert (await api.post(f"{COUNTS}/{count}/finish")).status == 200
    kept = await api.post(f"{V1}/reservations", {"inventory_item_id": found, "quantity": "8"})
    viewer = await company.key("inventory.edit")
    assert (await api.post(f"{COUNTS}/{count}/post", key=viewer)).code == "insufficient_scope"
    refused = await api.post(f"{COUNTS}/{count}/post")
    assert refused.code == "conflict"
    assert "8 of it are reserved" in refused.json["error"]["message"]
    assert (await item(api, pump))[0] == "1"
    await api.post(f"{V1}/reservations/{kept.data['id']}/release")
    assert (await api.post(f"{COUNTS}/{count}/post")).status == 200
    assert [(await item(api, each))[0] for each in (found, pump)] == ["6", "0"]
    await check_ledger(company)


async def test_counts_are_moved_by_graphql_as_well(api: Api):
    found = await stocked(api, await part(api), await location(api), "10")
    first = await counted(api, (found, "8"))
    for move, status in (("reopenStockCount", "OPEN"), ("cancelStockCount", "CANCELLED")):
        text = f"mutation($id: ID!) {{ {move}(id: $id) {{ status }} }}"
        assert (await api.graphql(text, {"id": first})).data[move]["status"] == status
        assert (await api.graphql(text, {"id": first})).errors[0]["extensions"]["code"] == "conflict"
    second = await counted(api, (found, "9"))
    posted = await api.graphql("mutation($id: ID!) { postStockCount(id: $id) { status } }", {"id": second})
    assert posted.data["postStockCount"]["status"] == "POSTED"
    assert (await item(api, found))[0] == "9"
    third = await counted(api, (found, "9"))
    assert (await api.post(f"{COUNTS}/{third}/reopen")).data["status"] == "open"
    assert (await api.post(f"{COUNTS}/{third}/cancel")).data["status"] == "cancelled"
