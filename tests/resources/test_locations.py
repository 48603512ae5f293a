"""Locations through both doors: a tree without circles, its paths, and what keeps a location from being deleted."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.kit.client import Client as Api
from tests.kit.stocking import V1, location, part, stocked
from tests.kit.tenant import Tenant

LOCATIONS = f"{V1}/locations"


async def paths(company: Tenant) -> list[str]:
    return [each["path"] for each in await company.all("select path from stock_locations order by path")]


async def test_a_location_goes_with_what_lies_in_it_and_the_paths_follow(api: Api, company: Tenant):
    main = await location(api, name="Main hall", kind="warehouse")
    text = """mutation($input: CreateStockLocationInput!) { createStockLocation(input: $input) {
      id code kind path version parent { code } } }"""
    made = (await api.graphql(text, {"input": {"code": "A", "parentId": main, "kind": "AREA"}})).data
    area = made["createStockLocation"]
    assert area | {"id": ""} == {
        "id": "", "code": "A", "kind": "AREA", "path": "MAIN/A", "version": 1, "parent": {"code": "MAIN"},
    }  # fmt: skip
    shelf = await location(api, "A-03", parent_id=area["id"])
    assert (await api.get(f"{LOCATIONS}/{shelf}")).data["path"] == "MAIN/A/A-03"
    renamed = await api.patch(f"{LOCATIONS}/{main}", {"code": "HALL"})
    assert (renamed.data["path"], renamed.data["version"]) == ("HALL", 2)
    assert await paths(company) == ["HALL", "HALL/A", "HALL/A/A-03"]
    update = (
        "mutation($id: ID!, $input: UpdateStockLocationInput!) { updateStockLocation(id: $id, input: $input) { path } }"
    )
    alone = await api.graphql(update, {"id": area["id"], "input": {"parentId": None}})
    assert alone.data["updateStockLocation"] == {"path": "A"}
    assert await paths(company) == ["A", "A/A-03", "HALL"]
    told = await company.all("select type, record_id from outbox order by sequence")
    assert [row["type"].removeprefix("stock_location.") for row in told] == [
        *("created", "created", "created"),
        *("updated", "updated", "updated"),
        *("updated", "updated"),
    ]
    found = await api.graphql("query($id: ID!) { locations(filter: {parentId: {eq: $id}}) { nodes { code } } }",
                              {"id": area["id"]})  # fmt: skip
    assert found.data["locations"]["nodes"] == [{"code": "A-03"}]


async def test_no_location_lies_in_itself_by_whichever_way(api: Api, company: Tenant):
    top = await location(api, "T")
    middle = await location(api, "M", parent_id=top)
    low = await location(api, "L", parent_id=middle)
    for inner in (top, middle, low):
        refused = await api.patch(f"{LOCATIONS}/{top}", {"parent_id": inner})
        assert (refused.code, refused.json["error"]["field"]) == ("validation_error", "parent_id")
    rows = [{"id": top, "parentId": low}]
    refused = await api.post(f"{LOCATIONS}/bulk", {"inputs": rows})
    assert (refused.code, refused.json["error"]["field"]) == ("validation_error", "inputs[0].parent_id")
    assert await paths(company) == ["T", "T/M", "T/M/L"]


async def test_two_that_are_put_into_each_other_at_once_make_no_circle(api: Api, company: Tenant):
    for number in range(4):
        one, other = await location(api, f"X{number}"), await location(api, f"Y{number}")
        answers = await asyncio.gather(
            api.patch(f"{LOCATIONS}/{one}", {"parent_id": other}), api.patch(f"{LOCATIONS}/{other}", {"parent_id": one})
        )
        assert sorted(each.status for each in answers) == [200, 422]
    assert len(await company.all("select id from stock_locations where parent_id is not null")) == 4


async def test_locations_lie_twenty_deep_at_most(api: Api):
    above: str | None = None
    for depth in range(20):
        above = await location(api, f"D{depth}", parent_id=above)
    refused = await api.post(LOCATIONS, {"code": "D20", "parent_id": above})
    assert refused.code == "validation_error"
    assert "at most 20" in refused.json["error"]["message"]


async def test_a_location_is_deleted_when_nothing_lies_in_it_and_comes_back_with_its_path(api: Api):
    main = await location(api)
    shelf = await location(api, "S", parent_id=main)
    item = await stocked(api, await part(api), shelf, "5")
    for each in (main, shelf):
        assert (await api.delete(f"{LOCATIONS}/{each}")).code == "conflict"
    assert (await api.delete(f"{V1}/inventory/{item}")).code == "conflict"
    await api.post(f"{V1}/stock-movements/scrap", {"inventory_item_id": item, "quantity": "5"})
    assert (await api.delete(f"{V1}/inventory/{item}")).status == 200
    assert (await api.delete(f"{LOCATIONS}/{shelf}")).status == 200
    again: Any = (await api.patch(f"{LOCATIONS}/{main}", {"code": "NEW"})).data
    assert again["path"] == "NEW"
    assert (await api.post(f"{LOCATIONS}/{shelf}/restore")).data["path"] == "NEW/S"


async def test_codes_stand_once_and_scopes_say_who_writes(api: Api, company: Tenant):
    await location(api)
    assert (await api.post(LOCATIONS, {"code": "MAIN"})).code == "conflict"
    viewer = await company.key("inventory.view")
    assert (await api.get(LOCATIONS, key=viewer)).status == 200
    assert (await api.post(LOCATIONS, {"code": "B"}, key=viewer)).code == "insufficient_scope"
    assert (await api.post(LOCATIONS, {"code": "B", "path": "X"})).code == "validation_error"
