"""What a read costs: one statement, whatever is asked; and fields that Python fills are fetched together."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from tests.kit.client import Client as Api

GRAPHQL = {
    "a tree": "{ quotes(first: 50) { totalCount nodes { number client { name contacts { nodes { firstName } } } "
    "parts { nodes { description } pageInfo { hasNextPage } } } edges { cursor } pageInfo { endCursor } } }",
    "two lists": "{ quotes { nodes { id } } "
    "clients(filter: {code: {isNull: true}}) { nodes { quotes { nodes { id } } } } }",
    "a node": "query($id: ID!) { node(id: $id) { id ... on Client { name } } }",
    "nodes": "query($id: ID!) { nodes(ids: [$id, $id]) { id } }",
    "an edge in a filter": """{ quotes(filter: {client: {name: {startsWith: "A"}}}, orderBy: [STATUS_ASC, DUE_ON_ASC]) {
      totalCount nodes { number } pageInfo { endCursor } }
      metrics(resource: QUOTES, groupBy: [CLIENT_NAME], filter: {quotes: {client: {name: {startsWith: "A"}}}}) {
      points { group values } } }""",
    "Python's fields": "{ quotes { nodes { parts { nodes { unitOfMeasure { name } } } } } }",
}
REST = (
    "/api/v1/quotes?include=client,parts",
    "/api/v1/clients",
    "/api/v1/quotes?status=draft&sort=-total&limit=5",
    "/api/v1/quotes?client.name=Acme&client.status=active&sort=client_id,due_on",
)


BESIDE = ("seen(public_id", "seen(workspace_id", "last_used", "pg_catalog", "pg_type", "principal", "'key_id', k.id")
"""Statements of the process itself: its sweep of keys, their last use, types of a new connection, a key's principal."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement this process sends from now on."""
    found: list[str] = []
    send = asyncpg.Connection.fetch

    async def fetch(self: Any, query: str, *args: Any, **how: Any) -> Any:
        if not any(mark in query for mark in BESIDE):
            found.append(query)
        return await send(self, query, *args, **how)

    monkeypatch.setattr(asyncpg.Connection, "fetch", fetch)
    return found


@pytest.fixture
async def client_id(api: Api) -> str:
    made = await api.post("/api/v1/clients", {"name": "Acme", "contacts": [{"first_name": "Ann"}]})
    for number in range(3):
        part = {"description": f"Part {number}", "quantity": "2", "unit_price": "1.5"}
        await api.post("/api/v1/quotes", {"client_id": made.data["id"], "parts": [part, part]})
    return str(made.data["id"])


@pytest.mark.parametrize("what", GRAPHQL)
async def test_a_graphql_read_is_one_statement(api: Api, client_id: str, said: list[str], what: str) -> None:
    variables = {"id": client_id} if "$id" in GRAPHQL[what] else {}
    answer = await api.graphql(GRAPHQL[what], variables)
    assert answer.data
    assert len(said) == 1, said


@pytest.mark.parametrize("path", REST)
async def test_a_rest_read_is_one_statement(api: Api, client_id: str, said: list[str], path: str) -> None:
    assert (await api.get(path)).data
    assert (await api.get(f"/api/v1/clients/{client_id}")).data["contacts"][0]["first_name"] == "Ann"
    assert len(said) == 2, said


async def test_what_python_fetches_for_many_rows_is_fetched_once(api: Api, client_id: str, said: list[str]) -> None:
    by = "createdBy { name }"
    text = f"{{ quotes {{ nodes {{ {by} client {{ {by} }} }} }} clients {{ nodes {{ {by} }} }} }}"
    answer = await api.graphql(text)
    assert {node["createdBy"]["name"] for node in answer.data["quotes"]["nodes"]} == {"test"}
    assert answer.data["clients"]["nodes"] == [{"createdBy": {"name": "test"}}]
    assert sum("from api_keys" in sql for sql in said) == 1
    assert len(said) == 2, said
    assert client_id


async def test_a_command_that_only_adds_is_one_statement(api: Api, client_id: str, said: list[str]) -> None:
    made = await api.post("/api/v1/quotes", {"client_id": client_id, "currency": "USD"})
    assert made.data["number"] == "Q-4"
    assert len(said) == 1, said
