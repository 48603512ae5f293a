"""Cost: what a document or a route is worth in points, and the bucket that all processes draw from."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from access.plans import PLANS, POINTS, limits_of
from app.server import create_app
from core.settings import Settings
from engine.document.cost import MAX_POINTS
from models import Plan
from schema.assembly import graph
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import new_tenant
from tests.kit.tenant import Tenant

PRICES: list[tuple[str, str, dict[str, Any], int]] = [
    ("a scalar costs nothing", "{ __typename }", {}, 0),
    ("a row costs 1", "{ quote(id: $id) { number total } }", {}, 1),
    ("a row costs 1 by its node id", "{ node(id: $id) { id ... on Client { name } } }", {}, 1),
    ("a page costs 1 and its rows", "{ quotes(first: 10) { nodes { number } } }", {}, 11),
    ("50 rows when nobody says", "{ quotes { nodes { number } } }", {}, 51),
    (
        "edges and page facts are free",
        "{ quotes(first: 9) { edges { cursor node { id } } pageInfo { endCursor } } }",
        {},
        10,
    ),
    ("rows shown twice cost twice", "{ quotes(first: 9) { nodes { id } edges { node { id } } } }", {}, 19),
    (
        "fields that merge cost once",
        "{ quotes(first: 9) { nodes { id } } quotes(first: 9) { nodes { total } } }",
        {},
        10,
    ),
    ("backward counts too", "{ quotes(last: 7) { nodes { id } } }", {}, 8),
    ("a count costs 5", "{ quotes(first: 0) { totalCount } }", {}, 6),
    ("an exact count costs 105", "{ quotes(first: 0) { totalCount(exact: true) } }", {}, 106),
    ("a capped count costs 5", "{ quotes(first: 0) { totalCount(exact: false) } }", {}, 6),
    ("what a row refers to costs 1", "{ quotes(first: 10) { nodes { client { name } } } }", {}, 21),
    ("lists multiply", "{ quotes(first: 10) { nodes { parts(first: 3) { nodes { id } } } } }", {}, 51),
    ("20 rows inside when nobody says", "{ quotes(first: 10) { nodes { parts { nodes { id } } } } }", {}, 221),
    ("what Python fills costs 1 an object", "{ quotes(first: 10) { nodes { createdBy { name } } } }", {}, 21),
    (
        "variables multiply",
        "query($n: Int) { quotes(first: $n) { nodes { parts(first: $n) { nodes { id } } } } }",
        {"n": 4},
        25,
    ),
    ("a variable left out", "query($n: Int) { quotes(first: $n) { nodes { id } } }", {}, 51),
    ("a variable that is null", "query($n: Int) { quotes(first: $n) { nodes { id } } }", {"n": None}, 51),
    ("a variable's default", "query($n: Int = 3) { quotes(first: $n) { nodes { id } } }", {}, 4),
    (
        "what is skipped is free",
        "query($s: Boolean!) { quotes @skip(if: $s) { nodes { id } } __typename }",
        {"s": True},
        0,
    ),
    ("what is not skipped is not", "query($s: Boolean!) { quotes @skip(if: $s) { nodes { id } } }", {"s": False}, 51),
    ("ids cost 1 each", "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 7}, 7),
    ("ids written out cost 1 each", '{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 3),
    (
        "the dearest type of a node counts",
        "{ node(id: $id) { ... on Quote { parts(first: 9) { nodes { id } } } ... on Client { id } } }",
        {},
        11,
    ),
    ("fragments are expanded", "{ quotes(first: 2) { ...P } } fragment P on QuoteConnection { nodes { id } }", {}, 3),
    ("a command costs 10", "mutation { deleteQuote(id: $id) { id } }", {}, 10),
    (
        "a command and what it shows",
        "mutation { sendQuote(id: $id) { client { name } parts { nodes { id } } } }",
        {},
        32,
    ),
    ("introspection is taken to have ten of each", "{ __schema { types { fields { name } } } }", {}, 111),
]


@pytest.mark.parametrize(("what", "text", "variables", "points"), PRICES, ids=[each[0] for each in PRICES])
async def test_a_document_has_its_price(api: Api, what: str, text: str, variables: dict[str, Any], points: int) -> None:
    if "$id" in text and "$ids" not in text:
        text = text.replace("$id", '"01a1fc77-2e02-7101-b323-c245916ffa01"')
    await api.graphql(text, variables)
    again = await api.graphql(text, variables)
    assert (cost(again)["requestedQueryCost"], cost(again)["actualQueryCost"]) == (points, points), what


def cost(answer: Answer) -> Any:
    """What an answer says of its cost."""
    return answer.json["extensions"]["cost"]


async def test_a_new_document_costs_a_point_for_each_token(api: Api) -> None:
    answer = await api.graphql("query OneTimeOnly { quotes(first: 2) { nodes { id } } }")
    assert cost(answer)["requestedQueryCost"] == 3 + 16
    refused = await api.graphql("{ nothing { like this } }")
    assert (refused.code, cost(refused)["requestedQueryCost"]) == ("bad_request", 7)


async def test_what_costs_more_than_any_request_may_is_refused_and_costs_nothing(company: Tenant, api: Api) -> None:
    paying = await new_tenant(company.access, company.runtime, limits={"requests": 0, "points": 100_000})
    shown = await paying.key()
    text = "query($n: Int) { quotes(first: 250) { nodes { parts(first: $n) { nodes { id } } } } }"
    for _ in range(2):
        dear = await api.graphql(text, {"n": 250}, key=shown)
        assert (dear.status, dear.code, dear.errors[0]["extensions"]["field"]) == (400, "bad_request", "query")
        assert "ask for fewer rows" in dear.errors[0]["message"]
    fine = await api.graphql(text, {"n": 100}, key=shown)
    assert (fine.status, cost(fine)["requestedQueryCost"]) == (200, 25_501 + 33)  # its tokens: it did not run before
    assert cost(fine)["throttleStatus"]["currentlyAvailable"] >= 100_000 - 25_534


async def test_an_empty_bucket_says_how_long_to_wait_and_fills_again(company: Tenant, api: Api) -> None:
    small = await new_tenant(company.access, company.runtime, limits={"requests": 0, "points": 1_000})
    shown = await small.key()
    text = "{ quotes(first: 249) { nodes { id } } }"
    left = cost(await api.graphql(text, key=shown))["throttleStatus"]
    assert (left["maximumAvailable"], left["restoreRate"]) == (1_000, 50)
    assert 730 <= left["currentlyAvailable"] <= 760
    while (answer := await api.graphql(text, key=shown)).status == 200:
        continue
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 5
    assert cost(answer)["throttleStatus"]["currentlyAvailable"] < 250
    rest = await api.get("/api/v1/quotes?limit=250", key=shown)
    assert (rest.status, rest.code) == (429, "rate_limited")  # the same bucket
    assert (await api.get("/api/v1/quotes?limit=1", key=shown)).status == 200  # a cheap one still passes
    policy, state = (rest.headers[name].split(", ")[1] for name in ("ratelimit-policy", "ratelimit"))
    assert policy == '"points";q=1000;w=20'
    assert state.startswith('"points";r=')
    await asyncio.sleep(int(answer.headers["retry-after"]))
    assert (await api.graphql(text, key=shown)).status == 200


ROUTES = [
    ("/api/v1/quotes?limit=10", 11),
    ("/api/v1/quotes?limit=10&include=client", 21),
    ("/api/v1/quotes?limit=1&include=client,parts", 104),
    ("/api/v1/quotes?limit=10&fields=number,client.name", 21),
    ("/api/v1/quotes?limit=10&client.name=a&client.status=active", 61),
    ("/api/v1/quotes?limit=10&client.name=a&contact.email[in]=a,b", 111),
    ("/api/v1/quotes/{id}", 22),
    ("/api/v1/quotes/{id}?include=parts,client", 23),
    ("/api/v1/clients/{id}?fields=id&include=quotes", 1002),
    ("/api/v1/quotes/{id}?fields=number", 1),
    ("/api/v1/metrics?resource=quotes", 500),
    ("/api/v1/metrics?resource=quotes&client.name=a&client.code[is_null]=true&group_by=client.name", 550),
    ("/api/v1/metrics?resource=quotes&client.nothing=a", 0),
    ("/api/v1/nothing", 0),
    ("/api/v1/quotes?limit=0", 0),
    ("/api/v1/quotes?include=nothing", 0),
]


@pytest.mark.parametrize(("path", "points"), ROUTES)
async def test_a_route_has_the_price_of_a_document_that_asks_for_the_same(
    company: Tenant, api: Api, path: str, points: int
) -> None:
    paying = await new_tenant(company.access, company.runtime, limits={"requests": 0, "points": 2_000})
    shown = await paying.key()
    await api.get("/livez", key=shown)
    told = (await api.get(path.format(id="01a1fc77-2e02-7101-b323-c245916ffa01"), key=shown)).headers["ratelimit"]
    left = int(told.split('"points";r=')[1].partition(";")[0])
    assert left == 2_000 - points


async def test_a_command_by_rest_costs_what_it_costs_by_graphql(company: Tenant, api: Api) -> None:
    paying = await new_tenant(company.access, company.runtime, limits={"requests": 0, "points": 100_000})
    shown = await paying.key()
    made = await api.post("/api/v1/clients", {"name": "Acme"}, key=shown)
    assert made.status == 201
    assert made.headers["ratelimit"].split('"points";r=')[1].startswith(str(100_000 - 10 - 2 * 21)), (
        "a list of contacts, one of addresses"
    )


async def test_parallel_requests_never_draw_more_than_the_bucket_holds(
    company: Tenant, api: Api, settings: Settings
) -> None:
    """Two processes and the door of a third draw at once from one bucket that hardly fills meanwhile."""
    small = await new_tenant(company.access, company.runtime, limits={"requests": 0, "points": 2_000})
    shown = await small.key()
    other = create_app(settings)
    async with other.router.lifespan_context(other):
        apis = [api, Api(other, api.address, shown)]
        text = "{ quotes(first: 249) { nodes { id } } }"
        for each in apis:
            await each.graphql(text, key=shown)
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = await asyncio.gather(*(apis[turn % 2].graphql(text, key=shown) for turn in range(40)))
        took = loop.time() - began
    passed = sum(answer.status == 200 for answer in answers)
    assert {answer.status for answer in answers} == {200, 429}
    assert passed * 250 <= 2_000 + 100 * (took + 1)
    assert passed >= 4


@pytest.mark.parametrize("plan", Plan)
def test_points_follow_the_requests_of_the_plan(plan: Plan) -> None:
    figures = limits_of(plan, {})
    assert figures["requests"] == PLANS[plan].requests
    assert figures["points"] == POINTS * PLANS[plan].requests // PLANS[Plan.STARTER].requests
    assert figures["points"] >= MAX_POINTS  # or the dearest document could never be paid


def test_the_schema_says_what_costs_what() -> None:
    sdl = graph().sdl()
    sized = '@listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"]'
    assert f'QuoteConnection! @requiresScopes(scopes: [["quotes.view"]]) {sized}' in sdl
    assert 'Quote! @requiresScopes(scopes: [["quotes.create"]]) @cost(weight: "10")' in sdl
    assert 'type PageInfo @cost(weight: "0")' in sdl
    assert 'exact: Boolean! = false @cost(weight: "100")' in sdl
