"""What holds at the doors of real processes: one effect for one key, gapless numbers, a loop that misses nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

Start = Callable[..., ServerProcess]


@pytest.fixture
async def client_id(api: Api) -> str:
    made = await api.post("/api/v1/clients", {"name": "Acme Co"})
    return str(made.data["id"])


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=60)) as found:
        yield found


async def quotes(owner: Any, company: Tenant) -> list[Any]:
    sql = "select number, xmin::text, id from quotes where workspace_id = $1 order by created_at"
    return list(await owner.fetch(sql, company.workspace_id))


async def test_fifty_parallel_posts_with_one_key_have_one_effect(
    server: Start, browser: httpx.AsyncClient, company: Tenant, key: Key, client_id: str, owner: Any
) -> None:
    processes = [server(), server()]
    headers = {"authorization": f"Bearer {await key()}", "idempotency-key": "7c9e6679-fifty"}

    async def post(number: int) -> httpx.Response:
        url = f"{processes[number % 2].url}/api/v1/quotes"
        return await browser.post(url, json={"clientId": client_id, "currency": "USD"}, headers=headers)

    answers = await asyncio.gather(*(post(number) for number in range(50)))
    done = [answer for answer in answers if answer.status_code == 201]
    running = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(running) == 50, {answer.status_code for answer in answers}
    assert all(answer.headers["retry-after"] == "1" for answer in running)
    assert len({answer.content for answer in done}) == 1
    assert [answer.headers.get("idempotent-replayed") for answer in done].count(None) == 1
    assert len(await quotes(owner, company)) == 1


async def test_an_answer_lost_with_its_process_is_replayed_by_the_next(
    server: Start, company: Tenant, key: Key, client_id: str, owner: Any
) -> None:
    first = server()
    body = json.dumps({"clientId": client_id, "currency": "USD", "title": "Lost"}).encode()
    said = (
        f"POST /api/v1/quotes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await key()}\r\nIdempotency-Key: lost\r\n"
    )
    said += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", first.settings.port)) as link:
        link.sendall(said.encode() + body)
        deadline = time.monotonic() + 10
        while not await quotes(owner, company):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.001)
        first.kill()  # committed, and nobody has read the answer
    [before] = await quotes(owner, company)
    again = server().http.post(
        "/api/v1/quotes",
        content=body,
        headers={
            "authorization": f"Bearer {await key()}",
            "idempotency-key": "lost",
            "content-type": "application/json",
        },
    )
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json()["data"]["number"] == before["number"] == "Q-1"
    assert again.headers["location"] == f"/api/v1/quotes/{before['id']}"
    assert len(await quotes(owner, company)) == 1


async def test_two_hundred_parallel_creates_are_numbered_without_a_gap_in_commit_order(
    server: Start, browser: httpx.AsyncClient, company: Tenant, key: Key, client_id: str, owner: Any
) -> None:
    processes = [server(), server()]
    headers = {"authorization": f"Bearer {await key()}"}
    enough = asyncio.Semaphore(40)

    async def post(number: int) -> int:
        async with enough:
            url = f"{processes[number % 2].url}/api/v1/quotes"
            answer = await browser.post(url, json={"clientId": client_id, "currency": "USD"}, headers=headers)
        return answer.status_code

    assert set(await asyncio.gather(*(post(number) for number in range(200)))) == {201}
    rows = await owner.fetch(
        "select number from quotes where workspace_id = $1 order by pg_xact_commit_timestamp(xmin), created_at",
        company.workspace_id,
    )
    assert [row["number"] for row in rows] == [f"Q-{number}" for number in range(1, 201)]


async def write_and_delete(browser: httpx.AsyncClient, url: str, headers: dict[str, str], number: int) -> None:
    """Make 14 clients, change them all the while, and delete four of them."""
    mine: list[str] = []
    for step in range(40):
        if mine and step % 3:
            path = f"{url}/{mine[step % len(mine)]}"
            await browser.patch(path, json={"name": f"Client {number} {step}"}, headers=headers)
        else:
            made = await browser.post(url, json={"name": f"Client {number} {step}"}, headers=headers)
            mine.append(made.json()["data"]["id"])
    for gone in mine[:4]:
        await browser.delete(f"{url}/{gone}", headers=headers)


async def test_the_documented_loop_over_http_keeps_a_true_copy(
    server: Start, browser: httpx.AsyncClient, company: Tenant, key: Key, owner: Any
) -> None:
    """The loop of the documents with tombstones: page to the end, remember the newest `updated_at`, ask again."""
    process = server()
    headers = {"authorization": f"Bearer {await key()}"}
    url = f"{process.url}/api/v1/clients"
    copy: dict[str, Any] = {}
    newest = "1970-01-01T00:00:00.000000Z"
    writing = True

    async def catch_up() -> None:
        nonlocal newest
        cursor = None
        since = newest
        while True:
            params = {"limit": "20", "deleted": "include", "updated_since": since}
            params |= {"cursor": cursor} if cursor else {}
            page = (await browser.get(url, params=params, headers=headers)).json()
            for row in page["data"]:
                copy[row["id"]] = row
                newest = max(newest, row["updated_at"])
            cursor = page["next_cursor"]
            if not cursor:
                return

    async def read() -> None:
        while writing:
            await catch_up()
        await catch_up()

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write_and_delete(browser, url, headers, number) for number in range(6)))
    writing = False
    await reader
    rows = await owner.fetch(
        "select id, version, name, deleted_at is not null as gone from clients where workspace_id = $1",
        company.workspace_id,
    )
    assert {(row["id"], row["version"], row["name"], row["deleted_at"] is not None) for row in copy.values()} == {
        (str(row["id"]), row["version"], row["name"], row["gone"]) for row in rows
    }
    assert (len(rows), sum(row["gone"] for row in rows)) == (6 * 14, 6 * 4)
