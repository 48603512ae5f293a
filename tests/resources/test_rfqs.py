"""Requests for quotation: asked, answered, compared and awarded, through both doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, part, requirement, supplier

RFQS = f"{V1}/rfqs"
MOVES = ("send", "award", "close", "cancel")


async def asked(api: Api, *suppliers: str, sent: bool = True, lines: Any = None, **given: Any) -> dict[str, Any]:
    """Make a request of a line at 10 and 100 pieces, and send it."""
    line = {"description": "Bracket", "quantities": [{"quantity": "100"}, {"quantity": "10"}]}
    body = {"lines": lines or [line], "invitations": [{"supplier_id": each} for each in suppliers]} | given
    made = await api.post(RFQS, body)
    assert made.status == 201, made.body
    if sent:
        assert (await api.post(f"{RFQS}/{made.data['id']}/send")).data["status"] == "sent"
    return dict(made.data)


async def respond(api: Api, rfq: dict[str, Any], place: int, *prices: Any, line: int = 0, **given: Any) -> Any:
    """Answer with (quantity, price, days) for a line."""
    line_id = rfq["lines"][line]["id"]
    told = [{"line_id": line_id, "quantity": q, "unit_price": p, "lead_time_days": days} for q, p, days in prices]
    return await api.post(f"{V1}/rfq-invitations/{rfq['invitations'][place]['id']}/respond", {"prices": told} | given)


async def status(api: Api, rfq: dict[str, Any]) -> str:
    return str((await api.get(f"{RFQS}/{rfq['id']}")).data["status"])


async def compared(api: Api, rfq: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await api.get(f"{RFQS}/{rfq['id']}?include=responses")).data["responses"])


async def test_a_request_is_written_sent_and_locked(api: Api):
    one, two = await supplier(api), await supplier(api, "Two")
    made = await asked(api, one, two, sent=False, title="Brackets", due_on="2099-01-01")
    assert [made[each] for each in ("number", "status", "title")] == ["RFQ-1", "draft", "Brackets"]
    text = "query($id: ID!) { rfq(id: $id) { lines { nodes { quantities { nodes { position quantity } } } } } }"
    shown = (await api.graphql(text, {"id": made["id"]})).data["rfq"]["lines"]["nodes"]
    assert shown == [{"quantities": {"nodes": [{"position": 1, "quantity": "10"}, {"position": 2, "quantity": "100"}]}}]
    line = made["lines"][0]["id"]
    rows = (await api.get(f"{RFQS}/{made['id']}?include=quantities")).data["quantities"]
    assert [(row["line_id"], row["quantity"]) for row in rows] == [(line, "10"), (line, "100")]
    added = await api.post(f"{V1}/rfq-lines/{line}/quantities", {"quantity": "50"})
    assert (added.status, added.data["position"]) == (201, 2)
    assert (await api.post(f"{V1}/rfq-lines/{line}/quantities", {"quantity": "50.0"})).code == "validation_error"
    twice = await api.post(f"{RFQS}/{made['id']}/invitations", {"supplier_id": one})
    assert twice.code == "validation_error"
    assert (await api.delete(f"{V1}/rfq-quantities/{added.data['id']}")).status == 200
    sent = (await api.graphql("mutation($id: ID!) { sendRfq(id: $id) { status sentAt } }", {"id": made["id"]})).data
    assert (sent["sendRfq"]["status"], sent["sendRfq"]["sentAt"] is not None) == ("SENT", True)
    for refused in (
        await api.patch(f"{RFQS}/{made['id']}", {"title": "x"}),
        await api.post(f"{RFQS}/{made['id']}/lines", {"description": "x"}),
        await api.patch(f"{V1}/rfq-lines/{line}", {"description": "x"}),
        await api.post(f"{V1}/rfq-lines/{line}/quantities", {"quantity": "7"}),
        await api.delete(f"{V1}/rfq-invitations/{made['invitations'][0]['id']}"),
        await api.delete(f"{RFQS}/{made['id']}"),
        await api.post(f"{RFQS}/{made['id']}/send"),
    ):
        assert (refused.status, refused.code) == (409, "conflict")
    assert (await api.post(RFQS, {"status": "sent"})).code == "validation_error"


async def test_a_request_that_asks_nobody_or_for_nothing_is_not_sent(api: Api):
    one = await supplier(api)
    line = {"description": "x", "quantities": [{"quantity": "1"}]}
    empty: list[dict[str, Any]] = [
        {}, {"lines": [line]}, {"invitations": [{"supplier_id": one}]},
        {"lines": [line, {"description": "y"}], "invitations": [{"supplier_id": one}]},
    ]  # fmt: skip
    for body in empty:
        made = (await api.post(RFQS, body)).data
        assert (await api.post(f"{RFQS}/{made['id']}/send")).code == "conflict"


async def test_answers_are_compared_by_line_quantity_and_currency(api: Api):
    one, two, three = [await supplier(api, name) for name in ("One", "Two", "Three")]
    euro = await supplier(api, "Euro", currency="EUR")
    rfq = await asked(api, one, two, three, euro)
    assert (await respond(api, rfq, 0, ("10", "2.00", 5), ("100", "1.80", 9))).data["status"] == "responded"
    assert await status(api, rfq) == "partially_responded"
    await respond(api, rfq, 1, ("10", "1.95", 7), ("100", "1.80", None))
    await respond(api, rfq, 3, ("10", "1.00", 1))
    declined = await api.post(f"{V1}/rfq-invitations/{rfq['invitations'][2]['id']}/decline")
    assert declined.data["status"] == "declined"
    assert await status(api, rfq) == "responded"
    text = """query($id: ID!) { rfq(id: $id) { responses { nodes {
      rank quantity currency unitPrice leadTimeDays isCheapest isFastest isAwarded supplier { name } } } } }"""
    rows = (await api.graphql(text, {"id": rfq["id"]})).data["rfq"]["responses"]["nodes"]
    shown = ("rank", "quantity", "currency", "unitPrice", "isCheapest", "isFastest")
    assert [tuple(row[each] for each in shown) for row in rows] == [
        (1, "10", "EUR", "1.00", True, True),
        (2, "10", "USD", "1.95", True, False),
        (3, "10", "USD", "2.00", False, True),
        (4, "100", "USD", "1.80", True, True),
        (5, "100", "USD", "1.80", True, False),
    ]  # fmt: skip
    assert [row["supplier"]["name"] for row in rows] == ["Euro", "Two", "One", "One", "Two"]
    assert [row["unit_price"] for row in await compared(api, rfq)] == ["1.00", "1.95", "2.00", "1.80", "1.80"]
    await respond(api, rfq, 0, ("10", "1.90", 8))
    rows = await compared(api, rfq)
    told = [(row["quantity"], row["unit_price"], row["is_cheapest"], row["is_fastest"]) for row in rows]
    assert told == [
        ("10", "1.00", True, True), ("10", "1.90", True, False),
        ("10", "1.95", False, True), ("100", "1.80", True, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "prices", [[], [("7", "1", 1)], [("10", "-1", 1)], [("10", "1", -1)], [("10", "1", 1), ("10.0", "2", 1)]]
)
async def test_only_what_was_asked_for_is_answered(api: Api, prices: list[Any]):
    rfq = await asked(api, await supplier(api))
    assert (await respond(api, rfq, 0, *prices)).code == "validation_error"
    assert (await status(api, rfq), await compared(api, rfq)) == ("sent", [])


async def test_an_answer_at_the_wrong_time_changes_nothing(api: Api, company: Tenant):
    one = await supplier(api)
    draft = await asked(api, one, sent=False)
    today = datetime.now(UTC).date()
    late = await asked(api, one, due_on=str(today))
    await company.all("update rfqs set due_on = $2 where id = $1", late["id"], today - timedelta(days=1))
    gone, done = await asked(api, one), await asked(api, one)
    await api.post(f"{RFQS}/{gone['id']}/cancel")
    await respond(api, done, 0, ("10", "1", 1))
    [answer] = await compared(api, done)
    assert (await api.post(f"{RFQS}/{done['id']}/award", {"response_ids": [answer["id"]]})).data["status"] == "awarded"
    for rfq in (draft, late, gone, done):
        before = (await api.get(f"{RFQS}/{rfq['id']}")).data
        assert (await respond(api, rfq, 0, ("10", "0.5", 1))).code == "conflict"
        for verb in ("decline", "view"):
            path = f"{V1}/rfq-invitations/{rfq['invitations'][0]['id']}/{verb}"
            assert (await api.post(path)).code == "conflict"
        assert (await api.get(f"{RFQS}/{rfq['id']}")).data == before
    on_time = await asked(api, one, due_on=str(today))
    assert (await respond(api, on_time, 0, ("10", "1", 1))).status == 200
    await api.post(f"{RFQS}/{done['id']}/close")
    assert (await respond(api, done, 0, ("10", "0.5", 1))).code == "conflict"
    assert [row["unit_price"] for row in await compared(api, done)] == ["1"]


async def test_an_award_makes_an_order_for_each_supplier_and_currency(api: Api, company: Tenant):
    one = await supplier(api, "One", payment_terms="Net 30", payment_days=30)
    two, plate = await supplier(api, "Two"), await part(company)
    needs = [
        await requirement(api, name, required_on=day)
        for name, day in (("A", "2027-02-01"), ("B", "2027-01-01"), ("C", None))
    ]
    await api.post(f"{V1}/supplier-parts", {"supplier_id": one, "part_id": plate, "supplier_part_number": "S-1"})
    fourth = await requirement(api, "D", part_id=plate)
    given = {"requirement_ids": [each["id"] for each in (*needs, fourth)], "supplier_ids": [one, two], "title": "Job"}
    rfq = (await api.post(f"{RFQS}/from-requirements", given)).data
    assert [(each["description"], each["requirement_id"]) for each in rfq["lines"]] == [
        (each["description"], each["id"]) for each in (*needs, fourth)
    ]
    assert (await api.get(f"{V1}/requirements/{fourth['id']}")).data["status"] == "rfq_in_progress"
    await api.post(f"{RFQS}/{rfq['id']}/send")
    lines = [each["id"] for each in rfq["lines"]]
    for place, prices in ((0, ("1", "2", "3", "4")), (1, ("2", "1", "4", "3"))):
        told = [
            {"line_id": line, "quantity": "10", "unit_price": price} for line, price in zip(lines, prices, strict=True)
        ]
        path = f"{V1}/rfq-invitations/{rfq['invitations'][place]['id']}/respond"
        assert (await api.post(path, {"prices": told, "currency": "USD"})).status == 200
    rows = await compared(api, rfq)
    assert [row["is_cheapest"] for row in rows] == [True, False] * 4
    best = {row["line_id"]: row["id"] for row in rows if row["is_cheapest"]}
    [last] = [row["id"] for row in rows if (row["line_id"], row["unit_price"]) == (lines[3], "4")]
    chosen = [
        best[lines[0]],
        best[lines[1]],
        last,
    ]
    text = """mutation($id: ID!, $input: AwardRfqInput!) { awardRfq(id: $id, input: $input) { status awardedAt
      purchaseOrders { nodes { status currency total paymentTerms requiredOn supplier { name } rfq { number }
        lines { nodes { description quantity unitPrice supplierPartNumber requirement { status } } } } } } }"""
    done = (await api.graphql(text, {"id": rfq["id"], "input": {"responseIds": chosen}})).data["awardRfq"]
    assert (done["status"], done["awardedAt"] is not None) == ("AWARDED", True)
    orders = {each["supplier"]["name"]: each for each in done["purchaseOrders"]["nodes"]}
    shown = ("status", "total", "paymentTerms", "requiredOn")
    assert {name: tuple(each[key] for key in shown) for name, each in orders.items()} == {
        "One": ("DRAFT", "50.00", "Net 30", "2027-02-01"), "Two": ("DRAFT", "10.00", None, "2027-01-01"),
    }  # fmt: skip
    assert {each["rfq"]["number"] for each in orders.values()} == {rfq["number"]}
    has_po = {"status": "HAS_PO"}
    assert orders["One"]["lines"]["nodes"] == [
        {"description": "A", "quantity": "10", "unitPrice": "1", "supplierPartNumber": None, "requirement": has_po},
        {"description": "D", "quantity": "10", "unitPrice": "4", "supplierPartNumber": "S-1", "requirement": has_po},
    ]
    assert (await api.get(f"{V1}/requirements/{needs[2]['id']}")).data["status"] == "pending"
    assert [row["is_awarded"] for row in await compared(api, rfq)].count(True) == 3
    for verb in ("send", "cancel"):
        assert (await api.post(f"{RFQS}/{rfq['id']}/{verb}")).code == "conflict"
    assert (await api.post(f"{RFQS}/{rfq['id']}/award", {"response_ids": chosen})).code == "conflict"
    assert (await api.post(f"{RFQS}/{rfq['id']}/close")).data["status"] == "closed"
    events = await company.all("select type from outbox where type like 'rfq.%' order by sequence")
    assert [row[0].removeprefix("rfq.") for row in events] == [
        "created",
        "sent",
        "responded",
        "responded",
        "awarded",
        "closed",
    ]


async def test_an_award_in_two_currencies_makes_two_orders_of_one_supplier_each(api: Api):
    one, two = await supplier(api), await supplier(api, "Two")
    lines = [{"description": name, "quantities": [{"quantity": "10"}]} for name in "AB"]
    rfq = await asked(api, one, two, lines=lines)
    await respond(api, rfq, 0, ("10", "1.10", 1), currency="EUR")
    await respond(api, rfq, 1, ("10", "2", 1), line=1)
    ids = [row["id"] for row in await compared(api, rfq)]
    assert (await api.post(f"{RFQS}/{rfq['id']}/award", {"response_ids": ids})).status == 200
    made = (await api.get(f"{V1}/purchase-orders?rfq_id={rfq['id']}&sort=total")).data
    assert [(each["currency"], each["total"]) for each in made] == [("EUR", "11.00"), ("USD", "20.00")]


async def test_an_award_names_what_it_cannot_choose(api: Api):
    one = await supplier(api)
    rfq, other = await asked(api, one), await asked(api, one)
    await respond(api, rfq, 0, ("10", "1", 1), ("100", "0.9", 1))
    await respond(api, other, 0, ("10", "1", 1))
    (ten, hundred), [strange] = await compared(api, rfq), await compared(api, other)
    award = f"{RFQS}/{rfq['id']}/award"
    for ids in ([], [strange["id"]], [ten["id"], hundred["id"]], [ten["id"], ten["id"]]):
        assert (await api.post(award, {"response_ids": ids})).code == "validation_error"
    quiet = await asked(api, one)
    assert (await api.post(f"{RFQS}/{quiet['id']}/award", {"response_ids": [ten["id"]]})).code == "conflict"
    assert (await api.get(f"{V1}/purchase-orders")).data == []


async def test_a_request_that_is_cancelled_lets_its_requirements_go(api: Api):
    need = await requirement(api)
    rfq = await asked(api, await supplier(api), lines=[
        {"description": "x", "requirement_id": need["id"], "quantities": [{"quantity": "1"}]},
    ])  # fmt: skip
    assert (await api.get(f"{V1}/requirements/{need['id']}")).data["status"] == "rfq_in_progress"
    done = await api.graphql("mutation($id: ID!) { cancelRfq(id: $id) { status } }", {"id": rfq["id"]})
    assert done.data["cancelRfq"] == {"status": "CANCELLED"}
    assert (await api.get(f"{V1}/requirements/{need['id']}")).data["status"] == "pending"


async def test_each_verb_has_its_scope(api: Api, key: Key):
    rfq = await asked(api, await supplier(api), sent=False)
    editor, sender, chooser = await key("purchasing.edit"), await key("purchasing.send"), await key("purchasing.award")
    for verb in MOVES:
        assert (
            await api.post(f"{RFQS}/{rfq['id']}/{verb}", {"response_ids": []}, key=editor)
        ).code == "insufficient_scope"
    assert (await api.post(f"{RFQS}/{rfq['id']}/send", key=sender)).status == 200
    await respond(api, rfq, 0, ("10", "1", 1))
    [row] = await compared(api, rfq)
    award = f"{RFQS}/{rfq['id']}/award"
    assert (await api.post(award, {"response_ids": [row["id"]]}, key=sender)).code == "insufficient_scope"
    assert (await api.post(award, {"response_ids": [row["id"]]}, key=chooser)).data["status"] == "awarded"


async def test_an_awarded_request_is_closed_by_graphql_as_well(api: Api):
    rfq = await asked(api, await supplier(api))
    rfq = (await api.get(f"{RFQS}/{rfq['id']}?include=lines,invitations")).data
    assert (await respond(api, rfq, 0, ("10", "2", 5))).status == 200
    text = "query($id: ID!) { rfq(id: $id) { responses { nodes { id } } } }"
    [response] = (await api.graphql(text, {"id": rfq["id"]})).data["rfq"]["responses"]["nodes"]
    assert (await api.post(f"{RFQS}/{rfq['id']}/award", {"response_ids": [response["id"]]})).status == 200
    close = "mutation($id: ID!) { closeRfq(id: $id) { status } }"
    assert (await api.graphql(close, {"id": rfq["id"]})).data["closeRfq"]["status"] == "CLOSED"
    assert (await api.graphql(close, {"id": rfq["id"]})).errors[0]["extensions"]["code"] == "conflict"


async def test_a_request_whose_day_is_over_is_not_sent(api: Api):
    today = datetime.now(UTC).date()
    late = await asked(api, await supplier(api), sent=False, due_on=str(today - timedelta(days=2)))
    refused = await api.post(f"{RFQS}/{late['id']}/send")
    assert (refused.status, refused.json["error"]["field"]) == (409, "due_on")
    assert refused.json["error"]["message"].startswith(f"{late['number']} was due on")
    assert (await api.patch(f"{RFQS}/{late['id']}", {"due_on": str(today + timedelta(days=1))})).status == 200
    assert (await api.post(f"{RFQS}/{late['id']}/send")).status == 200


async def test_messages_call_a_request_by_its_number_and_say_where_a_requirement_stands(api: Api):
    need = await requirement(api)
    made = await asked(api, await supplier(api), sent=False)
    await api.post(f"{RFQS}/{made['id']}/send")
    refused = await api.post(f"{RFQS}/{made['id']}/send")
    assert refused.json["error"]["message"].startswith(f"{made['number']} is sent: ")
    bought = {"supplier_id": await supplier(api, "Other"), "requirement_ids": [need["id"]]}
    assert (await api.post(f"{V1}/purchase-orders/from-requirements", bought)).status == 201
    refused = await api.patch(f"{V1}/requirements/{need['id']}", {"quantity": "7"})
    assert "is on a purchase order: " in refused.json["error"]["message"]
