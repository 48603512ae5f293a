"""What the unit of work refuses, and that a refused or cancelled command leaves no trace."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from core.database.database import Database
from core.errors import Conflict, ForgeError, Invalid
from core.values.ids import new_id
from models import Client, Contact
from tests.kit.shop import Said, Shop, client, quote

CLOCK = "select clock, tick, (numbers ->> 'quote')::int from clocks where workspace_id = $1"


@pytest.mark.parametrize("steps", [False, True], ids=["one statement", "steps"])
@pytest.mark.parametrize(
    ("given", "kind", "field"),
    [
        ({"client_id": UUID(int=1)}, Invalid, "client_id"),
        ({"contact_id": UUID(int=1)}, Invalid, "contact_id"),
        ({"status": "lost in space"}, Invalid, "status"),
        ({"total": Decimal("0.1234567")}, Invalid, "total"),
        ({"total": Decimal("NaN")}, Invalid, "total"),
        ({"currency": None}, Invalid, "currency"),
        ({"id": UUID(int=9)}, Invalid, "id"),
        ({"number": "Q-7"}, Conflict, "number"),
    ],
)
async def test_a_broken_rule_names_the_field_and_leaves_no_trace(
    shop: Shop, given: dict[str, Any], kind: type[ForgeError], field: str, *, steps: bool
):
    known = await shop.client()
    async with shop.unit() as unit:
        unit.save(quote(known.id, number="Q-7"), "quote.created")
        await unit.finish(Said())
    before = await shop.rows(CLOCK)
    async with shop.unit() as unit:
        if steps:
            await unit.lock(Client, [known.id])
        unit.save(quote(**{"client_id": known.id} | given), "quote.created")
        with pytest.raises(kind) as caught:
            await unit.finish(Said())
    assert caught.value.field == field
    assert await shop.rows(CLOCK) == before
    assert await shop.value("select count(*) from outbox where workspace_id = $1") == 2


async def test_a_code_is_unique_among_live_clients(shop: Shop):
    first = await shop.client(code="A1")
    with pytest.raises(Conflict) as caught:
        await shop.client(code="A1")
    assert caught.value.field == "code"
    async with shop.unit() as unit:
        [locked] = await unit.lock(Client, [first.id])
        locked.deleted_at = datetime.now(UTC)
        unit.save(locked, "client.deleted")
        await unit.finish(Said())
    await shop.client(code="A1")


async def test_a_contact_that_a_quote_names_cannot_be_taken_away(shop: Shop):
    async with shop.unit() as unit:
        known = unit.save(client(), "client.created")
        ann = Contact(client_id=known.id, id=new_id(Contact), position=1, first_name="Ann")
        unit.inside(known, put=[ann])
        unit.save(quote(known.id, contact_id=ann.id), "quote.created")
        await unit.finish(Said())
    async with shop.unit() as unit:
        [locked] = await unit.lock(Client, [known.id])
        found = await unit.fetch(Contact, "client_id = $2", known.id)
        unit.inside(locked, remove=found)
        unit.save(locked, "client.updated")
        with pytest.raises(Conflict, match="still used in quotes"):
            await unit.finish(Said())


async def test_what_was_not_locked_cannot_be_saved(shop: Shop):
    made = await shop.client()
    async with shop.unit() as unit:
        [read] = await unit.fetch(Client, "id = $2", made.id)
        with pytest.raises(RuntimeError, match="was not locked"):
            unit.save(read, "client.updated")
        [shared] = await unit.lock(Client, [made.id], share=True)
        with pytest.raises(RuntimeError, match="was not locked"):
            unit.save(shared, "client.updated")


async def test_an_inside_without_its_document_is_refused(shop: Shop):
    made = await shop.client()
    async with shop.unit() as unit:
        [locked] = await unit.lock(Client, [made.id])
        unit.inside(locked, put=[Contact(client_id=made.id, position=1, first_name="Ann")])
        with pytest.raises(RuntimeError, match="was not saved"):
            await unit.finish(Said())


async def test_a_cancelled_command_leaves_nothing_and_the_pool_whole(shop: Shop, database: Database):
    known = await shop.client()
    writing = asyncio.Event()

    async def command() -> None:
        async with shop.unit() as unit:
            [locked] = await unit.lock(Client, [known.id])
            locked.name = "never"
            unit.save(locked, "client.updated")
            writing.set()
            await unit.finish(Said())

    holder = shop.owner.transaction()
    await holder.start()
    await shop.owner.execute("select from clocks where workspace_id = $1 for update", shop.workspace_id)
    task = asyncio.create_task(command())
    await writing.wait()
    await asyncio.sleep(0.1)  # now it waits for the clock
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await holder.rollback()
    assert await shop.rows("select name, version from clients where workspace_id = $1") == [("Acme", 1)]
    await asyncio.gather(*(shop.client() for _ in range(2 * database.writes.size)))  # every place is usable
    assert await shop.value("select tick from clocks where workspace_id = $1") == 1 + 2 * database.writes.size
