"""The kit, by a hard resource: a repair order of three levels, used through both doors by keys with exact scopes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.drafting import draft
from engine.graph.graph import Graph
from engine.run import audit
from engine.run.context import Reading
from engine.runtime import Runtime
from engine.sql.projection import event_projections
from tests.kit.client import Client as Api
from tests.kit.doors import Doors
from tests.kit.fixtures import Key, address
from tests.kit.repairing import declared
from tests.kit.tenant import Tenant

LINE = {"description": "Plate", "quantity": "10", "unitPrice": "2.505"}
DEEP = {**LINE, "schedules": [{"dueOn": "2026-01-31", "quantity": "4"}, {"dueOn": "2026-02-28", "quantity": "6"}]}
ORDERS = "/api/v1/repair-orders"
SHOWN = """number status total
  lines { nodes { position description total receivedQuantity schedules { nodes { quantity } } } }"""


DRAFTED = Path(__file__).parent / "kit" / "repairing" / "migration.py"


UNDONE = """
drop table repair_orders, repair_order_lines, repair_order_schedules, arrivals cascade;
drop function arrivals_repair_order_id_alive, repair_orders_required_by_arrivals_repair_order_id"""


@pytest.fixture
async def shop(runtime: Runtime, owner: Any, key: Key) -> AsyncIterator[Api]:
    with declared():
        from tests.kit.repairing import migration, schema  # noqa: PLC0415  # the tables are here for these tests

        for statement in migration.statements():
            await owner.execute(statement)
        graph = Graph(schema.Query, schema.Mutation, schema.TYPES)
        projections = event_projections(graph.catalogue)
        opened = Runtime(graph, runtime.database, runtime.gate, projections, installation=runtime.installation)
        scopes = ("quotes.view", "quotes.create", "quotes.edit", "quotes.delete", "quotes.send")
        yield Api(Doors(opened), address(), await key(*scopes))  # type: ignore[arg-type]
        await owner.execute(UNDONE)


async def test_the_migration_is_what_the_draft_says(database_url: str):
    engine = create_async_engine("postgresql+asyncpg" + database_url[database_url.index("://") :], poolclass=NullPool)
    with declared() as names:
        async with engine.connect() as connection:
            text = await connection.run_sync(draft, "Repair orders", "0000", "none", names)
    await engine.dispose()
    assert text == DRAFTED.read_text()


async def order(shop: Api, *lines: dict[str, Any], **given: Any) -> Any:
    body = {"supplier": "Steel & Co", "currency": "USD", "lines": list(lines) or [DEEP, LINE]} | given
    answer = await shop.post(ORDERS, body)
    assert answer.status == 201, answer.body
    return answer.data


async def shown(shop: Api, row_id: str) -> Any:
    document = f"query($id: ID!) {{ repairOrder(id: $id) {{ {SHOWN} }} }}"
    return (await shop.graphql(document, {"id": row_id})).data["repairOrder"]


async def events(owner: Any, company: Tenant) -> list[str]:
    rows = await owner.fetch("select type from outbox where workspace_id = $1 order by sequence", company.workspace_id)
    return [row["type"] for row in rows]


async def test_an_order_of_three_levels_is_written_at_once(shop: Api, company: Tenant, owner: Any):
    made = await order(shop)
    assert (made["number"], made["status"], made["total"]) == ("RO-1", "draft", "50.10")
    found = await shown(shop, made["id"])
    first, second = found["lines"]["nodes"]
    assert [each["quantity"] for each in first["schedules"]["nodes"]] == ["4", "6"]
    assert (first["total"], second["total"], second["schedules"]["nodes"]) == ("25.05", "25.05", [])
    assert await events(owner, company) == ["repair_order.created"]


async def test_rows_of_every_level_are_in_the_audit_of_their_record(shop: Api, company: Tenant, owner: Any):
    made = await order(shop)
    path = f"{ORDERS}/{made['id']}"
    [first, _] = (await shop.get(f"{path}?include=lines")).data["lines"]
    kept = {**LINE, "id": first["id"], "schedules": [{"dueOn": "2026-03-31", "quantity": "7"}]}
    assert (await shop.patch(path, {"lines": [kept]})).status == 200
    rows = await owner.fetch("select action, changes from audit where record_id = $1 order by at", UUID(made["id"]))
    assert [row["action"] for row in rows] == ["created", "updated"]
    from tests.kit.repairing import schema  # noqa: PLC0415  # the tables are here for these tests

    ctx = Reading(company.principal("quotes.view"), Graph(schema.Query, schema.Mutation, schema.TYPES).catalogue)
    created, updated = (audit.shown(ctx, "repair_order", orjson.loads(row["changes"])) for row in rows)
    assert created["number"] == {"old": None, "new": "RO-1"}
    assert [each["change"] for each in created["lines"]] == ["added", "added"]
    assert [(each["in"], each["fields"]["quantity"]["new"]) for each in created["schedules"]] == [
        (first["id"], "4"),
        (first["id"], "6"),
    ]
    assert [each["change"] for each in updated["lines"]] == ["removed"]
    assert [(each["in"], each["change"]) for each in updated["schedules"]] == [
        (first["id"], "added"),
        (first["id"], "removed"),
        (first["id"], "removed"),
    ]


async def test_what_is_sent_whole_replaces_and_what_is_named_stays_at_every_level(shop: Api, owner: Any):
    made = await order(shop)
    path = f"{ORDERS}/{made['id']}"
    [first, second] = (await shop.get(f"{path}?include=lines")).data["lines"]
    rows = await owner.fetch("select id::text, quantity from repair_order_schedules order by position")
    kept = {"id": rows[1]["id"], "dueOn": "2026-03-31", "quantity": "7"}
    lines = [{**LINE, "id": second["id"], "quantity": "1"}, {**LINE, "id": first["id"], "schedules": [kept]}]
    changed = (await shop.patch(path, {"lines": lines})).data
    assert (changed["version"], changed["total"]) == (2, "27.56")
    found = (await shown(shop, made["id"]))["lines"]["nodes"]
    assert [(each["position"], each["total"]) for each in found] == [(1, "2.51"), (2, "25.05")]
    left = await owner.fetch("select id::text, quantity::text, position from repair_order_schedules")
    assert [tuple(row) for row in left] == [(rows[1]["id"], "7", 1)]
    for wrong in (rows[0]["id"], made["id"]):
        bad = {**LINE, "id": first["id"], "schedules": [{**kept, "id": wrong}]}
        refused = await shop.patch(path, {"lines": [bad]})
        assert refused.status == 422
        assert refused.json["error"]["message"] == "lines[0].schedules[0].id: not in this document"
    assert (await shop.patch(path, {"lines": []})).data["total"] == "0.00"
    assert await owner.fetchval("select count(*) from repair_order_schedules") == 0


async def test_a_list_inside_a_line_that_is_not_named_stays(shop: Api, owner: Any):
    made = await order(shop)
    path = f"{ORDERS}/{made['id']}"
    [first, second] = (await shop.get(f"{path}?include=lines")).data["lines"]
    by_id = "select id from repair_order_schedules order by id"
    before = await owner.fetch(by_id)
    assert len(before) == 2
    lines = [{**LINE, "id": second["id"]}, {**LINE, "id": first["id"], "quantity": "3"}]
    assert (await shop.patch(path, {"lines": lines})).status == 200
    document = "mutation($id: ID!, $i: UpdateRepairOrderInput!) { updateRepairOrder(id: $id, input: $i) { version } }"
    assert (await shop.graphql(document, {"id": made["id"], "i": {"lines": lines}})).data
    assert await owner.fetch(by_id) == before
    lines[1]["schedules"] = []
    assert (await shop.patch(path, {"lines": lines})).status == 200
    assert await owner.fetch(by_id) == []


async def test_one_line_has_routes_of_its_own(shop: Api, company: Tenant, owner: Any):
    made = await order(shop, LINE)
    late = await shop.post(f"{ORDERS}/{made['id']}/lines", DEEP, headers={"if-match": '"2"'})
    assert (late.status, late.code) == (409, "conflict")
    added = await shop.post(f"{ORDERS}/{made['id']}/lines", {**DEEP, "description": "Bar"}, headers={"if-match": '"1"'})
    assert (added.status, added.data["position"], added.data["total"]) == (201, 2, "25.05")
    line = f"/api/v1/repair-order-lines/{added.data['id']}"
    stale = await shop.patch(line, {"quantity": "1"}, headers={"if-match": '"1"'})
    assert (stale.status, stale.code) == (409, "conflict")
    changed = await shop.patch(line, {"quantity": "2"}, headers={"if-match": '"2"'})
    assert (changed.data["quantity"], changed.data["total"]) == ("2", "5.01")
    deeper = await shop.post(f"{line}/schedules", {"dueOn": "2026-05-01", "quantity": "1"})
    assert (deeper.status, deeper.data["position"]) == (201, 3)
    found = await shown(shop, made["id"])
    assert (found["total"], len(found["lines"]["nodes"][1]["schedules"]["nodes"])) == ("30.06", 3)
    [first, _] = (await shop.get(f"{ORDERS}/{made['id']}?include=lines")).data["lines"]
    gone = await shop.delete(f"/api/v1/repair-order-lines/{first['id']}")
    assert gone.status == 200, gone.body
    found = await shown(shop, made["id"])
    assert [(each["position"], each["description"]) for each in found["lines"]["nodes"]] == [(1, "Bar")]
    assert found["total"] == "5.01"
    assert await events(owner, company) == ["repair_order.created", *["repair_order.updated"] * 4]
    for wrong in (first["id"], made["id"]):
        answer = await shop.patch(f"/api/v1/repair-order-lines/{wrong}", {"quantity": "1"})
        assert (answer.status, answer.json["error"]["message"]) == (404, "RepairOrderLine not found")
    assert (await shop.delete(line)).status == 200
    assert await owner.fetchval("select count(*) from repair_order_schedules") == 0


async def test_lines_changed_at_once_by_their_routes_are_all_changed(shop: Api):
    made = await order(shop, *[LINE] * 8)
    lines = (await shop.get(f"{ORDERS}/{made['id']}?include=lines")).data["lines"]
    sent = [shop.patch(f"/api/v1/repair-order-lines/{each['id']}", {"quantity": "1"}) for each in lines]
    assert {answer.status for answer in await asyncio.gather(*sent)} == {200}
    found = (await shop.get(f"{ORDERS}/{made['id']}")).data
    assert (found["version"], found["total"]) == (9, "20.08")


async def test_moves_go_where_they_may_and_lock_the_content(shop: Api, company: Tenant, owner: Any):
    made = await order(shop)
    path = f"{ORDERS}/{made['id']}"
    refused = await shop.post(f"{path}/acknowledge")
    assert (refused.status, refused.json["error"]["message"]) == (
        409,
        "Repair order RO-1 is draft: it can be acknowledged only while it is sent",
    )
    sent = (await shop.post(f"{path}/send")).data
    assert sent["status"] == "sent"
    assert sent["sent_at"] is not None
    for method, where, body in (
        ("PATCH", path, {"buyer": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/lines", LINE),
        ("POST", f"{path}/send", None),
    ):
        answer = await shop.request(method, where, json=body)
        assert (answer.status, answer.code) == (409, "conflict")
    by_graph = await shop.graphql(
        "mutation($id: ID!) { acknowledgeRepairOrder(id: $id) { status } }", {"id": made["id"]}
    )
    assert by_graph.data == {"acknowledgeRepairOrder": {"status": "ACKNOWLEDGED"}}
    answers = await asyncio.gather(*(shop.post(f"{path}/cancel") for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [200, *[409] * 5]
    assert await events(owner, company) == [
        f"repair_order.{each}" for each in ("created", "sent", "acknowledged", "cancelled")
    ]


async def test_a_receipt_locks_the_order_changes_it_and_answers_itself(shop: Api, company: Tenant, owner: Any):
    made = await order(shop, LINE)
    path = f"{ORDERS}/{made['id']}"
    [line] = (await shop.get(f"{path}?include=lines")).data["lines"]
    receive = {"lineId": line["id"], "quantity": "4", "receivedOn": "2026-04-01"}
    assert (await shop.post(f"{path}/receive", receive)).code == "conflict"
    await shop.post(f"{path}/send")
    arrival = await shop.post(f"{path}/receive", receive)
    assert (arrival.status, arrival.data["number"], arrival.data["repair_order_id"]) == (
        201,
        "AR-1",
        made["id"],
    )
    assert (await shown(shop, made["id"]))["status"] == "PARTIALLY_RECEIVED"
    rest = {"lineId": line["id"], "quantity": "6"}
    answers = await asyncio.gather(*(shop.post(f"{path}/receive", rest) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 7]
    found = await shown(shop, made["id"])
    assert (found["status"], found["lines"]["nodes"][0]["receivedQuantity"]) == ("RECEIVED", "10")
    told = [
        "repair_order.created",
        "repair_order.sent",
        *["repair_order.received", "arrival.created"] * 2,
    ]
    assert await events(owner, company) == told
    numbers = await company.value("select numbers from clocks")
    assert numbers == '{"arrival": 2, "repair_order": 1}'


async def test_a_deleted_order_is_restored_with_what_is_inside_it(shop: Api):
    made = await order(shop)
    path = f"{ORDERS}/{made['id']}"
    assert (await shop.post(f"{path}/restore")).code == "conflict"
    assert (await shop.delete(path)).status == 200
    assert (await shop.get(path)).status == 404
    restored = (await shop.post(f"{path}/restore")).data
    assert (restored["deleted_at"], restored["version"], restored["total"]) == (None, 3, "50.10")
    assert len((await shown(shop, made["id"]))["lines"]["nodes"]) == 2


async def test_several_orders_are_written_in_one_flush(shop: Api, company: Tenant, owner: Any):
    document = "mutation($o: [CreateRepairOrderInput!]!) { createRepairOrders(orders: $o) { number total } }"
    orders = [{"supplier": f"S{n}", "currency": "USD", "lines": [DEEP] * n} for n in range(3)]
    found = (await shop.graphql(document, {"o": orders})).data["createRepairOrders"]
    assert found == [{"number": f"RO-{n + 1}", "total": f"{25.05 * n:.2f}"} for n in range(3)]
    assert await owner.fetchval("select count(*) from repair_order_schedules") == 6
    assert await company.value("select tick from clocks") == 3
    bad = [orders[0], {**orders[1], "currency": "ZZZ"}]
    assert (await shop.graphql(document, {"o": bad})).code == "validation_error"
    assert await company.value("select count(*) from repair_orders") == 3


async def test_what_is_derived_or_fixed_is_in_no_input_that_could_change_it(shop: Api):
    made = await order(shop)
    path = f"{ORDERS}/{made['id']}"
    for body in ({"status": "sent"}, {"total": "1"}, {"number": "X"}, {"currency": "EUR"}, {"sentAt": None}):
        assert (await shop.patch(path, body)).json["error"]["message"].endswith(": unknown field")
    received = {**LINE, "receivedQuantity": "1"}
    assert (await shop.patch(path, {"lines": [received]})).json["error"]["message"] == (
        "lines[0].receivedQuantity: unknown field"
    )


@pytest.mark.parametrize(
    ("verb", "scope"), [("send", "quotes.send"), ("acknowledge", "quotes.edit"), ("receive", "quotes.create")]
)
async def test_each_move_needs_its_scope(shop: Api, key: Key, verb: str, scope: str):
    made = await order(shop)
    narrow = await key(*({"quotes.view", "quotes.create", "quotes.edit", "quotes.send"} - {scope}))
    answer = await shop.post(f"{ORDERS}/{made['id']}/{verb}", {"lineId": made["id"], "quantity": 1}, key=narrow)
    assert (answer.status, answer.code) in {(403, "insufficient_scope"), (422, "validation_error")}
    assert scope in answer.json["error"]["message"]


async def test_a_draft_is_sent_once_by_a_key_that_may_send(shop: Api, key: Key):
    made = await shop.post(ORDERS, {"supplier": "Acme", "currency": "USD", "lines": [LINE]})
    send = f"{ORDERS}/{made.data['id']}/send"
    viewer, buyer = await key("quotes.view"), await key("quotes.view", "quotes.send")
    assert (await shop.post(send, key=viewer)).code == "insufficient_scope"
    assert (await shop.post(send, key=buyer)).data["status"] == "sent"
    assert (await shop.post(send, key=buyer)).code == "conflict"


async def test_what_comes_by_itself_comes_for_three_levels(shop: Api):
    """Several at once: lines and what is inside them keep their ids where they are sent again."""
    body = {"external_ids": [{"system": "erp", "external_id": "1"}], "supplier": "Steel & Co", "currency": "USD"}
    rows = {"inputs": [body | {"lines": [DEEP, LINE]}]}
    made = (await shop.post(f"{ORDERS}/bulk", rows)).data
    assert (made["created"], made["rows"][0]["result"]) == (1, "created")
    row_id = made["rows"][0]["id"]
    one = f"{ORDERS}/{row_id}"
    before = (await shop.get(one)).data
    assert (await shop.post(f"{ORDERS}/bulk", rows)).data["unchanged"] == 1
    assert (await shop.get(one)).data == before
    rows["inputs"][0]["lines"] = [DEEP | {"quantity": "11"}, LINE]
    assert (await shop.post(f"{ORDERS}/bulk", rows)).data["updated"] == 1
    after = (await shop.get(one)).data
    assert [each["id"] for each in after["lines"]] == [each["id"] for each in before["lines"]]
    assert (await shop.delete(one)).status == 200
    assert (await shop.post(f"{one}/restore")).data["deleted_at"] is None
