"""The life of a quote through both doors: its moves, its locks, its revisions, and that it becomes exactly one job."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.values.ids import new_id
from models import Quote, QuotePart
from tests.kit.client import Client as Api
from tests.kit.delivered import Owner
from tests.kit.tenant import Tenant
from tests.resources.making import V1, client, move, part, quote, told

STATES = ("draft", "sent", "approved", "lost", "expired", "cancelled", "converted")
MOVES: dict[str, tuple[tuple[str, ...], str, dict[str, str] | None]] = {
    "/send sendQuote": (("draft",), "sent", None),
    "/approve approveQuote": (("sent",), "approved", None),
    "/lose loseQuote": (("sent",), "lost", {"lost_reason": "Too dear"}),
    "/cancel cancelQuote": (("sent",), "cancelled", None),
    "/revert revertQuote": (("sent",), "draft", None),
    "/revise reviseQuote": (("lost", "expired"), "draft", None),
    "/convert convertQuote": (("approved",), "draft", None),
}
"""Route and root field of a move, from which states it is allowed, the status it answers with, and its input."""


async def in_state(company: Tenant, client_id: str, status: str) -> str:
    """A quote of one line in a state; returns its id."""
    made = await company.make(Quote, client_id=client_id, status=status, number=f"X-{new_id(Quote)}"[:40])
    await company.make(QuotePart, quote_id=made.id, position=1, description="Shaft", quantity=1, unit_price=1)
    return str(made.id)


@pytest.mark.parametrize("move", MOVES)
async def test_a_move_is_allowed_from_its_states_alone_at_both_doors(api: Api, company: Tenant, move: str):
    (route, root), (by, to, given) = move.split(), MOVES[move]
    client_id = await client(api)
    argument = ', input: {lostReason: "Too dear"}' if given else ""
    text = f"mutation($id: ID!) {{ {root}(id: $id{argument}) {{ status }} }}"
    for status in STATES:
        ids = [await in_state(company, client_id, status) for _ in range(2)]
        rest = await api.post(f"{V1}/quotes/{ids[0]}{route}", given)
        graph = await api.graphql(text, {"id": ids[1]})
        if status in by:
            assert (rest.data["status"], graph.data[root]["status"]) == (to, to.upper())
        else:
            assert (rest.status, rest.code, graph.code) == (409, "conflict", "conflict"), status
            kept = await company.all("select status, version from quotes where id = any($1)", ids)
            assert [tuple(each) for each in kept] == [(status, 2)] * 2


async def test_a_quote_is_sent_reverted_sent_again_and_lost_with_a_reason(api: Api, company: Tenant):
    made = await quote(api, until="sent")
    path = f"{V1}/quotes/{made['id']}"
    back = await move(api, f"quotes/{made['id']}", "revert")
    assert (back["status"], back["sent_at"], back["version"]) == ("draft", None, 3)
    changed = await api.patch(path, {"title": "Cheaper"})
    assert changed.data["title"] == "Cheaper"
    again = await move(api, f"quotes/{made['id']}", "send")
    assert again["sent_at"] is not None
    for body in ({}, {"lost_reason": None}, {"lost_reason": "x", "title": "y"}, {"lost_reason": " "}):
        refused = await api.post(f"{path}/lose", body)
        assert refused.status in {400, 422}, refused.body
    blank = await api.post(f"{path}/lose", {"lost_reason": ""})
    assert (blank.status, blank.code, blank.json["error"]["field"]) == (422, "validation_error", "lost_reason")
    text = 'mutation($id: ID!) { loseQuote(id: $id, input: {lostReason: " \\n"}) { id } }'
    assert (await api.graphql(text, {"id": made["id"]})).code == "validation_error"
    lost = await api.post(f"{path}/lose", {"lost_reason": "Too dear"})
    assert (lost.data["status"], lost.data["lost_reason"]) == ("lost", "Too dear")
    events = ["created", "sent", "reverted", "updated", "sent", "lost"]
    assert await told(company, "quote") == [f"quote.{each}" for each in events]


async def test_an_approved_quote_keeps_the_clients_order_number(api: Api):
    made = await quote(api, until="sent")
    approved = await api.post(f"{V1}/quotes/{made['id']}/approve", {"customer_po_number": "PO 77"})
    assert (approved.data["status"], approved.data["customer_po_number"]) == ("approved", "PO 77")


async def writes(api: Api, quote_id: str, line_id: str, system: str) -> list[Any]:
    """Every write of a quote's content, and of a row under it, by every door."""
    path = f"{V1}/quotes/{quote_id}"
    line = {"description": "Pin", "quantity": "1", "unit_price": "1"}
    update = "mutation($id: ID!, $input: UpdateQuoteInput!) { updateQuote(id: $id, input: $input) { id } }"
    delete = "mutation($id: ID!) { deleteQuote(id: $id) { id } }"
    add = "mutation($id: ID!, $input: QuotePartInput!) { addQuotePart(id: $id, input: $input) { id } }"
    change = "mutation($id: ID!) { updateQuotePart(id: $id, input: {quantity: 5}) { id } }"
    take = "mutation($id: ID!) { deleteQuotePart(id: $id) { id } }"
    external = [{"system": system, "external_id": "1"}]
    graph_line = {"description": "Pin", "quantity": "1", "unitPrice": "1"}
    return [
        await api.patch(path, {"title": "Other"}),
        await api.patch(path, {"parts": []}),
        await api.delete(path),
        await api.post(f"{path}/parts", line),
        await api.patch(f"{V1}/quote-parts/{line_id}", {"quantity": "5"}),
        await api.delete(f"{V1}/quote-parts/{line_id}"),
        await api.post(f"{V1}/quotes/bulk", {"inputs": [{"id": quote_id, "title": "Other"}]}),
        await api.post(f"{V1}/quotes/bulk", {"inputs": [{"external_ids": external, "title": "Other"}]}),
        await api.post(f"{path}/restore"),
        await api.graphql(update, {"id": quote_id, "input": {"title": "Other"}}),
        await api.graphql(update, {"id": quote_id, "input": {"parts": []}}),
        await api.graphql(delete, {"id": quote_id}),
        await api.graphql(add, {"id": quote_id, "input": graph_line}),
        await api.graphql(change, {"id": line_id}),
        await api.graphql(take, {"id": line_id}),
    ]


@pytest.mark.parametrize("status", [each for each in STATES if each != "draft"])
async def test_what_is_not_draft_is_locked_with_all_under_it_by_every_door(api: Api, company: Tenant, status: str):
    made = await quote(api, until="draft", external_ids=[{"system": "erp", "external_id": "1"}])
    await company.all("update quotes set status = $2 where id = $1", made["id"], status)
    [line] = (await api.get(f"{V1}/quotes/{made['id']}?include=parts")).data["parts"]
    refused = await writes(api, made["id"], line["id"], "erp")
    assert [each.code for each in refused] == ["conflict"] * len(refused)
    assert {each.status for each in refused} == {200, 409}
    free = await api.patch(f"{V1}/quotes/{made['id']}", {"tags": ["hot"], "notes": "Call"})
    if status == "converted":
        assert (free.status, free.code) == (409, "conflict")
    else:
        assert (free.status, free.data["tags"]) == (200, ["hot"])
    kept = (await api.get(f"{V1}/quotes/{made['id']}?include=parts")).data
    assert (kept["title"], kept["total"], kept["parts"]) == (None, "125.00", [line])


async def test_rows_of_a_draft_have_routes_of_their_own(api: Api):
    made = await quote(api, until="draft")
    path = f"{V1}/quotes/{made['id']}"
    pin = await api.post(f"{path}/parts", {"description": "Pin", "quantity": "3", "unit_price": "0.333333"})
    assert (pin.status, pin.data["position"], pin.data["total"]) == (201, 2, "1.00")
    assert (await api.patch(f"{V1}/quote-parts/{pin.data['id']}", {"quantity": "6"})).data["total"] == "2.00"
    assert (await api.get(path)).data["total"] == "127.00"
    assert (await api.delete(f"{V1}/quote-parts/{pin.data['id']}")).data["total"] == "125.00"
    assert (await api.delete(f"{V1}/quote-parts/{pin.data['id']}")).code == "not_found"


async def test_a_lost_quote_is_revised_under_its_number(api: Api):
    bolt = await part(api, "BOLT", kind="purchased")
    line = {"description": "Bolt", "quantity": "10", "unit_price": "1.5", "part_id": bolt}
    made = await quote(api, line, until="sent", title="Bolts", expires_on="2999-01-31", tags=["hot"])
    await api.post(f"{V1}/quotes/{made['id']}/lose", {"lost_reason": "Too dear"})
    revise = (
        "mutation($id: ID!) { reviseQuote(id: $id) { id number revision status title lostReason sentAt expiresOn tags"
        " version total parts { nodes { position description total part { partNumber } } } } }"
    )
    new = (await api.graphql(revise, {"id": made["id"]})).data["reviseQuote"]
    assert new["id"] != made["id"]
    assert new | {"id": ""} == {
        "id": "", "number": made["number"], "revision": 2, "status": "DRAFT", "title": "Bolts", "lostReason": None,
        "sentAt": None, "expiresOn": None, "tags": ["hot"], "version": 1, "total": "15.00",
        "parts": {"nodes": [{"position": 1, "description": "Bolt", "total": "15.00", "part": {"partNumber": "BOLT"}}]},
    }  # fmt: skip
    old = (await api.get(f"{V1}/quotes/{made['id']}")).data
    assert (old["status"], old["revision"], old["version"]) == ("lost", 1, 3)
    refused = await api.post(f"{V1}/quotes/{made['id']}/revise")
    assert (refused.status, "revision 2" in refused.json["error"]["message"]) == (409, True)
    assert (await api.delete(f"{V1}/quotes/{new['id']}")).status == 200
    third = await api.post(f"{V1}/quotes/{made['id']}/revise")
    assert (third.status, third.data["revision"], third.data["number"]) == (201, 3, made["number"])
    assert (await quote(api, until="draft"))["number"] == "Q-2"


async def test_a_deleted_revision_does_not_come_back_beside_another_open_one(api: Api):
    made = await quote(api, until="sent")
    path = f"{V1}/quotes/{made['id']}"
    await api.post(f"{path}/lose", {"lost_reason": "Too dear"})
    second = (await api.post(f"{path}/revise")).data["id"]
    assert (await api.delete(f"{V1}/quotes/{second}")).status == 200
    answers = await asyncio.gather(
        *(api.post(f"{V1}/quotes/{second}/restore") for _ in range(4)), *(api.post(f"{path}/revise") for _ in range(4))
    )
    assert sum(each.status < 300 for each in answers) == 1
    assert {each.status for each in answers if each.status >= 300} == {409}
    listed = await api.get(f"{V1}/quotes?status=draft")
    assert len(listed.data) == 1
    if listed.data[0]["id"] == second:
        assert (await api.delete(f"{V1}/quotes/{second}")).status == 200
        assert (await api.post(f"{path}/revise")).status == 201
    refused = await api.post(f"{V1}/quotes/{second}/restore")
    assert (refused.status, "revision 3 is draft" in refused.json["error"]["message"]) == (409, True)
    [third] = (await api.get(f"{V1}/quotes?status=draft")).data
    assert (await api.delete(f"{V1}/quotes/{third['id']}")).status == 200
    assert (await move(api, f"quotes/{second}", "restore", "send", "approve"))["status"] == "approved"
    refused = await api.post(f"{V1}/quotes/{third['id']}/restore")
    assert (refused.status, "revision 2 is approved" in refused.json["error"]["message"]) == (409, True)


async def test_eight_that_revise_or_decide_at_once_have_one_winner(api: Api, company: Tenant):
    made = await quote(api, until="sent")
    path = f"{V1}/quotes/{made['id']}"
    verbs = ("approve", "lose", "cancel", "revert") * 2
    racing = (api.post(f"{path}/{each}", {"lost_reason": "No"} if each == "lose" else None) for each in verbs)
    answers = await asyncio.gather(*racing)
    assert sorted(each.status for each in answers) == [200] + [409] * 7
    assert len(await told(company, "quote")) == 3
    late = await in_state(company, await client(api), "lost")
    revised = await asyncio.gather(*(api.post(f"{V1}/quotes/{late}/revise") for _ in range(8)))
    assert sorted(each.status for each in revised) == [201] + [409] * 7
    rows = await company.all(
        "select revision from quotes where number = (select number from quotes where id = $1) order by 1", late
    )
    assert [row["revision"] for row in rows] == [1, 2]


async def test_eight_converts_make_one_job_and_the_same_key_answers_the_same(api: Api, company: Tenant):
    made = await quote(api)
    answers = await asyncio.gather(*(api.post(f"{V1}/quotes/{made['id']}/convert") for _ in range(8)))
    assert sorted(each.status for each in answers) == [201] + [409] * 7
    [job] = [each.data for each in answers if each.status == 201]
    assert await company.value("select count(*) from jobs") == 1
    assert all(job["number"] in each.json["error"]["message"] for each in answers if each.status == 409)
    again = await quote(api)
    once = {"idempotency-key": "convert-once"}
    path = f"{V1}/quotes/{again['id']}/convert"
    answers = await asyncio.gather(*(api.post(path, headers=once) for _ in range(8)))
    assert {each.status for each in answers} <= {201, 409}
    repeated = await api.post(path, headers=once)
    found = {each.data["id"] for each in (*answers, repeated) if each.status == 201}
    assert (repeated.status, len(found), await company.value("select count(*) from jobs")) == (201, 1, 2)
    assert await told(company, "job") == ["job.created"] * 2


async def test_a_converted_quote_and_its_job_name_each_other_at_the_same_price(api: Api, company: Tenant):
    lines = (
        {"description": "Shaft", "quantity": "3", "unit_price": "0.335", "due_on": "2026-06-01"},
        {"description": "Pin", "quantity": "7", "unit_price": "1.115", "due_on": "2026-07-01"},
    )
    made = await quote(api, *lines, tax_rate="0.2", title="Set", customer_po_number="PO 9")
    text = """mutation($id: ID!) { convertQuote(id: $id) { number status title customerPoNumber currency price dueOn
      quantity materialStatus quote { id status } client { name }
      parts { nodes { position description quantity unitPrice quotePart { description } } } } }"""
    answer = (await api.graphql(text, {"id": made["id"]})).data["convertQuote"]
    assert answer == {
        "number": "J-1", "status": "DRAFT", "title": "Set", "customerPoNumber": "PO 9", "currency": "USD",
        "price": made["subtotal"], "dueOn": "2026-07-01", "quantity": "10", "materialStatus": "NONE",
        "quote": {"id": made["id"], "status": "CONVERTED"}, "client": {"name": "Acme"},
        "parts": {"nodes": [
            {"position": 1, "description": "Shaft", "quantity": "3", "unitPrice": "0.335",
             "quotePart": {"description": "Shaft"}},
            {"position": 2, "description": "Pin", "quantity": "7", "unitPrice": "1.115",
             "quotePart": {"description": "Pin"}},
        ]},
    }  # fmt: skip
    back = await api.graphql("query($id: ID!) { quote(id: $id) { jobs { nodes { number } } } }", {"id": made["id"]})
    assert back.data["quote"]["jobs"]["nodes"] == [{"number": "J-1"}]
    assert (await told(company, "quote"))[-1] == "quote.converted"


async def test_moves_take_their_scopes(api: Api, company: Tenant):
    made = await quote(api, until="sent")
    path = f"{V1}/quotes/{made['id']}"
    held = {"approve": "quotes.approve", "lose": "quotes.approve", "cancel": "quotes.send", "revert": "quotes.send",
            "revise": "quotes.create", "convert": "quotes.convert"}  # fmt: skip
    others = [await company.key(*({*held.values()} - {scope}), "quotes.edit") for scope in held.values()]
    for (verb, scope), key in zip(held.items(), others, strict=True):
        body = {"lost_reason": "x"} if verb == "lose" else None
        refused = await api.post(f"{path}/{verb}", body, key=key)
        assert (refused.status, refused.code, scope in refused.json["error"]["message"]) == (
            403, "insufficient_scope", True)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"unit": "KGM"}, "parts[0].unit"),
        ({"part_id": str(new_id(Quote))}, "parts[0].part_id"),
    ],
)
async def test_a_line_counts_in_the_unit_of_its_part(api: Api, given: dict[str, str], field: str):
    bolt = await part(api, "BOLT", kind="purchased")
    line = {"description": "Bolt", "quantity": "1", "unit_price": "1", "part_id": bolt} | given
    body = {"client_id": await client(api), "parts": [line]}
    answer = await api.post(f"{V1}/quotes", body)
    assert (answer.status, answer.json["error"]["field"]) == (422, field)
    made = await quote(api, until="draft")
    for door in (api.post(f"{V1}/quotes/{made['id']}/parts", line), api.patch(f"{V1}/quotes/{made['id']}", body)):
        assert (await door).status == 422


async def test_a_sent_quote_keeps_the_addresses_as_they_were(api: Api):
    home = {"kind": "bill_to", "line1": "1 Main St", "city": "Springfield", "country": "US"}
    other = {"kind": "bill_to", "line1": "2 Side St", "country": "US"}
    dock = {"kind": "ship_to", "line1": "Dock 4", "country": "DE", "name": "Acme Works"}
    body = {"name": "Acme", "currency": "USD", "addresses": [home, other, dock]}
    made = await api.post(f"{V1}/clients", body)
    path = f"{V1}/clients/{made.data['id']}"
    known = (await api.get(f"{path}?include=addresses")).data["addresses"]
    first = await quote(api, client_id=made.data["id"], until="draft")
    assert (first["bill_to"], first["ship_to"]) == ({}, {})
    sent = await move(api, f"quotes/{first['id']}", "send")
    empty = dict.fromkeys(("name", "attention", "line2", "city", "region", "postal_code"))
    shown = {"name", "line1", "city", "country"}
    copy = {key: value for key, value in home.items() if key in shown} | {"name": None}
    assert sent["bill_to"] == empty | copy
    assert sent["ship_to"] == empty | {key: value for key, value in dock.items() if key in shown}
    assert (await api.patch(f"{V1}/client-addresses/{known[0]['id']}", {"line1": "9 New St"})).status == 200
    assert (await api.get(f"{V1}/quotes/{first['id']}")).data["bill_to"]["line1"] == "1 Main St"
    chosen = await quote(api, client_id=made.data["id"], bill_to_address_id=known[1]["id"], until="approved")
    assert chosen["bill_to"]["line1"] == "2 Side St"
    job = await api.post(f"{V1}/quotes/{chosen['id']}/convert")
    assert job.data["ship_to"]["line1"] == "Dock 4"
    back = await move(api, f"quotes/{first['id']}", "revert")
    assert (back["bill_to"], back["ship_to"]) == ({}, {})
    elsewhere = {"client_id": await client(api, "Other"), "bill_to_address_id": known[0]["id"]}
    assert (await api.patch(f"{V1}/quotes/{first['id']}", elsewhere)).status == 422
    moved = await api.patch(f"{V1}/quotes/{first['id']}", {"client_id": elsewhere["client_id"]})
    assert moved.data["client_id"] == elsewhere["client_id"]


async def test_a_quote_that_is_past_its_last_day_or_empty_goes_no_further(api: Api, company: Tenant, owner: Owner):
    zone = "Pacific/Kiritimati"
    await owner.execute("update workspaces set time_zone = $2 where id = $1", company.workspace_id, zone)
    today = datetime.now(ZoneInfo(zone)).date()
    made = await quote(api, until="draft", expires_on=str(today - timedelta(days=1)))
    path = f"{V1}/quotes/{made['id']}"
    refused = await api.post(f"{path}/send")
    assert (refused.status, refused.json["error"]["field"]) == (409, "expires_on")
    assert f"has expired on {today - timedelta(days=1)}" in refused.json["error"]["message"]
    assert (await api.patch(path, {"expires_on": str(today)})).status == 200
    await move(api, f"quotes/{made['id']}", "send")
    await company.all("update quotes set expires_on = $2 where id = $1", made["id"], today - timedelta(days=1))
    text = "mutation($id: ID!) { approveQuote(id: $id) { id } }"
    assert (await api.graphql(text, {"id": made["id"]})).code == "conflict"
    refused = await api.post(f"{path}/approve")
    assert (refused.status, refused.json["error"]["field"]) == (409, "expires_on")
    await company.all("update quotes set expires_on = $2 where id = $1", made["id"], today)
    await move(api, f"quotes/{made['id']}", "approve")
    assert (await api.post(f"{path}/convert")).status == 201
    empty = (await api.post(f"{V1}/quotes", {"client_id": await client(api)})).data["id"]
    await move(api, f"quotes/{empty}", "send", "approve")
    refused = await api.post(f"{V1}/quotes/{empty}/convert")
    assert (refused.status, "has no line" in refused.json["error"]["message"]) == (409, True)


async def test_a_line_that_is_written_by_itself_is_refused_in_its_own_words(api: Api):
    plate = await part(api, "PLATE", kind="material", unit="KGM")
    made = await quote(api, until="draft")
    path = f"{V1}/quotes/{made['id']}/parts"
    line = {"part_id": plate, "description": "Plate", "quantity": "1", "unit_price": "1", "unit": "GRM"}
    refused = await api.post(path, line)
    assert (refused.status, refused.json["error"]["field"]) == (422, "unit")
    added = await api.post(path, line | {"unit": "KGM"})
    text = 'mutation($id: ID!) { updateQuotePart(id: $id, input: {unit: "GRM"}) { id } }'
    told = await api.graphql(text, {"id": added.data["id"]})
    assert (told.code, told.errors[0]["extensions"]["field"]) == ("validation_error", "unit")
    whole = await api.patch(f"{V1}/quotes/{made['id']}", {"parts": [line]})
    assert whole.json["error"]["field"] == "parts[0].unit"
