"""Commands at the same time: revocation under way, deadlocks that cannot happen, and references that stay alive."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlmodel import SQLModel

from core.errors import Conflict, Invalid
from core.record import Record
from core.writing.attempt import attempt
from core.writing.claim import Outcome, StaleAccess
from core.writing.violations import RunAgain
from models import TAGS, Client, Quote
from tests.kit.shop import Said, Shop, client, quote


async def until_waiting(shop: Shop, count: int = 1) -> None:
    """Return when so many backends wait for a lock."""
    sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with asyncio.timeout(5):
        while await shop.owner.fetchval(sql) != count:  # noqa: ASYNC110  # the event is in the server
            await asyncio.sleep(0.01)


async def revoke_while(shop: Shop, command: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Start a command while a revocation holds the clock, and commit the revocation under it."""
    revocation = shop.owner.transaction()
    await revocation.start()
    await shop.owner.execute(
        "update clocks set access_epoch = access_epoch + 1 where workspace_id = $1", shop.workspace_id
    )
    task = asyncio.ensure_future(command())
    await until_waiting(shop)
    await revocation.commit()
    return await task


async def test_a_create_under_way_is_refused_by_a_revocation(shop: Shop):
    async def command() -> Outcome:
        async with shop.unit() as unit:
            unit.save(client(), "client.created")
            return await unit.finish(Said())

    with pytest.raises(StaleAccess):
        await revoke_while(shop, command)
    assert await shop.value("select count(*) from clients where workspace_id = $1") == 0
    assert await shop.value("select tick from clocks where workspace_id = $1") == 0


async def test_a_change_under_way_is_refused_by_a_revocation(shop: Shop):
    known = await shop.client()

    async def command() -> Outcome:
        async with shop.unit() as unit:
            [locked] = await unit.lock(Client, [known.id])
            locked.name = "never"
            unit.save(locked, "client.updated")
            return await unit.finish(Said())

    with pytest.raises(StaleAccess):
        await revoke_while(shop, command)
    assert await shop.rows("select name, version from clients where workspace_id = $1") == [("Acme", 1)]
    assert await shop.value("select count(*) from outbox where workspace_id = $1") == 1


async def test_a_hundred_races_with_a_revocation_end_whole(shop: Shop):
    for epoch in range(100):

        async def command(epoch: int = epoch) -> str:
            async with shop.unit(epoch=epoch) as unit:
                unit.save(client(name=f"{epoch}"), "client.created")
                try:
                    await unit.finish(Said())
                except StaleAccess:
                    return "refused"
            return "written"

        async def revoke() -> Any:
            await shop.owner.execute("select pg_sleep($1)", random.uniform(0, 0.002))
            return await shop.value(
                "update clocks set access_epoch = access_epoch + 1 where workspace_id = $1 returning tick",
            )

        before = await shop.value("select tick from clocks where workspace_id = $1")
        ended, tick_at_revocation = await asyncio.gather(command(), revoke())
        assert tick_at_revocation - before == (ended == "written")  # nothing is written after the revocation
        assert await shop.value("select count(*) from clients where name = $2 and workspace_id = $1", f"{epoch}") == (
            ended == "written"
        )


async def test_a_new_child_does_not_wait_for_a_parent_that_is_being_changed(shop: Shop):
    known = await shop.client()
    async with shop.unit() as ticked, shop.unit() as changing:
        ticked.save(quote(known.id), "quote.created")
        await ticked.write(Said())  # the clock is held from here on
        [locked] = await changing.lock(Client, [known.id])
        changing.save(locked, "client.updated")
        waiting = asyncio.create_task(changing.finish(Said()))
        await until_waiting(shop)
        ticked.save(quote(known.id), "quote.created")  # its foreign key looks at the locked client
        await ticked.finish_with(b"ok")  # a deadlock would end one of the two as RunAgain
        await waiting
    assert await shop.value("select count(*) from quotes where workspace_id = $1") == 2


async def test_a_lock_after_the_tick_never_waits(shop: Shop):
    known = await shop.client()
    async with shop.unit() as ticked, shop.unit() as holder:
        ticked.save(client(), "client.created")
        await ticked.write(Said())
        await holder.lock(Client, [known.id])
        with pytest.raises(RunAgain):
            await ticked.lock(Client, [known.id])


async def test_locks_of_one_call_never_deadlock_in_whatever_order_they_are_named(shop: Shop):
    ids = [(await shop.client(name=f"{i}")).id for i in range(6)]

    async def change() -> None:
        for _ in range(15):
            async with shop.unit() as unit:
                for row in await unit.lock(Client, random.sample(ids, 3)):
                    unit.save(row, "client.updated")
                await unit.finish(Said())

    await asyncio.gather(*(change() for _ in range(12)))
    assert await shop.value("select sum(version)::int from clients where workspace_id = $1") == 6 + 12 * 15 * 3


async def test_a_deadlock_is_run_again_and_both_commands_succeed(shop: Shop):
    one, two = [await shop.client(name=name) for name in ("one", "two")]
    met = asyncio.Barrier(2)
    runs: Counter[UUID] = Counter()

    async def change(first: UUID, second: UUID) -> Outcome:
        runs[first] += 1
        async with shop.unit() as unit:
            [a] = await unit.lock(Client, [first])
            if runs.total() <= 2:
                await met.wait()
            [b] = await unit.lock(Client, [second])
            for row in (a, b):
                unit.save(row, "client.updated")
            return await unit.finish(Said())

    await asyncio.gather(
        attempt(lambda: change(one.id, two.id)),
        attempt(lambda: change(two.id, one.id)),
    )
    assert sorted(runs.values()) == [1, 2]
    assert await shop.rows("select version from clients where workspace_id = $1") == [(3,), (3,)]


async def test_a_command_that_always_loses_gives_up_after_three_runs():
    runs = 0

    async def lose() -> Outcome:
        nonlocal runs
        runs += 1
        raise RunAgain("lost", retry_after=1)

    with pytest.raises(Conflict) as caught:
        await attempt(lose)
    assert (runs, caught.value.retry_after) == (3, 1)


async def test_a_row_that_stays_locked_is_a_conflict(shop: Shop):
    known = await shop.client()
    async with shop.unit() as holder, shop.unit() as waiter:
        await holder.lock(Client, [known.id])
        await waiter.fetch(Client, "true")
        assert waiter._transaction._connection is not None
        await waiter._transaction._connection.execute("set local lock_timeout = 50")
        with pytest.raises(Conflict) as caught:
            await waiter.lock(Client, [known.id])
    assert caught.value.retry_after == 1


async def delete(shop: Shop, client_id: UUID) -> None:
    async with shop.unit() as unit:
        [locked] = await unit.lock(Client, [client_id])
        locked.deleted_at = datetime.now(UTC)
        unit.save(locked, "client.deleted")
        await unit.finish(Said())


async def test_a_quote_for_a_deleted_client_is_refused(shop: Shop):
    gone, known = await shop.client(), await shop.client()
    await delete(shop, gone.id)
    with pytest.raises(Invalid, match="deleted") as caught:
        await shop.quote(gone.id)
    assert caught.value.field == "client_id"
    async with shop.unit() as unit:
        moved = unit.save(quote(known.id), "quote.created")
        await unit.finish(Said())
    async with shop.unit() as unit:
        [locked] = await unit.lock(Quote, [moved.id])
        locked.client_id = gone.id
        unit.save(locked, "quote.updated")
        with pytest.raises(Invalid) as caught:
            await unit.finish(Said())
    assert caught.value.field == "client_id"


async def test_a_client_with_live_quotes_cannot_be_deleted_until_they_are(shop: Shop):
    known = await shop.client()
    async with shop.unit() as unit:
        made = unit.save(quote(known.id), "quote.created")
        await unit.finish(Said())
    with pytest.raises(Conflict, match=f"required by quotes {made.id}"):
        await delete(shop, known.id)
    async with shop.unit() as unit:  # both in one command is well
        [row] = await unit.lock(Client, [known.id])
        [held] = await unit.lock(Quote, [made.id])
        row.deleted_at = held.deleted_at = datetime.now(UTC)
        unit.save(row, "client.deleted")
        unit.save(held, "quote.deleted")
        await unit.finish(Said())
    async with shop.unit() as unit:  # a deleted quote may still be changed; it may not come back alone
        [held] = await unit.lock(Quote, [made.id])
        held.title = "x"
        unit.save(held, "quote.updated")
        await unit.finish(Said())
    async with shop.unit() as unit:
        [held] = await unit.lock(Quote, [made.id])
        held.deleted_at = None
        unit.save(held, "quote.restored")
        with pytest.raises(Invalid, match="deleted"):
            await unit.finish(Said())


async def test_of_a_quote_and_the_deletion_of_its_client_one_wins_two_hundred_times(shop: Shop):
    ended: Counter[str] = Counter()

    async def race() -> None:
        known = await shop.client()

        async def write() -> str:
            await asyncio.sleep(random.uniform(0, 0.004))
            try:
                await shop.quote(known.id)
            except Invalid:
                return "no quote"
            return "quote"

        async def remove() -> str:
            try:
                await delete(shop, known.id)
            except Conflict as refused:
                return "lost" if isinstance(refused, RunAgain) else "client"
            return "no client"

        ended[", ".join(await asyncio.gather(write(), remove()))] += 1

    for _ in range(25):
        await asyncio.gather(*(race() for _ in range(8)))
    assert set(ended) == {"quote, client", "no quote, no client"}
    assert ended.total() == 200
    orphans = (
        "select count(*) from quotes q join clients c on c.id = client_id"
        " where q.workspace_id = $1 and c.deleted_at is not null"
    )
    assert await shop.value(orphans) == 0


async def test_every_reference_between_records_is_kept_alive(owner: asyncpg.Connection[asyncpg.Record]):
    records = {str(model.__tablename__) for model in TAGS if issubclass(model, Record)}
    wanted = {
        (table.name, key.column_keys[-1], key.referred_table.name)
        for table in SQLModel.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if table.name in records and key.referred_table.name in records
    }
    assert wanted >= {
        ("quotes", "client_id", "clients"),
        ("json_documents", "folder_id", "json_folders"),
        ("users", "role_id", "roles"),
        ("api_keys", "user_id", "users"),
        ("api_keys", "replaced_by_id", "api_keys"),
    }
    triggers = {
        (row[0], row[1])
        for row in await owner.fetch(
            "select tgrelid::regclass::text, tgname::text from pg_trigger where not tgisinternal"
        )
    }
    for table, column, to in wanted:
        assert (table, f"{table}_{column}_alive") in triggers
        assert (table, f"{table}_{column}_alive_still") in triggers
        assert (to, f"{to}_required_by_{table}_{column}") in triggers
