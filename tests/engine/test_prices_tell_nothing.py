"""A document costs a company the same whether or not another one ran it: by text, by hash, when registered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest

from tests.kit.client import Answer, Client
from tests.kit.fixtures import address, new_tenant
from tests.kit.hashes import by_hash, digest, persisted, register
from tests.kit.tenant import Tenant

POINTS = 200
_NUMBERS = count()


def text(what: str) -> str:
    """A document that nobody ever sent; those of one kind have the same price and the same tokens."""
    return f"query {what}{next(_NUMBERS):06} {{ quotes(first: 3) {{ nodes {{ id number }} }} }}"


async def asker(company: Tenant, api: Client) -> Client:
    """A client of a new company with a full bucket, whose key this process knows."""
    made = await new_tenant(company.access, company.runtime, limits={"requests": 0, "points": POINTS})
    client = Client(api.app, address(), await made.key())
    assert (await client.get("/api/v1/nothing")).status == 404
    return client


def told(answer: Answer) -> tuple[int, str, int, int | None]:
    """What an answer says of success and price: status, code, points left, points asked for."""
    left = int(answer.headers["ratelimit"].split('"points";r=')[1].partition(";")[0])
    cost = answer.json.get("extensions", {}).get("cost", {}).get("requestedQueryCost")
    return answer.status, "" if "errors" not in answer.json else answer.code, left, cost


async def by_text(client: Client, document: str) -> Answer:
    return await client.graphql(document)


async def by_text_and_hash(client: Client, document: str) -> Answer:
    return await client.request("POST", "/graphql", json={"query": document} | persisted(document))


async def by_id(client: Client, document: str) -> Answer:
    return await client.request("POST", "/graphql", json={"documentId": f"sha256:{digest(document)}"})


WAYS: dict[str, tuple[Callable[[Client, str], Awaitable[Any]], Callable[[Client, str], Awaitable[Answer]]]] = {
    "by its text": (by_text, by_text),
    "by a hash that was sent": (by_text_and_hash, by_hash),
    "by its text after its hash": (by_text_and_hash, by_text),
    "by a registered hash": (register, by_hash),
    "by a registered id": (register, by_id),
    "by the text of what is registered": (register, by_text),
}


@pytest.mark.parametrize("way", WAYS)
async def test_it_costs_the_same_whoever_else_ran_it(company: Tenant, api: Client, way: str):
    prepare, ask = WAYS[way]
    ran, never = text("Same"), text("Same")
    await prepare(api, ran)
    for _ in range(3):
        await ask(api, ran)
    one, other = await asker(company, api), await asker(company, api)
    for _ in range(3):
        first, second = told(await ask(one, ran)), told(await ask(other, never))
        assert first[:2] == second[:2]
        assert abs(first[2] - second[2]) <= 2  # the bucket fills meanwhile, by 10 a second
        assert first[3] == second[3]


async def test_it_costs_its_tokens_once_for_each_workspace(company: Tenant, api: Client):
    document = text("Once")
    for client in (await asker(company, api), await asker(company, api)):
        prices = [told(await client.graphql(document))[3] for _ in range(3)]
        assert prices == [4 + 17, 4, 4]
