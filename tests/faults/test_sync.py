"""The documented loop misses nothing: a copy kept by `updated_at` beside writers that think, give up and are killed.

From an empty copy: page in (`updated_at`, `id`) order, remember the newest `updated_at`, ask again from there. The same
loop over a table that is stamped with `now()` does miss rows, so the load is one that would show it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from core.database.database import Database, guarded
from core.errors import Unavailable
from models import Client
from tests.kit.shop import Said, Shop, client, open_shop

WRITERS = 8
CHANGES = 6_000
PAGE = 40
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
EVERY = guarded(
    "select coalesce(string_agg(line, E'\\n'), '') from (select json_build_array(updated_at, id, version, name)::text"
    " as line from clients where workspace_id = $1::uuid and (updated_at, id) >= ($2::timestamptz, $3::uuid)"
    " order by updated_at, id limit $4) page"
)
FEED = guarded(
    "select coalesce(string_agg(sequence::text, ',' order by sequence), '') from (select sequence from outbox"
    " where workspace_id = $1::uuid and sequence > $2 order by sequence limit 500) page"
)

Row = tuple[datetime, UUID, int, str]
ReadPage = Callable[[datetime, UUID], Awaitable[list[Row]]]


@dataclass
class Copy:
    """What a customer keeps by the documented loop."""

    read: ReadPage
    rows: dict[UUID, Row] = field(default_factory=dict)
    newest: datetime = BEGINNING

    async def catch_up(self) -> None:
        """Page from the newest `updated_at` known, inclusive, until a page is not full."""
        since, after = self.newest, UUID(int=0)
        while True:
            page = await self.read(since, after)
            for row in page:
                self.rows[row[1]] = row
                self.newest = max(self.newest, row[0])
            if len(page) < PAGE:
                return
            since, after = page[-1][0], UUID(int=page[-1][1].int + 1)


async def until(stop: asyncio.Event, step: Callable[[], Awaitable[object]]) -> None:
    """Repeat a step, as a client would that is told to come back."""
    while not stop.is_set():
        try:
            await step()
        except Unavailable:
            await asyncio.sleep(0.01)


@pytest.fixture
async def busy(database_url: str, owner: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[Shop]:
    """A workspace with connections of its own, which may be killed."""
    database = await Database.open(database_url, size=WRITERS + 2)
    yield await open_shop(database, owner)
    await database.close()


class Load:
    """Eight writers: 1 to 50 rows a transaction, new ones and old ones; one in ten thinks, one in ten gives up."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.known: list[UUID] = []
        self.ended: dict[str, int] = {"committed": 0, "given up": 0, "killed": 0}

    async def transaction(self) -> None:
        rows = random.randint(1, 50)
        old = random.sample(self.known, min(rows // 2, len(self.known)))
        async with self.shop.unit() as unit:
            for row in await unit.lock(Client, old):
                row.name = uuid4().hex
                unit.save(row, "client.updated")
            made = [unit.save(client(name=uuid4().hex), "client.created") for _ in range(rows - len(old))]
            if random.random() < 0.1:
                await asyncio.sleep(random.uniform(0, 0.5))
            if random.random() < 0.05:
                await unit.write(Said())  # others wait for this one now
                await asyncio.sleep(random.uniform(0, 0.02))
            if random.random() < 0.1:
                self.ended["given up"] += 1
                return
            try:
                await unit.finish(Said())
            except Unavailable:
                self.ended["killed"] += 1
                raise
        self.ended["committed"] += 1
        self.known += [row.id for row in made]

    async def kill(self) -> None:
        """End a backend that is writing."""
        await self.shop.owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'forge forge_api'"
            " and datname = current_database() and xact_start is not null order by random() limit 1"
        )


async def test_the_documented_loop_misses_nothing(busy: Shop):
    reads, load, stop = busy.database.reads, Load(busy), asyncio.Event()

    async def page(since: datetime, after: UUID) -> list[Row]:
        text = await reads.text(EVERY, [busy.workspace_id, since, after, PAGE])
        return [_row(line) for line in (text or b"").splitlines()]

    feed: list[int] = []

    async def follow() -> None:
        text = await reads.text(FEED, [busy.workspace_id, feed[-1] if feed else 0])
        feed.extend(int(number) for number in (text or b"").split(b",") if number)

    copy = Copy(page)
    steps = [copy.catch_up, follow, *([load.transaction] * WRITERS)]
    tasks = [asyncio.create_task(until(stop, step)) for step in steps]
    async with asyncio.timeout(45):
        while await busy.value("select tick from clocks where workspace_id = $1") < CHANGES:
            await asyncio.sleep(0.2)
            await load.kill()
            assert not any(task.done() for task in tasks), [task.exception() for task in tasks if task.done()]
    stop.set()
    await asyncio.gather(*tasks)
    await copy.catch_up()
    while len(feed) != (changes := await busy.value("select tick from clocks where workspace_id = $1")):
        await follow()

    table = await busy.rows("select updated_at, id, version, name from clients where workspace_id = $1")
    assert copy.rows == {row[1]: row for row in table}
    assert len({row[0] for row in table}) == len(table)
    assert feed == list(range(1, changes + 1))  # in order, without a gap, and never out of order as it was read
    assert sum(row[2] for row in table) == changes >= 5_000
    assert all(load.ended.values()), load.ended


async def test_the_same_loop_over_now_does_miss(busy: Shop):
    owner, stop = busy.owner, asyncio.Event()
    await owner.execute(
        "create table stamped (updated_at timestamptz, id uuid primary key, version int, name text);"
        "create index on stamped (updated_at, id); grant all on stamped to forge_api"
    )
    pool = busy.database.writes

    async def page(since: datetime, after: UUID) -> list[Row]:
        records = await owner.fetch(
            "select * from stamped where (updated_at, id) >= ($1, $2) order by updated_at, id limit $3",
            since,
            after,
            PAGE,
        )
        return [tuple(record) for record in records]

    async def transaction() -> None:
        connection = await pool.acquire()
        rows = [(uuid4(), uuid4().hex) for _ in range(random.randint(1, 50))]
        await connection.execute("begin")
        await connection.executemany("insert into stamped values (now(), $1, 1, $2)", rows)
        if random.random() < 0.1:
            await asyncio.sleep(random.uniform(0, 0.5))
        await connection.execute("commit")
        pool.release(connection)

    copy = Copy(page)
    tasks = [asyncio.create_task(until(stop, step)) for step in [copy.catch_up, *([transaction] * WRITERS)]]
    await asyncio.sleep(2.5)
    stop.set()
    await asyncio.gather(*tasks)
    await copy.catch_up()
    written = await owner.fetchval("select count(*) from stamped")
    await owner.execute("drop table stamped")
    assert 0 < len(copy.rows) < written


def _row(line: bytes) -> Row:
    values: list[Any] = orjson.loads(line)
    return datetime.fromisoformat(values[0]), UUID(values[1]), values[2], values[3]
