"""Following a workspace in tests: what is asked, what makes a change, and what is heard of it."""

from __future__ import annotations

from typing import Any

from tests.kit.client import Client as Api
from tests.kit.socket import SocketClient

SHORT = "subscription($after: String) { changes(after: $after) { cursor type recordId } }"


CREATE = 'mutation($name: String! = "Acme") { createClient(input: {name: $name}) { id } }'


async def tell(api: Api, *names: str) -> list[str]:
    """Make clients through another process and return their ids."""
    return [(await api.graphql(CREATE, {"name": name})).data["createClient"]["id"] for name in names]


async def heard(client: SocketClient) -> Any:
    """The change that a subscription tells next."""
    message = await client.hear()
    assert message["type"] == "next", message
    return message["payload"]["data"]["changes"]
