"""Lists filtered by a field of an edge: through both doors, with the edge's scope, bounded, priced."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from engine.edge_filters import MOST_IDS
from models import Client, ClientStatus, Contact, Quote
from tests.contract.test_envelope import refused
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
