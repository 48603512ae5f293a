"""The gate: who is let in, how often, and what everybody is told."""

from __future__ import annotations

from models import Quote
from tests.kit.client import Client
from tests.kit.fixtures import Key
from tests.kit.shop import Shop


async def test_a_key_opens_its_own_company(company: Shop, api: Client, key: Key):
    await company.make(Quote, title="Brackets")
    answer = await api.graphql("{ quotes { nodes { number title } } }", key=await key("quotes.view"))
    assert answer.data == {"quotes": {"nodes": [{"number": "Q-1", "title": "Brackets"}]}}
