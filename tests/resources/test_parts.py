"""Parts through both doors: revisions and their release, bills of materials without circles, routings, work centers."""

from __future__ import annotations

import asyncio
from itertools import permutations
from typing import Any

import asyncpg
import pytest

from core.values.ids import new_id
from models import BomLine, Part
from resolvers.revisions import next_revision
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

PARTS = "/api/v1/parts"
LINES = "bom { nodes { position quantity scrap component { partNumber } } } operations { nodes { position name kind } }"


async def part(api: Api, number: str, **given: Any) -> dict[str, Any]:
    """Write a draft part."""
    answer = await api.post(PARTS, {"part_number": number, "name": f"Part {number}"} | given)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.data
    return found


async def released(api: Api, number: str, **given: Any) -> dict[str, Any]:
    """Write a part and release it."""
    made = await part(api, number, **given)
    answer = await api.post(f"{PARTS}/{made['id']}/release")
    assert answer.data["status"] == "active", answer.body
    return made


async def test_a_part_is_written_released_revised_and_made_obsolete(api: Api, company: Tenant):
    center = (await api.post("/api/v1/work-centers", {"code": "M1", "name": "Mill", "rate_per_hour": "80"})).data
    bolt = await part(api, "BOLT", kind="purchased", unit="C62")
    steps = [{"name": "Saw"}, {"name": "Mill", "work_center_id": center["id"], "cycle_hours": "0.25"}]
    bom = [{"component_id": bolt["id"], "quantity": "4", "scrap": "0.1"}]
    made = await part(api, "FRAME", bom=bom, operations=steps, unit_cost="12.5", tags=["x"])
    assert (made["revision"], made["status"], made["version"], made["released_at"]) == ("A", "draft", 1, None)
    release = "mutation($id: ID!) { releasePart(id: $id) { status version releasedAt } }"
    told = (await api.graphql(release, {"id": made["id"]})).data["releasePart"]
    assert (told["status"], told["version"]) == ("ACTIVE", 2)
    assert told["releasedAt"] is not None
    shown = "id partNumber revision status releasedAt unitCost tags version %s"
    text = f"mutation($id: ID!) {{ revisePart(id: $id) {{ {shown} }} }}"
    new = (await api.graphql(text % LINES, {"id": made["id"]})).data["revisePart"]
    line = {"position": 1, "quantity": "4", "scrap": "0.1", "component": {"partNumber": "BOLT"}}
    assert new | {"id": ""} == {
        "id": "",
        "partNumber": "FRAME",
        "revision": "B",
        "status": "DRAFT",
        "releasedAt": None,
        "unitCost": "12.5",
        "tags": ["x"],
        "version": 1,
        "bom": {"nodes": [line]},
        "operations": {
            "nodes": [
                {"position": 1, "name": "Saw", "kind": "INTERNAL"},
                {"position": 2, "name": "Mill", "kind": "INTERNAL"},
            ]
        },
    }
    assert (await api.post(f"{PARTS}/{made['id']}/obsolete")).data["status"] == "obsolete"
    obsolete = "mutation($id: ID!) { obsoletePart(id: $id) { status } }"
    assert (await api.graphql(obsolete, {"id": made["id"]})).code == "conflict"
    third = await api.post(f"{PARTS}/{made['id']}/revise", {"revision": "X"})
    assert (third.status, third.data["revision"]) == (201, "X")
    assert (await api.post(f"{PARTS}/{made['id']}/revise", {"revision": "X"})).code == "conflict"
    used = await api.get(f"{PARTS}/{bolt['id']}?include=where_used")
    assert len(used.data["where_used"]) == 3
    events = [each["type"] for each in await company.all("select type from outbox order by sequence")]
    assert events == [
        "work_center.created", "part.created", "part.created", "part.released", "part.revised", "part.made_obsolete",
        "part.revised",
    ]  # fmt: skip


async def test_a_released_revision_is_locked_by_every_door(api: Api):
    bolt = await part(api, "BOLT")
    line = {"component_id": bolt["id"], "quantity": 1}
    made = await released(api, "FRAME", bom=[line], operations=[{"name": "Saw"}], external_ids=[
        {"system": "erp", "external_id": "7"}
    ])  # fmt: skip
    inside = (await api.get(f"{PARTS}/{made['id']}?include=bom,operations")).data
    [bom], [step] = inside["bom"], inside["operations"]
    named = [{"external_ids": [{"system": "erp", "external_id": "7"}], "name": "Other"}]
    update = "mutation($id: ID!, $input: UpdatePartInput!) { updatePart(id: $id, input: $input) { id } }"
    refused = [
        await api.patch(f"{PARTS}/{made['id']}", {"name": "Other"}),
        await api.patch(f"{PARTS}/{made['id']}", {"bom": []}),
        await api.delete(f"{PARTS}/{made['id']}"),
        await api.post(f"{PARTS}/{made['id']}/release"),
        await api.post(f"{PARTS}/{made['id']}/bom-lines", line),
        await api.patch(f"/api/v1/bom-lines/{bom['id']}", {"quantity": 2}),
        await api.delete(f"/api/v1/bom-lines/{bom['id']}"),
        await api.post(f"{PARTS}/{made['id']}/operations", {"name": "Turn"}),
        await api.patch(f"/api/v1/routing-operations/{step['id']}", {"name": "Turn"}),
        await api.delete(f"/api/v1/routing-operations/{step['id']}"),
        await api.post(f"{PARTS}/bulk", {"inputs": named}),
        await api.post(f"{PARTS}/bulk", {"inputs": [{"id": made["id"], "operations": []}]}),
        await api.graphql(update, {"id": made["id"], "input": {"unit": "KGM"}}),
        await api.graphql("mutation($id: ID!) { deletePart(id: $id) { id } }", {"id": made["id"]}),
        await api.post(f"{PARTS}/{made['id']}/restore"),
    ]
    assert {each.code for each in refused} == {"conflict"}
    assert {each.status for each in refused} == {200, 409}
    kept = (await api.get(f"{PARTS}/{made['id']}")).data
    assert (kept["version"], kept["name"]) == (2, "Part FRAME")
    free = await api.patch(f"{PARTS}/{made['id']}", {"tags": ["hot"], "notes": "Mind the burr"})
    assert (free.data["tags"], free.data["version"]) == (["hot"], 3)


async def test_rows_inside_a_part_have_routes_of_their_own(api: Api):
    bolt, nut, made = await part(api, "BOLT"), await part(api, "NUT"), await part(api, "FRAME")
    path = f"{PARTS}/{made['id']}"
    first = await api.post(f"{path}/bom-lines", {"component_id": bolt["id"], "quantity": "2"})
    second = await api.post(f"{path}/bom-lines", {"component_id": nut["id"], "quantity": "2", "scrap": "0.05"})
    assert (first.status, first.data["position"], second.data["position"]) == (201, 1, 2)
    changed = await api.patch(f"/api/v1/bom-lines/{second.data['id']}", {"quantity": "2.5"})
    assert (changed.data["quantity"], changed.data["scrap"]) == ("2.5", "0.05")
    assert (await api.delete(f"/api/v1/bom-lines/{first.data['id']}")).status == 200
    step = await api.post(f"{path}/operations", {"name": "Plate", "kind": "outside", "unit_price": "0.4"})
    assert (await api.patch(f"/api/v1/routing-operations/{step.data['id']}", {"fixed_charge": "30"})).data[
        "fixed_charge"
    ] == "30"
    found = (await api.get(f"{path}?include=bom,operations")).data
    assert [(each["position"], each["quantity"]) for each in found["bom"]] == [(1, "2.5")]
    assert (found["version"], len(found["operations"])) == (7, 1)
    assert (await api.delete(f"/api/v1/routing-operations/{step.data['id']}")).data["version"] == 8
    assert (await api.delete(f"/api/v1/routing-operations/{step.data['id']}")).code == "not_found"


async def test_a_part_never_goes_into_itself(api: Api):
    one, two, three = await part(api, "A"), await part(api, "B"), await part(api, "C")
    path = f"{PARTS}/{{}}/bom-lines"
    for above, below in ((one, two), (two, three)):
        assert (await api.post(path.format(above["id"]), {"component_id": below["id"], "quantity": 1})).status == 201
    for above, below in ((one, one), (two, one), (three, one), (three, two)):
        line = {"component_id": below["id"], "quantity": 1}
        answer = await api.post(path.format(above["id"]), line)
        assert (answer.status, answer.json["error"]["field"]) == (422, "component_id")
        add = "mutation($id: ID!, $input: BomLineInput!) { addBomLine(id: $id, input: $input) { id } }"
        told = await api.graphql(add, {"id": above["id"], "input": {"componentId": below["id"], "quantity": 1}})
        assert (told.code, told.errors[0]["extensions"]["field"]) == ("validation_error", "componentId")
        whole = await api.patch(f"{PARTS}/{above['id']}", {"bom": [line]})
        assert (whole.status, whole.json["error"]["field"]) == (422, "bom[0].component_id")
        update = "mutation($id: ID!, $input: UpdatePartInput!) { updatePart(id: $id, input: $input) { id } }"
        line = {"componentId": below["id"], "quantity": 1}
        told = await api.graphql(update, {"id": above["id"], "input": {"bom": [line]}})
        assert (told.code, told.errors[0]["extensions"]["field"]) == ("validation_error", "bom.0.componentId")
    both = [
        {"id": one["id"], "bom": [{"component_id": two["id"], "quantity": 1}]},
        {"id": three["id"], "bom": [{"component_id": one["id"], "quantity": 1}]},
    ]
    assert (await api.post(f"{PARTS}/bulk", {"inputs": both})).status == 422
    assert (await api.get(f"{PARTS}/{three['id']}?include=bom")).data["bom"] == []


async def test_a_component_that_is_deleted_or_nobodys_is_refused_and_one_in_use_stays(api: Api):
    bolt, gone = await part(api, "BOLT"), await part(api, "GONE")
    made = await part(api, "FRAME", bom=[{"component_id": bolt["id"], "quantity": 1}])
    assert (await api.delete(f"{PARTS}/{gone['id']}")).status == 200
    for wrong in (gone["id"], str(new_id(Part))):
        answer = await api.post(f"{PARTS}/{made['id']}/bom-lines", {"component_id": wrong, "quantity": 1})
        assert (answer.status, answer.code) == (422, "validation_error")
    refused = await api.delete(f"{PARTS}/{bolt['id']}")
    assert (refused.code, made["id"] in refused.json["error"]["message"]) == ("conflict", True)
    for each in (made, bolt):
        assert (await api.delete(f"{PARTS}/{each['id']}")).status == 200
    assert (await api.post(f"{PARTS}/{made['id']}/restore")).status == 422
    for each in (bolt, made):
        assert (await api.post(f"{PARTS}/{each['id']}/restore")).status == 200


@pytest.mark.parametrize("rounds", [6])
async def test_of_two_writers_that_close_a_circle_one_is_refused(api: Api, rounds: int):
    for number in range(rounds):
        one, two = await part(api, f"A{number}"), await part(api, f"B{number}")
        answers = await asyncio.gather(
            *(
                api.post(f"{PARTS}/{above['id']}/bom-lines", {"component_id": below["id"], "quantity": 1})
                for above, below in permutations((one, two))
            )
        )
        assert sorted(each.status for each in answers) == [201, 422], [each.body for each in answers]


async def test_the_table_itself_refuses_a_circle_of_two_connections(api: Api, company: Tenant, database_url: str):
    one, two = await part(api, "A"), await part(api, "B")
    connections = [await asyncpg.connect(database_url) for _ in range(2)]
    try:
        begun = [each.transaction() for each in connections]
        await asyncio.gather(*(each.start() for each in begun))

        async def add(place: int, above: str, below: str) -> None:
            sql = "insert into bom_lines values ($1, $2, 1, $3, $4, 1, 0, null)"
            try:
                await connections[place].execute(sql, company.workspace_id, new_id(BomLine), above, below)
            except asyncpg.PostgresError:
                await begun[place].rollback()
                raise
            await begun[place].commit()

        found = await asyncio.gather(add(0, one["id"], two["id"]), add(1, two["id"], one["id"]), return_exceptions=True)
        assert sorted(getattr(each, "sqlstate", "") for each in found) == ["", "FG004"]
    finally:
        for each in connections:
            await each.close()


async def test_eight_that_revise_at_once_get_a_revision_each(api: Api):
    made = await released(api, "FRAME")
    answers = await asyncio.gather(*(api.post(f"{PARTS}/{made['id']}/revise") for _ in range(8)))
    assert [each.status for each in answers] == [201] * 8
    assert sorted(each.data["revision"] for each in answers) == list("BCDEFGHI")
    assert (await api.post(f"{PARTS}/{answers[0].data['id']}/revise")).code == "conflict"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"purchase_unit": "KGM"}, "purchase_factor"),
        ({"purchase_factor": "2"}, "purchase_unit"),
        ({"purchase_unit": "KGM", "purchase_factor": "0"}, "purchase_factor"),
        ({"purchase_unit": "nope", "purchase_factor": "2"}, "purchase_unit"),
        ({"operations": [{"name": "Saw", "work_center_id": "019a1fbd-89c1-7029-a420-4e991c5d4aab"}]}, "work_center_id"),
    ],
)
async def test_what_a_part_does_not_take_is_named(api: Api, given: dict[str, Any], field: str):
    answer = await api.post(PARTS, {"part_number": "P", "name": "P"} | given)
    assert (answer.status, answer.json["error"]["field"].rpartition(".")[2]) == (422, field)


async def test_a_number_and_revision_stand_once_and_a_unit_goes_with_its_factor(api: Api):
    made = await part(api, "P", purchase_unit="KGM", purchase_factor="0.5")
    assert (await api.post(PARTS, {"part_number": "P", "name": "P"})).code == "conflict"
    assert (await api.post(PARTS, {"part_number": "P", "revision": "B", "name": "P"})).status == 201
    assert (await api.patch(f"{PARTS}/{made['id']}", {"purchase_factor": None})).status == 422
    both = await api.patch(f"{PARTS}/{made['id']}", {"purchase_factor": None, "purchase_unit": None})
    assert both.data["purchase_unit"] is None


async def test_costs_are_hidden_from_who_may_not_see_them(api: Api, company: Tenant):
    step = {"name": "Saw", "rate": "70", "fixed_charge": "1", "unit_price": "2"}
    made = await part(api, "P", unit_cost="12.5", operations=[step])
    center = (await api.post("/api/v1/work-centers", {"code": "M1", "name": "Mill", "rate_per_hour": "80"})).data
    viewer = await company.key("parts.view")
    seen = (await api.get(f"{PARTS}/{made['id']}?include=operations", key=viewer)).data
    assert "unit_cost" not in seen
    assert not {"rate", "fixed_charge", "unit_price"} & seen["operations"][0].keys()
    assert "rate_per_hour" not in (await api.get(f"/api/v1/work-centers/{center['id']}", key=viewer)).data
    assert (await api.post(f"{PARTS}/{made['id']}/release", key=viewer)).code == "insufficient_scope"


@pytest.mark.parametrize(
    ("revision", "after"),
    [
        ("A", "B"), ("Z", "AA"), ("1", "2"), ("AZ", "BA"), ("ZZ", "AAA"), ("9", "10"), ("009", "010"), ("z", "aa"),
        ("A.9", "A.10"), ("R-Z", "R-AA"), ("-", "-1"), ("A1", "A2"), ("1A", "1B"), ("é", "é1"), ("99", "100"),
    ],
)  # fmt: skip
def test_what_comes_after_a_revision(revision: str, after: str):
    assert next_revision(revision) == after


async def test_unit_and_tracking_stay_once_stock_has_moved_or_a_line_counts_in_them(api: Api):
    place = (await api.post("/api/v1/locations", {"code": "A"})).data["id"]
    made = await part(api, "ROD", kind="material", unit="KGM", tracking="lot")
    path = f"{PARTS}/{made['id']}"
    assert (await api.patch(path, {"unit": "MTR", "tracking": "none"})).data["unit"] == "MTR"
    assert (await api.patch(path, {"unit": "KGM", "tracking": "lot"})).status == 200
    change = {"part_id": made["id"], "location_id": place, "quantity": "2", "lot": "L1"}
    assert (await api.post("/api/v1/stock-movements/adjust", change)).status == 201
    update = "mutation($id: ID!, $input: UpdatePartInput!) { updatePart(id: $id, input: $input) { id } }"
    for field, given in (("unit", {"unit": "GRM"}), ("tracking", {"tracking": "serial"})):
        refused = await api.patch(path, given)
        assert (refused.status, refused.code, refused.json["error"]["field"]) == (409, "conflict", field)
        assert "stock of it has moved" in refused.json["error"]["message"]
        graph = {name: value.upper() if field == "tracking" else value for name, value in given.items()}
        assert (await api.graphql(update, {"id": made["id"], "input": graph})).code == "conflict"
        bulk = await api.post(f"{PARTS}/bulk", {"inputs": [{"id": made["id"]} | given]})
        assert bulk.code == "conflict"
    assert (await api.post("/api/v1/stock-movements/adjust", change | {"quantity": "-2"})).status == 201
    [item] = (await api.get(f"/api/v1/inventory?part_id={made['id']}")).data
    assert (await api.delete(f"/api/v1/inventory/{item['id']}")).status == 200
    assert (await api.patch(path, {"unit": "GRM"})).code == "conflict"
    assert (await api.patch(path, {"unit": "KGM", "name": "Rod"})).data["name"] == "Rod"


async def test_a_unit_stays_once_a_line_counts_in_it(api: Api):
    quoted, above, below = await part(api, "Q"), await part(api, "ABOVE"), await part(api, "BELOW")
    client_id = (await api.post("/api/v1/clients", {"name": "Acme", "currency": "USD"})).data["id"]
    line = {"part_id": quoted["id"], "description": "Q", "quantity": 1, "unit_price": 1}
    assert (await api.post("/api/v1/quotes", {"client_id": client_id, "parts": [line]})).status == 201
    bom = {"component_id": below["id"], "quantity": 1}
    assert (await api.post(f"{PARTS}/{above['id']}/bom-lines", bom)).status == 201
    for made, why in ((quoted, "a quote counts in it"), (below, "it stands in a bill of materials")):
        refused = await api.patch(f"{PARTS}/{made['id']}", {"unit": "KGM"})
        assert (refused.status, why in refused.json["error"]["message"]) == (409, True)
        assert (await api.patch(f"{PARTS}/{made['id']}", {"tracking": "lot"})).status == 200
    assert (await api.patch(f"{PARTS}/{above['id']}", {"unit": "KGM"})).status == 200


async def test_of_a_change_of_tracking_and_first_movements_at_once_one_side_wins(api: Api):
    places = [(await api.post("/api/v1/locations", {"code": f"A{n}"})).data["id"] for n in range(7)]
    for turn in range(6):
        made = await part(api, f"P{turn}")
        moves = [{"part_id": made["id"], "location_id": each, "quantity": "2"} for each in places]
        changed, *moved = await asyncio.gather(
            api.patch(f"{PARTS}/{made['id']}", {"tracking": "serial", "unit": "KGM"}),
            *(api.post("/api/v1/stock-movements/adjust", each) for each in moves),
        )
        if changed.status == 200:
            assert {each.status for each in moved} == {422}
        else:
            assert (changed.status, {each.status for each in moved}) == (409, {201})


async def test_of_a_released_part_only_what_stock_and_buying_go_by_changes(api: Api):
    made = await part(api, "FRAME")
    path = f"{PARTS}/{made['id']}"
    assert (await api.post(f"{path}/release")).status == 200
    given = {"reorder_point": "5", "safety_stock": "2", "lead_time_days": 9, "unit_cost": "1.25"}
    changed = await api.patch(path, given)
    assert changed.status == 200
    assert {name: changed.data[name] for name in given} == given
    assert (await api.post(f"{PARTS}/bulk", {"inputs": [{"id": made["id"], "unit_cost": "2"}]})).status == 200
    assert (await api.get(path)).data["unit_cost"] == "2"
    refused = await api.patch(path, {"unit_cost": "3", "name": "Other"})
    assert (refused.status, refused.json["error"]["field"]) == (409, "status")
    assert (await api.get(path)).data["unit_cost"] == "2"
    assert (await api.post(f"{path}/obsolete")).status == 200
    assert (await api.patch(path, {"reorder_point": None})).data["reorder_point"] is None


async def test_a_row_that_is_changed_by_itself_is_refused_in_its_own_words(api: Api):
    one, two, three = await part(api, "A"), await part(api, "B"), await part(api, "C")
    lines = [{"component_id": each["id"], "quantity": 1} for each in (two, three)]
    made = (await api.patch(f"{PARTS}/{one['id']}?include=bom", {"bom": lines})).data["bom"]
    assert (await api.post(f"{PARTS}/{two['id']}/bom-lines", lines[1])).status == 201
    path = f"/api/v1/bom-lines/{made[1]['id']}"
    refused = await api.patch(path, {"component_id": one["id"]})
    assert (refused.status, refused.json["error"]["field"]) == (422, "component_id")
    assert refused.json["error"]["message"].startswith("component_id: ")
    gone = await part(api, "GONE")
    assert (await api.delete(f"{PARTS}/{gone['id']}")).status == 200
    refused = await api.patch(path, {"component_id": gone["id"]})
    assert (refused.status, refused.json["error"]["field"]) == (422, "component_id")
