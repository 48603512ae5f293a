"""One key, one effect: replays, refusals, and what happens when the same request comes many times at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from core.errors import Conflict, Invalid
from core.writing.attempt import attempt
from core.writing.claim import LONGEST_BODY, Claim, Outcome, Replayed, State
from models import Client
from tests.kit.shop import Said, Shop, Shown, client, quote

PRINT = b"p" * 32


def claim(key: str = "k", fingerprint: bytes = PRINT) -> Claim:
    return Claim(key, fingerprint, ("clients.create", "clients.view"))


async def create(shop: Shop, by: Claim | None, *, steps: bool = False, body: str = "first", name: str = "x") -> Outcome:
    """Write one client, at once or in steps."""

    async def once() -> Outcome:
        async with shop.unit(by) as unit:
            if steps:
                await unit.fetch(Client, "name = $2", name)
            made = unit.save(client(name=name), "client.created")
            return await unit.finish(Said(body), status=201, location="/clients/1", record_id=made.id)

    return await attempt(once)


@pytest.mark.parametrize("steps", [False, True], ids=["one statement", "steps"])
async def test_the_same_request_again_gets_the_same_answer_and_no_second_effect(shop: Shop, *, steps: bool):
    first = await create(shop, claim(), steps=steps)
    again = await create(shop, claim(), steps=steps, body="second")
    assert (first.state, again.state) == (State.DONE, State.REPLAY)
    for outcome in (first, again):
        assert (outcome.status, outcome.body, outcome.location) == (201, b"first", "/clients/1")
        assert outcome.scopes == ("clients.create", "clients.view")
        assert outcome.record_id == first.record_id
    assert await shop.rows("select id from clients where workspace_id = $1") == [(first.record_id,)]
    assert await shop.value("select tick from clocks where workspace_id = $1") == 1


@pytest.mark.parametrize("steps", [False, True], ids=["one statement", "steps"])
async def test_the_same_key_with_another_request_is_refused(shop: Shop, *, steps: bool):
    await create(shop, claim(), steps=steps)
    with pytest.raises(Invalid) as caught:
        await create(shop, claim(fingerprint=b"q" * 32), steps=steps)
    assert caught.value.field == "Idempotency-Key"
    assert await shop.value("select count(*) from clients where workspace_id = $1") == 1


async def test_keys_of_two_workspaces_have_nothing_to_do_with_each_other(shop: Shop, other_shop: Shop):
    await create(shop, claim())
    assert (await create(other_shop, claim())).state is State.DONE


async def test_a_failed_request_leaves_no_record_and_may_be_sent_again(shop: Shop):
    async with shop.unit(claim()) as unit:
        unit.save(client(currency=None), "client.created")
        with pytest.raises(Invalid):
            await unit.finish(Said())
    assert await shop.value("select count(*) from idempotency where workspace_id = $1") == 0
    assert (await create(shop, claim())).state is State.DONE


@pytest.mark.parametrize("steps", [False, True], ids=["one statement", "steps"])
async def test_a_long_answer_is_kept_as_the_id_of_its_record(shop: Shop, *, steps: bool):
    longest = await create(shop, claim("fits"), steps=steps, body="x" * LONGEST_BODY)
    assert (await create(shop, claim("fits"))).body == longest.body
    first = await create(shop, claim("long"), steps=steps, body="x" * (LONGEST_BODY + 1))
    again = await create(shop, claim("long"))
    assert first.body is not None
    assert (again.state, again.body, again.record_id) == (State.REPLAY, None, first.record_id)


async def test_a_long_answer_of_several_records_is_kept_whole(shop: Shop):
    async def both() -> Outcome:
        async with shop.unit(claim("several")) as unit:
            for name in ("a", "b"):
                unit.save(client(name=name), "client.created")
            return await unit.finish(Said("x" * (LONGEST_BODY + 1)))

    first, again = await attempt(both), await attempt(both)
    assert (again.state, again.body, again.record_id) == (State.REPLAY, first.body, None)


@pytest.mark.parametrize("steps", [False, True], ids=["one statement", "steps"])
async def test_a_key_that_is_running_is_refused_at_once(shop: Shop, *, steps: bool):
    async with shop.unit(claim()) as holder:
        await holder.fetch(Client, "true")
        started = time.monotonic()
        with pytest.raises(Conflict) as caught:
            await create(shop, claim(), steps=steps)
        assert time.monotonic() - started < 0.5
        assert (caught.value.field, caught.value.retry_after) == ("Idempotency-Key", 1)
        holder.save(client(), "client.created")
        await holder.finish(Said("held"))
    assert (await create(shop, claim(), steps=steps)).body == b"held"


@pytest.mark.parametrize("steps", [False, True], ids=["one statement", "steps"])
async def test_fifty_at_once_with_one_key_have_one_effect(shop: Shop, *, steps: bool):
    async def send(number: int) -> str:
        try:
            outcome = await create(shop, claim(), steps=steps, body=f"body {number}")
        except Conflict as refused:
            return f"refused {refused.retry_after}"
        return f"{outcome.state} {outcome.body!r}"

    seen = Counter(await asyncio.gather(*(send(number) for number in range(50))))
    [done] = [answer for answer in seen if answer.startswith("done")]
    assert seen[done] == 1
    assert set(seen) <= {done, done.replace("done", "replay"), "refused 1"}
    for table in ("clients", "outbox", "idempotency"):
        assert await shop.value(f"select count(*) from {table} where workspace_id = $1") == 1
    assert await shop.value("select tick from clocks where workspace_id = $1") == 1


async def test_nobody_waits_for_the_holder_of_a_key(shop: Shop):
    async with shop.unit(claim()) as holder:
        await holder.fetch(Client, "true")

        async def send() -> float:
            started = time.monotonic()
            with pytest.raises(Conflict):
                await create(shop, claim())
            return time.monotonic() - started

        slowest = max(await asyncio.gather(*(send() for _ in range(49))))
    assert slowest < 1.0  # the pool's own patience is two


async def test_a_backend_killed_in_mid_flight_leaves_nothing_and_the_key_free(shop: Shop):
    async with shop.unit(claim()) as unit:
        await unit.fetch(Client, "true")
        unit.save(client(), "client.created")
        assert await unit.write(Said()) == b"ok"
        await shop.owner.execute(
            "select pg_terminate_backend(pid) from pg_locks join pg_database on oid = database"
            " where locktype = 'advisory' and datname = current_database() and pid <> pg_backend_pid()"
        )
        with pytest.raises(Exception, match="connection to the database was lost"):
            await unit.finish_with(b"never")
    for table in ("clients", "outbox", "idempotency"):
        assert await shop.value(f"select count(*) from {table} where workspace_id = $1") == 0
    assert (await create(shop, claim())).state is State.DONE


async def test_a_command_that_writes_nothing_is_recorded_too(shop: Shop):
    async with shop.unit(claim()) as unit:
        assert (await unit.finish(Said("nothing"))).body == b"nothing"
    async with shop.unit(claim()) as unit:
        with pytest.raises(Replayed) as caught:
            await unit.fetch(Client, "true")
    assert caught.value.outcome.body == b"nothing"
    assert await shop.value("select tick from clocks where workspace_id = $1") == 0


async def test_two_hundred_creates_at_once_are_numbered_in_commit_order_without_a_gap(shop: Shop):
    known = await shop.client()

    async def one(number: int) -> None:
        if number % 10 == 0:  # these take a number and give it back
            async with shop.unit() as unit:
                unit.save(quote(known.id, currency=None), "quote.created")
                with pytest.raises(Invalid):
                    await unit.finish(Shown(known.id))
        await shop.quote(known.id, claim(f"{number}"))

    await asyncio.gather(*(one(number) for number in range(200)))
    rows = await shop.rows(
        "select number, updated_at, pg_xact_commit_timestamp(xmin) from quotes where workspace_id = $1"
        " order by substr(number, 3)::int"
    )
    assert [row[0] for row in rows] == [f"Q-{n}" for n in range(1, 201)]
    assert [row[1] for row in rows] == sorted({row[1] for row in rows})
    assert [row[2] for row in rows] == sorted({row[2] for row in rows})
