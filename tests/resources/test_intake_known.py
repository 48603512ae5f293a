"""Orders whose quote is there already: deleted, made of a test, of the same number, or with notes of its own."""

from __future__ import annotations

import asyncio

import pytest

from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.kit.x12 import BODY, HEAD
from tests.resources.test_intake_again import SCOPES, of, order, quotes, take

LIVE = HEAD
TEST = [HEAD[0].replace("*P*>", "*T*>"), HEAD[1]]
RESTORE = "?restore_quote=true"


async def taken(api: Api, *body: str, control: str = "0001", head: list[str] = LIVE, query: str = "") -> Answer:
    answer = await take(api, order(*body, control=control, head=head), query)
    assert answer.status == 200, answer.body
    return answer


@pytest.fixture
async def deleted(api: Api) -> str:
    """The quote of an order, deleted."""
    quote = (await taken(api, *of("PO-1"))).data["quote"]
    assert (await api.delete(f"/api/v1/quotes/{quote['id']}")).status == 200
    return str(quote["id"])


GONE = (
    "document: quote Q-1, which this order became, was deleted; say restore_quote (GraphQL: restoreQuote) to restore it"
)


@pytest.mark.parametrize("query", ["", "?accept_reused_control_numbers=true", "?restore_client=true"])
async def test_an_order_whose_quote_was_deleted_is_a_conflict_that_names_it(
    api: Api, company: Tenant, deleted: str, query: str
):
    answer = await take(api, order(*of("PO-1")), query)
    assert (answer.status, answer.code, answer.json["error"]["message"]) == (409, "conflict", GONE)
    assert (await api.get(f"/api/v1/quotes/{deleted}")).status == 404
    assert await quotes(company) == 1


async def test_a_deleted_quote_is_restored_when_that_is_asked_for_and_the_order_is_the_same_one_again(
    api: Api, company: Tenant, deleted: str
):
    restored = await taken(api, *of("PO-1"), query=RESTORE)
    assert "idempotent-replayed" not in restored.headers
    assert (restored.data["quote"]["id"], restored.data["quote"]["version"]) == (deleted, 3)
    assert len((await api.get(f"/api/v1/quotes/{deleted}")).data["parts"]) == 1
    told = [each["type"] for each in (await api.get("/api/v1/changes?resources=quote")).json["data"]]
    assert told == ["quote.created", "quote.deleted", "quote.updated"]
    again = await taken(api, *of("PO-1"), query=RESTORE)
    assert (again.data, again.headers["idempotent-replayed"]) == (restored.data, "true")
    assert await quotes(company) == 1


async def test_graphql_restores_a_quote_too(api: Api, deleted: str):
    text = "mutation($d: String!, $r: Boolean) { intakeOrder(document: $d, restoreQuote: $r) { quote { id } } }"
    refused = await api.graphql(text, {"d": order(*of("PO-1")).decode(), "r": False})
    assert (refused.code, refused.json["errors"][0]["message"]) == ("conflict", GONE)
    answer = await api.graphql(text, {"d": order(*of("PO-1")).decode(), "r": True})
    assert answer.data["intakeOrder"]["quote"]["id"] == deleted


async def test_restoring_a_quote_needs_the_right_to_edit(api: Api, key: Key, deleted: str):
    refused = await take(api, order(*of("PO-1")), RESTORE, key=await key(*SCOPES))
    assert (refused.status, refused.code) == (403, "insufficient_scope")
    assert (await api.get(f"/api/v1/quotes/{deleted}")).status == 404
    assert (await take(api, order(*of("PO-1")), RESTORE, key=await key(*SCOPES, "quotes.edit"))).status == 200


async def test_a_quote_is_restored_only_with_its_client(api: Api, deleted: str):
    [client] = (await api.get("/api/v1/clients")).data
    assert (await api.delete(f"/api/v1/clients/{client['id']}")).status == 200
    refused = await take(api, order(*of("PO-1")), RESTORE)
    message = (
        f"document: the client 'Harbor Pump Repair' ({client['id']}) of quote Q-1 was deleted;"
        " say restore_client (GraphQL: restoreClient) to restore it"
    )
    assert (refused.status, refused.json["error"]["message"]) == (409, message)
    await taken(api, *of("PO-1"), query=f"{RESTORE}&restore_client=true")
    assert (await api.get(f"/api/v1/clients/{client['id']}")).status == 200
    assert (await api.get(f"/api/v1/quotes/{deleted}")).status == 200


async def test_callers_who_restore_a_quote_at_once_restore_it_once(api: Api, deleted: str):
    answers = await asyncio.gather(*(take(api, order(*of("PO-1")), RESTORE) for _ in range(8)))
    assert {answer.status for answer in answers} <= {200, 409}
    done = [answer for answer in answers if answer.status == 200 and "idempotent-replayed" not in answer.headers]
    assert len(done) == 1
    assert (await api.get(f"/api/v1/quotes/{deleted}")).data["version"] == 3


@pytest.mark.parametrize(("first", "second"), [(TEST, LIVE), (LIVE, TEST)], ids=["test first", "live first"])
@pytest.mark.parametrize("number", ["PO-1", "PO-2"])
async def test_a_test_transmission_and_a_live_one_are_different_orders(
    api: Api, company: Tenant, first: list[str], second: list[str], number: str
):
    one = await taken(api, *of("PO-1"), head=first)
    other = await taken(api, *of(number), head=second)
    assert (one.data["quote"]["number"], other.data["quote"]["number"]) == ("Q-1", "Q-2")
    assert (one.data["test"], other.data["test"]) == (first is TEST, second is TEST)
    for head, body, answer in ((first, of("PO-1"), one), (second, of(number), other)):
        again = await taken(api, *body, head=head)
        assert (again.data, again.headers["idempotent-replayed"]) == (answer.data, "true")
    refused = await take(api, order(*of("PO-3"), head=second))
    assert refused.status == 409
    assert "quote Q-2 was made of another order" in refused.json["error"]["message"]
    assert await quotes(company) == 2


async def test_a_test_transmission_replaces_no_live_draft_and_a_live_one_no_draft_of_a_test(api: Api):
    live = (await taken(api, *of("PO-1"))).data["quote"]
    test = (await taken(api, *of("PO-1"), head=TEST)).data["quote"]
    for head, quote, quantity in ((TEST, test, "7"), (LIVE, live, "9")):
        line = f"PO1*1*{quantity}*EA*3"
        answer = await taken(api, *of("PO-1", line, purpose="05"), control="0002", head=head)
        assert answer.data["quote"]["id"] == quote["id"]
    shown = [(await api.get(f"/api/v1/quotes/{each['id']}")).data["parts"][0]["quantity"] for each in (live, test)]
    assert shown == ["9", "7"]


def same(*named: str, number: str = "PO-1", more: str = "") -> str:
    return f"BEG: purchase order number {number!r} is also that of quote {', '.join(named)}, left unchanged{more}"


@pytest.mark.parametrize(
    ("purpose", "meaning"),
    [
        ("00", ""),
        ("02", "an addition"),
        ("06", "a confirmation"),
        ("07", "a duplicate"),
        ("13", "a request"),
        ("15", "a re-submission"),
        ("18", "a reissue"),
        ("22", "an information copy"),
        ("ZZ", ""),
    ],
)
async def test_an_order_of_a_number_that_has_a_quote_names_it_whatever_its_purpose(
    api: Api, company: Tenant, purpose: str, meaning: str
):
    await taken(api, *of("PO-1"))
    answer = await taken(api, *of("PO-1", "PO1*1*9*EA*1", purpose=purpose), control="0002")
    more = f"; BEG01 says that it is {meaning}" if meaning else ""
    assert answer.data["warnings"][0] == same("Q-1 (draft)", more=more)
    assert await quotes(company) == 2


async def test_the_warning_names_quotes_in_every_state_the_newest_first_and_no_other_clients(api: Api, company: Tenant):
    for control in range(1, 9):
        await taken(api, *of("PO-1", f"PO1*1*{control}*EA*1"), control=f"1{control:03}")
    [newest] = (await api.get("/api/v1/quotes?sort=-created_at&limit=1")).data
    await api.post(f"/api/v1/quotes/{newest['id']}/send")
    answer = await taken(api, *of("PO-1"), control="0002")
    named = "Q-8 (sent), Q-7 (draft), Q-6 (draft), Q-5 (draft), Q-4 (draft) and others"
    assert answer.data["warnings"] == [same(named)]
    other = [HEAD[0].replace("071234567", "079999999"), HEAD[1]]
    assert (await taken(api, *of("PO-1"), head=other)).data["warnings"] == []
    assert await quotes(company) == 10


async def test_of_two_drafts_the_newest_is_replaced_and_the_other_is_named(api: Api):
    await taken(api, *of("PO-1"))
    second = (await taken(api, *of("PO-1", "PO1*1*9*EA*1"), control="0002")).data["quote"]
    answer = await taken(api, *of("PO-1", "PO1*1*7*EA*3", purpose="05"), control="0003")
    assert answer.data["quote"]["id"] == second["id"]
    assert answer.data["warnings"] == [
        "BEG: the order replaces the lines of quote Q-2, and of its dates and notes those that the last order gave",
        same("Q-1 (draft)"),
    ]


async def test_of_many_drafts_a_replacement_names_five_and_says_that_there_are_more(api: Api):
    for control in range(1, 8):
        await taken(api, *of("PO-1", f"PO1*1*{control}*EA*1"), control=f"1{control:03}")
    answer = await taken(api, *of("PO-1", purpose="05"), control="0003")
    named = [f"Q-{number} (draft)" for number in (6, 5, 4, 3, 2)]
    assert answer.data["warnings"][1] == same(f"{', '.join(named)} and others")


def noted(number: str, *said: str, purpose: str = "00") -> tuple[str, ...]:
    return (f"BEG*{purpose}*SA*{number}**20250307", *BODY[1:3], *said, BODY[3])


NOTES = [
    # what the first order said, what people changed, what the second order says, what then stands there
    (["MSG*Paint red"], {}, ["MSG*Paint blue"], "Paint blue"),
    (["MSG*Paint red"], {}, [], None),
    (["MSG*Paint red"], {}, ["MSG*Paint red"], "Paint red"),
    (["MSG*Paint red", "MSG*Rush"], {}, ["MSG*Rush"], "Rush"),
    (["MSG*Paint red"], {"notes_public": "Call first\nPaint red\nAnn"}, ["MSG*Blue"], "Call first\nBlue\nAnn"),
    (["MSG*Paint red"], {"notes_public": "Call first\nPaint red\nAnn"}, [], "Call first\nAnn"),
    (["MSG*Paint red"], {"notes_public": "Paint redder"}, ["MSG*Blue"], "Paint redder\nBlue"),
    (["MSG*Paint red"], {"notes_public": None}, ["MSG*Blue"], "Blue"),
    ([], {"notes_public": "Call first"}, ["MSG*Rush"], "Call first\nRush"),
    ([], {"notes_public": "Call first\nRush"}, ["MSG*Rush"], "Call first\nRush"),
]


@pytest.mark.parametrize(("before", "changes", "now", "expected"), NOTES)
async def test_notes_of_the_last_order_are_replaced_and_those_of_people_are_kept(
    api: Api, before: list[str], changes: dict[str, str | None], now: list[str], expected: str | None
):
    quote = (await taken(api, *noted("PO-1", *before))).data["quote"]
    path = f"/api/v1/quotes/{quote['id']}"
    if changes:
        assert (await api.patch(path, changes)).status == 200
    await taken(api, *noted("PO-1", *now, purpose="05"), control="0002")
    assert (await api.get(path)).data["notes_public"] == expected


async def test_a_third_order_replaces_what_the_second_said(api: Api):
    quote = (await taken(api, *noted("PO-1", "MSG*Red", "TD5****A*UPS"))).data["quote"]
    for control, colour in (("0002", "Blue"), ("0003", "Green")):
        said = (f"MSG*{colour}", f"TD5****A*By {colour}")
        await taken(api, *noted("PO-1", *said, purpose="05"), control=control)
    shown = (await api.get(f"/api/v1/quotes/{quote['id']}")).data
    assert shown["notes_public"] == "Green"
    assert "UPS" not in shown["notes_private"]
    assert "Blue" not in shown["notes_private"]
    assert shown["notes_private"].count("By Green") == 2  # as the routing, and the segment as sent


DUE = "DTM*002*2025"
DATES = [
    ([f"{DUE}0501"], None, [f"{DUE}0601"], "2025-06-01"),
    ([f"{DUE}0501"], None, [], None),
    ([f"{DUE}0501"], "2025-05-10", [f"{DUE}0501"], "2025-05-10"),
    ([f"{DUE}0501"], "2025-05-10", [f"{DUE}0601"], "2025-06-01"),
    ([f"{DUE}0501"], "2025-05-10", [], "2025-05-10"),
    ([], "2025-05-10", [], "2025-05-10"),
    ([], None, [f"{DUE}0601"], "2025-06-01"),
]


@pytest.mark.parametrize(("before", "changed", "now", "expected"), DATES)
async def test_a_due_date_of_the_last_order_is_replaced_and_one_of_people_only_by_another(
    api: Api, before: list[str], changed: str | None, now: list[str], expected: str | None
):
    quote = (await taken(api, *noted("PO-1", *before))).data["quote"]
    path = f"/api/v1/quotes/{quote['id']}"
    if changed:
        assert (await api.patch(path, {"due_on": changed})).status == 200
    await taken(api, *noted("PO-1", *now, purpose="05"), control="0002")
    assert (await api.get(path)).data["due_on"] == expected
