"""Purchase orders: written, sent, acknowledged, revised, closed and withdrawn, through both doors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, lines_of, location, order, part, requirement, states, supplier

ORDERS = f"{V1}/purchase-orders"
ADDRESS = {"line1": "1 Mill Lane", "city": "Leeds", "postal_code": "LS1", "country": "GB"}
COPY = {"name": None, "attention": None, "line2": None, "region": None} | ADDRESS
MOVES = ("send", "acknowledge", "close", "cancel", "close-short", "revise", "receive")


async def move(api: Api, verb: str, order_id: str, **how: Any) -> Any:
    return await api.post(f"{ORDERS}/{order_id}/{verb}", **how)


async def test_an_order_is_written_with_its_suppliers_terms_and_exact_totals(api: Api):
    steel = await supplier(api, currency="EUR", payment_terms="Net 30", payment_days=30, delivery_terms="EXW")
    lines = [
        {"description": "Plate", "quantity": "2.5", "unit": "KGM", "unit_price": "3.333333"},
        {"description": "Cutting", "quantity": "1", "unit_price": "0.005"},
    ]
    made = (await api.post(ORDERS, {"supplier_id": steel, "lines": lines, "tax_rate": "0.19"})).data
    shown = ("number", "revision", "status", "currency", "payment_terms", "payment_days", "delivery_terms")
    assert [made[each] for each in shown] == ["PO-1", 1, "draft", "EUR", "Net 30", 30, "EXW"]
    assert [line["total"] for line in made["lines"]] == ["8.33", "0.01"]
    assert [made[each] for each in ("subtotal", "tax", "total")] == ["8.34", "1.58", "9.92"]
    other = (await api.post(ORDERS, {"supplier_id": steel, "currency": "JPY", "payment_terms": "Net 60"})).data
    assert [other[each] for each in ("number", "currency", "payment_terms", "payment_days", "total")] == [
        "PO-2", "JPY", "Net 60", 30, "0",
    ]  # fmt: skip
    text = """mutation($id: ID!) { updatePurchaseOrder(id: $id, input: {taxRate: null, requiredOn: "2027-03-01"}) {
      number requiredOn tax total } }"""
    changed = (await api.graphql(text, {"id": made["id"]})).data["updatePurchaseOrder"]
    assert changed == {"number": "PO-1", "requiredOn": "2027-03-01", "tax": "0.00", "total": "8.34"}


@pytest.mark.parametrize(
    "body",
    [{"status": "sent"}, {"total": "1"}, {"revision": 2}, {"number": "PO-7"}, {"rfq_id": "x"}, {"sent_at": None},
     {"lines": [{"description": "x", "quantity": "0", "unit_price": "1"}]},
     {"lines": [{"description": "x", "quantity": "1", "unit_price": "-1"}]},
     {"lines": [{"description": "x", "quantity": "1", "unit_price": "1", "received_quantity": "1"}]},
     {"lines": [{"description": "x", "quantity": "1", "unit_price": "1", "closed_short": True}]},
     {"over_receipt_tolerance": "-0.1"}, {"currency": "XXY"}, {"ship_to": {"line1": "x"}}],
)  # fmt: skip
async def test_what_no_door_sets_is_refused(api: Api, body: dict[str, Any]):
    refused = await api.post(ORDERS, {"supplier_id": await supplier(api)} | body)
    assert (refused.status, refused.code) == (422, "validation_error")


async def test_a_sent_order_keeps_its_addresses_and_is_locked(api: Api):
    steel = await supplier(api, addresses=[ADDRESS, ADDRESS | {"line1": "2 Mill Lane"}])
    first, second = (await api.get(f"{V1}/suppliers/{steel}")).data["addresses"]
    made = await order(api, steel, sent=False, supplier_address_id=second["id"], ship_to=ADDRESS | {"line2": "Dock 4"})
    text = "mutation($id: ID!) { sendPurchaseOrder(id: $id) { status orderedOn sentAt sentTo { line1 city } } }"
    sent = (await api.graphql(text, {"id": made["id"]})).data["sendPurchaseOrder"]
    assert (sent["status"], sent["sentTo"]) == ("SENT", {"line1": "2 Mill Lane", "city": "Leeds"})
    assert sent["orderedOn"] == sent["sentAt"][:10]
    await api.patch(f"{V1}/supplier-addresses/{second['id']}", {"line1": "Elsewhere"})
    shown = (await api.get(f"{ORDERS}/{made['id']}")).data
    assert shown["sent_to"] == COPY | {"line1": "2 Mill Lane"}
    assert shown["ship_to"] == COPY | {"line2": "Dock 4"}
    [line] = await lines_of(api, made["id"])
    for refused in (
        await api.patch(f"{ORDERS}/{made['id']}", {"currency": "EUR"}),
        await api.patch(f"{ORDERS}/{made['id']}", {"lines": []}),
        await api.post(f"{ORDERS}/{made['id']}/lines", {"description": "x", "quantity": 1, "unit_price": 1}),
        await api.patch(f"{V1}/purchase-order-lines/{line['id']}", {"quantity": "11"}),
        await api.delete(f"{V1}/purchase-order-lines/{line['id']}"),
        await api.delete(f"{ORDERS}/{made['id']}"),
        await move(api, "send", made["id"]),
        await move(api, "close", made["id"]),
    ):
        assert (refused.status, refused.code) == (409, "conflict")
    assert (await api.patch(f"{ORDERS}/{made['id']}", {"notes": "call", "tags": ["rush"]})).data["notes"] == "call"
    none = await order(api, await supplier(api, "Other"))
    assert (none["sent_to"], none["ship_to"]) == ({}, {})
    assert first["line1"] == "1 Mill Lane"
    empty = (await api.post(ORDERS, {"supplier_id": steel})).data
    assert (await move(api, "send", empty["id"])).code == "conflict"


async def test_an_order_lives_to_its_end(api: Api, company: Tenant):
    steel = await supplier(api)
    made = await order(api, steel, {}, {"description": "Bar"})
    body = {"promised_on": "2027-01-15", "supplier_reference": "SO-9"}
    told = (await move(api, "acknowledge", made["id"], json=body)).data
    assert [told[each] for each in ("status", "promised_on", "supplier_reference")] == [
        "acknowledged",
        "2027-01-15",
        "SO-9",
    ]
    assert told["acknowledged_at"] is not None
    assert (await move(api, "acknowledge", made["id"])).code == "conflict"
    first, _ = await lines_of(api, made["id"])
    came = {"lines": [{"line_id": first["id"], "quantity": "4"}]}
    await move(api, "receive", made["id"], json=came)
    assert await states(api, made["id"]) == ["partially_received"]
    for verb in ("cancel", "revise", "close", "send"):
        assert (await move(api, verb, made["id"])).code == "conflict"
    short = await api.post(f"{V1}/purchase-order-lines/{first['id']}/close-short")
    assert short.data["status"] == "partially_received"
    assert (await api.post(f"{V1}/purchase-order-lines/{first['id']}/close-short")).code == "conflict"
    text = "mutation($id: ID!) { closeShortPurchaseOrder(id: $id) { status lines { nodes { closedShort } } } }"
    done = (await api.graphql(text, {"id": made["id"]})).data["closeShortPurchaseOrder"]
    assert done == {"status": "RECEIVED", "lines": {"nodes": [{"closedShort": True}, {"closedShort": True}]}}
    assert (await move(api, "receive", made["id"])).code == "conflict"
    assert (await move(api, "close", made["id"])).data["status"] == "closed"
    for verb in MOVES:
        assert (await move(api, verb, made["id"])).code == "conflict"
    events = await company.all("select type from outbox where type like 'purchase_order.%' order by sequence")
    assert [row[0].removeprefix("purchase_order.") for row in events] == [
        "created", "sent", "acknowledged", "partially_received", "updated", "received", "closed",
    ]  # fmt: skip


async def test_what_nothing_came_of_is_cancelled_rather_than_closed_short(api: Api):
    made = await order(api, await supplier(api))
    assert (await move(api, "close-short", made["id"])).code == "conflict"
    text = "mutation($id: ID!) { cancelPurchaseOrder(id: $id) { status } }"
    assert (await api.graphql(text, {"id": made["id"]})).data["cancelPurchaseOrder"] == {"status": "CANCELLED"}
    for verb in MOVES:
        assert (await move(api, verb, made["id"])).code == "conflict"


async def test_a_revision_keeps_the_number(api: Api):
    need = await requirement(api)
    made = await order(api, await supplier(api), {"requirement_id": need["id"]})
    await move(api, "acknowledge", made["id"])
    revised = (await move(api, "revise", made["id"])).data
    shown = [revised[each] for each in ("number", "revision", "status", "sent_at", "acknowledged_at")]
    assert shown == [made["number"], 2, "draft", None, None]
    [line] = await lines_of(api, made["id"])
    changed = await api.patch(f"{V1}/purchase-order-lines/{line['id']}", {"quantity": "12"})
    assert (changed.data["quantity"], changed.data["total"]) == ("12", "30.00")
    assert (await move(api, "send", made["id"])).data["revision"] == 2
    assert await states(api, made["id"], need["id"]) == ["sent", "has_po"]


async def test_another_supplier_clears_what_was_the_old_ones(api: Api):
    steel = await supplier(api, contacts=[{"first_name": "Ann"}], addresses=[ADDRESS])
    shown = (await api.get(f"{V1}/suppliers/{steel}")).data
    chosen = {"contact_id": shown["contacts"][0]["id"], "supplier_address_id": shown["addresses"][0]["id"]}
    made = await order(api, steel, sent=False, **chosen)
    assert {each: made[each] for each in chosen} == chosen
    other = await supplier(api, "Other")
    moved = (await api.patch(f"{ORDERS}/{made['id']}", {"supplier_id": other})).data
    assert (moved["supplier_id"], moved["contact_id"], moved["supplier_address_id"]) == (other, None, None)
    refused = await api.patch(f"{ORDERS}/{made['id']}", chosen)
    assert refused.status in {409, 422}


async def test_each_verb_has_its_scope(api: Api, key: Key, company: Tenant):
    await location(company)
    made = await order(api, await supplier(api), {"part_id": await part(company)}, sent=False)
    viewer = await key("purchasing.view", "purchasing.edit", "purchasing.create", "purchasing.delete")
    sender, receiver = await key("purchasing.send"), await key("purchasing.receive")
    for verb in MOVES:
        assert (await move(api, verb, made["id"], key=viewer)).code == "insufficient_scope"
    assert (await move(api, "send", made["id"], key=receiver)).code == "insufficient_scope"
    assert (await move(api, "send", made["id"], key=sender)).data["status"] == "sent"
    assert (await move(api, "receive", made["id"], key=sender)).code == "insufficient_scope"
    came = (await move(api, "receive", made["id"], key=receiver)).data
    assert "unit_cost" not in came["lines"][0]
    text = "query($id: ID!) { receipt(id: $id) { lines { nodes { quantity unitCost } } } }"
    denied = (await api.graphql(text, {"id": came["id"]}, key=receiver)).json
    assert denied["data"]["receipt"]["lines"]["nodes"] == [{"quantity": "10", "unitCost": None}]
    assert {each["extensions"]["code"] for each in denied["errors"]} == {"insufficient_scope"}
    assert (await api.get(f"{V1}/receipts/{came['id']}")).data["lines"][0]["unit_cost"] == "2.50"


async def test_orders_are_moved_by_graphql_as_well(api: Api):
    made = await order(api, await supplier(api))
    for name, status in (("acknowledgePurchaseOrder", "ACKNOWLEDGED"), ("revisePurchaseOrder", "DRAFT")):
        text = f"mutation($id: ID!) {{ {name}(id: $id) {{ status revision }} }}"
        assert (await api.graphql(text, {"id": made["id"]})).data[name]["status"] == status
        assert (await api.graphql(text, {"id": made["id"]})).errors[0]["extensions"]["code"] == "conflict"
    await move(api, "send", made["id"])
    await move(api, "receive", made["id"])
    text = "mutation($id: ID!) { closePurchaseOrder(id: $id) { status revision } }"
    closed = (await api.graphql(text, {"id": made["id"]})).data["closePurchaseOrder"]
    assert closed == {"status": "CLOSED", "revision": 2}
