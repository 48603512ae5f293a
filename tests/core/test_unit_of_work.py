"""What a command writes, exactly: rows, numbers, versions, times, events, and nothing at all when it is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from core.database.database import Database
from core.origin import Origin
from core.values.ids import new_id
from core.writing.unit_of_work import UnitOfWork
from models import Client, Contact, Endpoint, Quote, QuotePart, QuoteStatus
from tests.kit.shop import Said, Shop, Shown, client, open_shop, part, quote

MICROSECOND = timedelta(microseconds=1)
CLOCK = "select clock, tick, (numbers ->> 'quote')::int from clocks where workspace_id = $1"
EVENTS = (
    "select sequence, type, record_type, record_id, data, request_id from outbox where workspace_id = $1 order by 1"
)


async def test_a_create_answers_its_rows_and_leaves_one_event(shop: Shop):
    known = await shop.client(name='A "quoted" name')
    actor = UUID(int=7)
    async with shop.unit(actor_id=actor, origin=Origin("req-1")) as unit:
        made = unit.save(quote(known.id), "quote.created")
        unit.inside(made, put=[part(1), part(2, description="ünïcode")])
        outcome = await unit.finish(Shown(made.id), status=201, location="/quotes/1", record_id=made.id)

    assert outcome.body == '{"number":"Q-1","client":"A \\"quoted\\" name","parts":["line 1","ünïcode"]}'.encode()
    assert (outcome.status, outcome.location, outcome.record_id) == (201, "/quotes/1", made.id)
    [(clock, tick, last_quote)] = await shop.rows(CLOCK)
    assert (tick, last_quote) == (2, 1)
    assert await shop.rows(
        "select id, number, version, created_at, updated_at, created_by_id, deleted_at from quotes"
        " where workspace_id = $1"
    ) == [(made.id, "Q-1", 1, clock, clock, actor, None)]
    data = f'{{"id":"{made.id}","version":1}}'
    assert (await shop.rows(EVENTS))[1:] == [(2, "quote.created", "quotes", made.id, data, "req-1")]


async def test_one_row_and_many_rows_store_the_same_values(shop: Shop):
    given = {
        "name": "Ünïcode \"quotes\" \\ and 'more'",
        "currency": "KWD",
        "credit_limit": Decimal("12.50"),
        "tax_rate": Decimal("0.123456"),
        "discount_rate": Decimal("1E+2"),
        "payment_days": 30,
        "tax_exempt": True,
        "tags": ["a,b", '{"c"}', ""],
        "notes": "line\nline\ttab",
    }
    async with shop.unit() as unit:
        unit.save(client(**given), "client.created")
        await unit.finish(Said())
    async with shop.unit() as unit:
        for _ in range(2):
            unit.save(client(**given), "client.created")
        await unit.finish(Said())

    names = ", ".join(given)
    rows = await shop.rows(f"select {names}, credit_limit::text, tax_rate::text from clients where workspace_id = $1")
    assert rows == [(*given.values(), "12.50", "0.123456")] * 3


async def test_every_kind_of_column_survives_a_write_and_a_lock(shop: Shop):
    known = await shop.client()
    moment = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    async with shop.unit() as unit:
        for _ in range(2):  # one travels as parameters, two as JSON
            unit.save(quote(known.id, sent_at=moment, due_on=date(2026, 2, 28), cost=Decimal("0.10")), "quote.created")
        hook = unit.save(
            Endpoint(url="https://x.test", secret=b"\x00\xff\\", secret_hint="", events=["quote.*"]), "endpoint.created"
        )
        await unit.finish(Said())
    async with shop.unit() as unit:
        for found in await unit.fetch(Quote, "client_id = $2", known.id):
            assert (found.sent_at, found.due_on, str(found.cost)) == (moment, date(2026, 2, 28), "0.10")
        [found_hook] = await unit.lock(Endpoint, [hook.id])
        assert (found_hook.secret, found_hook.events) == (b"\x00\xff\\", ["quote.*"])


async def test_events_of_one_command_take_consecutive_sequences_and_microseconds(shop: Shop):
    async with shop.unit() as unit:
        first, second, third = (unit.save(client(), "client.created") for _ in range(3))
        unit.save(first, "client.updated")
        await unit.finish(Said())

    [(clock, tick, _)] = await shop.rows(CLOCK)
    assert tick == 4
    assert await shop.rows("select sequence, type, record_id, at from outbox where workspace_id = $1 order by 1") == [
        (1, "client.created", first.id, clock - 3 * MICROSECOND),
        (2, "client.created", second.id, clock - 2 * MICROSECOND),
        (3, "client.created", third.id, clock - MICROSECOND),
        (4, "client.updated", first.id, clock),
    ]
    assert await shop.rows(
        "select id, updated_at, version from clients where workspace_id = $1 order by updated_at"
    ) == [
        (second.id, clock - 2 * MICROSECOND, 1),
        (third.id, clock - MICROSECOND, 1),
        (first.id, clock, 1),
    ]


async def test_a_change_inside_a_document_moves_its_version_once(shop: Shop):
    known = await shop.client()
    async with shop.unit() as unit:
        made = unit.save(quote(known.id), "quote.created")
        unit.inside(made, put=[part(1), part(2)])
        await unit.finish(Said())
    [(before,)] = await shop.rows("select updated_at from quotes where workspace_id = $1")

    async with shop.unit() as unit:
        [locked] = await unit.lock(Quote, [made.id])
        one, two = await unit.fetch(QuotePart, "quote_id = $2", made.id, order="position")
        one.description = "changed"
        locked.status = QuoteStatus.SENT
        unit.inside(locked, put=[one, part(3)], remove=[two])
        unit.save(locked, "quote.updated")
        unit.save(locked, "quote.sent")
        outcome = await unit.finish(Shown(made.id))

    assert outcome.body == b'{"number":"Q-1","client":"Acme","parts":["changed","line 3"]}'
    [(clock, tick, _)] = await shop.rows(CLOCK)
    assert tick == 4
    assert clock > before
    assert await shop.rows("select version, updated_at, status, number from quotes where workspace_id = $1") == [
        (2, clock, "sent", "Q-1")
    ]
    data = f'{{"id":"{made.id}","version":2}}'
    assert (await shop.rows(EVENTS))[2:] == [
        (3, "quote.updated", "quotes", made.id, data, None),
        (4, "quote.sent", "quotes", made.id, data, None),
    ]


async def test_many_rows_are_changed_by_one_statement(shop: Shop):
    made = [await shop.client(name=f"n{i}") for i in range(3)]
    async with shop.unit() as unit:
        locked = await unit.lock(Client, [made[2].id, made[0].id, new_id(Client)])
        assert [row.name for row in locked] == ["n2", "n0"]  # as asked for, without the one that is not there
        for row in locked:
            row.name += "!"
            row.tags = [row.name]
            unit.save(row, "client.updated")
        await unit.finish(Said())
    assert await shop.rows("select name, tags, version from clients where workspace_id = $1 order by updated_at") == [
        ("n1", [], 1),
        ("n2!", ["n2!"], 2),
        ("n0!", ["n0!"], 2),
    ]


async def test_inserts_updates_and_deletes_of_two_tables_go_together(shop: Shop):
    known = await shop.client()
    async with shop.unit() as unit:
        [locked] = await unit.lock(Client, [known.id])
        locked.notes = "x"
        unit.inside(locked, put=[Contact(client_id=known.id, position=1, first_name="Ann")])
        unit.save(locked, "client.updated")
        other = unit.save(client(name="Other"), "client.created")
        for of in (known, other):
            unit.save(quote(of.id), "quote.created")
        assert (await unit.finish(Said("all"))).body == b"all"
    assert await shop.rows("select number, client_id from quotes where workspace_id = $1 order by updated_at") == [
        ("Q-1", known.id),
        ("Q-2", other.id),
    ]
    assert await shop.value("select count(*) from contacts where workspace_id = $1") == 1
    assert await shop.value("select count(*) from outbox where workspace_id = $1") == 5


async def test_a_given_number_is_kept_and_takes_none_from_the_series(shop: Shop):
    known = await shop.client()
    async with shop.unit() as unit:
        unit.save(quote(known.id, number="Q-1", revision=2), "quote.created")
        unit.save(quote(known.id), "quote.created")
        await unit.finish(Said())
    assert await shop.rows("select number, revision from quotes where workspace_id = $1 order by updated_at") == [
        ("Q-1", 2),
        ("Q-1", 1),
    ]


async def test_fields_run_one_after_another_share_one_commit(shop: Shop):
    known = await shop.client()
    async with shop.unit() as unit:
        made = unit.save(quote(known.id), "quote.created")
        assert await unit.write(Shown(made.id)) == b'{"number":"Q-1","client":"Acme","parts":[]}'
        [locked] = await unit.lock(Quote, [made.id])
        assert (locked.number, locked.version) == ("Q-1", 1)
        locked.title = "again"
        unit.save(locked, "quote.updated")
        assert await shop.value("select count(*) from quotes where workspace_id = $1") == 0  # not yet for others
        outcome = await unit.finish_with(b"both", status=200)
    assert outcome.body == b"both"
    assert await shop.rows("select title, version, number from quotes where workspace_id = $1") == [("again", 2, "Q-1")]
    assert [row[0] for row in await shop.rows(EVENTS)] == [1, 2, 3]


async def test_a_locked_row_is_one_object_and_shows_what_is_committed(shop: Shop):
    made = await shop.client(name="old")
    async with shop.unit() as unit:
        [read] = await unit.fetch(Client, "id = $2", made.id)
        async with shop.unit() as other:
            [locked] = await other.lock(Client, [made.id])
            locked.name = "new"
            other.save(locked, "client.updated")
            await other.finish(Said())
        [again] = await unit.lock(Client, [made.id])
        assert again is read
        assert (again.name, again.version) == ("new", 2)


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
async def test_the_single_statement_is_right_whatever_the_plan(database_url: str, shop: Shop, mode: str):
    database = await Database.open(f"{database_url}&plan_cache_mode={mode}", size=1)
    shops = [await open_shop(database, shop.owner) for _ in range(3)]
    known = [await each.client(name=f"client {i}") for i, each in enumerate(shops)]
    try:
        for turn in range(8):
            for i, each in enumerate(shops):
                body = f'{{"number":"Q-{turn + 1}","client":"client {i}","parts":[]}}'
                assert await each.quote(known[i].id) == body.encode()
    finally:
        await database.close()


def test_the_text_of_a_statement_depends_on_its_shape_only():
    from core.writing.audit_rows import Author  # noqa: PLC0415  # what is looked into, for this test only
    from core.writing.statements import ctes_of, whole  # noqa: PLC0415  # what is looked into, for this test only
    from tests.kit.shop import PROJECTIONS  # noqa: PLC0415

    def text(rows: int) -> str:
        unit = UnitOfWork(
            database=_NoDatabase(), workspace_id=UUID(int=1), epoch=0, claim=None, projections=PROJECTIONS
        )
        for _ in range(rows):
            unit.save(client(name=f"{rows}"), "client.created")
        return whole(ctes_of(unit._staging, PROJECTIONS, Author()), unit._staging, None, Said())

    assert text(1) is text(1)
    assert text(2) is text(50)
    assert text(1) != text(2)


class _NoDatabase(Database):
    def __init__(self) -> None:
        self.writes = None  # type: ignore[assignment]  # this test runs no statement
