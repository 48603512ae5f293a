"""The last use of a key: when, from where and for what."""

from __future__ import annotations

import time
from typing import Any

from app.front import Front
from engine.runtime import Runtime
from tests.kit.client import Client
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant


async def test_the_last_use_of_a_key_is_kept(company: Tenant, app: Front, key: Key, runtime: Runtime):
    shown = await key("quotes.view", name="used")
    client = Client(app, "203.0.113.77")
    await client.graphql("{ quotes { totalCount } }", key=shown)
    await client.get("/api/v1/quotes?limit=1", key=shown)
    gate: Any = runtime.gate
    await gate.sweep()
    [listed] = [each for each in await company.access.keys.list(company.made.id) if each.name == "used"]
    assert (listed.last_used_address, listed.last_used_route) == ("203.0.113.77", "GET /api/v1/quotes")
    assert listed.last_used_at is not None
    assert abs(time.time() - listed.last_used_at.timestamp()) < 30
