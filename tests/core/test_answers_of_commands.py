"""The answer of a command shows everything as it is afterwards, wherever it looks, though it is made while writing."""

from __future__ import annotations

from typing import Any

import pytest

from models import Client, Contact, Quote, QuotePart
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

QUOTE = """id number title version status total updatedAt deletedAt
  parts(first: 10) { totalCount(exact: true) nodes { id position description quantity total } pageInfo { endCursor } }
  client { id name version
    quotes(orderBy: TOTAL_DESC) { totalCount(exact: true) nodes { number title total parts { nodes { total } } } }
    contacts { nodes { firstName } } }"""
CLIENT = """id name version contacts { nodes { id firstName position } }
  quotes(first: 5, filter: {client: {name: {eq: "New name"}}}) {
    nodes { number client { name contacts { nodes { id } } } } }
  all: quotes { totalCount nodes { number client { name } } }"""
PART = {"quantity": "2", "unitPrice": "3.50"}


@pytest.fixture
async def quote(company: Tenant) -> Quote:
    """One of three quotes of a client, with three parts and two contacts."""
    client = await company.make(Client, name="Old name")
    for name in ("Ann", "Bob"):
        await company.make(Contact, client_id=client.id, first_name=name)
    quotes = [await company.make(Quote, client_id=client.id, title=f"T{n}") for n in range(3)]
    for each in quotes:
        for n in range(3):
            await company.make(QuotePart, quote_id=each.id, description=f"P{n}", position=n + 1)
    return quotes[1]


async def same(api: Api, name: str, arguments: str, fields: str, variables: dict[str, Any], read: str) -> Any:
    """Run a command and read the same fields of the same record: both are alike; returns them."""
    declared = "$id: ID!" + ("" if "input" not in variables else f", $input: Update{read.title()}Input!")
    told = await api.graphql(f"mutation({declared}) {{ {name}({arguments}) {{ {fields} }} }}", variables)
    shown = await api.graphql(f"query($id: ID!) {{ {read}(id: $id) {{ {fields} }} }}", {"id": variables["id"]})
    assert told.data[name] == shown.data[read]
    return told.data[name]


async def test_a_quote_whose_parts_stay_come_and_go(api: Api, company: Tenant, quote: Quote):
    rows = await company.all("select id, quote_id from quote_parts order by position")
    ids = [str(row["id"]) for row in rows if row["quote_id"] == quote.id]
    parts = [{"id": ids[2], "description": "Kept", **PART}, {"description": "New", **PART}]
    wanted = {"id": str(quote.id), "input": {"title": "Changed", "parts": parts}}
    answer = await same(api, "updateQuote", "id: $id, input: $input", QUOTE, wanted, "quote")
    assert [(each["description"], each["position"]) for each in answer["parts"]["nodes"]] == [("Kept", 1), ("New", 2)]
    assert (answer["parts"]["totalCount"], answer["total"], answer["version"]) == (2, "14.00", 5)
    listed = {each["number"]: each for each in answer["client"]["quotes"]["nodes"]}
    assert listed[answer["number"]]["title"] == "Changed"
    assert len(listed[answer["number"]]["parts"]["nodes"]) == 2
    changes: list[dict[str, Any]] = [{"parts": []}, {"title": "Again"}]
    for gone in changes:
        await same(api, "updateQuote", "id: $id, input: $input", QUOTE, wanted | {"input": gone}, "quote")


async def test_a_client_and_the_quotes_that_are_found_by_its_new_name(api: Api, quote: Quote):
    wanted = {"id": str(quote.client_id), "input": {"name": "New name", "contacts": [{"firstName": "Cid"}]}}
    answer = await same(api, "updateClient", "id: $id, input: $input", CLIENT, wanted, "client")
    assert [each["firstName"] for each in answer["contacts"]["nodes"]] == ["Cid"]
    assert len(answer["quotes"]["nodes"]) == 3
    assert {each["client"]["name"] for each in answer["quotes"]["nodes"]} == {"New name"}
    assert {len(each["client"]["contacts"]["nodes"]) for each in answer["quotes"]["nodes"]} == {1}


async def test_a_quote_that_moves(api: Api, quote: Quote):
    answer = await same(api, "sendQuote", "id: $id", QUOTE, {"id": str(quote.id)}, "quote")
    assert answer["status"] == "SENT"


async def test_a_deleted_quote_is_in_no_list_of_the_answer(api: Api, quote: Quote):
    document = f"mutation($id: ID!) {{ deleteQuote(id: $id) {{ {QUOTE} }} }}"
    answer = (await api.graphql(document, {"id": str(quote.id)})).data["deleteQuote"]
    assert answer["deletedAt"] is not None
    assert answer["client"]["quotes"]["totalCount"] == 2
    assert answer["number"] not in {each["number"] for each in answer["client"]["quotes"]["nodes"]}


async def test_rest_shows_the_same(api: Api, quote: Quote):
    path = f"/api/v1/quotes/{quote.id}?include=client,parts"
    parts = [{"description": "New", **PART}]
    changed = await api.patch(path, {"title": "Changed", "parts": parts})
    assert changed.data == (await api.get(path)).data
    assert changed.data["title"] == "Changed"
