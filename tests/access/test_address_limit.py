"""The limit of an address: only failures count, a good key comes in whatever was shown, and a flood costs little."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from access.credentials import make_key, public_id_of
from access.lookups import MAX_WAITING
from access.plans import ANONYMOUS
from app.front import Front
from app.server import create_app
from core.settings import Settings
from engine.runtime import Runtime
from models import Environment, KeyFormat, Plan
from tests.access.test_gate import swap_id, swap_secret, window
from tests.kit.client import Client
from tests.kit.fixtures import Key, address, new_tenant
from tests.kit.tenant import Tenant

PATH = "/api/v1/quotes?limit=1"


@pytest.fixture
async def valkey(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def used_up(app: Front) -> Client:
    """A client whose address has shown so many bad keys that its window is used up."""
    guesser = Client(app, address())
    for number in range(ANONYMOUS):
        answer = await guesser.get(PATH, key=None)
        assert (answer.status, window(answer)) == (401, (ANONYMOUS, ANONYMOUS - 1 - number))
    return guesser


@pytest.fixture
def asked(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the gate asks Valkey, and PostgreSQL for what."""
    noted: Counter[str] = Counter()

    def note(owner: Any, name: str) -> None:
        ask = getattr(owner, name)

        async def noting(*args: Any) -> Any:
            noted[name] += 1
            return await ask(*args)

        monkeypatch.setattr(owner, name, noting)

    gate: Any = runtime.gate
    note(gate._limiter._valkey, "call")
    note(gate._directory, "digests")
    note(gate._directory, "verify")
    return noted


def made_up(count: int) -> list[str]:
    """Keys that look good and are nobody's."""
    return [make_key(KeyFormat.FMRP, Environment.LIVE) for _ in range(count)]


async def test_who_shows_no_good_key_is_limited(used_up: Client, company: Tenant, asked: Counter[str]):
    good, other = await company.key(), await company.key()
    for shown, statements in ((None, 0), ("garbled", 0), (swap_id(good), 1), (swap_secret(good, other), 1)):
        asked.clear()
        refused = await used_up.get(PATH, key=shown)
        assert (refused.status, refused.code, window(refused)) == (429, "rate_limited", (ANONYMOUS, 0))
        assert int(refused.headers["retry-after"]) >= 1
        assert asked == Counter(call=1, digests=statements)
    neighbour = Client(used_up.app, used_up.address.removesuffix("1") + "2")
    assert (await neighbour.get(PATH, key=None)).status == 429  # the same /64
    assert (await Client(used_up.app, address()).get(PATH, key=None)).status == 401


@pytest.mark.parametrize("form", KeyFormat)
async def test_a_good_key_that_nobody_has_seen_comes_in_all_the_same(
    used_up: Client, company: Tenant, asked: Counter[str], form: KeyFormat
):
    team = await new_tenant(company.access, company.runtime, plan=Plan.TEAM)
    shown = await team.key(form=form)
    asked.clear()
    for _ in range(3):
        assert (await used_up.get(PATH, key=shown)).status == 200
    assert (asked["digests"], asked["verify"]) == (1, 1)  # then Valkey knows it


async def test_a_good_key_comes_in_amid_a_flood_which_costs_a_few_statements(
    used_up: Client, company: Tenant, asked: Counter[str], valkey: Redis
):
    keys = [await company.key() for _ in range(5)]
    flood = made_up(400)
    asked.clear()
    began = time.monotonic()
    answers = await asyncio.gather(*(used_up.get(PATH, key=shown) for shown in (*flood[:200], *keys, *flood[200:])))
    took = time.monotonic() - began
    statuses = [answer.status for answer in answers]
    assert (statuses.count(429), statuses.count(200)) == (400, 5)
    assert statuses[200:205] == [200] * 5
    assert asked["digests"] <= 2 + took * 50
    assert asked["verify"] == 5
    for shown in keys:  # Valkey forgets, the process too
        await valkey.delete(f"principal:{public_id_of(shown)}")
    assert [(await used_up.get(PATH, key=shown)).status for shown in keys] == [200] * 5


async def test_more_than_one_statement_looks_up_is_refused_unseen(used_up: Client, asked: Counter[str]):
    answers = await asyncio.gather(*(used_up.get(PATH, key=shown) for shown in made_up(MAX_WAITING + 50)))
    assert {answer.status for answer in answers} == {429}
    assert asked["digests"] >= 1


async def test_another_process_lets_it_in_too(used_up: Client, key: Key, settings: Settings, valkey: Redis):
    shown = await key()
    assert (await used_up.get(PATH, key=shown)).status == 200
    other = create_app(settings)
    async with other.router.lifespan_context(other):
        client = Client(other, used_up.address, shown)
        assert (await client.get(PATH)).status == 200
        await valkey.delete(f"principal:{public_id_of(shown)}")
        assert (await client.get(PATH, key=await key())).status == 200
        assert (await client.get(PATH, key=None)).status == 429


async def test_a_key_that_is_good_no_more_is_refused_and_looked_up_no_oftener(
    used_up: Client, company: Tenant, asked: Counter[str]
):
    shown = await company.key()
    assert (await used_up.get(PATH, key=shown)).status == 200
    await company.access.keys.revoke(str(public_id_of(shown)))
    asked.clear()
    answers = await asyncio.gather(*(used_up.get(PATH, key=shown) for _ in range(100)))
    assert {answer.status for answer in answers} == {429}
    assert asked["digests"] <= 5
    assert asked["verify"] <= 1


async def test_successes_do_not_count(app: Front, company: Tenant):
    shown, client = await company.key(), Client(app, address())
    for _ in range(ANONYMOUS + 10):
        assert (await client.get(PATH, key=shown)).status == 200
    assert window(await client.get(PATH, key=None)) == (ANONYMOUS, ANONYMOUS - 1)
