"""What a row shows of the rows inside it and of what its key may not see: cut lists say so, and cost what they read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from models import Client, Quote, QuotePart
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant


async def test_a_list_shows_no_rows_inside_unless_asked_and_one_row_does(api: Api, company: Tenant):
    part = await company.make(QuotePart)
    [listed] = (await api.get("/api/v1/quotes")).data
    assert "parts" not in listed
    [listed] = (await api.get("/api/v1/quotes?include=parts")).data
    one = (await api.get(f"/api/v1/quotes/{part.quote_id}")).data
    assert [row["id"] for row in one["parts"]] == [str(part.id)] == [row["id"] for row in listed["parts"]]


async def test_a_cost_is_neither_shown_nor_asked_about_without_its_scope(api: Api, company: Tenant, key: Key):
    quote = await company.make(Quote, cost=Decimal(7))
    viewer = await key("quotes.view", "clients.view")
    one = f"/api/v1/quotes/{quote.id}"
    assert (await api.get(one)).data["cost"] == "7"
    assert "cost" not in (await api.get(one, key=viewer)).data
    for query in ("cost[gt]=1", "cost[is_null]=true", "fields=cost"):
        refused(await api.get(f"/api/v1/quotes?{query}", key=viewer), 403, "Insufficient scope: costs.view required")


async def test_a_list_inside_a_row_says_that_it_was_cut(api: Api, company: Tenant):
    full, cut = [(await company.make(Client, name=name)).id for name in ("Full", "Cut")]
    owners = [full] * 100 + [cut] * 101
    made = await company.make_many(Quote, [{"client_id": owner} for owner in owners])
    newest = [str(row.id) for row in reversed(made)]
    rows = (await api.get("/api/v1/clients?include=quotes,contacts")).data
    assert [(len(row["quotes"]), row["quotes_has_more"]) for row in rows] == [(100, False), (100, True)]
    assert [row["id"] for row in rows[1]["quotes"]] == newest[:100]
    assert all((row["contacts"], row["contacts_has_more"]) == ([], False) for row in rows)
    assert list(rows[0])[-4:] == ["contacts", "contacts_has_more", "quotes", "quotes_has_more"]
    one = (await api.get(f"/api/v1/clients/{cut}?include=quotes")).data
    assert ([row["id"] for row in one["quotes"]], one["quotes_has_more"]) == (newest[:101], False)


async def test_a_single_row_shows_a_thousand_rows_inside_and_says_that_there_are_more(
    api: Api, company: Tenant, owner: Any
):
    quote = await company.make(Quote)
    await owner.execute(
        "insert into quote_parts (workspace_id, id, quote_id, position, description, quantity, unit, unit_price, total)"
        " select $1, ('00000000-0000-7004-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, n, 'Pin', 1, 'C62', 1, 1"
        " from generate_series(1, 1000) n",
        company.workspace_id,
        quote.id,
    )
    path = f"/api/v1/quotes/{quote.id}"
    for size, more in ((1000, False), (1001, True)):
        row = (await api.get(path)).data
        assert ([each["position"] for each in row["parts"]], row["parts_has_more"]) == ([*range(1, 1001)], more)
        [row] = (await api.get("/api/v1/quotes?include=parts")).data
        assert ([each["position"] for each in row["parts"]], row["parts_has_more"]) == ([*range(1, 101)], True)
        if size == 1000:
            await company.make(QuotePart, quote_id=quote.id, position=1001)
    sent = (await api.post(f"{path}/send", {})).data
    assert (len(sent["parts"]), sent["parts_has_more"]) == (1000, True)


async def test_what_costs_more_than_any_request_may_is_refused_with_what_to_ask_for(api: Api):
    answer = await api.get("/api/v1/clients?limit=250&include=contacts,quotes")
    told = "limit: costs 50,751 points, more than the 50,000 of one request; ask for fewer rows at once"
    refused(answer, 400, told)
    assert (await api.get("/api/v1/clients?limit=240&include=contacts,quotes")).status == 200
