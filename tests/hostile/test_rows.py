"""Forged cursors and other companies' ids lead nowhere."""

from __future__ import annotations

import base64

import pytest

from core.values.ids import new_id
from models import Client, Contact, QuotePart
from tests.kit.client import Client as Api
from tests.kit.hostile import refused
from tests.kit.tenant import Tenant


@pytest.mark.parametrize("sort", ["updated_at", "-updated_at", "total", "-total", "created_at"])
async def test_a_forged_cursor_is_a_bad_request_whatever_it_holds(api: Api, sort: str, part: QuotePart):
    path = f"/api/v1/quotes?limit=1&sort={sort}&client_id[ne]={new_id(Client)}"
    digest = await digest_of(api, path)
    for value in (
        "",
        "x",
        "1E+200000",
        "NaN",
        "Infinity",
        "10000-01-01T00:00:00.000000Z",
        "9" * 1_500,
        "1_0",
        "\0",
        "½",
    ):
        refused(await api.get(f"{path}&cursor={forged(digest, str(part.id), value)}"), "bad_request", field="cursor")
    right = {"total": "1"}.get(sort.removeprefix("-"), "2026-01-01T00:00:00.000000Z")
    for row_id in ("", "x", f"{part.id}0", "{" + str(part.id) + "}"):
        refused(await api.get(f"{path}&cursor={forged(digest, row_id, right)}"), "bad_request", field="cursor")
    for other in (forged("0" * 12, str(part.id), right), forged(digest, str(part.id), right)[:-3] + "!", "A" * 2_001):
        refused(await api.get(f"{path}&cursor={other}"), "bad_request", field="cursor")
    assert (await api.get(f"{path}&cursor={forged(digest, str(part.id), right)}")).status == 200


async def digest_of(api: Api, path: str) -> str:
    """The digest of a list, taken out of a cursor that GraphQL gives for it."""
    name = path.partition("sort=")[2].partition("&")[0]
    order = name.removeprefix("-").upper() + ("_DESC" if name.startswith("-") else "_ASC")
    other = path.rpartition("=")[2]
    document = f'{{ quotes(orderBy: {order}, filter: {{clientId: {{ne: "{other}"}}}}) {{ pageInfo {{ endCursor }} }} }}'
    cursor = (await api.graphql(document)).data["quotes"]["pageInfo"]["endCursor"]
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")[1]


def forged(digest: str, row_id: str, value: str) -> str:
    return base64.urlsafe_b64encode(f"1|{digest}|{row_id}|{value}".encode()).decode().rstrip("=")


async def test_a_cursor_of_another_list_is_a_bad_request_in_graphql(api: Api, part: QuotePart):
    assert part
    document = "query($a: String) { quotes(after: $a) { edges { cursor } } }"
    cursor = (await api.graphql(document)).data["quotes"]["edges"][0]["cursor"]
    for field in (
        "quotes(orderBy: TOTAL_ASC, after: $a)",
        'quotes(filter: {title: {eq: "x"}}, after: $a)',
        "clients(after: $a)",
    ):
        answer = await api.graphql(f"query($a: String) {{ {field} {{ nodes {{ id }} }} }}", {"a": cursor})
        refused(answer, "bad_request", field="after")
    for text in ("", "x", "====", "a" * 2_001, cursor[:-2], cursor + "AA"):
        refused(await api.graphql(document, {"a": text}), "bad_request", field="after")


async def test_another_companys_ids_are_nobodys_wherever_they_stand(api: Api, part: QuotePart, other_company: Tenant):
    theirs = await other_company.make(QuotePart)
    contact = await other_company.make(Contact)
    [(quote, client)] = await other_company.all("select id, client_id from quotes")
    before = await other_company.all(
        "select updated_at, version from quotes union all select updated_at, version from clients"
    )
    everything = [str(each) for each in (theirs.id, contact.id, quote, client)]
    for row_id in everything:
        found = await api.graphql(
            "query($i: ID!) { quote(id: $i) { id } client(id: $i) { id } node(id: $i) { id } }", {"i": row_id}
        )
        assert found.data == {"quote": None, "client": None, "node": None}
        for command in (
            "updateQuote(id: $i, input: {})",
            "deleteQuote(id: $i)",
            "sendQuote(id: $i)",
            "deleteClient(id: $i)",
        ):
            refused(await api.graphql(f"mutation($i: ID!) {{ {command} {{ id }} }}", {"i": row_id}), "not_found")
        for field in ("id", "clientId"):
            listed = f"query($i: ID!) {{ quotes(filter: {{{field}: {{eq: $i}}}}) {{ totalCount nodes {{ id }} }} }}"
            assert (await api.graphql(listed, {"i": row_id})).data == {"quotes": {"totalCount": 0, "nodes": []}}
        create = "mutation($i: ID!) { createQuote(input: {clientId: $i}) { id } }"
        refused(await api.graphql(create, {"i": row_id}), "validation_error", field="clientId")
        create = 'mutation($i: ID!) { createQuote(input: {clientId: $i, currency: "USD"}) { id } }'
        refused(await api.graphql(create, {"i": row_id}), "validation_error", field="clientId")
        update = "mutation($q: ID!, $i: ID!) { updateQuote(id: $q, input: {contactId: $i}) { id } }"
        refused(
            await api.graphql(update, {"q": str(part.quote_id), "i": row_id}), "validation_error", field="contactId"
        )
    assert (await api.graphql("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": everything})).data == {
        "nodes": [None] * 4
    }
    now = await other_company.all(
        "select updated_at, version from quotes union all select updated_at, version from clients"
    )
    assert now == before
