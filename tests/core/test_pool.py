"""The pool under bad weather: cancelled queries, killed backends, changed tables, nobody coming back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from core.database.database import Database, UnsafeRole, guarded
from core.database.pool import Pool
from core.database.turns import Share
from core.database.weight import Weight
from core.errors import TooHeavy, Unavailable
from tests.kit.shop import Shop

PID = "select pg_backend_pid()::text"
SLEEP = "select pg_sleep(30)::text"


@pytest.fixture
async def small(database_url: str) -> AsyncIterator[Database]:
    """Two connections for reading and two for writing, and little patience."""
    database = await Database.open(database_url, size=2, patience=0.3)
    yield database
    await database.close()


async def test_the_last_connection_given_back_is_taken_first(small: Database):
    first, second = await small.reads.acquire(), await small.reads.acquire()
    small.reads.release(first)
    small.reads.release(second)
    assert await small.reads.acquire() is second
    assert await small.reads.acquire() is first
    small.reads.release(first)
    small.reads.release(second)


async def test_connections_are_opened_when_needed_and_never_more_than_size(small: Database):
    assert small.reads._places == 0
    pids = await asyncio.gather(
        *(small.reads.text("select pg_sleep(0.02)::text || pg_backend_pid()", ()) for _ in range(8))
    )
    assert len(set(pids)) == 2
    assert small.reads._places == 2


async def test_who_waits_too_long_is_told_to_come_back(small: Database):
    held = [await small.reads.acquire() for _ in range(2)]
    with pytest.raises(Unavailable) as caught:
        await small.reads.text(PID, ())
    assert caught.value.retry_after == 1
    for connection in held:
        small.reads.release(connection)
    assert await small.reads.text("select 'x'", ()) == b"x"


async def test_a_waiter_that_gives_up_in_the_moment_it_is_served_loses_nothing(small: Database):
    held = [await small.reads.acquire() for _ in range(2)]
    waiter = asyncio.create_task(small.reads.acquire())
    await asyncio.sleep(0)
    small.reads.release(held[0])  # the connection is the waiter's now
    waiter.cancel()  # which never comes to hear of it
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert await small.reads.acquire() is held[0]
    for connection in held:
        small.reads.release(connection)


async def test_waiters_are_served_in_order(small: Database):
    held = [await small.reads.acquire() for _ in range(2)]
    order: list[int] = []

    async def wait(number: int) -> None:
        connection = await small.reads.acquire()
        order.append(number)
        small.reads.release(connection)

    waiting = [asyncio.create_task(wait(number)) for number in range(5)]
    await asyncio.sleep(0)
    for connection in held:
        small.reads.release(connection)
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3, 4]


async def test_a_cancelled_query_ends_in_the_server_and_its_connection_is_never_seen_again(
    small: Database, owner: asyncpg.Connection[asyncpg.Record]
):
    before = await small.reads.text(PID, ())
    assert before is not None
    task = asyncio.create_task(small.reads.text(SLEEP, ()))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.gather(*small.reads._closing)
    assert await owner.fetchval("select count(*) from pg_stat_activity where pid = $1", int(before)) == 0
    pids = await asyncio.gather(
        *(small.reads.text("select pg_sleep(0.02)::text || pg_backend_pid()", ()) for _ in range(4))
    )
    assert before not in pids
    assert len(set(pids)) == 2


@pytest.mark.parametrize("settled", [False, True], ids=["at once", "a moment later"])
async def test_reads_go_on_when_every_backend_was_killed(
    small: Database, owner: asyncpg.Connection[asyncpg.Record], *, settled: bool
):
    pids = await asyncio.gather(
        *(small.reads.text("select (pg_sleep(0.02)::text = '')::int + pg_backend_pid() || ''", ()) for _ in range(2))
    )
    for pid in pids:
        assert pid is not None
        await owner.execute("select pg_terminate_backend($1, 1000)", int(pid) - 1)
    if settled:
        await asyncio.sleep(0.05)
    assert await asyncio.gather(*(small.reads.text("select 'x'", ()) for _ in range(4))) == [b"x"] * 4


async def test_a_read_whose_backend_dies_under_it_runs_again(
    small: Database, owner: asyncpg.Connection[asyncpg.Record]
):
    await owner.execute("create table once (told boolean); grant all on once to forge_api")
    task = asyncio.create_task(
        small.reads.text("select case when not exists (select from once) then pg_sleep(5)::text else 'second' end", ())
    )
    await asyncio.sleep(0.2)
    await owner.execute("insert into once values (true)")
    await owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%from once%'"
        " and datname = current_database() and pid <> pg_backend_pid()"
    )
    assert await task == b"second"
    await owner.execute("drop table once")


async def test_a_table_that_changes_under_a_prepared_statement_is_read_anew(
    small: Database, owner: asyncpg.Connection[asyncpg.Record]
):
    await owner.execute("create table shape (a int); insert into shape values (1); grant select on shape to forge_api")
    assert await small.reads.text("select to_json(shape)::text from shape", ()) == b'{"a":1}'
    await owner.execute("alter table shape alter a type text, add b text")
    assert await small.reads.text("select to_json(shape)::text from shape", ()) == b'{"a":"1","b":null}'
    assert await small.reads.text("select a from shape", ()) == b"1"
    await owner.execute("drop table shape")


@pytest.mark.parametrize("heavy", [0, 1], ids=["one lane", "two lanes"])
async def test_a_read_that_takes_too_long_is_stopped(database_url: str, heavy: int):
    database = await Database.open(database_url, size=1, heavy=heavy, limit=0.3)
    with pytest.raises(TooHeavy, match="took more than 0"):
        await database.text(guarded("select pg_sleep(30)::text"), (uuid4(),), weight=Weight("less"))
    with pytest.raises(Unavailable, match="too long"):
        await database.text(SLEEP, ())
    assert await database.text("select 'x'", ()) == b"x"
    assert await database.text("select pg_sleep(0.27)::text", ()) == b""
    await database.close()


async def test_what_is_slow_leaves_the_light_lane_and_comes_back_when_it_is_quick_again(
    database_url: str, owner: asyncpg.Connection[asyncpg.Record]
):
    await owner.execute("create table pace (seconds float8); insert into pace values (0.3)")
    await owner.execute("grant select on pace to forge_api")
    database = await Database.open(database_url, size=2, heavy=2)
    weight, here, there = Weight("less"), Share("a", "a 1", "a"), Share("b", "b 1", "b")
    sql, args = guarded("select pg_sleep(seconds) || 'x' from pace"), (uuid4(),)
    assert database.heavy is not None
    assert await database.text(sql, args, here, weight) == b"x"
    assert (weight.is_heavy("a"), weight.is_heavy("b"), database.heavy._places) == (True, False, 1)
    assert database.takes_heavy(Weight("less"), here)  # what it never asked before, for a while
    assert not database.takes_heavy(Weight("less"), there)
    await owner.execute("update pace set seconds = 0")
    await database.text(sql, args, here, weight)
    assert not weight.is_heavy("a")
    await database.close()
    await owner.execute("drop table pace")


async def test_a_company_leaves_connections_for_writing_to_others(database_url: str):
    database = await Database.open(database_url, size=2, patience=0.3)
    held = await database.writes.acquire(Share("a", "a 1", "a"))
    with pytest.raises(Unavailable):
        await database.writes.acquire(Share("a", "a 2", "a"))
    database.writes.release(await database.writes.acquire(Share("b", "b 1", "b")))
    waiting = asyncio.create_task(database.writes.acquire(Share("a", "a 2", "a")))
    await asyncio.sleep(0)
    database.writes.release(held)
    database.writes.release(await waiting)
    await database.close()


async def test_a_bad_argument_is_our_mistake_and_costs_no_connection(small: Database):
    await small.reads.text(PID, ())
    with pytest.raises(asyncpg.DataError):
        await small.reads.text("select $1::int::text", ("no number",))
    with pytest.raises(asyncpg.DivisionByZeroError):
        await small.reads.text("select (1 / 0)::text", ())
    assert small.reads._places == 1
    assert len(small.reads._idle) == 1


async def test_text_goes_in_as_str_and_comes_out_as_the_bytes_of_the_server(small: Database):
    assert await small.reads.text("select $1::text || $2::text[]::text", ("ü", ["é"])) == "ü{é}".encode()
    assert await small.reads.text("select null::text", ()) is None
    assert await small.reads.text("select 'x' where false", ()) is None


async def test_reads_cannot_write(shop: Shop):
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await shop.database.reads.text("update clocks set tick = tick + 1 returning tick::text", ())


async def test_a_snapshot_sees_one_moment(shop: Shop):
    await shop.client(name="one")
    sql = guarded("select string_agg(name, ',' order by updated_at) from clients where workspace_id = $1::uuid")
    async with shop.database.reads.snapshot() as text:
        assert await text(sql, [shop.workspace_id]) == b"one"
        await shop.client(name="two")
        assert await text(sql, [shop.workspace_id]) == b"one"
    assert await shop.database.reads.text(sql, [shop.workspace_id]) == b"one,two"


async def test_a_closed_pool_lets_nobody_wait(database_url: str):
    database = await Database.open(database_url, size=1)
    held = await database.reads.acquire()
    waiter = asyncio.create_task(database.reads.acquire())
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    with pytest.raises(Unavailable):
        await waiter
    database.reads.release(held)
    await closing
    with pytest.raises(Unavailable):
        await database.reads.acquire()


async def test_a_server_that_is_away_is_unavailable_and_the_pool_survives_it():
    tries = 0

    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        nonlocal tries
        tries += 1
        raise ConnectionRefusedError

    pool = Pool(connect, size=1)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await pool.acquire()
    assert (tries, pool._places) == (3, 0)
    with pytest.raises(Unavailable):
        await Database.open("postgresql://nobody@127.0.0.1:1/nothing")


async def test_a_role_that_passes_by_row_level_security_is_refused(
    database_url: str, owner: asyncpg.Connection[asyncpg.Record]
):
    name = f"passes_{await owner.fetchval('select current_database()')}"  # roles belong to all databases
    await owner.execute(f"drop role if exists {name}; create role {name} bypassrls")
    with pytest.raises(UnsafeRole, match=name):
        await Database.open(database_url, role=name)
    superuser = await owner.fetchval("select current_user")
    with pytest.raises(UnsafeRole, match=superuser):
        await Database.open(database_url, role=superuser)
    await owner.execute(f"drop role {name}")


async def test_every_connection_has_the_settings_it_needs(small: Database):
    wanted = {
        "timezone": "UTC",
        "jit": "off",
        "lock_timeout": "5s",
        "transaction_timeout": "30s",
        "idle_in_transaction_session_timeout": "5s",
        "deadlock_timeout": "100ms",
        "role": "forge_api",
    }
    connection = await small.writes.acquire()
    found = {name: await connection.fetchval("select current_setting($1)", name) for name in wanted}
    small.writes.release(connection)
    assert found == wanted
    assert (
        await small.reads.text("select current_setting('statement_timeout') || current_setting('role')", ())
        == b"10sforge_api"
    )
