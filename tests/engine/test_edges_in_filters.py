"""Lists filtered by a field of an edge: through both doors, with the edge's scope, bounded, priced."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from engine.sql.edge_filters import MAX_IDS
from models import Client, ClientStatus, Contact, Quote
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

LIST = "query($f: QuoteFilter) { quotes(filter: $f, orderBy: UPDATED_AT_ASC) { nodes { title } totalCount } }"
CASES: list[tuple[dict[str, Any], str | None, str]] = [
    ({"client": {"name": {"startsWith": "Ac"}}}, "client.name[starts_with]=Ac", "abcd"),
    ({"client": {"name": {"eq": "Acme"}}}, "client.name=Acme", "ab"),
    ({"client": {"name": {"in": ["Acme", "Bolt"]}}}, "client.name=Acme&client.name=Bolt", "abe"),
    ({"client": {"name": {"in": ["Acme", "Bolt"]}}}, 'client.name[in]="Acme",Bolt', "abe"),
    ({"client": {"name": {"contains": "CME"}}}, "client.name[contains]=CME", "abcd"),
    ({"client": {"status": {"eq": "INACTIVE"}}}, "client.status=inactive", "cd"),
    ({"client": {"status": {"ne": "INACTIVE"}}}, "client.status[ne]=inactive", "abe"),
    ({"client": {"code": {"isNull": True}}}, "client.code[is_null]=true", "cde"),
    ({"client": {"creditLimit": {"gt": "10"}}}, "client.credit_limit[gt]=10", "ab"),
    ({"client": {"taxExempt": {"eq": True}}}, "client.tax_exempt=true", "e"),
    (
        {"client": {"name": {"startsWith": "Ac"}, "status": {"eq": "ACTIVE"}}},
        "client.name[starts_with]=Ac&client.status=active",
        "ab",
    ),
    ({"client": {"name": {"eq": "Acme"}}, "status": {"eq": "SENT"}}, "client.name=Acme&status=sent", "b"),
    ({"client": {"name": {"eq": "Nobody"}}}, "client.name=Nobody", ""),
    ({"client": {}}, None, "abcde"),
    ({"not": {"client": {"name": {"eq": "Acme"}}}}, None, "cde"),
    ({"or": [{"client": {"name": {"eq": "Bolt"}}}, {"status": {"eq": "SENT"}}]}, None, "be"),
    ({"and": [{"client": {"name": {"startsWith": "Ac"}}}, {"client": {"code": {"eq": "A"}}}]}, None, "ab"),
    ({"client": {"or": [{"name": {"eq": "Bolt"}}, {"code": {"eq": "A"}}]}}, None, "abe"),
    ({"client": {"not": {"status": {"eq": "ACTIVE"}}}}, None, "cd"),
]


@pytest.fixture
async def quotes(company: Tenant) -> list[Quote]:
    """Quotes `a` to `e` of three clients."""
    acme, acmes, bolt = await company.make_many(
        Client,
        [
            {"name": "Acme", "code": "A", "credit_limit": 20},
            {"name": "Acmes", "status": ClientStatus.INACTIVE},
            {"name": "Bolt", "tax_exempt": True},
        ],
    )
    owners = zip("abcde", (acme, acme, acmes, acmes, bolt), strict=True)
    given = [{"title": title, "client_id": owner.id} for title, owner in owners]
    given[1]["status"] = "sent"
    return await company.make_many(Quote, given)


@pytest.mark.parametrize(("wanted", "query", "titles"), CASES)
@pytest.mark.usefixtures("quotes")
async def test_a_list_is_filtered_by_a_field_of_an_edge(
    api: Api, wanted: dict[str, Any], query: str | None, titles: str
):
    found = (await api.graphql(LIST, {"f": wanted})).data["quotes"]
    assert ("".join(each["title"] for each in found["nodes"]), found["totalCount"]) == (titles, len(titles))
    if query is not None:
        rows = (await api.get(f"/api/v1/quotes?{query}")).data
        assert "".join(row["title"] for row in rows) == titles
        point = (await api.get(f"/api/v1/metrics?resource=quotes&{query}")).data["points"][0]
        assert point["values"] == [str(len(titles))]


async def test_a_row_without_the_edge_is_found_by_not_alone(api: Api, company: Tenant):
    acme = await company.make(Client, name="Acme")
    ann, ben = [await company.make(Contact, client_id=acme.id, email=f"{who}@example.com") for who in ("ann", "ben")]
    given = [("a", ann.id), ("b", ben.id), ("c", None)]
    rows = [{"title": title, "client_id": acme.id, "contact_id": contact} for title, contact in given]
    await company.make_many(Quote, rows)

    async def found(wanted: dict[str, Any]) -> str:
        nodes = (await api.graphql(LIST, {"f": wanted})).data["quotes"]["nodes"]
        return "".join(each["title"] for each in nodes)

    ann_s = {"contact": {"email": {"eq": "ann@example.com"}}}
    assert await found(ann_s) == "a"
    assert await found({"not": ann_s}) == "bc"
    assert await found({"contact": {"email": {"ne": "ann@example.com"}}}) == "b"
    assert await found({"contact": {"email": {"isNull": False}}}) == "ab"
    assert await found({"not": {"contact": {"email": {"isNull": False}}}}) == "c"
    assert await found({"or": [ann_s, {"contactId": {"isNull": True}}]}) == "ac"
    assert [row["title"] for row in (await api.get("/api/v1/quotes?contact.email=ann@example.com")).data] == ["a"]
    assert [row["title"] for row in (await api.get("/api/v1/quotes?contact_id[is_null]=true")).data] == ["c"]


async def test_it_leads_to_live_rows_only(api: Api, company: Tenant):
    quote = await company.make(Quote, client_id=(await company.make(Client, name="Acme")).id)
    assert (await api.delete(f"/api/v1/quotes/{quote.id}")).status == 200
    listed = "/api/v1/quotes?client.name=Acme&deleted=include"
    assert [row["id"] for row in (await api.get(listed)).data] == [str(quote.id)]
    assert (await api.delete(f"/api/v1/clients/{quote.client_id}")).status == 200
    assert (await api.get(listed)).data == []


@pytest.mark.usefixtures("quotes")
async def test_it_stays_in_the_workspace(api: Api, other_company: Tenant):
    await other_company.make(Quote, client_id=(await other_company.make(Client, name="Acme")).id)
    assert len((await api.get("/api/v1/quotes?client.name=Acme")).data) == 2


@pytest.mark.usefixtures("quotes")
async def test_it_needs_the_scope_of_the_edge_and_of_the_field(api: Api, key: Key):
    viewer, both = await key("quotes.view"), await key("quotes.view", "clients.view")
    everything = await key("quotes.view", "clients.view", "costs.view")
    for shown, name, scope in (
        (viewer, "client.name=Acme", "clients.view"),
        (viewer, "client.credit_limit[gt]=1", "clients.view"),
        (both, "client.credit_limit[gt]=1", "costs.view"),
    ):
        for path in ("quotes?", "metrics?resource=quotes&"):
            said = f"Insufficient scope: {scope} required"
            refused(await api.get(f"/api/v1/{path}{name}", key=shown), 403, said)
    limit = {"client": {"creditLimit": {"gt": "1"}}}
    hidden: list[dict[str, Any]] = [limit, {"not": limit}, {"or": [{"status": {"eq": "SENT"}}, limit]}]
    for wanted in hidden:
        assert (await api.graphql(LIST, {"f": wanted}, key=both)).errors[0]["extensions"]["scope"] == "costs.view"
        assert (await api.graphql(LIST, {"f": wanted}, key=viewer)).code == "insufficient_scope"
        assert (await api.graphql(LIST, {"f": wanted}, key=everything)).errors == []
    assert (await api.get("/api/v1/quotes?client.name=Acme", key=both)).status == 200


async def test_more_than_500_are_refused_with_what_to_narrow(api: Api, company: Tenant):
    made = await company.make_many(Client, [{"name": f"Ac {number}"} for number in range(MAX_IDS + 1)])
    await company.make_many(Quote, [{"client_id": each.id} for each in made[:3]])
    wide = {"client": {"name": {"startsWith": "Ac"}}}
    told = "more than 500 clients match; name more of their fields, or narrower values"
    refused(await api.get("/api/v1/quotes?client.name[starts_with]=Ac"), 422, f"client: {told}")
    refused(await api.get("/api/v1/metrics?resource=quotes&client.name[starts_with]=Ac"), 422, f"client: {told}")
    for wanted, field in ((wide, "filter.client"), ({"not": wide}, "filter.not.client")):
        answer = await api.graphql(LIST, {"f": wanted})
        assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("validation_error", field)
        assert answer.errors[0]["message"] == f"{field}: {told}"
    narrow = "client.name[starts_with]=Ac&client.name[ne]=Ac 1"
    assert len((await api.get(f"/api/v1/quotes?{narrow}")).data) == 2
    figures = "query($f: QuoteFilter) { metrics(resource: QUOTES, filter: {quotes: $f}) { points { values } } }"
    assert (await api.graphql(figures, {"f": wide})).code == "validation_error"
    written = "mutation($i: CreateQuoteInput!) { createQuote(input: $i) { client { quotes(FILTER) { totalCount } } } }"
    written = written.replace("FILTER", 'filter: {client: {name: {startsWith: "Ac"}}}')
    answer = await api.graphql(written, {"i": {"clientId": str(made[0].id)}})
    assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("validation_error", "filter.client")
    assert (await api.get("/api/v1/metrics?resource=quotes")).data["points"][0]["values"] == ["3"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("client.colour=red", "client.colour"),
        ("client.notes=x", "client.notes"),
        ("client.name[gt]=x", "client.name[gt]"),
        ("client.status=ACTIVE", "client.status"),
        ("client.=x", "client."),
        ("client=x", "client"),
        ("client[name]=x", "client[name]"),
        ("clients.name=x", "clients.name"),
        ("client.search=x", "client.search"),
        ("client.deleted=only", "client.deleted"),
        ("client.updated_since=2026-01-01T00:00:00Z", "client.updated_since"),
        ("client.name[ne]=x&client.name[ne]=y", "client.name[ne]"),
        ("contact.client.name=x", "contact.client.name"),
        ("created_by.name=x", "created_by.name"),
        ("parts.unit=C62", "parts.unit"),
    ],
)
async def test_what_an_edge_cannot_be_filtered_by_is_refused_and_named(api: Api, query: str, named: str):
    for path in ("quotes?", "metrics?resource=quotes&"):
        answer = await api.get(f"/api/v1/{path}{query}")
        refused(answer, 422)
        assert answer.json["error"]["message"].startswith(f"{named}: ")


@pytest.mark.usefixtures("quotes")
async def test_a_cursor_is_of_one_filter_through_an_edge(api: Api):
    path = "/api/v1/quotes?client.name[starts_with]=Ac&limit=1"
    seen, cursor = "", ""
    while True:
        page = await api.get(f"{path}{cursor}")
        seen += page.data[0]["title"]
        if page.json["next_cursor"] is None:
            break
        cursor = "&" + urlencode({"cursor": page.json["next_cursor"]})
        refused(await api.get(f"/api/v1/quotes?client.name[starts_with]=A&limit=1{cursor}"), 400)
        refused(await api.get(f"/api/v1/quotes?limit=1{cursor}"), 400)
    assert seen == "abcd"


@pytest.mark.usefixtures("quotes")
async def test_a_nested_list_is_filtered_through_an_edge_too(api: Api):
    document = """{ clients(orderBy: NAME_ASC) { nodes { name
      quotes(filter: {client: {name: {eq: "Acme"}}}, orderBy: UPDATED_AT_ASC) { nodes { title } } } } }"""
    shown = (await api.graphql(document)).data["clients"]["nodes"]
    assert [[each["title"] for each in row["quotes"]["nodes"]] for row in shown] == [["a", "b"], [], []]


PRICES = [
    ('{ quotes(first: 9, filter: {client: {name: {eq: "a"}}}) { nodes { id } } }', {}, 10 + 50),
    ('{ quotes(first: 9, filter: {not: {or: [{client: {code: {eq: "a"}}}, {}]}}) { nodes { id } } }', {}, 10 + 50),
    ("query($f: QuoteFilter) { quotes(first: 9, filter: $f) { nodes { id } } }", {"f": {"status": {"eq": "SENT"}}}, 10),
    ("query($f: QuoteFilter) { quotes(first: 9, filter: $f) { nodes { id } } }", {}, 10),
    (
        "query($f: QuoteFilter) { quotes(first: 9, filter: $f) { nodes { id } } }",
        {"f": {"or": [{"client": {"name": {"eq": "a"}}}, {"contact": {"email": {"eq": "a"}}}]}},
        10 + 100,
    ),
    (
        "query($f: MetricFilter) { metrics(resource: QUOTES, filter: $f) { truncated } }",
        {"f": {"quotes": {"client": {"name": {"eq": "a"}}}}},
        500 + 50,
    ),
]


@pytest.mark.parametrize(("document", "variables", "points"), PRICES)
async def test_each_edge_of_a_filter_has_its_price(api: Api, document: str, variables: dict[str, Any], points: int):
    await api.graphql(document, variables)
    again = await api.graphql(document, variables)
    assert again.errors == []
    assert again.json["extensions"]["cost"]["requestedQueryCost"] == points
