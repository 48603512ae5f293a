"""Attempts to get in with keys that are none: what they learn, and what they cost others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median

from access.credentials import checksum, make_key
from access.plans import ANONYMOUS
from app.front import Front
from models import Environment, KeyFormat
from tests.kit.client import Client
from tests.kit.fixtures import Key, address

ROUTE = "/api/v1/quotes?limit=1"
TRIES = 10_000
AT_ONCE = 100
ROUNDS, PAIRS = 5, 40
CLOSE = (0.75, 1.34)
"""How far apart two medians of the same way may be, on a machine with other work."""


def unknown() -> str:
    """A well-formed key that nobody has."""
    return make_key(KeyFormat.FMRP, Environment.LIVE)


def with_wrong_secret(key: str) -> str:
    """A well-formed key with the id of another and a secret of its own."""
    prefix, environment, public_id, *_ = key.split("_")
    secret = unknown().split("_")[3]
    body = f"{prefix}_{environment}_{public_id}_{secret}"
    return f"{body}_{checksum(body)}"


async def test_a_key_nobody_has_is_refused_as_slowly_as_one_with_a_wrong_secret(app: Front, key: Key):
    """And with the same answer: so nobody learns which ids there are."""
    good = await key("quotes.view")
    assert (await Client(app, address()).get(ROUTE, key=good)).status == 200

    async def took(make: Callable[[], str]) -> tuple[float, bytes]:
        client, wrong = Client(app, address()), make()
        began = time.perf_counter()
        answer = await client.get(ROUTE, key=wrong)
        seconds = time.perf_counter() - began
        assert answer.status == 401
        return seconds, answer.body.rpartition(b'"request_id"')[0]

    ratios = []
    for _ in range(ROUNDS):
        pairs = [(await took(unknown), await took(lambda: with_wrong_secret(good))) for _ in range(PAIRS)]
        assert len({told for pair in pairs for _, told in pair}) == 1
        ratios.append(median(first for (first, _), _ in pairs) / median(second for _, (second, _) in pairs))
        if CLOSE[0] < ratios[-1] < CLOSE[1]:
            return
    raise AssertionError(ratios)


async def test_ten_thousand_wrong_keys_from_an_address_hold_up_no_good_one_there(app: Front, key: Key):
    client, good = Client(app, address()), await key("quotes.view")
    assert (await client.get(ROUTE, key=good)).status == 200
    statuses: dict[int, int] = {}
    slowest = 0.0
    for _ in range(TRIES // AT_ONCE):
        wrong = [client.get(ROUTE, key=unknown()) for _ in range(AT_ONCE)]
        began = time.perf_counter()
        answers, beside = await asyncio.gather(asyncio.gather(*wrong), client.get(ROUTE, key=good))
        slowest = max(slowest, time.perf_counter() - began)
        assert beside.status == 200
        for each in answers:
            statuses[each.status] = statuses.get(each.status, 0) + 1
    assert set(statuses) == {401, 429}
    assert statuses[401] <= 2 * ANONYMOUS  # a window may end meanwhile
    assert sum(statuses.values()) == TRIES
    assert slowest < 5
