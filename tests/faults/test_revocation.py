"""Rights that are lost while a request is under way: it ends with 401 or 403, and nothing of it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import pytest

from access.credentials import public_id_of
from models import Client
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

RENAME = 'mutation($id: ID!) { updateClient(id: $id, input: {name: "Changed"}) { name } }'
Send = Callable[[Api, str, Client], Any]
Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def revoked(api: Api, key: str) -> None:
    """Revoke a key by another key, through REST."""
    found = [
        each["id"] for each in (await api.get("/api/v1/api-keys")).data if each["key"].find(str(public_id_of(key))) > 0
    ]
    assert (await api.post(f"/api/v1/api-keys/{found[0]}/revoke")).status == 200


def by_graphql(api: Api, key: str, client: Client) -> Any:
    headers = {"idempotency-key": f"once-{client.id}"}
    return api.graphql(RENAME, {"id": str(client.id)}, key=key, headers=headers)


def by_rest(api: Api, key: str, client: Client) -> Any:
    headers = {"idempotency-key": f"once-{client.id}"}
    return api.patch(f"/api/v1/clients/{client.id}", {"name": "Changed"}, key=key, headers=headers)


async def waiting(owner: Owner) -> None:
    """Wait until a request waits for a lock."""
    for _ in range(1000):
        if await owner.fetchval("select count(*) from pg_locks where not granted"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


@asynccontextmanager
async def locked(owner: Owner) -> AsyncIterator[None]:
    """Keep every reader of clients waiting."""
    async with owner.transaction():
        await owner.execute("lock table clients in access exclusive mode")
        yield


async def under_way(owner: Owner, request: Any, client: Client, lose: Callable[[], Any], settle: float = 0.0) -> Answer:
    """Send a write that waits for its row inside its transaction, lose a right meanwhile, and let it go on."""
    async with owner.transaction():
        await owner.execute("select from clients where id = $1 for update", client.id)
        sent = asyncio.create_task(request)
        await waiting(owner)
        await lose()
        await asyncio.sleep(settle)
    found: Answer = await sent
    return found


async def untouched(company: Tenant, client: Client) -> None:
    """Fail when anything of the write is there: the row, the event, the record of its idempotency key."""
    row = await company.all("select name, version from clients where id = $1", client.id)
    assert [tuple(each) for each in row] == [(client.name, 1)]
    assert await company.value("select count(*) from outbox where type = 'client.updated'") == 0
    assert await company.value("select count(*) from idempotency") == 0


@pytest.mark.parametrize("send", [by_graphql, by_rest])
@pytest.mark.parametrize("settle", [0.0, 0.2])
async def test_a_write_whose_key_is_revoked_ends_with_401_and_writes_nothing(
    company: Tenant, api: Api, key: Key, owner: Owner, send: Send, settle: float
):
    client = await company.make(Client)
    shown = await key("clients.edit")

    async def revoke() -> None:
        await revoked(api, shown)

    answer = await under_way(owner, send(api, shown, client), client, revoke, settle)
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert answer.headers["ratelimit-limit"] == "1000000000"
    await untouched(company, client)
    again = await send(api, await key("clients.edit"), client)
    assert again.status == 200
    assert "idempotent-replayed" not in again.headers
    assert await company.value("select name from clients where id = $1", client.id) == "Changed"


@pytest.mark.parametrize("send", [by_graphql, by_rest])
async def test_a_write_whose_scope_is_lost_ends_with_403_and_writes_nothing(
    company: Tenant, api: Api, key: Key, owner: Owner, send: Send
):
    companies = company.access.companies
    role_id = await companies.add_role(company.made.id, "Sales", ["clients.edit", "clients.view"])
    user_id = await companies.add_user(company.made.id, role_id, "sales@example.com", "Sales")
    client = await company.make(Client)
    shown = await key("clients.edit", creator_id=user_id)

    async def lose() -> None:
        await companies.set_role_scopes(role_id, ["clients.view"])

    answer = await under_way(owner, send(api, shown, client), client, lose)
    assert (answer.status, answer.code) == (403, "insufficient_scope")
    await untouched(company, client)


@pytest.mark.parametrize("send", [by_graphql, by_rest])
async def test_a_write_beside_which_another_key_is_revoked_is_done(
    company: Tenant, api: Api, key: Key, owner: Owner, send: Send
):
    client = await company.make(Client)
    shown, other = await key("clients.edit"), await key("clients.edit")

    async def revoke() -> None:
        await revoked(api, other)

    answer = await under_way(owner, send(api, shown, client), client, revoke, 0.2)
    assert answer.status == 200
    assert await company.value("select version from clients where id = $1", client.id) == 2
    assert (await send(api, shown, client)).headers["idempotent-replayed"] == "true"
    assert (await api.get("/api/v1/clients", key=other)).status == 401


@pytest.mark.parametrize("path", ["/api/v1/clients", "/graphql?query={clients{nodes{id}}}"])
async def test_a_read_whose_key_is_revoked_ends_with_401(company: Tenant, api: Api, key: Key, owner: Owner, path: str):
    await company.make(Client)
    shown = await key("clients.view")
    async with locked(owner):
        sent = asyncio.create_task(api.get(path, key=shown))
        await waiting(owner)
        await revoked(api, shown)
        await asyncio.sleep(0.2)
    answer = await sent
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert b"Client" not in answer.body


async def test_a_read_in_another_process_ends_with_401_too(
    api: Api, key: Key, owner: Owner, server: Callable[..., ServerProcess]
):
    shown = await key("clients.view")
    process = server()
    assert process.graphql("{ clients { nodes { id } } }", shown).status_code == 200
    async with locked(owner):
        sent = asyncio.create_task(asyncio.to_thread(process.graphql, "{ clients { nodes { id } } }", shown))
        await waiting(owner)
        await revoked(api, shown)
        await asyncio.sleep(0.5)
    answer = await sent
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "unauthorized")


async def test_a_replay_is_not_shown_to_a_key_that_was_revoked_meanwhile(company: Tenant, api: Api, key: Key):
    client = await company.make(Client)
    shown = await key("clients.edit")
    assert (await by_rest(api, shown, client)).status == 200
    await revoked(api, shown)
    assert (await by_rest(api, shown, client)).status == 401


async def test_a_withdrawal_that_nobody_was_told_of_is_found_by_the_sweep(
    company: Tenant, api: Api, key: Key, owner: Owner
):
    """As when Valkey was away just then: the commit counts, the message was lost."""
    client = await company.make(Client)
    shown = await key("clients.edit")
    assert (await api.get("/api/v1/clients", key=shown)).status == 200
    async with owner.transaction():
        await owner.execute("update api_keys set revoked_at = now() where public_id = $1", public_id_of(shown))
    assert (await api.get("/api/v1/clients", key=shown)).status == 200  # a read, by what Valkey still holds
    assert (await by_rest(api, shown, client)).status == 401  # a write asks the clock
    await untouched(company, client)
    assert (await api.get("/api/v1/clients", key=shown)).status == 401  # and everybody has heard


async def test_the_sweep_alone_finds_it_within_five_seconds(api: Api, key: Key, owner: Owner):
    shown, other = await key("clients.view"), await key("clients.view")
    for each in (shown, other):
        assert (await api.get("/api/v1/clients", key=each)).status == 200
    async with owner.transaction():
        await owner.execute("update api_keys set revoked_at = now() where public_id = $1", public_id_of(shown))
    await asyncio.sleep(5.5)
    assert (await api.get("/api/v1/clients", key=shown)).status == 401
    assert (await api.get("/api/v1/clients", key=other)).status == 200


async def test_four_processes_know_within_a_second_that_a_key_was_revoked(
    api: Api, key: Key, server: Callable[..., ServerProcess]
):
    shown = await key("clients.view")
    processes = await asyncio.gather(*(asyncio.to_thread(server) for _ in range(4)))
    ask = "{ clients { nodes { id } } }"
    for process in processes:
        assert process.graphql(ask, shown).status_code == 200
    await revoked(api, shown)
    deadline = asyncio.get_running_loop().time() + 1
    left = list(processes)
    while left:
        assert asyncio.get_running_loop().time() < deadline, f"{len(left)} of 4 still let it in"
        left = [each for each in left if (await asyncio.to_thread(each.graphql, ask, shown)).status_code != 401]
