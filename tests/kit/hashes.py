"""Documents by their hash, as clients ask for them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from app.graphql.door import GraphQLDoor
from engine.runtime import Runtime
from tests.kit.client import Answer, Client

REGISTERED = "/api/v1/registered-documents"
QUERY = "query Names($first: Int = 5) { clients(first: $first) { nodes { name } } }"
NOT_FOUND = {"message": "PersistedQueryNotFound", "code": "PERSISTED_QUERY_NOT_FOUND"}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(text: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}}


async def by_hash(api: Client, text: str, **how: Any) -> Answer:
    """Ask by the hash alone, as Apollo's link does."""
    return await api.request("POST", "/graphql", json=persisted(text), **how)


def told(answer: Answer) -> dict[str, Any]:
    """The message and code of the only error."""
    [error] = answer.errors
    return {"message": error["message"], "code": error["extensions"]["code"]}


def other_process(runtime: Runtime, api: Client) -> Client:
    """The same api as another process has it: a door of its own, which has seen nothing."""
    return Client(GraphQLDoor(runtime), api.address, api.key)  # type: ignore[arg-type]  # an ASGI callable like the front


async def register(api: Client, text: str, **more: Any) -> dict[str, Any]:
    """Register a document by REST and return it."""
    answer = await api.post(REGISTERED, {"document": text} | more)
    assert answer.status == 201, answer.body
    return dict(answer.json["data"])
