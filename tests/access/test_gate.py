"""The gate: who is let in, how often, and what everybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from access.credentials import checksum, public_id_of
from access.plans import PLANS
from app.front import Front
from app.server import create_app
from core.settings import Settings
from engine.runtime import Runtime
from models import Plan, Quote
from tests.kit.client import Answer, Client
from tests.kit.fixtures import Key, address, new_tenant
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

REFUSED = "The key is missing, wrong, expired or revoked"
WINDOW = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


@pytest.fixture
async def valkey(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def calls(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the gate asks, as it asks."""
    noted: list[str] = []

    def note(owner: Any, name: str) -> None:
        asked = getattr(owner, name)

        async def noting(*args: Any) -> Any:
            noted.append(name)
            return await asked(*args)

        monkeypatch.setattr(owner, name, noting)

    gate: Any = runtime.gate
    note(gate._limiter._valkey, "call")
    note(gate._directory._database, "text")
    return noted


def window(answer: Answer) -> tuple[int, int]:
    """The limit and what remains; the reset is checked to be one of a minute."""
    limit, remaining, reset = (int(answer.headers[name]) for name in WINDOW)
    assert 1 <= reset <= 60
    assert answer.headers["ratelimit-policy"].split(", ")[0] == f'"requests";q={limit};w=60'
    assert answer.headers["ratelimit"].split(", ")[0] == f'"requests";r={remaining};t={reset}'
    return limit, remaining


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


async def test_a_known_key_costs_one_call_to_valkey_and_none_to_postgres(
    api: Client, runtime: Runtime, calls: list[str]
):
    key = f"Bearer {api.key}"
    first = await runtime.gate.admit(key, api.address)
    assert first.principal is not None
    assert calls == ["call", "text", "call"]
    calls.clear()
    again = await runtime.gate.admit(key, api.address)
    assert calls == ["call"]
    assert again.principal is first.principal  # what did not change is not read again


async def test_every_response_tells_the_window(api: Client, key: Key):
    narrow = await key("quotes.view")
    answers = [
        (200, await api.get("/api/v1/quotes")),
        (201, await api.post("/api/v1/clients", {"name": "A"})),
        (400, await api.request("POST", "/api/v1/clients", content=b"{", headers={"content-type": "application/json"})),
        (401, await api.get("/api/v1/quotes", key=None)),
        (403, await api.get("/api/v1/clients", key=narrow)),
        (404, await api.get("/api/v1/nothing")),
        (404, await api.get("/api/v1/quotes/")),
        (404, await api.get("/api/v1")),
        (404, await api.get("/quotes")),
        (404, await api.post("/graphql/")),
        (401, await api.get("/nothing", key=None)),
        (405, await api.delete("/api/v1/clients")),
        (422, await api.post("/api/v1/clients", {"name": 5})),
        (200, await api.graphql("{ quotes { totalCount } }")),
        (200, await api.graphql("{ nothing }")),
        (401, await api.graphql("{ quotes { totalCount } }", key=None)),
        (403, await api.graphql("{ clients { totalCount } }", key=narrow)),
        (405, await api.get("/graphql?query=mutation{deleteClient(id:%22x%22){id}}")),
        (415, await api.request("POST", "/graphql", content=b"x", headers={"content-type": "text/plain"})),
    ]
    for status, answer in answers:
        assert answer.status == status, answer
        window(answer)
        assert answer.headers["x-request-id"]
    assert [answer.headers.get("www-authenticate") for status, answer in answers if status == 401] == [
        'Bearer realm="forge"'
    ] * 3


async def test_a_window_is_counted_down_and_then_says_how_long_to_wait(company: Tenant, api: Client, valkey: Redis):
    small = await new_tenant(company.access, company.runtime, limits={"requests": 3})
    shown, other = await small.key(), await small.key()
    for remaining in (2, 1, 0):
        answer = await api.get("/api/v1/quotes", key=shown)
        assert (answer.status, window(answer)) == (200, (3, remaining))
    for refused in (await api.get("/api/v1/quotes", key=shown), await api.graphql("{ __typename }", key=shown)):
        assert (refused.status, refused.code, window(refused)) == (429, "rate_limited", (3, 0))
        assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"]
    assert window(await api.get("/api/v1/quotes", key=other)) == (3, 2)  # each key has its own

    await valkey.pexpire(f"window:key:{public_id_of(shown)}", 1)
    await asyncio.sleep(0.01)
    answer = await api.get("/api/v1/quotes", key=shown)
    assert (answer.status, window(answer), answer.headers["ratelimit-reset"]) == (200, (3, 2), "60")


@pytest.mark.parametrize(("plan", "limit"), [(plan, terms.requests) for plan, terms in PLANS.items()])
async def test_a_plan_has_its_figure(company: Tenant, api: Client, plan: Plan, limit: int):
    paying = await new_tenant(company.access, company.runtime, plan=plan, limits={})
    assert window(await api.get("/api/v1/quotes", key=await paying.key())) == (limit, limit - 1)


def test_the_figures_are_the_documented_ones():
    assert [terms.requests for terms in PLANS.values()] == [120, 300, 600, 1200, 6000]


async def test_whatever_is_wrong_with_a_key_is_answered_and_costs_the_same(
    company: Tenant, app: Front, key: Key, runtime: Runtime, calls: list[str]
):
    good, ended, gone = await key(), await key(expires_at=datetime.now(UTC) + timedelta(hours=1)), await key()
    client = Client(app, address())
    for each in (good, ended, gone):
        assert (await client.get("/api/v1/quotes", key=each)).status == 200
    await company.access.keys.expire(public_id_of(ended) or "", datetime.now(UTC) - timedelta(seconds=1))
    await company.access.keys.revoke(public_id_of(gone) or "")
    wrong_secret = swap_secret(good, await key())
    unknown = swap_id(good)
    answers, costs = [], []
    for each in (unknown, wrong_secret, ended, gone):
        calls.clear()
        answers.append(await client.get("/api/v1/quotes", key=each, headers={"x-request-id": "same"}))
        costs.append(list(calls))
    assert {(each.status, each.body) for each in answers} == {(401, answers[0].body)}
    assert answers[0].json == {"error": {"code": "unauthorized", "message": REFUSED, "request_id": "same"}}
    assert costs == [["call", "text", "call"]] * 4
    calls.clear()
    for shown in (None, "garbled", good[:-1] + "!", "Basic"):
        refused = await client.get("/api/v1/quotes", key=shown, headers={"x-request-id": "same"})
        assert (refused.status, refused.body) == (401, answers[0].body)
    assert calls == ["call"] * 4
    admitted = await runtime.gate.admit(f"bEARER  {good} ", client.address)
    assert admitted.principal is not None


def swap_secret(key: str, other: str) -> str:
    """A well-formed key with the id of one and the secret of another."""
    body = f"{key[:23]}{other[23:55]}"
    return f"{body}_{checksum(body)}"


def swap_id(key: str) -> str:
    """A well-formed key with an id that nobody has."""
    body = f"{key[:10]}000000000000{key[22:55]}"
    return f"{body}_{checksum(body)}"


async def test_who_does_not_have_the_key_cannot_use_up_its_window(company: Tenant, app: Front):
    small = await new_tenant(company.access, company.runtime, limits={"requests": 5})
    shown = await small.key()
    guesser, client = Client(app, address()), Client(app, address())
    assert window(await client.get("/api/v1/quotes", key=shown)) == (5, 4)
    wrong = swap_secret(shown, await small.key())
    for _ in range(10):
        assert (await guesser.get("/api/v1/quotes", key=wrong)).status == 401
    assert window(await client.get("/api/v1/quotes", key=shown)) == (5, 3)


@pytest.mark.parametrize(
    ("networks", "inside", "outside"),
    [
        (["203.0.113.0/24", "198.51.100.7/32"], ["203.0.113.9", "198.51.100.7", "::ffff:203.0.113.9"], "198.51.100.8"),
        (["2001:db8:aa::/48"], ["2001:db8:aa::1", "2001:0db8:00aa:0001::ff"], "2001:db8:ab::1"),
        (["10.0.0.0/8"], ["10.1.2.3"], ""),
        (["10.0.0.0/8"], ["10.1.2.3"], "unix"),
    ],
)
async def test_a_key_is_good_only_where_its_networks_are(
    app: Front, key: Key, networks: list[str], inside: list[str], outside: str
):
    shown = await key("quotes.view", allowed_cidrs=networks)
    for where in (outside, *inside, outside):
        answer = await Client(app, where).get("/api/v1/quotes", key=shown)
        assert answer.status == (401 if where == outside else 200)


async def test_only_a_trusted_proxy_may_say_whom_it_speaks_for(key: Key, server: Callable[..., ServerProcess]):
    shown = await key("quotes.view", allowed_cidrs=["203.0.113.0/24"])
    trusting, alone = server(FORGE_TRUSTED_PROXIES="127.0.0.0/8,10.0.0.0/8"), server()
    query, said = "{ quotes { totalCount } }", {"x-forwarded-for": "192.0.2.1, 203.0.113.9, 10.0.0.1"}
    assert trusting.graphql(query, shown, **said).status_code == 200
    assert trusting.graphql(query, shown).status_code == 401
    assert trusting.graphql(query, shown, **{"x-forwarded-for": "203.0.113.9, 192.0.2.1"}).status_code == 401
    assert alone.graphql(query, shown, **said).status_code == 401


async def test_valkey_holds_the_principal_for_a_minute_and_no_secret(api: Client, valkey: Redis):
    assert (await api.get("/api/v1/quotes")).status == 200
    assert api.key is not None
    name = f"principal:{public_id_of(api.key)}"
    kept = await valkey.get(name)
    assert 0 < await valkey.pttl(name) <= 60_000
    assert api.key[23:55].encode() not in kept
    assert b'"scopes"' in kept


async def test_a_principal_is_kept_no_longer_than_its_key_lasts(key: Key, api: Client, valkey: Redis):
    shown = await key("quotes.view", expires_at=datetime.now(UTC) + timedelta(seconds=1.5))
    assert (await api.get("/api/v1/quotes", key=shown)).status == 200
    assert 0 < await valkey.pttl(f"principal:{public_id_of(shown)}") <= 1500
    await asyncio.sleep(1.6)
    assert (await api.get("/api/v1/quotes", key=shown)).status == 401


async def test_a_principal_that_another_version_wrote_is_read_afresh(api: Client, valkey: Redis):
    assert (await api.get("/api/v1/quotes")).status == 200
    assert api.key is not None
    name = f"principal:{public_id_of(api.key)}"
    kept = await valkey.get(name)
    for text in (b'{"key_id": "older"}', b"[]", b"\xff", b""):
        await valkey.set(name, kept[:64] + text)
        assert (await api.get("/api/v1/quotes")).status == 200
        assert await valkey.get(name) == kept


async def test_a_new_secret_in_front_keeps_old_keys_good_and_used_ones_outlive_the_old(
    settings: Settings, key: Key, redis_url: str
):
    shown, unused = await key(), await key()
    assert settings.secret is not None
    rotated = replace(settings, secret=("a-newer-secret-for-tests-0123456789", *settings.secret))
    front = create_app(rotated)
    async with front.router.lifespan_context(front):
        for _ in range(2):
            assert (await Client(front, address()).get("/api/v1/quotes", key=shown)).status == 200
    front = create_app(replace(settings, secret=rotated.secret[:1] if rotated.secret else None))
    async with front.router.lifespan_context(front), Redis.from_url(redis_url) as valkey:
        await valkey.delete(f"principal:{public_id_of(shown)}")
        assert (await Client(front, address()).get("/api/v1/quotes", key=shown)).status == 200
        assert (await Client(front, address()).get("/api/v1/quotes", key=unused)).status == 401
