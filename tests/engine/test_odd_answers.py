"""What receivers answer is not ours to choose: whatever it is, each try is recorded, counted, and the last one ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from core.settings import Settings
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

OK = b"HTTP/1.1 200 OK\r\n"
FAILED = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n"
RETRY_AFTER = [
    b"Fri, 31 Dec 99999999999999999999 23:59:59 GMT",
    b"Fri, 31 Dec 2026 23:59:59 +999999999999999",
    b"Fri, 31 Dec 0000 23:59:59 GMT",
    b"Fri, 99 Xyz 2026 99:99:99 GMT",
    b"Fri, 31 Dec 9999 23:59:59 -2400",
    b"Thu, 01 Jan 1970 00:00:00 GMT",
    b"-1",
    b"-99999999999999999999",
    b"1e999",
    b"NaN",
    b"inf",
    b"0x10",
    b"1.5",
    b"60, 60",
    b"\xd9\xa3\xd9\xa0",
    b"\xff\xfe",
    b"soon",
    b"",
    b"0",
    b"," * 3000,
]
# What is answered, whether the delivery has arrived, and the status that its tries keep.
ANSWERS: list[tuple[bytes, bool, int | None]] = [
    *((FAILED + b"Retry-After: " + value + b"\r\n\r\n", False, 500) for value in RETRY_AFTER),
    (OK + b"Content-Length: 5\r\n\r\nab\0\xff\xed", True, 200),
    (OK + b"Content-Length: 500\r\n\r\nshort", True, 200),
    (OK + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", True, 200),
    (OK + b"Content-Encoding: gzip\r\nContent-Type: text/plain; charset=no\r\nContent-Length: 1\r\n\r\nx", True, 200),
    (OK + b"Content-Encoding: \xff\r\nX-Odd: \x80\xc3\x28 \xed\xa0\x80\r\nContent-Length: 0\r\n\r\n", True, 200),
    (OK + b"X-Nul: a\0b\r\nContent-Length: 0\r\n\r\n", False, None),
    (OK + b"Content-Length: x\r\n\r\n", False, None),
    (OK + b"X: y\r\n" * 100_000, False, None),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + b"HTTP/1.1 204 None\r\n\r\n", True, 204),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", False, None),
    (b"HTTP/1.1 000 Nothing\r\n\r\n", False, None),
    (b"HTTP/1.1 999 Much\r\nContent-Length: 0\r\n\r\n", False, 999),
    (b"HTTP/1.1 2000 Much\r\n\r\n", False, None),
    (b"HTTP/1.1 -20 Less\r\n\r\n", False, None),
    (b"HTTP/1.1 302 Found\r\nLocation: http://[:::/\r\nContent-Length: 0\r\n\r\n", False, 302),
    (b"ICY 200 OK\r\n\r\n", False, None),
    (b"\x16\x03\x01\x00\x00", False, None),
    (b"\0" * 10_000, False, None),
    (b"", False, None),
]  # fmt: skip
URLS = [
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:-1/",
    "https://.",
    "https://a..example/",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 130}example/",
    "https://%31%32%37.0.0.1/",
    "https://xn--a/",
    "https://[::1%25lo]/",
    "http://127.0.0.1./",
    "",
    "nonsense",
    "https://shop.example:port/",
]
FAST = {"FORGE_WEBHOOK_RETRIES": "0.1,0.1", "FORGE_WEBHOOK_TIMEOUT": "2"}
TRIES = 3


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, FAST) as process:
        yield process


@asynccontextmanager
async def answering(answers: list[bytes]) -> AsyncIterator[str]:
    """Listen, and answer a request for `/n` with the bytes of that place, then hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            writer.write(answers[int(head.split(b" ")[1][1:])])
            await writer.drain()
        except OSError:
            pass  # it had seen enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def endpoint(api: Client, url: str) -> str:
    made = await api.post("/api/v1/webhook-endpoints", {"url": url, "events": ["client.created"]})
    return str(made.data["id"])


async def outcome(company: Tenant, endpoint_id: str) -> tuple[str, int, list[int | None]]:
    """How a delivery ended: its status, how many tries were counted, and the statuses of those that were kept."""
    sql = (
        "select d.status, d.attempts, array_agg(a.status_code order by a.number) as codes"
        " from deliveries d join attempts a on a.workspace_id = d.workspace_id and a.delivery_id = d.id"
        " where d.endpoint_id = $1 group by 1, 2"
    )
    [row] = await company.all(sql, endpoint_id)
    return row["status"], row["attempts"], row["codes"]


async def all_ended(company: Tenant, count: int) -> bool:
    return bool(await company.value("select count(*) from deliveries where status <> 'pending'") == count)


@pytest.mark.usefixtures("worker")
async def test_whatever_is_answered_is_a_recorded_and_counted_try(api: Client, company: Tenant):
    async with answering([answer for answer, _, _ in ANSWERS]) as url:
        made = [await endpoint(api, f"{url}/{place}") for place in range(len(ANSWERS))]
        await company.make(ClientRow)
        await until(lambda: all_ended(company, len(ANSWERS)))
    for endpoint_id, (answer, arrived, code) in zip(made, ANSWERS, strict=True):
        expected = ("delivered", 1, [code]) if arrived else ("exhausted", TRIES, [code] * TRIES)
        assert await outcome(company, endpoint_id) == expected, answer[:80]
    kept = await company.all("select response_body from attempts where response_body like 'ab%'")
    assert [row["response_body"] for row in kept] == ["ab\ufffd\ufffd\ufffd"]


@pytest.mark.usefixtures("worker")
async def test_a_url_that_was_stored_before_it_would_be_refused_ends_too(
    api: Client, company: Tenant, owner: asyncpg.Connection[asyncpg.Record]
):
    made = []
    for url in URLS:
        made.append(await endpoint(api, "https://shop.example/"))
        await owner.execute("update endpoints set url = $2 where id = $1", made[-1], url)
    await company.make(ClientRow)
    await until(lambda: all_ended(company, len(URLS)))
    for endpoint_id, url in zip(made, URLS, strict=True):
        assert await outcome(company, endpoint_id) == ("exhausted", TRIES, [None] * TRIES), url
    errors = await company.all("select distinct left(error, 9) as error from attempts")
    assert [row["error"] for row in errors] == ["refused: "]


@pytest.mark.usefixtures("worker")
async def test_a_try_that_cannot_be_kept_is_counted(
    api: Client, company: Tenant, owner: asyncpg.Connection[asyncpg.Record]
):
    async with answering([FAILED + b"\r\n"]) as url:
        endpoint_id = await endpoint(api, f"{url}/0")
        await owner.execute(
            "create function odd() returns trigger language plpgsql as $$ begin"
            f" if new.workspace_id = '{company.workspace_id}' then"
            " raise exception 'not this one' using errcode = '22P05'; end if; return new; end $$;"
            " create trigger odd before insert on attempts for each row execute function odd()"
        )
        try:
            await company.make(ClientRow)
            await until(lambda: all_ended(company, 1))
        finally:
            await owner.execute("drop trigger odd on attempts; drop function odd()")
    [row] = await company.all("select status, attempts from deliveries where endpoint_id = $1", endpoint_id)
    assert (row["status"], row["attempts"]) == ("exhausted", TRIES)
    assert await company.value("select count(*) from attempts") == 0
