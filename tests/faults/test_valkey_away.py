"""Valkey dead, hung or never there: requests are answered, limits and revocations hold, no door stands open."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest
import uvloop

from access.credentials import public_id_of
from access.plans import ANONYMOUS
from app.embedded.valkey import Valkey
from app.server import create_app
from core.settings import Settings
from core.valkey import Valkey as Link
from core.valkey import ValkeyAway, ValkeyRefused, pack
from tests.kit.client import Client
from tests.kit.fixtures import Key, address, new_tenant
from tests.kit.tenant import Tenant
from tests.kit.valkey import pid_of
from tests.kit.worker import until

NOWHERE = "unix:///nowhere/valkey.sock"


@asynccontextmanager
async def application(settings: Settings, redis_url: str) -> AsyncIterator[Client]:
    """Another application process' worth, on another Valkey."""
    front = create_app(replace(settings, redis_url=redis_url))
    async with front.router.lifespan_context(front):
        yield Client(front, address())


async def test_without_valkey_requests_are_answered_limited_and_refused(settings: Settings, company: Tenant, key: Key):
    small = await new_tenant(company.access, company.runtime, limits={"requests": 3})
    shown, revoked, narrow = await small.key(), await key(), await key("quotes.view")
    async with application(settings, NOWHERE) as api:
        for remaining in ("2", "1", "0"):
            answer = await api.get("/api/v1/quotes", key=shown)
            assert (answer.status, answer.headers["ratelimit-remaining"]) == (200, remaining)
        refused = await api.get("/api/v1/quotes", key=shown)
        assert (refused.status, refused.headers["ratelimit-limit"]) == (429, "3")
        assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"]

        assert (await api.post("/api/v1/clients", {"name": "A"}, key=revoked)).status == 201
        assert (await api.get("/api/v1/clients", key=narrow)).status == 403
        await company.access.keys.revoke(public_id_of(revoked) or "")
        assert (await api.get("/api/v1/clients", key=revoked)).status == 401

        for _ in range(ANONYMOUS - 1):
            assert (await api.get("/api/v1/quotes", key=None)).status == 401
        assert (await api.get("/api/v1/quotes", key=None)).status == 429


async def test_valkey_killed_under_way_leaves_windows_where_they_were(
    settings: Settings, company: Tenant, own_valkey: Valkey
):
    small = await new_tenant(company.access, company.runtime, limits={"requests": 6})
    shown = await small.key()
    async with application(settings, own_valkey.url) as api:
        for remaining in ("5", "4", "3"):
            assert (await api.get("/api/v1/quotes", key=shown)).headers["ratelimit-remaining"] == remaining
        os.kill(pid_of(own_valkey), signal.SIGKILL)
        for remaining in ("2", "1", "0"):
            answer = await api.get("/api/v1/quotes", key=shown)
            assert (answer.status, answer.headers["ratelimit-remaining"]) == (200, remaining)
        assert (await api.get("/api/v1/quotes", key=shown)).status == 429


async def test_valkey_killed_under_way_leaves_the_points_where_they_were(
    settings: Settings, company: Tenant, own_valkey: Valkey
):
    small = await new_tenant(company.access, company.runtime, limits={"requests": 0, "points": 1_000})
    shown = await small.key()
    async with application(settings, own_valkey.url) as api:
        told = []
        for turn in range(4):
            if turn == 2:
                os.kill(pid_of(own_valkey), signal.SIGKILL)
            answer = await api.get("/api/v1/quotes?limit=249", key=shown)
            assert answer.status == 200
            told.append(int(answer.headers["ratelimit"].split('"points";r=')[1].partition(";")[0]))
        assert all(1 <= before - after <= 250 for before, after in itertools.pairwise(told))
        while (answer := await api.graphql("{ quotes(first: 249) { nodes { id } } }", key=shown)).status == 200:
            continue
        assert (answer.status, answer.code) == (429, "rate_limited")


async def test_valkey_comes_back_and_is_used_again(settings: Settings, key: Key, own_valkey: Valkey):
    shown = await key()
    async with application(settings, own_valkey.url) as api:
        assert (await api.get("/api/v1/quotes", key=shown)).status == 200
        own_valkey.stop()
        assert (await api.get("/api/v1/quotes", key=shown)).status == 200
        own_valkey.start()
        await asyncio.sleep(1.1)  # the breaker's rest
        assert (await api.get("/api/v1/quotes", key=shown)).status == 200
        link = Link(own_valkey.url)
        assert await link.call(pack(b"GET", f"window:key:{public_id_of(shown)}".encode())) == b"1"
        await link.close()


async def test_a_hung_valkey_delays_one_request_by_fifty_milliseconds_and_the_next_not_at_all(
    settings: Settings, key: Key, own_valkey: Valkey
):
    shown = await key()
    async with application(settings, own_valkey.url) as api:
        assert (await api.get("/api/v1/quotes", key=shown)).status == 200
        os.kill(pid_of(own_valkey), signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert (await api.get("/api/v1/quotes", key=shown)).status == 200
            first = time.monotonic() - began
            assert (await api.get("/api/v1/quotes", key=shown)).status == 200
            second = time.monotonic() - began - first
        finally:
            os.kill(pid_of(own_valkey), signal.SIGCONT)
        assert 0.05 <= first < 0.5
        assert second < first


async def answered(link: Link) -> bytes | None:
    try:
        return bytes(await link.call(pack(b"PING")))
    except ValkeyAway:
        return None


async def test_a_hung_valkey_is_given_up_on_by_everybody_who_waits(own_valkey: Valkey):
    link = Link(own_valkey.url)
    assert await until(partial(answered, link)) == b"PONG"  # a busy machine may take longer than a caller waits
    os.kill(pid_of(own_valkey), signal.SIGSTOP)
    try:
        began = time.monotonic()
        found = await asyncio.gather(*(link.call(pack(b"PING")) for _ in range(100)), return_exceptions=True)
        assert {type(each) for each in found} == {ValkeyAway}
        assert time.monotonic() - began < 0.5
        for _ in range(100):
            with pytest.raises(ValkeyAway):
                await link.call(pack(b"PING"))
        assert time.monotonic() - began < 0.6
    finally:
        os.kill(pid_of(own_valkey), signal.SIGCONT)
    await link.close()


async def test_replies_belong_to_their_calls_even_when_callers_give_up(own_valkey: Valkey):
    link = Link(own_valkey.url)
    calls = [asyncio.ensure_future(link.call(pack(b"ECHO", b"%d" % number))) for number in range(200)]
    await asyncio.sleep(0)
    for number in range(0, 200, 3):
        calls[number].cancel()
    found = await asyncio.gather(*calls, return_exceptions=True)
    kept = {number: each for number, each in enumerate(found) if number % 3}
    assert kept == {number: b"%d" % number for number in kept}
    with pytest.raises(ValkeyRefused, match="wrong number of arguments"):
        await link.call(pack(b"GET"))
    assert await link.call(pack(b"ECHO", b"still here")) == b"still here"
    await link.close()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_busy_process_does_not_take_its_own_delay_for_valkeys(
    own_valkey: Valkey, new_loop: Callable[[], asyncio.AbstractEventLoop]
):
    async def delayed() -> None:
        link = Link(own_valkey.url)
        assert await link.call(pack(b"ECHO", b"a")) == b"a"
        call = asyncio.ensure_future(link.call(pack(b"ECHO", b"b")))
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251  # the point
        assert await call == b"b"
        await link.close()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(delayed())
