"""Units of rows that name a part: taken over where left out, fitted where the factor is known, else refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, lines_of, location, on_hand, order, part, requirement, supplier
from tests.resources.making import client

FROM = f"{V1}/purchase-orders/from-requirements"
TONS: dict[str, Any] = {"unit": "KGM", "purchase_unit": "TNE", "purchase_factor": Decimal(1000)}
ORDER = (
    "mutation($input: CreatePurchaseOrderInput!) { createPurchaseOrder(input: $input) { id lines { nodes { unit } } } }"
)


async def sold(api: Api, supplier_id: str, part_id: str, **given: Any) -> Any:
    return await api.post(f"{V1}/supplier-parts", {"supplier_id": supplier_id, "part_id": part_id} | given)


def refusal(answer: Any) -> tuple[int, str, str]:
    return answer.status, answer.code, answer.json["error"]["field"]


@pytest.mark.parametrize(
    ("given", "unit", "factor"),
    [
        ({}, "TNE", "1000"),
        ({"unit": "KGM"}, "KGM", "1"),
        ({"unit": "TNE"}, "TNE", "1000"),
        ({"unit": "TNE", "factor": "990"}, "TNE", "990"),
        ({"unit": "GRM", "factor": "0.001"}, "GRM", "0.001"),
        ({"unit": "GRM"}, "GRM", "0.001"),
    ],
)
async def test_a_line_of_an_order_is_in_a_unit_of_its_part(
    api: Api, company: Tenant, given: dict[str, str], unit: str, factor: str
):
    steel = await part(company, **TONS)
    made = await order(api, await supplier(api), {"part_id": steel} | given, sent=False)
    [line] = await lines_of(api, made["id"])
    assert (line["unit"], line["factor"]) == (unit, factor)
    added = {"description": "Plate", "quantity": "1", "part_id": steel} | given
    row = (await api.post(f"{V1}/purchase-orders/{made['id']}/lines", added)).data
    assert (row["unit"], row["factor"]) == (unit, factor)
    whole = {"id": made["id"], "lines": [added]}
    rows = [(await api.post(f"{V1}/purchase-orders/bulk", {"inputs": [whole]})).data["rows"][0] for _ in range(2)]
    assert [row["result"] for row in rows] == ["updated", "unchanged"]
    [line] = await lines_of(api, made["id"])
    assert (line["unit"], line["factor"]) == (unit, factor)


@pytest.mark.parametrize(
    ("own", "unit", "told"),
    [
        ("KGM", "GRM", ("GRM", "0.001")), ("GRM", "TNE", ("TNE", "1000000")), ("MTR", "FOT", ("FOT", "0.3048")),
        ("C62", "EA", ("C62", "1")), ("H87", "C62", ("H87", "1")), ("C62", "DZN", ("DZN", "12")),
        ("FOT", "MTR", None), ("KGM", "MTR", None), ("C62", "XBX", None), ("GRM", "MGM", ("MGM", "0.001")),
        ("KGM", "MGM", ("MGM", "0.000001")), ("TNE", "MGM", None),
    ],
)  # fmt: skip
async def test_what_units_are_to_each_other_is_known_where_it_is_exact(
    api: Api, company: Tenant, own: str, unit: str, told: tuple[str, str] | None
):
    made = await part(company, unit=own)
    line = {"description": "x", "quantity": "1", "part_id": made, "unit": unit}
    answer = await api.post(f"{V1}/purchase-orders", {"supplier_id": await supplier(api), "lines": [line]})
    if told is None:
        assert refusal(answer) == (422, "validation_error", "lines[0].unit")
    else:
        [row] = await lines_of(api, answer.data["id"])
        assert (row["unit"], row["factor"]) == told


async def test_pieces_are_pieces_whatever_they_are_called(api: Api, company: Tenant):
    made, acme = await part(company, unit="C62"), await client(api)
    for unit in ("EA", "H87", "C62"):
        line = {"description": "x", "quantity": "2", "unit_price": "1", "part_id": made, "unit": unit}
        quote = await api.post(f"{V1}/quotes", {"client_id": acme, "parts": [line]})
        assert (await api.get(f"{V1}/quotes/{quote.data['id']}?include=parts")).data["parts"][0]["unit"] == "C62"
        need = await api.post(
            f"{V1}/requirements", {"description": "x", "quantity": "2", "part_id": made, "unit": unit}
        )
        assert need.data["unit"] == "C62"


async def test_a_unit_that_nobody_can_convert_is_refused_at_every_door(api: Api, company: Tenant):
    steel, mill = await part(company, **TONS), await supplier(api)
    wrong = {"description": "Plate", "quantity": "5", "part_id": steel, "unit": "MTR"}
    made = await order(api, mill, {"part_id": steel}, {"description": "Freight"}, sent=False)
    path, [one, freight] = f"{V1}/purchase-orders/{made['id']}", await lines_of(api, made["id"])
    refused = (422, "validation_error", "lines[0].unit")
    assert refusal(await api.post(f"{V1}/purchase-orders", {"supplier_id": mill, "lines": [wrong]})) == refused
    assert refusal(await api.patch(path, {"lines": [wrong]})) == refused
    bulk = {"inputs": [{"id": made["id"], "lines": [wrong]}]}
    assert refusal(await api.post(f"{V1}/purchase-orders/bulk", bulk)) == (
        422, "validation_error", "inputs[0].lines[0].unit",
    )  # fmt: skip
    assert refusal(await api.post(f"{path}/lines", wrong)) == (422, "validation_error", "unit")
    own = f"{V1}/purchase-order-lines/{one['id']}"
    assert refusal(await api.patch(own, {"unit": "MTR"})) == (422, "validation_error", "unit")
    assert refusal(await api.patch(own, {"unit": "KGM", "factor": "2"})) == (422, "validation_error", "factor")
    given = {"description": "Plate", "quantity": "5", "partId": steel, "unit": "MTR"}
    graph = await api.graphql(ORDER, {"input": {"supplierId": mill, "lines": [given]}})
    assert graph.code == "validation_error"
    graph = await api.graphql(ORDER, {"input": {"supplierId": mill, "lines": [given | {"unit": "KGM"}, {
        key: value for key, value in given.items() if key != "unit"}]}})  # fmt: skip
    assert [each["unit"] for each in graph.data["createPurchaseOrder"]["lines"]["nodes"]] == ["KGM", "TNE"]
    changed = [(await api.patch(own, each)).data for each in ({"unit": "KGM"}, {"quantity": "3"}, {"unit": "TNE"})]
    assert [(each["unit"], each["factor"]) for each in changed] == [("KGM", "1"), ("KGM", "1"), ("TNE", "1000")]
    bar = await part(company, "BAR", unit="MTR")
    moved = (await api.patch(f"{V1}/purchase-order-lines/{freight['id']}", {"part_id": bar})).data
    assert (moved["unit"], moved["factor"]) == ("MTR", "1")


async def test_what_a_supplier_sells_says_the_unit_first(api: Api, company: Tenant):
    steel, mill = await part(company, **TONS), await supplier(api)
    offer = await sold(api, mill, steel, unit="XBX", factor="25")
    assert offer.status == 201
    made = await order(api, mill, {"part_id": steel}, {"part_id": steel, "unit": "TNE"}, sent=False)
    told = [(each["unit"], each["factor"]) for each in await lines_of(api, made["id"])]
    assert told == [("XBX", "25"), ("TNE", "1000")]
    other = await order(api, await supplier(api, "Other"), {"part_id": steel}, sent=False)
    assert [(each["unit"], each["factor"]) for each in await lines_of(api, other["id"])] == [("TNE", "1000")]


async def test_the_part_of_a_supplier_is_sold_in_a_unit_that_is_known(api: Api, company: Tenant):
    steel, bar, mill = await part(company, **TONS), await part(company, "BAR", unit="MTR"), await supplier(api)
    made = (await sold(api, mill, steel)).data
    assert (made["unit"], made["factor"]) == ("TNE", "1000")
    own = (await sold(api, mill, bar)).data
    assert (own["unit"], own["factor"]) == ("MTR", "1")
    path = f"{V1}/supplier-parts/{own['id']}"
    assert refusal(await api.patch(path, {"unit": "XBX"})) == (422, "validation_error", "unit")
    changed = (await api.patch(path, {"unit": "XBX", "factor": "6"})).data
    assert (changed["unit"], changed["factor"]) == ("XBX", "6")
    back = (await api.patch(path, {"unit": "MTR"})).data
    assert (back["unit"], back["factor"]) == ("MTR", "1")
    refused = await sold(api, await supplier(api, "Other"), bar, unit="XBX")
    assert refusal(refused) == (422, "validation_error", "unit")


async def test_a_requirement_is_in_the_unit_of_its_part_and_stock_rises_as_much(api: Api, company: Tenant):
    await location(company)
    steel, mill = await part(company, **TONS), await supplier(api)
    body = {"description": "Plate", "quantity": "1000", "part_id": steel}
    for door in (
        api.post(f"{V1}/requirements", body | {"unit": "GRM"}),
        api.post(f"{V1}/requirements", body | {"unit": "TNE"}),
    ):
        assert refusal(await door) == (422, "validation_error", "unit")
    bulk = await api.post(f"{V1}/requirements/bulk", {"inputs": [body | {"unit": "GRM"}]})
    assert refusal(bulk) == (422, "validation_error", "inputs[0].unit")
    need = await requirement(api, quantity="1500", part_id=steel)
    assert need["unit"] == "KGM"
    refused = await api.patch(f"{V1}/requirements/{need['id']}", {"unit": "GRM"})
    assert refusal(refused) == (422, "validation_error", "unit")
    made = (await api.post(FROM, {"supplier_id": mill, "requirement_ids": [need["id"]]})).data
    assert [(each["quantity"], each["unit"], each["factor"]) for each in made["lines"]] == [("1.5", "TNE", "1000")]
    await api.post(f"{V1}/purchase-orders/{made['id']}/send")
    assert (await api.post(f"{V1}/purchase-orders/{made['id']}/receive")).status == 201
    assert await on_hand(company) == 1500
    found = (await api.get(f"{V1}/requirements/{need['id']}")).data
    assert [found["status"], Decimal(found["received_quantity"])] == ["received", 1500]


async def test_a_request_asks_in_the_unit_of_the_part_and_an_award_orders_so(api: Api, company: Tenant):
    steel, mill = await part(company, **TONS), await supplier(api)
    asked = {"description": "Plate", "part_id": steel, "quantities": [{"quantity": "5"}]}
    body = {"lines": [asked, asked | {"unit": "TNE"}], "invitations": [{"supplier_id": mill}]}
    made = (await api.post(f"{V1}/rfqs", body)).data
    assert [(each["unit"], each["factor"]) for each in made["lines"]] == [("KGM", "1"), ("TNE", "1000")]
    wrong = asked | {"unit": "MTR"}
    for door, field in (
        (api.post(f"{V1}/rfqs", {"lines": [wrong]}), "lines[0].unit"),
        (api.patch(f"{V1}/rfqs/{made['id']}", {"lines": [wrong]}), "lines[0].unit"),
        (api.post(f"{V1}/rfqs/{made['id']}/lines", wrong), "unit"),
        (api.patch(f"{V1}/rfq-lines/{made['lines'][0]['id']}", {"unit": "MTR"}), "unit"),
        (api.post(f"{V1}/rfqs/bulk", {"inputs": [{"lines": [wrong]}]}), "inputs[0].lines[0].unit"),
    ):
        assert refusal(await door) == (422, "validation_error", field)
    await api.post(f"{V1}/rfqs/{made['id']}/send")
    prices = [{"line_id": each["id"], "quantity": "5", "unit_price": "2"} for each in made["lines"]]
    await api.post(f"{V1}/rfq-invitations/{made['invitations'][0]['id']}/respond", {"prices": prices})
    answers = (await api.get(f"{V1}/rfqs/{made['id']}?include=responses")).data["responses"]
    award = {"response_ids": [each["id"] for each in answers]}
    assert (await api.post(f"{V1}/rfqs/{made['id']}/award", award)).status == 200
    [ordered] = (await api.get(f"{V1}/purchase-orders?rfq_id={made['id']}")).data
    told = [(each["quantity"], each["unit"], each["factor"]) for each in await lines_of(api, ordered["id"])]
    assert sorted(told) == [("5", "KGM", "1"), ("5", "TNE", "1000")]


@pytest.mark.parametrize(("path", "route"), [("quotes", "quote-parts"), ("jobs", "job-parts")])
async def test_what_is_quoted_and_made_is_in_the_unit_of_its_part(api: Api, company: Tenant, path: str, route: str):
    steel, bar = await part(company, **TONS), await part(company, "BAR", unit="MTR")
    line = {"description": "Plate", "quantity": "1", "unit_price": "1", "part_id": steel}
    body: dict[str, Any] = {"client_id": await client(api), "parts": [line, {"description": "Pin", "quantity": "1",
                            "unit_price": "1"}]}  # fmt: skip
    made = (await api.post(f"{V1}/{path}", body)).data
    parts = (await api.get(f"{V1}/{path}/{made['id']}?include=parts")).data["parts"]
    assert [each["unit"] for each in parts] == ["KGM", "C62"]
    added = (await api.post(f"{V1}/{path}/{made['id']}/parts", line)).data
    assert added["unit"] == "KGM"
    one = f"{V1}/{route}/{parts[0]['id']}"
    assert refusal(await api.patch(one, {"unit": "TNE"})) == (422, "validation_error", "unit")
    assert (await api.patch(one, {"part_id": bar})).data["unit"] == "MTR"
    refused = await api.patch(f"{V1}/{path}/{made['id']}", {"parts": [line | {"unit": "TNE"}]})
    assert refusal(refused) == (422, "validation_error", "parts[0].unit")
    again = {"inputs": [{"id": made["id"], "parts": [line]}]}
    results = [(await api.post(f"{V1}/{path}/bulk", again)).data["rows"][0]["result"] for _ in range(2)]
    assert results == ["updated", "unchanged"]


async def test_a_line_for_a_requirement_is_of_its_part(api: Api, company: Tenant):
    steel, bar, mill = await part(company, **TONS), await part(company, "BAR"), await supplier(api)
    need = await requirement(api, part_id=steel)
    line = {"description": "Plate", "quantity": "10", "requirement_id": need["id"]}
    asked = line | {"quantities": [{"quantity": "10"}]}
    del asked["quantity"]
    for path, body in (("purchase-orders", {"supplier_id": mill, "lines": [line]}), ("rfqs", {"lines": [asked]})):
        other = body | {"lines": [{**body["lines"][0], "part_id": bar}]}  # type: ignore[dict-item]
        assert refusal(await api.post(f"{V1}/{path}", other)) == (422, "validation_error", "lines[0].part_id")
        made = (await api.post(f"{V1}/{path}", body)).data
        assert [each["part_id"] for each in made["lines"]] == [steel]
        one = f"{V1}/{'rfq-lines' if path == 'rfqs' else 'purchase-order-lines'}/{made['lines'][0]['id']}"
        assert refusal(await api.patch(one, {"part_id": bar})) == (422, "validation_error", "part_id")
        assert (await api.patch(one, {"part_id": None})).data["part_id"] == steel
        assert (await api.delete(f"{V1}/{path}/{made['id']}")).status == 200
    free = await requirement(api, "Anything", unit="MTR")
    made = await order(api, mill, {"requirement_id": free["id"]}, {"description": "Freight"}, sent=False)
    assert [(each["part_id"], each["unit"]) for each in made["lines"]] == [(None, "MTR"), (None, "C62")]
    taken = await api.patch(f"{V1}/purchase-order-lines/{made['lines'][1]['id']}", {"requirement_id": need["id"]})
    assert [taken.data[each] for each in ("part_id", "unit", "factor")] == [steel, "TNE", "1000"]
