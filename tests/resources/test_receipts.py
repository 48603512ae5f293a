"""Receipts: what comes for an order goes into stock, and goes out again when it is voided; all of it exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, lines_of, location, on_hand, order, part, requirement, states, supplier


async def receive(api: Api, order_id: str, *lines: dict[str, Any], **given: Any) -> Any:
    body = given | ({"lines": list(lines)} if lines else {})
    return await api.post(f"{V1}/purchase-orders/{order_id}/receive", body or None)


async def movements(company: Tenant) -> list[tuple[Decimal, Decimal, str]]:
    sql = "select quantity, balance_after, reason from stock_movements order by moved_at, number"
    return [tuple(row) for row in await company.all(sql)]


async def test_goods_come_in_parts_and_all_at_once(api: Api, company: Tenant):
    place, plate, need = await location(company), await part(company), await requirement(api)
    ordered = {"part_id": plate, "requirement_id": need["id"], "quantity": "10"}
    made = await order(api, await supplier(api), ordered, {"description": "Freight", "quantity": "1"})
    first, freight = await lines_of(api, made["id"])
    came = await receive(
        api, made["id"], {"line_id": first["id"], "quantity": "2.5"}, delivery_note="DN-1", received_on="2025-10-01"
    )
    assert came.status == 201
    shown = [came.data[each] for each in ("number", "status", "received_on", "delivery_note", "purchase_order_id")]
    assert shown == ["RC-1", "posted", "2025-10-01", "DN-1", made["id"]]
    [row] = came.data["lines"]
    assert [row[each] for each in ("quantity", "stock_quantity", "unit_cost", "location_id")] == [
        "2.5",
        "2.5",
        "2.50",
        place,
    ]
    assert await states(api, made["id"], need["id"]) == ["partially_received", "has_po"]
    text = "mutation($id: ID!) { receivePurchaseOrder(id: $id) { number lines { nodes { quantity } } } }"
    rest = (await api.graphql(text, {"id": made["id"]})).data["receivePurchaseOrder"]
    assert rest == {"number": "RC-2", "lines": {"nodes": [{"quantity": "7.5"}, {"quantity": "1"}]}}
    assert await states(api, made["id"], need["id"]) == ["received", "received"]
    assert await on_hand(company) == Decimal(10)
    assert await movements(company) == [
        (Decimal("2.5"), Decimal("2.5"), "receipt"),
        (Decimal("7.5"), Decimal(10), "receipt"),
    ]
    assert (await receive(api, made["id"])).code == "conflict"
    assert [line["receivedQuantity"] for line in await lines_of(api, made["id"])] == ["10.0", "1"]
    assert freight["receivedQuantity"] == "0"


@pytest.mark.parametrize(
    ("tolerance", "quantity", "most", "over"),
    [("0", "100", "100", "100.000001"), ("0.05", "100", "105", "105.000001"), ("0.000001", "3", "3.000003", "3.000004"),
     ("0.1", "0.000001", "0.000001", "0.000002"), ("0.333333", "7", "9.333331", "9.333332"),
     ("10", "1", "11", "11.000001")],
)  # fmt: skip
async def test_the_tolerance_is_exact(api: Api, tolerance: str, quantity: str, most: str, over: str):
    made = await order(api, await supplier(api), {"quantity": quantity}, over_receipt_tolerance=tolerance)
    [line] = await lines_of(api, made["id"])
    refused = await receive(api, made["id"], {"line_id": line["id"], "quantity": over})
    assert (refused.status, refused.code) == (409, "conflict")
    assert await states(api, made["id"]) == ["sent"]
    assert (await receive(api, made["id"], {"line_id": line["id"], "quantity": most})).status == 201
    assert await states(api, made["id"]) == ["received"]


async def test_the_tolerance_of_a_line_stands_in_for_the_orders(api: Api):
    lines: list[dict[str, Any]] = [{"over_receipt_tolerance": "0"}, {"over_receipt_tolerance": "0.2"}, {}]
    made = await order(api, await supplier(api), *lines, over_receipt_tolerance="0.1")
    ids = [line["id"] for line in await lines_of(api, made["id"])]
    for line_id, most, over in zip(ids, ("10", "12", "11"), ("10.1", "12.1", "11.1"), strict=True):
        assert (await receive(api, made["id"], {"line_id": line_id, "quantity": over})).code == "conflict"
        assert (await receive(api, made["id"], {"line_id": line_id, "quantity": most})).status == 201
    assert await states(api, made["id"]) == ["received"]


async def test_one_line_named_twice_counts_twice(api: Api):
    made = await order(api, await supplier(api))
    [line] = await lines_of(api, made["id"])
    half = {"line_id": line["id"], "quantity": "5"}
    assert (await receive(api, made["id"], half, half, half)).code == "conflict"
    assert (await receive(api, made["id"], half, half)).status == 201
    assert await states(api, made["id"]) == ["received"]


async def test_stock_rises_in_the_parts_unit_at_its_cost(api: Api, company: Tenant):
    await location(company)
    bar = await part(company, unit="MTR")
    made = await order(
        api, await supplier(api), {"part_id": bar, "unit": "KGM", "factor": "3", "quantity": "4", "unit_price": "10"}
    )
    [row] = (await receive(api, made["id"])).data["lines"]
    assert [row[each] for each in ("quantity", "stock_quantity", "unit_cost")] == ["4", "12", "3.333333"]
    foreign = await order(api, await supplier(api, "Euro", currency="EUR"), {"part_id": bar, "quantity": "1"})
    [row] = (await receive(api, foreign["id"])).data["lines"]
    assert [row[each] for each in ("stock_quantity", "unit_cost")] == ["1", None]
    assert await on_hand(company) == Decimal(13)
    assert await company.value("select unit_cost from inventory_items") == Decimal("3.333333")


async def test_what_is_wrong_is_told_together_and_nothing_moves(api: Api, company: Tenant):
    await location(company)
    lot, serial = await part(company, "L", tracking="lot"), await part(company, "S", tracking="serial")
    made = await order(api, await supplier(api), {"part_id": lot}, {"part_id": serial}, {"description": "Service"})
    refused = await receive(api, made["id"])
    assert refused.code == "validation_error"
    assert {each["field"] for each in refused.json["error"]["details"]} == {"lines[0].lot", "lines[1].serial"}
    one, two, _ = await lines_of(api, made["id"])
    other = await order(api, await supplier(api, "Other"))
    [strange] = await lines_of(api, other["id"])
    refused = await receive(api, made["id"], {"line_id": strange["id"]})
    assert refused.json["error"]["details"][0]["field"] == "lines[0].line_id"
    assert (
        await receive(api, made["id"], {"line_id": two["id"], "quantity": "2", "serial": "A"})
    ).code == "validation_error"
    assert (
        await receive(api, made["id"], {"line_id": one["id"], "lot": "B", "serial": "A"})
    ).code == "validation_error"
    for bad in ({"quantity": "0"}, {"quantity": "-1"}, {"quantity": "1.0000001"}, {"quantity": "x"}):
        assert (await receive(api, made["id"], {"line_id": one["id"], "lot": "B"} | bad)).code == "validation_error"
    assert (await receive(api, made["id"], lines=[])).code == "validation_error"
    assert (await on_hand(company), await movements(company)) == (0, [])
    good = await receive(
        api, made["id"], {"line_id": one["id"], "lot": "B"}, {"line_id": two["id"], "quantity": 1, "serial": "A"}
    )
    assert good.status == 201
    assert await on_hand(company) == 11


async def test_goods_need_a_place(api: Api, company: Tenant):
    plate = await part(company)
    made = await order(api, await supplier(api), {"part_id": plate, "quantity": "3"})
    [line] = await lines_of(api, made["id"])
    assert (await receive(api, made["id"])).json["error"]["field"] == "location_id"
    main, yard = await location(company), await location(company, "YARD")
    assert (await receive(api, made["id"])).json["error"]["field"] == "location_id"
    assert (await receive(api, made["id"], {"line_id": line["id"], "quantity": 1, "location_id": yard})).status == 201
    assert (await receive(api, made["id"], location_id=main)).status == 201
    found = await company.all("select location_id, on_hand from inventory_items order by on_hand")
    assert [(str(row[0]), row[1]) for row in found] == [(yard, 1), (main, 2)]


async def test_a_receipt_that_is_voided_is_as_if_it_had_not_been(api: Api, company: Tenant):
    await location(company)
    plate, need = await part(company), await requirement(api)
    made = await order(api, await supplier(api), {"part_id": plate, "requirement_id": need["id"]})
    await api.post(f"{V1}/purchase-orders/{made['id']}/acknowledge")
    [line] = await lines_of(api, made["id"])
    first = (await receive(api, made["id"], {"line_id": line["id"], "quantity": "4"})).data
    second = (await receive(api, made["id"])).data
    assert (await api.post(f"{V1}/purchase-orders/{made['id']}/close")).data["status"] == "closed"
    text = "mutation($id: ID!) { voidReceipt(id: $id) { status voidedAt } }"
    voided = (await api.graphql(text, {"id": second["id"]})).data["voidReceipt"]
    assert (voided["status"], voided["voidedAt"] is not None) == ("VOIDED", True)
    assert await states(api, made["id"], need["id"]) == ["partially_received", "has_po"]
    assert (await api.post(f"{V1}/receipts/{second['id']}/void")).code == "conflict"
    assert (await api.post(f"{V1}/receipts/{first['id']}/void")).data["status"] == "voided"
    assert await states(api, made["id"], need["id"]) == ["acknowledged", "has_po"]
    assert await on_hand(company) == 0
    assert [row[0] for row in await movements(company)] == [4, 6, -6, -4]
    assert (await receive(api, made["id"])).status == 201
    assert await states(api, made["id"], need["id"]) == ["received", "received"]
    assert (await on_hand(company), (await api.get(f"{V1}/requirements/{need['id']}")).data["received_quantity"]) == (
        10,
        "10",
    )


async def test_what_is_gone_from_stock_cannot_be_voided(api: Api, company: Tenant):
    await location(company)
    made = await order(api, await supplier(api), {"part_id": await part(company)})
    came = (await receive(api, made["id"])).data
    [item] = (await api.get(f"{V1}/inventory")).data
    scrapped = await api.post(f"{V1}/stock-movements/scrap", {"inventory_item_id": item["id"], "quantity": "1"})
    assert scrapped.status == 201, scrapped.body
    assert (await api.post(f"{V1}/receipts/{came['id']}/void")).code == "conflict"
    assert await states(api, made["id"]) == ["received"]
    assert (await api.get(f"{V1}/receipts/{came['id']}")).data["status"] == "posted"


async def test_a_receipt_is_not_changed_nor_deleted(api: Api):
    made = await order(api, await supplier(api))
    came = (await receive(api, made["id"], notes="left door")).data
    assert came["notes"] == "left door"
    one = f"{V1}/receipts/{came['id']}"
    assert (await api.patch(one, {"notes": "right door", "tags": ["x"]})).data["notes"] == "right door"
    refused: list[dict[str, Any]] = [
        {"received_on": "2026-01-01"},
        {"status": "voided"},
        {"lines": []},
        {"delivery_note": "x"},
    ]
    for body in refused:
        assert (await api.patch(one, body)).code == "validation_error"
    assert (await api.delete(one)).status == 405
    assert (await api.post(f"{V1}/receipts", {})).status == 405


async def test_a_line_closed_short_is_open_again_without_its_receipt(api: Api):
    need = await requirement(api)
    made = await order(api, await supplier(api), {"requirement_id": need["id"]})
    [line] = await lines_of(api, made["id"])
    came = (await receive(api, made["id"], {"line_id": line["id"], "quantity": "4"})).data
    short = await api.post(f"{V1}/purchase-orders/{made['id']}/close-short")
    assert short.data["status"] == "received"
    assert await states(api, made["id"], need["id"]) == ["received", "pending"]
    again = {"supplier_id": made["supplier_id"], "requirement_ids": [need["id"]]}
    rest = (await api.post(f"{V1}/purchase-orders/from-requirements", again)).data
    assert [each["quantity"] for each in rest["lines"]] == ["6"]
    refused = await api.post(f"{V1}/receipts/{came['id']}/void")
    assert (refused.code, rest["number"] in refused.json["error"]["message"]) == ("conflict", True)
    await api.delete(f"{V1}/purchase-orders/{rest['id']}")
    assert (await api.post(f"{V1}/receipts/{came['id']}/void")).status == 200
    assert await states(api, made["id"], need["id"]) == ["sent", "has_po"]
    assert (await receive(api, made["id"])).data["lines"][0]["quantity"] == "10"


async def bought(api: Api, supplier_id: str, part_id: str, quantity: str, price: str | None) -> str:
    """Order so many of a part, and take them in; returns the receipt."""
    line = {"part_id": part_id, "quantity": quantity, "unit_price": price}
    made = await order(api, supplier_id, line)
    return str((await receive(api, made["id"])).data["id"])


async def cost(api: Api) -> Any:
    return (await api.get(f"{V1}/inventory")).data[0]["unit_cost"]


@pytest.mark.parametrize(
    ("there", "came"),
    [(("1", "3"), [("2000000", "2")]), (("0.349999", "3"), [("10.5", "2"), ("13.5", "2")]),
     (("7", "0.333333"), [("3", "0.000001"), ("999999", "999999.999999"), ("0.000001", "1")])],
)  # fmt: skip
async def test_what_is_left_costs_exactly_what_it_would(
    api: Api, company: Tenant, there: tuple[str, str], came: list[tuple[str, str]]
):
    place, plate, mill = await location(company), await part(company), await supplier(api)
    body = {"part_id": plate, "location_id": place, "quantity": there[0], "unit_cost": there[1]}
    await api.post(f"{V1}/stock-movements/adjust", body)
    for backwards in (False, True):
        receipts = [await bought(api, mill, plate, *each) for each in came]
        for each in reversed(receipts) if backwards else receipts:
            assert (await api.post(f"{V1}/receipts/{each}/void")).status == 200
        assert await cost(api) == there[1]


async def test_what_moved_since_a_receipt_is_gone_through_again(api: Api, company: Tenant):
    place, plate, mill = await location(company), await part(company), await supplier(api)
    adjust = {"part_id": plate, "location_id": place}

    async def moved(quantity: str, unit_cost: str | None = None) -> None:
        body = adjust | {"quantity": quantity, "unit_cost": unit_cost}
        assert (await api.post(f"{V1}/stock-movements/adjust", body)).status == 201

    await moved("20", "3")
    first = await bought(api, mill, plate, "20", "0")
    second = await bought(api, mill, plate, "20", "9")
    await moved("-20")  # at 4.5
    await moved("10")  # at what is there
    await moved("10", "5")
    other = await bought(api, mill, plate, "10", None)
    await api.post(f"{V1}/receipts/{first}/void")
    assert await cost(api) == "5.75"  # 20 at 3 and 20 at 9, less 20; 10 more at that 6, 10 at 5, 10 at that
    await api.post(f"{V1}/receipts/{second}/void")
    await api.post(f"{V1}/receipts/{other}/void")
    assert await cost(api) == "4"
    assert await on_hand(company) == 20


async def test_a_receipt_too_far_back_is_taken_out_of_the_average(
    api: Api, company: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("resolvers.replaying.MOST", 1)
    place, plate, mill = await location(company), await part(company), await supplier(api)
    await api.post(
        f"{V1}/stock-movements/adjust", {"part_id": plate, "location_id": place, "quantity": "10", "unit_cost": "3"}
    )
    came = await bought(api, mill, plate, "10", "1")
    for _ in range(3):
        await api.post(f"{V1}/stock-movements/adjust", {"part_id": plate, "location_id": place, "quantity": "1"})
    assert (await api.post(f"{V1}/receipts/{came}/void")).status == 200
    assert await cost(api) == "2.769231"  # (23 * 2 - 10) / 13


async def test_stock_of_which_nothing_is_left_costs_what_it_did_before(api: Api, company: Tenant):
    await location(company)
    plate, mill = await part(company), await supplier(api)
    assert (await api.post(f"{V1}/receipts/{await bought(api, mill, plate, '5', '2')}/void")).status == 200
    assert await cost(api) is None


MARKS = [("S1 ", "S1"), ("  S1", "S1"), ("s1", "s1"), ("S 1", "S 1")]


@pytest.mark.parametrize("tracking", ["lot", "serial"])
async def test_lots_and_serial_numbers_that_look_alike_are_the_same(api: Api, company: Tenant, tracking: str):
    place, pump, mill = await location(company), await part(company, tracking=tracking), await supplier(api)
    made = await order(api, mill, {"part_id": pump, "quantity": "9"})
    line = {"line_id": made["lines"][0]["id"], "quantity": "1"}
    for sent, kept in MARKS[1:]:
        came = await receive(api, made["id"], line | {tracking: sent})
        assert came.data["lines"][0][tracking] == kept
    adjust = {"part_id": pump, "location_id": place, "quantity": "1"}
    again = await api.post(f"{V1}/stock-movements/adjust", adjust | {tracking: "S1 "})
    assert again.status == (409 if tracking == "serial" else 201)
    assert len((await api.get(f"{V1}/inventory")).data) == 3
    for wrong in ("S1\u200b", "\ufeffS1", "S\u00a01", "S1\n", "S\u00ad1", "\u3164", "   ", "S1\U000e0020"):
        for refused in (
            await receive(api, made["id"], line | {tracking: wrong}),
            await api.post(f"{V1}/stock-movements/adjust", adjust | {tracking: wrong}),
        ):
            field = f"lines[0].{tracking}" if "lines" in refused.json["error"]["field"] else tracking
            assert (refused.status, refused.json["error"]["field"]) == (422, field), wrong


async def test_goods_do_not_come_in_the_future(api: Api):
    made = await order(api, await supplier(api), {"description": "Freight", "quantity": "1"})
    late = str(datetime.now(UTC).date() + timedelta(days=2))
    refused = await api.post(f"{V1}/purchase-orders/{made['id']}/receive", {"received_on": late})
    assert (refused.status, refused.code, refused.json["error"]["field"]) == (422, "validation_error", "received_on")
    text = "mutation($id: ID!, $on: Date!) { receivePurchaseOrder(id: $id, input: {receivedOn: $on}) { id } }"
    assert (await api.graphql(text, {"id": made["id"], "on": late})).code == "validation_error"


async def test_what_comes_too_much_is_named_by_its_place(api: Api):
    freight = {"description": "Freight", "quantity": "1"}
    made = await order(api, await supplier(api), freight, freight)
    one, two = await lines_of(api, made["id"])
    first = {"line_id": one["id"], "quantity": "1"}
    refused = await receive(api, made["id"], first, {"line_id": two["id"], "quantity": "1.5"})
    assert (refused.status, refused.json["error"]["field"]) == (409, "lines[1].quantity")
    assert (await receive(api, made["id"], first)).status == 201
    refused = await receive(api, made["id"], {"line_id": one["id"]})
    assert (refused.status, refused.json["error"]["field"]) == (409, "lines[0].line_id")
