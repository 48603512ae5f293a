"""What a key is told about itself, and what the schema says to whom."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import execute, get_introspection_query, graphql_sync

from access.scopes import Scope
from engine.run import introspection
from schema.assembly import graph
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key, new_tenant
from tests.kit.tenant import Tenant

ACCESS = """{ myAccess { publicId name environment workspaceId currency scopes
  types { name scope readable hiddenFields { name scope } } limits { requests points restoreRate } } }"""


async def test_a_key_is_told_what_it_is_and_may_do(company: Tenant, api: Api) -> None:
    small = await new_tenant(company.access, company.runtime, limits={"requests": 30, "points": 5_000})
    shown = await small.key("quotes.edit")
    told: Any = (await api.graphql(ACCESS, key=shown)).data["myAccess"]
    types = {each.pop("name"): each for each in told.pop("types")}
    assert told == {
        "publicId": shown.split("_")[2],
        "name": "test",
        "environment": "live",
        "workspaceId": str(small.made.live_id),
        "currency": "USD",
        "scopes": ["attachments.view", "quotes.edit", "quotes.view"],
        "limits": {"requests": 30, "points": 5_000, "restoreRate": 250},
    }
    assert types["Client"] == {"scope": "clients.view", "readable": False, "hiddenFields": HIDDEN["Client"]}
    assert types["Quote"] == {"scope": "quotes.view", "readable": True, "hiddenFields": HIDDEN["Quote"]}
    assert list(types) == sorted(graph().catalogue.types)


HIDDEN = {
    "Client": [
        {"name": "creditLimit", "scope": "costs.view"},
        {"name": "discountRate", "scope": "costs.view"},
    ],
    "Quote": [
        {"name": "cost", "scope": "costs.view"},
        {"name": "client", "scope": "clients.view"},
        {"name": "contact", "scope": "clients.view"},
        {"name": "jobs", "scope": "jobs.view"},
        {"name": "billToAddress", "scope": "clients.view"},
        {"name": "shipToAddress", "scope": "clients.view"},
    ],
}


async def test_a_key_without_limits_is_told_so(api: Api) -> None:
    told = (await api.graphql(ACCESS)).data["myAccess"]
    assert told["limits"] == {"requests": None, "points": None, "restoreRate": None}
    assert told["scopes"] == sorted(Scope)
    assert all(each["readable"] and not each["hiddenFields"] for each in told["types"])


async def test_what_a_key_is_told_is_what_happens(api: Api, key: Key) -> None:
    """The fields it is told are hidden are null with an error, and no others."""
    shown = await key("quotes.view", "clients.view")
    made = await api.post("/api/v1/clients", {"name": "Acme"})
    told = (await api.graphql(ACCESS, key=shown)).data["myAccess"]
    hidden = {each["name"]: [field["name"] for field in each["hiddenFields"]] for each in told["types"]}["Client"]
    asked = "{ client(id: $id) { name creditLimit discountRate quotes { totalCount } } }"
    answer = await api.graphql(f"query($id: ID!) {asked}", {"id": made.data["id"]}, key=shown)
    assert sorted(error["path"][-1] for error in answer.errors) == sorted(hidden)


@pytest.mark.parametrize("text", ["{ __schema { queryType { name } } }", '{ __type(name: "Quote") { name } }', ACCESS])
async def test_the_schema_is_for_those_who_have_a_key(api: Api, text: str) -> None:
    assert (await api.graphql(text, key=None)).status == 401
    assert (await api.graphql(text)).status == 200


async def test_the_query_of_the_tools_tells_the_whole_schema(api: Api) -> None:
    answer = await api.graphql(get_introspection_query())
    assert answer.status == 200
    assert answer.json["data"] == graphql_sync(graph().schema, get_introspection_query()).data


async def test_an_introspection_is_executed_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []

    def counted(*args: Any, **how: Any) -> Any:
        ran.append(args)
        return execute(*args, **how)

    monkeypatch.setattr(introspection, "execute", counted)
    text = "{ __schema { queryType { name kind } } again: __typename }"
    answers = [await api.graphql(text) for _ in range(3)]
    assert [answer.data for answer in answers] == [
        {"__schema": {"queryType": {"name": "Query", "kind": "OBJECT"}}, "again": "Query"}
    ] * 3
    assert len(ran) == 1
    named = "query($n: String!) { __type(name: $n) { name } }"
    found = [(await api.graphql(named, {"n": name})).data["__type"] for name in ("Quote", "Nothing")]
    assert found == [{"name": "Quote"}, None]


DEEP = "{ __schema { types { " + "fields { type { " * 9 + "name" + " } }" * 9 + " } } }"


async def test_an_introspection_bomb_is_refused(api: Api) -> None:
    answer = await api.graphql(DEEP)
    assert (answer.code, answer.json.get("data")) == ("bad_request", None)
