"""Intake through every door: an X12 850 becomes a draft quote, once, or nothing at all."""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import pytest

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

EXAMPLES = Path(__file__).parents[2] / "examples" / "x12"
FULL = (EXAMPLES / "full.850.edi").read_bytes()
RAW = {"content-type": "application/edi-x12"}
QUOTES = """{ quotes(orderBy: CREATED_AT_ASC) { totalCount nodes {
  number status currency total customerPoNumber receivedOn client { name }
  parts { nodes { position description quantity unit unitPrice total dueOn } } } } }"""


async def counts(api: Api) -> tuple[int, int]:
    """How many quotes and clients there are."""
    found = (await api.graphql("{ quotes { totalCount } clients { totalCount } }")).data
    return found["quotes"]["totalCount"], found["clients"]["totalCount"]


@pytest.fixture
async def here(api: Api, key: Key) -> Api:
    api.key = await key()
    return api


async def test_an_order_becomes_a_draft_quote_for_its_sender(here: Api) -> None:
    answer = await here.request("POST", "/api/v1/intake", content=FULL, headers=RAW)
    assert answer.status == 200, answer.body
    taken = answer.data
    quote = (await here.graphql(QUOTES)).data["quotes"]["nodes"][0]
    assert (taken["quote"]["number"], quote["number"], quote["status"]) == ("Q-1", "Q-1", "DRAFT")
    assert quote["total"] == taken["quote"]["total"]
    assert len(quote["parts"]["nodes"]) >= 2
    assert [part["position"] for part in quote["parts"]["nodes"]] == list(range(1, len(quote["parts"]["nodes"]) + 1))


async def test_an_order_may_come_compressed(here: Api) -> None:
    headers = RAW | {"content-encoding": "gzip", "idempotency-key": "compressed"}
    first = await here.request("POST", "/api/v1/intake", content=gzip.compress(FULL), headers=headers)
    assert first.data["quote"]["number"] == "Q-1"
    plain = RAW | {"idempotency-key": "compressed"}
    again = await here.request("POST", "/api/v1/intake", content=FULL, headers=plain)
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert await counts(here) == (1, 1)


async def test_the_same_order_again_answers_the_first_quote(here: Api) -> None:
    first = await here.request("POST", "/api/v1/intake", content=FULL, headers=RAW)
    again = await here.post("/api/v1/intake", {"document": FULL.decode()})
    by_graph = await here.graphql(
        "mutation($d: String!) { intakeOrder(document: $d) { id quote { id number } } }", {"d": FULL.decode()}
    )
    assert again.data == first.data
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == by_graph.headers["idempotent-replayed"] == "true"
    assert by_graph.data["intakeOrder"]["quote"]["id"] == first.data["quote"]["id"]
    assert await counts(here) == (1, 1)


async def test_twenty_senders_of_one_order_at_once_make_one_quote(here: Api) -> None:
    answers = await asyncio.gather(
        *(here.request("POST", "/api/v1/intake", content=FULL, headers=RAW) for _ in range(20))
    )
    told = [answer.data["quote"]["id"] for answer in answers if answer.status == 200]
    assert {answer.status for answer in answers} <= {200, 409}
    assert len(told) >= 1
    assert len(set(told)) == 1
    assert await counts(here) == (1, 1)


async def test_a_client_that_is_there_is_left_as_it_is(here: Api) -> None:
    await here.request("POST", "/api/v1/intake", content=FULL, headers=RAW)
    client = (await here.get("/api/v1/clients")).data[0]
    await here.patch(f"/api/v1/clients/{client['id']}", {"name": "Renamed"})
    other = FULL.replace(b"ST*850*0001", b"ST*850*0002").replace(b"*0001~", b"*0002~")
    answer = await here.request("POST", "/api/v1/intake", content=other, headers=RAW)
    assert answer.status == 200, answer.body
    assert [each["name"] for each in (await here.get("/api/v1/clients")).data] == ["Renamed"]
    assert await counts(here) == (2, 1)


REFUSED = {path.name: path.read_bytes() for path in sorted((EXAMPLES / "refused").iterdir())}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_wrong_is_refused_and_nothing_is_written(here: Api, name: str) -> None:
    answer = await here.request("POST", "/api/v1/intake", content=REFUSED[name], headers=RAW)
    assert answer.status in {400, 422}, answer.body
    assert answer.json["error"]["message"]
    assert await counts(here) == (0, 0)


async def test_two_orders_in_one_document_are_refused(here: Api) -> None:
    several = (EXAMPLES / "several.850.edi").read_bytes()
    answer = await here.request("POST", "/api/v1/intake", content=several, headers=RAW)
    assert (answer.status, answer.code) == (422, "validation_error")
    assert await counts(here) == (0, 0)


async def test_intake_needs_both_scopes(api: Api, key: Key) -> None:
    for scopes, missing in ((("quotes.create",), "clients.create"), (("clients.create",), "quotes.create")):
        answer = await api.request(
            "POST", "/api/v1/intake", content=FULL, headers=RAW, key=await key(*scopes, "quotes.view", "clients.view")
        )
        assert (answer.status, answer.code) == (403, "insufficient_scope")
        assert missing in answer.json["error"]["message"]


async def test_the_workspace_gives_the_currency_that_the_order_does_not(here: Api, company: Tenant) -> None:
    minimal = (EXAMPLES / "minimal.850.edi").read_bytes()
    answer = await here.request("POST", "/api/v1/intake", content=minimal, headers=RAW)
    assert answer.data["quote"]["currency"] == company.currency == "USD"


REAL = os.environ.get("FORGE_REAL_INPUT")


@pytest.mark.skipif(REAL is None, reason="FORGE_REAL_INPUT names no folder of real documents")
async def test_real_orders_become_quotes_and_other_documents_nothing(here: Api) -> None:
    folder = Path(str(REAL)) / "x12"
    made = 0
    for path in sorted(folder.iterdir()):
        answer = await here.request("POST", "/api/v1/intake", content=path.read_bytes(), headers=RAW)
        if ".850" in path.name:
            made += 1
            assert answer.status == 200, (path.name, answer.body)
            assert any("000000055" in warning for warning in answer.data["warnings"]), answer.data["warnings"]
        else:
            assert answer.status in {400, 422}, (path.name, answer.body)
            assert "ST" in answer.json["error"]["message"]
    assert made == 2
    assert await counts(here) == (2, 1)  # both say they come from 01:000123456
    nodes = (await here.graphql(QUOTES)).data["quotes"]["nodes"]
    assert [node["customerPoNumber"] for node in nodes] == ["1000012", "4600000406"]
    assert [node["client"]["name"] for node in nodes] == ["John Doe", "John Doe"]
    assert [node["total"] for node in nodes] == ["19.95", "16555.00"]
