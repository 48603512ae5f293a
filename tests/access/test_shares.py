"""Every way to the database is counted for the company that asks: one that holds its share waits, others do not."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from access.credentials import public_id_of
from core.database.pool import Connection, Pool
from core.database.turns import Share
from engine.runtime import Runtime
from tests.kit.client import Answer, Client
from tests.kit.fixtures import address
from tests.kit.tenant import Tenant


@asynccontextmanager
async def held(pool: Pool, share: Share) -> AsyncIterator[None]:
    """Hold as many connections of a pool as a key may."""
    connections: list[Connection] = []
    patience, pool.patience = pool.patience, 0.05
    try:
        while True:
            connections.append(await pool.acquire(share))
            assert len(connections) < pool.size
            if pool._turns._held[share.key] == pool._turns.of_key:
                break
        yield
    finally:
        pool.patience = patience
        for connection in connections:
            pool.release(connection)


async def listed(api: Client) -> Answer:
    return await api.get("/api/v1/quotes")


async def fed(api: Client) -> Answer:
    return await api.get("/api/v1/changes")


async def documented(api: Client) -> Answer:
    return await api.request("POST", "/graphql", json={"documentId": "sha256:" + "0" * 64})


async def executed(api: Client) -> Answer:
    return await api.graphql("{ changes { hasMore } quotes { totalCount } }")


_FIGURES = itertools.permutations(("count", "sum:total", "avg:total", "min:total", "max:total", "p50:total"))


async def counted(api: Client) -> Answer:
    """Figures that nobody asked for before: they are expected to be heavy."""
    return await api.get(f"/api/v1/metrics?resource=quotes&measure={','.join(next(_FIGURES))}")


async def commanded(api: Client) -> Answer:
    return await api.post("/api/v1/clients", {"name": "Acme"})


WAYS: dict[str, tuple[str, Callable[[Client], Awaitable[Answer]]]] = {
    "a list": ("reads", listed),
    "the feed": ("reads", fed),
    "a registered document": ("reads", documented),
    "the executed lane": ("reads", executed),
    "figures": ("heavy", counted),
    "a command": ("writes", commanded),
}


@pytest.mark.parametrize("way", WAYS)
async def test_who_holds_its_share_waits_and_others_do_not(
    runtime: Runtime, api: Client, company: Tenant, other_company: Tenant, way: str
):
    name, ask = WAYS[way]
    other = Client(api.app, address(), await other_company.key())
    usual = (await ask(other)).status
    assert (await ask(api)).status == usual
    mine = Share(company.made.id.hex, str(public_id_of(str(api.key))), company.workspace_id.hex)
    async with held(getattr(runtime.database, name), mine):
        refused = await ask(api)
        assert (refused.status, refused.code) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        for _ in range(5):  # on a busy machine a place may be taken for longer than a caller waits
            answers = await asyncio.gather(*(ask(other) for _ in range(3)))
            if {each.status for each in answers} == {usual}:
                break
        assert [each.status for each in answers] == [usual] * 3
    assert (await ask(api)).status == usual
