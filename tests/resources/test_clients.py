"""A draft quote may change its client: the contact goes with the old one, and a race leaves one of both."""

from __future__ import annotations

import asyncio

import pytest

from models import Client, Contact, Quote
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

UPDATE = """mutation($id: ID!, $i: UpdateQuoteInput!) {
  updateQuote(id: $id, input: $i) { client { id } contact { id } }
}"""


@pytest.fixture
async def two(company: Tenant) -> tuple[Client, Client]:
    return await company.make(Client, currency="EUR"), await company.make(Client, currency="USD")


@pytest.fixture
async def contacts(company: Tenant, two: tuple[Client, Client]) -> list[Contact]:
    return [await company.make(Contact, client_id=each.id) for each in two]


@pytest.fixture
async def quote(company: Tenant, two: tuple[Client, Client], contacts: list[Contact]) -> Quote:
    return await company.make(Quote, client_id=two[0].id, contact_id=contacts[0].id, currency="EUR")


async def test_the_contact_of_the_old_client_goes_and_the_currency_stays(
    api: Api, quote: Quote, two: tuple[Client, Client]
):
    shown = (await api.patch(f"/api/v1/quotes/{quote.id}", {"clientId": str(two[1].id)})).data
    assert (shown["client_id"], shown["contact_id"], shown["currency"]) == (str(two[1].id), None, "EUR")
    assert shown["version"] == 2
    [row] = (await api.get(f"/api/v1/quotes?client_id={two[1].id}")).data
    assert row["id"] == str(quote.id)
    assert (await api.get(f"/api/v1/quotes?client_id={two[0].id}")).data == []
    told = (await api.get("/api/v1/changes?resources=quote")).json["data"][-1]
    assert (told["type"], told["data"]["client_id"]) == ("quote.updated", str(two[1].id))


async def test_a_contact_of_the_new_client_may_be_named_with_it(
    api: Api, quote: Quote, two: tuple[Client, Client], contacts: list[Contact]
):
    given = {"clientId": str(two[1].id), "contactId": str(contacts[1].id)}
    shown = (await api.graphql(UPDATE, {"id": str(quote.id), "i": given})).data["updateQuote"]
    assert shown == {"client": {"id": str(two[1].id)}, "contact": {"id": str(contacts[1].id)}}


async def test_the_same_client_keeps_its_contact(
    api: Api, quote: Quote, two: tuple[Client, Client], contacts: list[Contact]
):
    shown = (await api.patch(f"/api/v1/quotes/{quote.id}", {"client_id": str(two[0].id), "title": "x"})).data
    assert (shown["client_id"], shown["contact_id"]) == (str(two[0].id), str(contacts[0].id))


async def test_what_is_no_client_of_this_company_is_refused(
    api: Api, company: Tenant, other_company: Tenant, quote: Quote, two: tuple[Client, Client], contacts: list[Contact]
):
    theirs, gone, path = await other_company.make(Client), await company.make(Client), f"/api/v1/quotes/{quote.id}"
    assert (await api.delete(f"/api/v1/clients/{gone.id}")).status == 200
    for wrong, message in (
        (str(theirs.id), "client_id refers to no record"),
        (str(quote.id), "client_id refers to no record"),
        (str(gone.id), "client_id refers to a deleted record"),
        ("x", "client_id: not an id"),
    ):
        refused(await api.patch(path, {"client_id": wrong}), 422, message)
    assert (await api.patch(path, {"client_id": None})).status == 422
    other = {"client_id": str(two[1].id), "contact_id": str(contacts[0].id)}
    refused(await api.patch(path, other), 422, "contact_id refers to no record")
    shown = (await api.get(path)).data
    assert (shown["client_id"], shown["contact_id"], shown["version"]) == (str(two[0].id), str(contacts[0].id), 1)


async def test_a_quote_that_was_sent_keeps_its_client(api: Api, quote: Quote, two: tuple[Client, Client]):
    assert (await api.post(f"/api/v1/quotes/{quote.id}/send")).status == 200
    answer = await api.patch(f"/api/v1/quotes/{quote.id}", {"client_id": str(two[1].id)})
    assert (answer.status, answer.code) == (409, "conflict")


async def test_a_client_that_is_deleted_meanwhile_gets_no_quote(api: Api, company: Tenant, quote: Quote):
    for _ in range(8):
        client = await company.make(Client)
        moved, deleted = await asyncio.gather(
            api.patch(f"/api/v1/quotes/{quote.id}", {"client_id": str(client.id)}),
            api.delete(f"/api/v1/clients/{client.id}"),
        )
        assert {moved.status, deleted.status} <= {200, 409, 422}
        assert (moved.status == 200) != (deleted.status == 200)
