"""The change feed: everything that was committed, in order, once, to whom it concerns."""

from __future__ import annotations

import asyncio
import time
from typing import Any, TypeAlias

import asyncpg
import pytest

from access.credentials import public_id_of
from core.feed import Cursor, read_cursor
from engine.feed.changes import resources_of
from models import Client, Quote
from models.events import EVENTS, family
from schema.assembly import graph
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
CHANGES = """query($after: String, $resources: [String!], $first: Int = 50) {
  changes(after: $after, resources: $resources, first: $first) {
    nodes { cursor type resource recordId at deleted data } nextCursor latestCursor hasMore } }"""
NODES = """{ changes { nodes { type node { __typename id
  ... on Quote { title cost client { name } } ... on Client { name creditLimit createdBy { name } } } } } }"""
ROUTE = "/api/v1/changes"
RESOURCES = resources_of(graph().catalogue).by_name
KNOWN = ", ".join(sorted(RESOURCES))


async def feed(api: Api, **variables: Any) -> Any:
    return (await api.graphql(CHANGES, variables)).data["changes"]


async def lived(api: Api) -> str:
    """Make a client, change it, and delete it; returns its id."""
    made = await api.post("/api/v1/clients", {"name": "Acme", "credit_limit": "12.50"})
    client = str(made.data["id"])
    assert (await api.patch(f"/api/v1/clients/{client}", {"name": "Acme Ltd"})).status == 200
    assert (await api.delete(f"/api/v1/clients/{client}")).status == 200
    return client


def test_the_resources_are_the_families_of_events():
    assert set(RESOURCES) == {family(event) for event in EVENTS}


async def test_every_change_is_told_in_order_and_a_deletion_as_a_tombstone(api: Api):
    client = await lived(api)
    page = await feed(api)
    told = [(each["type"], each["resource"], each["recordId"], each["deleted"]) for each in page["nodes"]]
    assert told == [
        ("client.created", "client", client, False),
        ("client.updated", "client", client, False),
        ("client.deleted", "client", client, True),
    ]
    data = [each["data"] for each in page["nodes"]]
    assert [(each["name"], each["version"]) for each in data] == [("Acme", 1), ("Acme Ltd", 2), ("Acme Ltd", 3)]
    assert [each["data"]["updated_at"] for each in page["nodes"]] == [each["at"] for each in page["nodes"]]
    assert data[2]["deleted_at"] is not None
    assert page["hasMore"] is False
    assert page["nextCursor"] == page["latestCursor"] == page["nodes"][2]["cursor"]


async def test_pages_follow_each_other_and_the_last_one_is_empty(api: Api):
    await lived(api)
    whole, found, after = (await feed(api))["nodes"], [], None
    for more in (True, True, False, False):
        page = await feed(api, after=after, first=1)
        found += page["nodes"]
        after = page["nextCursor"]
        assert page["hasMore"] is more
    assert found == whole
    assert page["nodes"] == []
    assert after == whole[2]["cursor"]


async def test_rest_tells_the_same_in_its_own_spelling(api: Api):
    await lived(api)
    ours, theirs = (await feed(api, first=2)), (await api.get(f"{ROUTE}?limit=2")).json
    assert theirs["next_cursor"] == theirs["resume_cursor"] == ours["nextCursor"]
    assert theirs["latest_cursor"] == ours["latestCursor"]
    assert theirs["has_more"] is ours["hasMore"] is True
    assert [{"recordId": each.pop("record_id")} | each for each in theirs["data"]] == ours["nodes"]
    rest = (await api.get(f"{ROUTE}?cursor={theirs['next_cursor']}&resources=client,quote")).json
    assert [each["type"] for each in rest["data"]] == ["client.deleted"]
    assert (rest["next_cursor"], rest["has_more"]) == (None, False)
    assert rest["resume_cursor"] == rest["latest_cursor"] == ours["latestCursor"]


async def test_the_documented_loop_ends_and_can_be_taken_up_again(api: Api):
    await lived(api)

    async def loop(cursor: str | None) -> tuple[list[Any], str]:
        found: list[Any] = []
        while True:
            answer = (await api.get(f"{ROUTE}?limit=1" + (f"&cursor={cursor}" if cursor else ""))).json
            found += answer["data"]
            cursor = answer["next_cursor"]
            if not cursor:
                return found, answer["resume_cursor"]

    found, resume = await loop(None)
    assert [each["type"] for each in found] == ["client.created", "client.updated", "client.deleted"]
    assert await loop(resume) == ([], resume)
    made = (await api.post("/api/v1/clients", {"name": "B"})).data
    [later], further = await loop(resume)
    assert (later["record_id"], further != resume) == (made["id"], True)


async def test_the_link_to_the_next_page_is_there_while_there_is_more(api: Api):
    await lived(api)
    path, types = f"{ROUTE}?limit=1&resources=client,quote", []
    while path:
        answer = await api.get(path)
        types += [each["type"] for each in answer.json["data"]]
        assert ("link" in answer.headers) is answer.json["has_more"]
        link = answer.headers.get("link", "")
        assert not link or link.endswith('>; rel="next"')
        path = link.removeprefix("<").removesuffix('>; rel="next"')
    assert types == ["client.created", "client.updated", "client.deleted"]


async def test_an_empty_feed_has_nothing_next_and_a_place_to_resume(api: Api):
    answer = (await api.get(ROUTE)).json
    assert (answer["data"], answer["next_cursor"], answer["has_more"]) == ([], None, False)
    assert answer["resume_cursor"] == answer["latest_cursor"]


async def test_a_key_is_told_what_it_may_view_and_nothing_else(api: Api, company: Tenant, key: Key):
    client = await company.make(Client, credit_limit=5)
    await company.make(Quote, client_id=client.id)
    assert [each["resource"] for each in (await feed(api))["nodes"]] == ["client", "quote"]
    narrow = await key("clients.view")
    answer = await api.graphql(CHANGES, {}, key=narrow)
    [told] = answer.data["changes"]["nodes"]
    assert told["resource"] == "client"
    assert "credit_limit" not in told["data"]
    assert "tax_rate" in told["data"]
    assert answer.data["changes"]["nextCursor"] == (await feed(api))["nextCursor"]
    refused = await api.graphql(CHANGES, {"resources": ["quote"]}, key=narrow)
    assert (refused.code, refused.errors[0]["extensions"]["scope"]) == ("insufficient_scope", "quotes.view")
    by_rest = await api.get(f"{ROUTE}?resources=quote", key=narrow)
    assert (by_rest.status, by_rest.code) == (403, "insufficient_scope")


async def test_only_the_resources_asked_for_are_told(api: Api, company: Tenant):
    client = await company.make(Client)
    quote = await company.make(Quote, client_id=client.id)
    page = await feed(api, resources=["quote"])
    assert [each["recordId"] for each in page["nodes"]] == [str(quote.id)]
    assert (await feed(api, resources=["webhook_endpoint"]))["nodes"] == []
    unknown = await api.graphql(CHANGES, {"resources": ["spoon"]})
    assert unknown.code == "validation_error"
    assert unknown.errors[0]["message"] == f"resources: one of {KNOWN}"


async def test_the_row_itself_is_shown_as_it_is_now(api: Api, company: Tenant, key: Key):
    gone = await lived(api)
    client = await company.make(Client, name="Acme")
    quote = await company.make(Quote, client_id=client.id, title="Bracket")
    nodes = (await api.graphql(NODES)).data["changes"]["nodes"]
    shown = {"__typename": "Client", "id": str(client.id), "name": "Acme", "creditLimit": None, "createdBy": None}
    assert nodes[:3] == [{"type": f"client.{what}", "node": None} for what in ("created", "updated", "deleted")]
    assert nodes[3] == {"type": "client.created", "node": shown}
    assert nodes[4]["node"] == {
        "__typename": "Quote", "id": str(quote.id), "title": "Bracket", "cost": None, "client": {"name": "Acme"}
    }  # fmt: skip
    assert gone not in str(nodes)
    answer = await api.graphql(NODES, key=await key("clients.view"))
    [error] = answer.errors
    assert error["path"] == ["changes", "nodes", "node", "creditLimit"]
    assert error["extensions"]["scope"] == "costs.view"


async def test_a_cursor_that_the_feed_does_not_know_is_gone_and_says_where_to_restart(
    api: Api, company: Tenant, owner: Owner
):
    await lived(api)
    latest = read_cursor((await feed(api))["latestCursor"], "after")
    first = str(Cursor(1, latest.at - 5_000_000_000))
    for cursor in (first, str(Cursor(latest.sequence + 1, latest.at + 1)), str(Cursor(latest.sequence, latest.at - 1))):
        answer = await api.graphql(CHANGES, {"after": cursor})
        assert answer.code == "gone"
        assert answer.errors[0]["extensions"]["restart"] == str(latest)
        by_rest = await api.get(f"{ROUTE}?cursor={cursor}")
        assert (by_rest.status, by_rest.json["error"]["restart"]) == (410, str(latest))
    nodes = (await feed(api))["nodes"]
    await owner.execute("delete from outbox where workspace_id = $1 and sequence <= 2", company.workspace_id)
    assert (await api.graphql(CHANGES, {"after": nodes[0]["cursor"]})).code == "gone"
    assert (await feed(api, after=nodes[1]["cursor"]))["nodes"] == nodes[2:]  # the next one is kept: nothing is missed
    assert (await feed(api))["nodes"] == nodes[2:]


async def test_who_saw_everything_goes_on_although_everything_was_taken_away(api: Api, company: Tenant, owner: Owner):
    await lived(api)
    latest = (await feed(api))["latestCursor"]
    await owner.execute("delete from outbox where workspace_id = $1", company.workspace_id)
    page = await feed(api, after=latest)
    assert (page["nodes"], page["nextCursor"], page["hasMore"]) == ([], latest, False)
    client = await company.make(Client)
    assert [each["recordId"] for each in (await feed(api, after=latest))["nodes"]] == [str(client.id)]


async def test_before_the_first_change_there_is_a_cursor_too(api: Api, company: Tenant):
    start = await feed(api)
    assert (start["nodes"], start["hasMore"]) == ([], False)
    client = await company.make(Client)
    assert [each["recordId"] for each in (await feed(api, after=start["nextCursor"]))["nodes"]] == [str(client.id)]


@pytest.mark.parametrize("cursor", ["", "x", "AQAAAAAAAAAAAAAAAAAAAA", "é" * 23, "A" * 23, "/" * 23, "AQ" + "_" * 21])
async def test_what_is_no_cursor_is_refused_by_name(api: Api, cursor: str):
    answer = await api.graphql(CHANGES, {"after": cursor})
    assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("bad_request", "after")
    by_rest = await api.get(ROUTE, params={"cursor": cursor})
    assert (by_rest.status, by_rest.json["error"]["message"]) == (400, "cursor: not a cursor of changes")


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("limit=0", 422, "limit: a whole number from 1 to 250"),
        ("wait=31", 422, "wait: a whole number from 0 to 30"),
        ("wait=x", 422, "wait: a whole number from 0 to 30"),
        ("resources=", 422, "resources: names, parted by commas"),
        ("resources=x", 422, f"resources: one of {KNOWN}"),
        ("sort=at", 422, "sort: unknown parameter"),
        ("limit=1&limit=2", 422, "limit: given twice"),
    ],
)
async def test_a_wrong_parameter_is_named(api: Api, query: str, status: int, message: str):
    answer = await api.get(f"{ROUTE}?{query}")
    assert (answer.status, answer.json["error"]["message"]) == (status, message)


async def test_the_route_has_its_methods_and_headers(api: Api):
    refused = await api.post(ROUTE, {})
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (await api.request("OPTIONS", ROUTE)).headers["allow"] == "GET, HEAD, OPTIONS"
    head = await api.request("HEAD", f"{ROUTE}?wait=30")
    assert (head.status, head.body, head.headers["cache-control"]) == (200, b"", "private")
    assert int(head.headers["content-length"]) > 50
    assert (await api.get(ROUTE, key=None)).status == 401
    assert (await api.get(ROUTE, headers={"accept": "text/html"})).status == 406


async def test_another_company_hears_nothing(api: Api, company: Tenant, other_company: Tenant):
    await company.make(Client)
    assert (await api.get(ROUTE, key=await other_company.key())).json["data"] == []
    theirs = (await api.get(ROUTE)).json["resume_cursor"]
    assert (await api.get(f"{ROUTE}?cursor={theirs}", key=await other_company.key())).status == 410


async def test_a_request_that_waits_is_answered_by_the_next_change(api: Api):
    after = (await feed(api))["nextCursor"]
    waiting = asyncio.create_task(api.get(f"{ROUTE}?cursor={after}&wait=20&resources=quote,client"))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    began = time.monotonic()
    made = await api.post("/api/v1/clients", {"name": "Acme"})
    answer = await waiting
    assert [each["record_id"] for each in answer.json["data"]] == [made.data["id"]]
    assert time.monotonic() - began < 1.0


async def test_a_request_that_waits_for_something_else_ends_empty_but_further_on(api: Api):
    after = (await feed(api))["nextCursor"]
    waiting = asyncio.create_task(api.get(f"{ROUTE}?cursor={after}&wait=1&resources=quote"))
    await asyncio.sleep(0.2)
    await api.post("/api/v1/clients", {"name": "Acme"})
    answer = (await waiting).json
    assert (answer["data"], answer["has_more"]) == ([], False)
    assert answer["next_cursor"] is None
    assert answer["resume_cursor"] == (await feed(api))["latestCursor"] != after


async def test_a_request_that_waits_ends_when_its_key_is_revoked(api: Api, company: Tenant, key: Key):
    shown = await key("clients.view")
    waiting = asyncio.create_task(api.get(f"{ROUTE}?wait=20", key=shown))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await company.access.keys.revoke(str(public_id_of(shown)))
    assert (await waiting).status == 401
    assert time.monotonic() - began < 1.0


async def test_a_rare_resource_among_very_many_changes_is_found_in_short_steps(api: Api, company: Tenant, owner: Owner):
    quote = await company.make(Quote)  # sequences 1 and 2
    await owner.execute(
        "insert into outbox select workspace_id, 2 + n, 'client.updated', 'clients', record_id,"
        " at + (n + 1) * interval '1 microsecond', data from outbox, generate_series(1, 45000) n"
        " where workspace_id = $1 and sequence = 1",
        company.workspace_id,
    )
    await owner.execute(
        "update clocks set tick = tick + 45000, clock = clock + interval '1 second' where workspace_id = $1",
        company.workspace_id,
    )
    await company.make(Quote, client_id=quote.client_id)
    found: list[Any] = []
    steps, after = 0, None
    while True:
        began = time.monotonic()
        page = await feed(api, resources=["quote"], after=after)
        assert time.monotonic() - began < 2.0
        steps, found, after = steps + 1, found + page["nodes"], page["nextCursor"]
        if not page["hasMore"]:
            break
    assert (steps, len(found)) == (3, 2)
