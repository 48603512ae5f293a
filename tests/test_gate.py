"""The gate: who is let in, how often, and what everybody is told."""

from __future__ import annotations

from models import Quote
from tests.kit.client import Client
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant


async def test_a_key_opens_its_own_company_through_both_doors(
    company: Tenant, other_company: Tenant, api: Client, key: Key
):
    made = await company.make(Quote, title="Brackets")
    narrow = await key("quotes.view")
    answer = await api.graphql("{ quotes { nodes { number title } } }", key=narrow)
    assert answer.data == {"quotes": {"nodes": [{"number": "Q-1", "title": "Brackets"}]}}
    found = await api.get(f"/api/v1/quotes/{made.id}", key=narrow)
    assert (found.status, found.data["number"]) == (200, "Q-1")

    foreign = await other_company.key()
    assert (await api.graphql("{ quotes { nodes { number } } }", key=foreign)).data == {"quotes": {"nodes": []}}
    assert (await api.get(f"/api/v1/quotes/{made.id}", key=foreign)).code == "not_found"


async def test_a_command_through_the_application_writes(company: Tenant, api: Client):
    answer = await api.graphql('mutation { createClient(input: {name: "Harbor Pump Repair"}) { name version } }')
    assert answer.data == {"createClient": {"name": "Harbor Pump Repair", "version": 1}}
    assert await company.value("select count(*) from clients where workspace_id = $1", company.workspace_id) == 1
    created = await api.post("/api/v1/clients", {"name": "Alpine Gears"})
    assert (created.status, created.data["currency"]) == (201, "USD")
