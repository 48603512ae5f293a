"""Orders that come again: the same one, another under the same control numbers, one that replaces another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models import Client, Quote, QuotePart
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.kit.x12 import BODY, HEAD, document, transaction, written

RAW = {"content-type": "application/edi-x12"}
SCOPES = ("quotes.create", "clients.create", "quotes.view", "clients.view")


def order(*body: str, control: str = "0001", layout: str = "\n", head: list[str] = HEAD) -> bytes:
    return written([*head, *transaction(*(body or BODY), control=control), "GE*1*93", "IEA*1*000000416"], layout=layout)


def of(number: str, *lines: str, purpose: str = "00") -> tuple[str, ...]:
    """The body of an order of this number."""
    return (f"BEG*{purpose}*SA*{number}**20250307", *BODY[1:3], *(lines or BODY[3:4]))


async def take(api: Api, content: bytes, query: str = "", **how: Any) -> Answer:
    return await api.request("POST", f"/api/v1/intake{query}", content=content, headers=RAW, **how)


async def quotes(company: Tenant) -> int:
    return int(await company.value("select count(*) from quotes"))


@pytest.mark.parametrize("layout", ["", "\r\n", "\n\t"])
async def test_line_breaks_make_no_other_order(api: Api, company: Tenant, layout: str):
    first, again = await take(api, order()), await take(api, order(layout=layout))
    assert (again.status, again.data) == (200, first.data)
    assert again.headers["idempotent-replayed"] == "true"
    assert await quotes(company) == 1


async def test_another_order_under_the_same_control_numbers_is_a_conflict_that_names_the_quote(
    api: Api, company: Tenant
):
    first = (await take(api, order(*of("PO-1")))).data
    for other in (of("PO-2"), of("PO-1", "PO1*1*5*EA*27.50")):
        answer = await take(api, order(*other))
        assert (answer.status, answer.code) == (409, "conflict")
        assert answer.json["error"]["message"] == (
            "document: quote Q-1 was made of another order of this sender under the same control numbers"
            " (ISA13 000000416, GS06 93, ST02 0001); say accept_reused_control_numbers (GraphQL:"
            " acceptReusedControlNumbers) to take this one in"
        )
    assert await quotes(company) == 1
    assert (await take(api, order(*of("PO-1")))).data == first


async def test_reused_control_numbers_can_be_accepted_and_each_order_is_still_taken_once(api: Api, company: Tenant):
    accept = "?accept_reused_control_numbers=true"
    taken = [(await take(api, order(*of(number)), accept)).data["quote"]["number"] for number in ("PO-1", "PO-2")]
    assert taken == ["Q-1", "Q-2"]
    body = {"document": order(*of("PO-3")).decode(), "acceptReusedControlNumbers": True}
    third = await api.post("/api/v1/intake", body)
    assert third.data["quote"]["number"] == "Q-3"
    text = "mutation($d: String!, $a: Boolean!) { intakeOrder(document: $d, acceptReusedControlNumbers: $a) { id } }"
    for number, accepted in (("PO-1", False), ("PO-2", True), ("PO-3", False)):
        again = await api.graphql(text, {"d": order(*of(number)).decode(), "a": accepted})
        assert again.headers["idempotent-replayed"] == "true"
    assert (await api.graphql(text, {"d": order(*of("PO-4")).decode(), "a": False})).code == "conflict"
    assert await quotes(company) == 3


@pytest.mark.parametrize("accept", ["", "?accept_reused_control_numbers=true"])
async def test_two_orders_that_race_under_one_number_are_both_taken_only_when_that_is_accepted(
    api: Api, company: Tenant, accept: str
):
    sent = [order(*of(f"PO-{number % 4}")) for number in range(16)]
    answers = await asyncio.gather(*(take(api, each, accept) for each in sent))
    made = {answer.data["quote"]["id"] for answer in answers if answer.status == 200}
    assert {answer.status for answer in answers} <= {200, 409}
    if accept:
        answers = [await take(api, each, accept) for each in sent[:4]]  # what lost too many races is sent again
        assert {answer.data["quote"]["id"] for answer in answers} >= made
    assert await quotes(company) == (4 if accept else 1)


async def test_an_order_taken_in_before_contents_were_kept_is_still_the_same_order(
    api: Api, company: Tenant, owner: Any
):
    first = (await take(api, order())).data
    await owner.execute("update intakes set content = null where workspace_id = $1", company.workspace_id)
    assert (await take(api, order())).data == first


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?accept_reused_control_numbers=1", "accept_reused_control_numbers: must be true or false"),
        ("?accept_reused_control_numbers=", "accept_reused_control_numbers: must be true or false"),
        ("?code_page=latin1", "code_page: must be one of cp437, cp850, cp1252"),
        ("?code_page=cp437&code_page=cp850", "code_page: given twice"),
        ("?codepage=cp437", "codepage: unknown parameter"),
        ("?document=x", "document: unknown parameter"),
    ],
)
async def test_a_parameter_beside_the_document_is_checked(api: Api, company: Tenant, query: str, message: str):
    answer = await take(api, order(), query)
    assert (answer.status, answer.json["error"]["message"]) == (422, message)
    assert await quotes(company) == 0


async def test_a_code_page_can_be_said(api: Api):
    content = order(BODY[0], BODY[1], "N1*BY*Müller & Söhne", *BODY[3:]).decode().encode("cp437")
    refused = await take(api, content)
    assert (refused.status, refused.code) == (400, "bad_request")
    assert "byte 0x81 at place" in refused.json["error"]["message"]
    taken = await take(api, content, "?code_page=cp437")
    assert taken.status == 200, taken.body
    [client] = (await api.get("/api/v1/clients")).data
    assert client["name"] == "Müller & Söhne"


async def replaced(api: Api, number: str, *lines: str, control: str = "0002", **how: Any) -> Answer:
    """Send an order that replaces the one of this number."""
    return await take(api, order(*of(number, *lines, purpose="05"), control=control), **how)


async def test_an_order_that_replaces_another_changes_the_lines_of_its_draft(api: Api, company: Tenant):
    first = (await take(api, order(*of("PO-1")))).data
    answer = await replaced(api, "PO-1", "PO1*1*7*EA*3", "PO1*2*1*EA*9")
    assert answer.status == 200, answer.body
    assert answer.data["quote"]["id"] == first["quote"]["id"]
    assert (answer.data["quote"]["total"], answer.data["quote"]["version"]) == ("30.00", 2)
    assert answer.data["warnings"] == [
        "BEG: the order replaces the lines of quote Q-1, and of its dates and notes those that the last order gave"
    ]
    quote = (await api.get(f"/api/v1/quotes/{first['quote']['id']}")).data
    assert [(part["quantity"], part["unit_price"]) for part in quote["parts"]] == [("7", "3"), ("1", "9")]
    told = [each["type"] for each in (await api.get("/api/v1/changes?resources=quote")).json["data"]]
    assert told == ["quote.created", "quote.updated"]
    again = await replaced(api, "PO-1", "PO1*1*7*EA*3", "PO1*2*1*EA*9")
    assert (again.data, again.headers["idempotent-replayed"]) == (answer.data, "true")
    assert await quotes(company) == 1


async def test_what_was_noted_on_the_draft_is_kept(api: Api):
    quote = (await take(api, order(*of("PO-1")))).data["quote"]
    path = f"/api/v1/quotes/{quote['id']}"
    await api.patch(path, {"notes_public": "Call first", "estimator": "Ann", "title": "Pumps"})
    body = ("BEG*05*SA*PO-1**20250309", *BODY[1:3], "MSG*Rush", "DTM*002*20250501", BODY[3])
    assert (await take(api, order(*body, control="0002"))).status == 200
    shown = (await api.get(path)).data
    assert (shown["notes_public"], shown["estimator"], shown["title"]) == ("Call first\nRush", "Ann", "Pumps")
    assert (shown["due_on"], shown["received_on"]) == ("2025-05-01", "2025-03-09")


async def test_a_replaced_order_whose_quote_is_no_draft_is_a_conflict_that_names_it(api: Api, company: Tenant):
    quote = (await take(api, order(*of("PO-1")))).data["quote"]
    await api.post(f"/api/v1/quotes/{quote['id']}/send")
    answer = await replaced(api, "PO-1", "PO1*1*7*EA*3")
    assert (answer.status, answer.code) == (409, "conflict")
    assert answer.json["error"]["message"] == (
        "document: the order replaces 'PO-1', but quote Q-1 is sent, not a draft"
    )
    shown = (await api.get(f"/api/v1/quotes/{quote['id']}")).data
    assert (shown["version"], len(shown["parts"]), await quotes(company)) == (2, 1, 1)


async def test_without_a_quote_it_is_taken_as_a_new_one_with_a_warning(api: Api, company: Tenant):
    await take(api, order(*of("PO-1")))
    answer = await replaced(api, "PO-2")
    assert answer.data["quote"]["number"] == "Q-2"
    assert answer.data["warnings"] == ["BEG: the order says that it replaces one, but there is no quote of 'PO-2'"]
    assert await quotes(company) == 2


async def test_the_draft_of_another_client_or_a_deleted_one_is_left_alone(api: Api, company: Tenant):
    other = await company.make(Client)
    theirs = await company.make(Quote, client_id=other.id, customer_po_number="PO-1")
    await company.make(QuotePart, quote_id=theirs.id)
    mine = (await take(api, order(*of("PO-1")))).data["quote"]
    await api.delete(f"/api/v1/quotes/{mine['id']}")
    answer = await replaced(api, "PO-1", "PO1*1*7*EA*3")
    assert answer.data["quote"]["id"] not in {str(theirs.id), mine["id"]}
    assert len((await api.get(f"/api/v1/quotes/{theirs.id}")).data["parts"]) == 1


async def test_replacing_needs_the_right_to_edit(api: Api, company: Tenant, key: Key):
    taker, editor = await key(*SCOPES), await key(*SCOPES, "quotes.edit")
    assert (await take(api, order(*of("PO-1")), key=taker)).status == 200
    answer = await replaced(api, "PO-1", "PO1*1*7*EA*3", key=taker)
    assert (answer.status, answer.code) == (403, "insufficient_scope")
    assert "quotes.edit" in answer.json["error"]["message"]
    assert (await replaced(api, "PO-2", control="0003", key=taker)).status == 200
    assert (await replaced(api, "PO-1", "PO1*1*7*EA*3", key=editor)).status == 200
    assert await quotes(company) == 2


async def test_orders_that_replace_one_at_once_leave_the_lines_of_one_of_them(api: Api, company: Tenant):
    quote = (await take(api, order(*of("PO-1")))).data["quote"]
    sent = [replaced(api, "PO-1", f"PO1*1*{n}*EA*1", f"PO1*2*{n}*EA*1", control=f"1{n:03}") for n in range(1, 9)]
    answers = await asyncio.gather(*sent)
    assert {answer.status for answer in answers} <= {200, 409}
    shown = (await api.get(f"/api/v1/quotes/{quote['id']}")).data
    assert len({part["quantity"] for part in shown["parts"]}) == 1
    assert len(shown["parts"]) == 2
    assert shown["version"] == 1 + sum(answer.status == 200 for answer in answers)
    assert await quotes(company) == 1


@pytest.fixture
async def gone(api: Api) -> str:
    """The client of the sender, deleted after its quote."""
    quote = (await take(api, order(*of("PO-1")))).data["quote"]
    assert (await api.delete(f"/api/v1/quotes/{quote['id']}")).status == 200
    [client] = (await api.get("/api/v1/clients")).data
    await api.patch(f"/api/v1/clients/{client['id']}", {"code": "HPR"})
    assert (await api.delete(f"/api/v1/clients/{client['id']}")).status == 200
    return str(client["id"])


async def test_a_deleted_client_is_not_restored_unasked(api: Api, company: Tenant, gone: str):
    answer = await take(api, order(*of("PO-2"), control="0002"))
    assert (answer.status, answer.code) == (409, "conflict")
    assert answer.json["error"]["message"] == (
        f"document: the client 'Harbor Pump Repair' ({gone}) of the sender 01:071234567 was deleted;"
        " say restore_client (GraphQL: restoreClient) to restore it"
    )
    assert await quotes(company) == 1
    assert (await take(api, order(*of("PO-2"), control="0002"), "?restore_client=true")).status == 200
    [client] = (await api.get("/api/v1/clients")).data
    assert (client["id"], client["deleted_at"]) == (gone, None)


async def test_a_deleted_client_whose_code_was_used_again_cannot_be_restored(api: Api, company: Tenant, gone: str):
    await api.post("/api/v1/clients", {"name": "Other", "code": "HPR"})
    answer = await take(api, order(*of("PO-2"), control="0002"), "?restore_client=true")
    assert (answer.status, answer.code) == (409, "conflict")
    assert answer.json["error"]["message"] == (
        f"document: the client 'Harbor Pump Repair' ({gone}) cannot be restored: its code 'HPR' is that of 'Other' now"
    )
    assert await quotes(company) == 1


def test_the_documents_of_this_page_are_read_as_they_are_meant():
    assert order() == written(document())
