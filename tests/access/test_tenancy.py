"""Row-level security holds, whatever a statement says: each workspace is alone, and a table without a policy fails."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal

import asyncpg
import pytest
from sqlmodel import SQLModel

from core.database.database import Database, guarded
from core.errors import Invalid
from core.record import Entity, Line, Record, Row
from core.values.ids import new_id
from core.writing.columns import table_of
from jobs.sandbox.aggregates import parts_of
from models import TAGS, ApiKey, Client, Role
from tests.kit.shop import Said, Shop, client, open_shop, quote

COMPANY_TABLES = {str(model.__tablename__) for model in TAGS if issubclass(model, Entity)}
COMPANY_TABLES |= {"key_digests", "invitations", "user_passwords"}
OF_COMPANY = {str(model.__tablename__) for model in TAGS if issubclass(model, Row) and model.of_company}
MODELS = {str(model.__tablename__): model for model in TAGS}
TENANT_TABLES = set(SQLModel.metadata.tables) - COMPANY_TABLES
INSIDE = {*(str(each.__tablename__) for each in TAGS if issubclass(each, Line)), "external_ids"}
"""Tables whose rows are taken away when their record is changed."""
NAMES = guarded(
    "select coalesce(string_agg(name, ',' order by updated_at), '') from clients where workspace_id = $1::uuid"
)
EVERY_NAME = guarded("select coalesce(string_agg(name, ','), '') from clients where $1::uuid is not null")
UNGUARDED = "select count(*)::text from clients"


async def test_every_table_of_workspaces_has_a_forced_policy_for_the_api(owner: asyncpg.Connection[asyncpg.Record]):
    tables = await owner.fetch(
        "select relname, relforcerowsecurity and relrowsecurity as forced,"
        " (select pg_get_expr(polqual, polrelid) = pg_get_expr(polwithcheck, polrelid) from pg_policy"
        "  where polrelid = c.oid and polroles = array['forge_api'::regrole::oid] and polcmd = '*') as ruled,"
        " (select pg_get_expr(polqual, polrelid) from pg_policy"
        "  where polrelid = c.oid and 'forge_api'::regrole = any(polroles) and polpermissive and polcmd = '*') as rule,"
        " (select pg_get_expr(polqual, polrelid) from pg_policy"
        "  where polrelid = c.oid and 'forge_api'::regrole = any(polroles) and polpermissive and polcmd <> '*') as home"
        " from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    found = {row["relname"]: row for row in tables if row["relname"] not in COMPANY_TABLES | {"alembic_version"}}
    assert set(found) == TENANT_TABLES
    rules = {row["rule"] for row in found.values()}
    assert len(rules) == 1, rules
    assert "NULLIF(current_setting('app.workspace_id'::text, true), ''::text))::uuid" in rules.pop()
    assert all(row["forced"] and row["ruled"] for row in found.values())
    homes = {row["home"] for name, row in found.items() if name != "external_ids"} - {None}
    assert len(homes) == 1, homes
    assert "NULLIF(current_setting('app.home_id'::text, true), ''::text))::uuid" in homes.pop()
    assert {name for name, row in found.items() if row["home"]} == OF_COMPANY | {"external_ids"}
    records = {name for name in OF_COMPANY if issubclass(MODELS[name], Record)}
    assert set(re.findall(r"'(\w+)'::text", found["external_ids"]["home"].partition("]")[0])) == records


async def test_the_api_has_no_right_to_company_tables(owner: asyncpg.Connection[asyncpg.Record]):
    rights = await owner.fetch(
        "select relname, role from pg_class, unnest(array['forge_api', 'forge_worker']) role"
        " where relname = any($1) and has_any_column_privilege(role, oid, 'select, insert, update')",
        list(COMPANY_TABLES),
    )
    assert rights == []


async def test_nobody_can_take_a_record_away_but_in_a_sandbox(owner: asyncpg.Connection[asyncpg.Record]):
    bounded = {
        row["relname"]
        for row in await owner.fetch(
            "select relname from pg_policy p join pg_class c on c.oid = p.polrelid where not polpermissive"
            " and polcmd = 'd' and polroles = array['forge_api'::regrole::oid]"
            " and pg_get_expr(polqual, polrelid) = '( SELECT in_sandbox() AS in_sandbox)'"
        )
    }
    for model in (each for each in TAGS if issubclass(each, Record) and not each.of_company):
        for name in {table_of(each).name for each in (model, *(part.model for part in parts_of(model)))}:
            assert await owner.fetchval("select has_table_privilege('forge_api', $1, 'delete')", name)
            assert not await owner.fetchval("select has_table_privilege('forge_api', $1, 'truncate')", name)
            assert name in bounded | INSIDE, f"its migration lacks: yield from purgeable({name!r})"
    for table in ("outbox", "clocks", "audit"):
        assert not await owner.fetchval("select has_table_privilege('forge_api', $1, 'delete, truncate')", table)
    assert not await owner.fetchval("select has_table_privilege('forge_api', 'outbox', 'update')")


async def test_a_read_sees_its_own_workspace_even_without_a_predicate(shop: Shop, other_shop: Shop):
    await shop.client(name="mine")
    await other_shop.client(name="theirs")
    for each, name in ((shop, b"mine"), (other_shop, b"theirs")):
        assert await shop.database.reads.text(EVERY_NAME, [each.workspace_id]) == name


async def test_an_unguarded_read_sees_nothing_on_a_fresh_and_on_a_used_connection(database_url: str, shop: Shop):
    await shop.client()
    database = await Database.open(database_url, size=1)
    assert await database.reads.text(UNGUARDED, ()) == b"0"
    assert await database.reads.text(EVERY_NAME, [shop.workspace_id]) == b"Acme"
    assert await database.reads.text(UNGUARDED, ()) == b"0"
    await database.close()


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan", "force_custom_plan"])
async def test_the_guard_is_right_over_many_tenants_plans_and_failures(
    database_url: str, owner: asyncpg.Connection[asyncpg.Record], mode: str
):
    database = await Database.open(f"{database_url}&plan_cache_mode={mode}", size=4)
    shops = [await open_shop(database, owner) for _ in range(3)]
    for number, each in enumerate(shops):
        await each.client(name=f"n{number}")
    broken = guarded("select (1 / (count(*) - count(*)))::text from clients where workspace_id = $1::uuid")
    wrong: list[object] = []

    async def ask(turn: int) -> None:
        number = turn % 3
        workspace_id = shops[number].workspace_id
        sql = (NAMES, EVERY_NAME)[turn % 2]
        answer = await database.reads.text(sql, [workspace_id])
        if answer != f"n{number}".encode():
            wrong.append((turn, answer))
        if turn % 7 == 0:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await database.reads.text(broken, [workspace_id])
        if turn % 5 == 0 and await database.reads.text(UNGUARDED, ()) != b"0":
            wrong.append((turn, "unguarded"))

    async def worker(first: int) -> None:
        for turn in range(first, 1_200, 8):
            await ask(turn)

    await asyncio.gather(*(worker(first) for first in range(8)))
    await database.close()
    assert wrong == []


async def test_the_setting_of_a_write_does_not_outlive_it(
    database_url: str, owner: asyncpg.Connection[asyncpg.Record], shop: Shop
):
    database = await Database.open(database_url, size=1)
    mine = Shop(database, owner, shop.workspace_id)
    known = await mine.client()
    async with mine.unit() as unit:
        await unit.lock(Client, [known.id])
        await unit.finish(Said())
    async with mine.unit() as unit:
        await unit.lock(Client, [known.id])
    connection = await database.writes.acquire()
    assert await connection.fetchval("select count(*) from clients") == 0
    assert await connection.fetchval("select current_setting('app.workspace_id', true)") == ""
    database.writes.release(connection)
    await database.close()


async def test_a_forged_workspace_is_refused_by_every_table(shop: Shop, other_shop: Shop):
    connection = await shop.database.writes.acquire()
    refused = set()
    for table in TENANT_TABLES:
        allowed = await shop.owner.fetchval("select has_table_privilege('forge_api', $1, 'insert')", table)
        if allowed:
            await connection.execute(f"begin; set local app.workspace_id = '{shop.workspace_id}'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await connection.execute(f"insert into {table} (workspace_id) values ('{other_shop.workspace_id}')")
            await connection.execute("rollback")
            refused.add(table)
    shop.database.writes.release(connection)
    assert refused == TENANT_TABLES - {
        "clocks",
        "relay_positions",
        "attempts",
        "activity",
        "sandbox_requests",
    }  # these it may not insert into at all


async def test_another_workspaces_clock_cannot_be_ticked(shop: Shop, other_shop: Shop):
    connection = await shop.database.writes.acquire()
    await connection.execute(f"begin; set local app.workspace_id = '{shop.workspace_id}'")
    assert await connection.fetchval("select state from tick($1, 0, 1)", other_shop.workspace_id) == "stale"
    await connection.execute("rollback")
    shop.database.writes.release(connection)
    assert await other_shop.value("select tick from clocks where workspace_id = $1") == 0


async def test_a_reference_into_another_workspace_is_a_reference_to_nothing(shop: Shop, other_shop: Shop):
    theirs = await other_shop.client()
    async with shop.unit() as unit:
        unit.save(quote(theirs.id), "quote.created")
        with pytest.raises(Invalid) as caught:
            await unit.finish(Said())
    assert caught.value.field == "client_id"


async def test_another_workspaces_row_is_not_there(shop: Shop, other_shop: Shop):
    theirs = await other_shop.client()
    async with shop.unit() as unit:
        assert await unit.lock(Client, [theirs.id]) == []
        assert await unit.fetch(Client, "id = $2 or true", theirs.id) == []


async def test_the_worker_sees_every_outbox_and_no_business(database_url: str, shop: Shop, other_shop: Shop):
    await shop.client()
    await other_shop.client()
    database = await Database.open(database_url, role="forge_worker", size=1)
    connection = await database.writes.acquire()
    seen = await connection.fetch(
        "select workspace_id from outbox where workspace_id = any($1)", [shop.workspace_id, other_shop.workspace_id]
    )
    assert {row[0] for row in seen} == {shop.workspace_id, other_shop.workspace_id}
    for table in ("clients", "quote_parts", "clocks", "api_keys"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"select from {table}")
    of_quotes = await connection.fetch(
        "select attname from pg_attribute where attrelid = 'quotes'::regclass and attnum > 0 and not attisdropped"
        " and has_column_privilege(attrelid, attname, 'select')"
    )
    assert {row[0] for row in of_quotes} == {"workspace_id", "status", "expires_on", "deleted_at"}
    database.writes.release(connection)
    await database.close()


async def test_access_reads_keys_and_moves_epochs_and_sees_no_business(database_url: str, shop: Shop):
    database = await Database.open(database_url, role="forge_access", size=1)
    connection = await database.writes.acquire()
    key = (shop.workspace_id, new_id(ApiKey))
    await connection.execute(
        "insert into api_keys (workspace_id, id, created_at, updated_at, version, public_id, key_hint, format, status,"
        " environment, registered_only, name)"
        " values ($1, $2, now(), now(), 1, $3, 'x', 'fmrp', 'active', 'live', false, 'a key')",
        *(*key, str(key[1])),
    )
    await connection.execute("insert into key_digests values ($1, $2)", key[1], key[1].bytes * 2)
    await connection.execute(
        "update clocks set access_epoch = access_epoch + 1 where workspace_id = $1", shop.workspace_id
    )
    assert await shop.value("select access_epoch from clocks where workspace_id = $1") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("update clocks set tick = tick + 1")
    for table in sorted(TENANT_TABLES - OF_COMPANY - {"clocks"}):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"select from {table}")
    database.writes.release(connection)
    await database.close()


async def test_who_serves_data_adds_digests_of_keys_and_reads_none(shop: Shop):
    connection = await shop.database.writes.acquire()
    try:
        async with connection.transaction():
            key_id = new_id(ApiKey)
            await connection.fetchval("select keep_digest($1, $2)", key_id, key_id.bytes * 2)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.fetchval("select keep_digest($1, $2)", key_id, b"d" * 32)
        for sql in ("select from key_digests", "update key_digests set digest = digest", "delete from key_digests"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(sql)
    finally:
        shop.database.writes.release(connection)


async def test_only_the_sandbox_of_the_same_company_reads_what_is_the_companys(shop: Shop, other_shop: Shop):
    """And it reads alone: a row that is the company's is written in its live workspace."""
    await shop.owner.execute(
        "insert into roles (workspace_id, id, created_at, updated_at, version, name, is_default, holds_all)"
        " values ($1, $2, now(), now(), 1, 'Sales', false, false)",
        *(shop.workspace_id, new_id(Role)),
    )
    count = "select count(*)::text from roles where workspace_id = {0}::uuid and $1::uuid is not null"
    for home, there in ((shop.workspace_id, "1"), (other_shop.workspace_id, "0")):
        sql = guarded(count.format(f"'{shop.workspace_id}'"), home="$2")
        assert await shop.database.text(sql, (new_id(Client), home)) == there.encode()
    connection = await shop.database.writes.acquire()
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"set local app.home_id = '{shop.workspace_id}'")
        assert await connection.execute("update roles set name = name") == "UPDATE 0"
        await transaction.rollback()
    finally:
        shop.database.writes.release(connection)


async def test_comparisons_that_filters_use_are_leakproof(owner: asyncpg.Connection[asyncpg.Record]):
    needed = {"numeric_lt", "numeric_ge", "numeric_eq", "numeric_cmp", "textlike", "texticlike", "arraycontains"}
    needed |= {"uuid_eq", "timestamptz_gt", "texteq", "text_lt", "date_le", "int4eq", "int8lt", "starts_with", "booleq"}
    found = await owner.fetch("select proname from pg_proc where proname = any($1) and not proleakproof", list(needed))
    assert found == []


@pytest.mark.parametrize("condition", ["total >= 990", "updated_at >= now()", "status = 'lost'", "number ^@ 'Q-99'"])
async def test_an_api_read_by_number_time_or_prefix_uses_an_index(shop: Shop, condition: str):
    known = await shop.client()
    async with shop.unit() as unit:
        for number in range(1_000):
            unit.save(quote(known.id, total=Decimal(number), number=f"Q-{number}"), "quote.created")
        await unit.finish(Said())
    await shop.owner.execute("analyze quotes")
    connection = await shop.database.writes.acquire()
    await connection.execute(f"begin; set local app.workspace_id = '{shop.workspace_id}'")
    plan = await connection.fetch(
        f"explain select 1 from quotes where workspace_id = '{shop.workspace_id}' and {condition}"
    )
    await connection.execute("rollback")
    shop.database.writes.release(connection)
    column = condition.split(maxsplit=1)[0]
    assert any("Index Cond" in line[0] and column in line[0] for line in plan), plan


async def test_rows_of_a_client_of_anyone_else_stay_out_of_an_answer(shop: Shop, other_shop: Shop):
    async with other_shop.unit() as unit:
        unit.save(client(name="theirs"), "client.created")
        await unit.finish(Said())
    connection = await shop.database.writes.acquire()
    await connection.execute(f"begin; set local app.workspace_id = '{shop.workspace_id}'")
    assert await connection.fetchval("update clients set name = 'x' returning 1") is None
    await connection.execute("commit")
    shop.database.writes.release(connection)
    assert await other_shop.rows("select name from clients where workspace_id = $1") == [("theirs",)]
