"""The migrations make exactly the tables that the models declare."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import asyncpg
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, event
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

import models
from app.migrations import check, configuration, current, drafted, upgrade
from app.revisions import newest
from core.values.ids import new_id
from tests.kit import many


async def test_models_and_migrations_agree(database_url: str):
    await check(database_url)


async def test_every_id_carries_the_tag_listed_for_its_table(database_url: str):
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetch(
            "select conrelid::regclass::text as name, pg_get_constraintdef(oid) as rule"
            " from pg_constraint where conname like '%id_tag'"
        )
    finally:
        await connection.close()
    assert {row["name"]: int(row["rule"].rsplit(" = ", 1)[1].rstrip(")")) for row in found} == {
        SQLModel.metadata.tables[str(model.__tablename__)].name: tag
        for model, tag in models.TAGS.items()
        if getattr(model, "referred_to", True)
    }


async def test_every_check_of_the_models_stands_in_the_database_and_no_other(database_url: str):
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetch(
            "select conname as name from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace"
        )
    finally:
        await connection.close()
    tables = SQLModel.metadata.tables.values()
    declared = {
        f"{table.name}_{each.name}".replace(f"{table.name}_{table.name}_", f"{table.name}_")
        for table in tables
        for each in table.constraints
        if isinstance(each, CheckConstraint)
    }
    assert {row["name"] for row in found} == declared


def test_the_newest_migration_by_the_names_of_the_files_is_the_one_alembic_ends_at():
    assert newest() == ScriptDirectory.from_config(configuration()).get_current_head()


OLD_INTAKE = """
insert into intakes (workspace_id, id, sender_qualifier, sender_id, receiver_qualifier, receiver_id,
  interchange_control, group_control, set_control, quote_id, received_at, warnings)
select workspace_id, $2, 'ZZ', 'A', 'ZZ', 'B', $3, '1', '1', id, now(), $4 from quotes where workspace_id = $1 limit 1
"""


OLD_NAME = """
insert into external_ids (workspace_id, id, system, record_type, external_id, record_id)
select $1, $2, 'x12', 'clients', 'ZZ:A', id from clients where workspace_id = $1 order by id limit 1
"""


async def test_a_database_with_data_in_it_is_brought_up_to_date(empty_database_url: str):
    await upgrade(empty_database_url, "0001")
    owner = await asyncpg.connect(empty_database_url)
    try:
        workspace = await many.workspace(owner, "Old", clients=20, quotes=30)
        await owner.execute("set session_replication_role = replica")
        await owner.execute("update quotes set deleted_at = now() where id = (select min(id::text)::uuid from quotes)")
        await owner.execute("update clocks set next_quote = 31 where workspace_id = $1", workspace)
        await owner.execute(OLD_INTAKE, workspace, new_id(models.Intake), "1", [])
        marked = "ISA (segment 1): its sender marks it as a test (ISA15)"
        await owner.execute(OLD_INTAKE, workspace, new_id(models.Intake), "2", ["Odd", marked])
        await owner.execute(OLD_NAME, workspace, new_id(models.ExternalId))
        await upgrade(empty_database_url)
        await check(empty_database_url)
        named = await owner.fetch("select external_ids from clients where external_ids <> '[]'")
        assert [each["external_ids"] for each in named] == ['[{"system": "x12", "external_id": "ZZ:A"}]']
        assert await current(empty_database_url) == newest()
        assert await owner.fetchval("select count(*) from clients") == 20
        assert await owner.fetchval("select count(*) from quotes where deleted_at is null") == 29
        old = await owner.fetch("select content, occurrence, interchange_control, test, said from intakes order by 3")
        assert [tuple(each) for each in old] == [(None, 0, "1", False, "{}"), (None, 0, "2", True, "{}")]
        assert await owner.fetchval("select numbers from clocks where workspace_id = $1", workspace) == '{"quote": 30}'
    finally:
        await owner.close()


async def test_people_and_keys_of_before_are_carried_over(empty_database_url: str):
    await upgrade(empty_database_url, "0027")
    owner = await asyncpg.connect(empty_database_url)
    company, live, test = new_id(models.Company), new_id(models.Workspace), new_id(models.Workspace)
    roles = {name: new_id(models.Role) for name in ("Owner", "Admin", "Estimator")}
    people = {name: new_id(models.User) for name in ("ann", "bob", "eve")}
    keys = {name: new_id(models.ApiKey) for name in ("fmrp", "fje", "forg")}
    try:
        await owner.execute("insert into companies (id, name, plan, limits) values ($1, 'Old', 'pro', '{}')", company)
        for workspace, environment in ((live, "live"), (test, "test")):
            await owner.execute(
                "insert into workspaces (id, company_id, environment, name, currency, time_zone)"
                " values ($1, $2, $3, 'Old', 'USD', 'UTC')",
                *(workspace, company, environment),
            )
        for name, role_id in roles.items():
            await owner.execute(
                "insert into roles (id, company_id, name, scopes) values ($1, $2, $3, '{quotes.view}')",
                *(role_id, company, name),
            )
        for (name, user_id), role_id in zip(people.items(), roles.values(), strict=True):
            status = "disabled" if name == "eve" else "active"
            await owner.execute(
                "insert into users (id, company_id, role_id, email, name, status) values ($1, $2, $3, $4, $4, $5)",
                *(user_id, company, role_id, name, status),
            )
        for place, (form, key_id) in enumerate(keys.items()):
            await owner.execute(
                "insert into api_keys (id, company_id, workspace_id, created_by_id, public_id, digest, format, name,"
                " scopes, revoked_at, allowed_cidrs, last_used_address)"
                " values ($1, $2, $3, $4, $5, $6, $7, 'k', '{quotes.view}', $8, '{10.0.0.0/8}', '192.0.2.1')",
                *(key_id, company, test if form == "forg" else live, people["ann"], f"ID{place}", key_id.bytes * 2),
                *(form, datetime.now(UTC) if form == "fje" else None),
            )
        await upgrade(empty_database_url)
        await check(empty_database_url)
        found = await owner.fetch("select name, holds_all, is_default, scopes from roles order by name")
        assert [tuple(each)[:3] for each in found] == [
            ("Admin", True, True),
            ("Admin (own)", False, False),
            ("Estimator", False, False),
            ("Operator", False, True),
            ("QC Inspector", False, True),
            ("Supervisor", False, True),
        ]
        assert [each["scopes"] for each in found[:3]] == [[], ["quotes.view"], ["quotes.view"]]
        found = await owner.fetch("select workspace_id, email, status, is_owner, version from users order by email")
        assert [tuple(each) for each in found] == [
            (live, "ann", "active", True, 1),
            (live, "bob", "active", False, 1),
            (live, "eve", "deactivated", False, 1),
        ]
        found = await owner.fetch(
            "select workspace_id, format, environment, status, key_hint, user_id, allowed_cidrs, last_used_address"
            " from api_keys order by public_id"
        )
        same = (people["ann"], ["10.0.0.0/8"], "192.0.2.1")
        assert [tuple(each) for each in found] == [
            (live, "fmrp", "live", "active", "fmrp_live_ID0_…", *same),
            (live, "fje", "live", "revoked", "fje_ID1_…", *same),
            (live, "forg", "test", "active", "forg_test_ID2_…", *same),
        ]
        digests = dict(map(tuple, await owner.fetch("select key_id, digest from key_digests")))
        assert digests == {key_id: key_id.bytes * 2 for key_id in keys.values()}
    finally:
        await owner.close()


async def test_a_draft_says_what_a_database_lacks(empty_database_url: str):
    await upgrade(empty_database_url)
    assert (await drafted(empty_database_url, "Nothing"))[1] is None
    owner = await asyncpg.connect(empty_database_url)
    try:
        await owner.execute("alter table registered_documents drop column name")
        await owner.execute("drop index quotes_total")
        name, text = await drafted(empty_database_url, "Names of documents")
    finally:
        await owner.close()
    assert name.endswith("_names_of_documents.py")
    assert text is not None
    yielded = [line.strip() for line in text.splitlines() if line.startswith("    yield")]
    assert sorted(yielded) == [
        'yield "alter table registered_documents add column name text"',
        'yield "create index quotes_total on quotes (workspace_id, total, id)"',
    ]


async def test_a_draft_changes_the_search_columns_when_the_models_declare_other_filters(empty_database_url: str):
    await upgrade(empty_database_url)
    owner = await asyncpg.connect(empty_database_url)
    try:
        await owner.execute("comment on column quotes.search_words is 'of other filters'")
        _, text = await drafted(empty_database_url, "Filters of quotes")
        assert text is not None
        names: dict[str, Any] = {}
        exec(text.replace("from alembic import op", ""), names)  # our own text
        made = list(names["statements"]())
        [change, mark] = made
        assert change.startswith("alter table quotes alter column search_words set expression as (words_in(")
        assert mark.startswith("comment on column quotes.search_words is ")
        for sql in made:
            await owner.execute(sql)
    finally:
        await owner.close()
    assert (await drafted(empty_database_url, "Nothing"))[1] is None


async def test_a_column_is_added_where_there_are_rows_and_taken_away_again(empty_database_url: str):
    await upgrade(empty_database_url)
    owner = await asyncpg.connect(empty_database_url)
    try:
        await many.workspace(owner, "Old", clients=3, quotes=3)
        await owner.execute(
            "alter table clients drop column status cascade, drop column notes cascade, drop column currency cascade"
        )
        _, text = await drafted(empty_database_url, "Columns of clients")
        assert text is not None
        made = [
            eval(line.strip()[len("yield ") :]) for line in text.splitlines() if line.startswith("    yield")
        ]  # our own text
        columns = [sql for sql in made if "column" in sql]
        assert [sql for sql in columns if "currency" not in sql] == [
            "alter table clients add column notes text",
            "alter table clients add column status text default 'active' not null",
            "alter table clients alter column status drop default",
        ]
        assert [sql for sql in columns if "currency" in sql] == [
            "alter table clients add column currency text",
            "alter table clients alter column currency set not null",
        ]
        made.insert(
            made.index("alter table clients alter column currency set not null"), "update clients set currency = 'USD'"
        )
        for sql in made:
            await owner.execute(sql)
        assert await owner.fetchval("select count(*) from clients where status = 'active' and currency = 'USD'") == 3
        undone = [line.strip() for line in text.splitlines() if line.startswith("    op.execute") and "drop" in line]
        assert sorted(line for line in undone if "column" in line) == [
            f'op.execute("alter table clients drop column {name}")' for name in ("currency", "notes", "status")
        ]
    finally:
        await owner.close()


LANDED = {
    "0001": "0671c8b1fd1519c7",
    "0002": "75da5e8d5b9c4863",
    "0003": "1a5dd66838f9f6c9",
    "0004": "5d6b8f7aa0c19764",
    "0005": "17866f4119e7646c",
    "0010": "32ac7fa2e27b2f5c",
    "0020": "d558a460e3b3722d",
    "0021": "dbe6db92fab08324",
    "0022": "b5146aa5b7fe41e0",
    "0023": "39ec4b53480784a8",
    "0024": "18f0778b83967ec5",
    "0025": "72359ed991fa1947",
    "0026": "84e54f7c3ae4ac40",
    "0027": "89d02328630d5046",
    "0028": "602e212efcb8665c",
    "0029": "a5762dec57e6f996",
    "0030": "0e2e1d719598ff62",
    "0031": "ff832ccc02a66fea",
    "0032": "4d778ef1253e7c4a",
    "0033": "a776ba2d24b0b254",
    "0034": "b0446c8fd3e4cf46",
    "0035": "6008b2027cbef34b",
    "0036": "29d293e01b728805",
    "0037": "bd870b63f2fd35e3",
    "0038": "bff401e640f650c5",
    "0039": "0cfa211786f66cbe",
    "0040": "4d2ba978669ceee8",
    "0041": "1e8bd83deba423a3",
    "0042": "fe53a6ec01bb503e",
    "0043": "e7549d78ba234ef1",
}
"""A digest of the SQL that each migration runs, by its id. A migration that lands adds a line and changes none."""
NOT_THEIRS = ("alembic_version", "pg_advisory", "pg_catalog", "current_schema", "standard_conforming_strings")
"""What stands in statements of Alembic and SQLAlchemy, and of ours around the migrations."""


async def test_a_landed_migration_still_runs_what_it_ran(empty_database_url: str):
    """So the SQL files beside it, the helpers and the models that it reads are held as well."""
    ran: dict[str, str] = {}
    for script in reversed(list(ScriptDirectory.from_config(configuration()).walk_revisions())):
        heard: list[str] = []

        def hear(_connection: Any, _cursor: Any, sql: str, *_others: Any, heard: list[str] = heard) -> None:
            if not any(each in sql for each in NOT_THEIRS):
                heard.append(sql)

        event.listen(Engine, "before_cursor_execute", hear)
        try:
            await upgrade(empty_database_url, script.revision)
        finally:
            event.remove(Engine, "before_cursor_execute", hear)
        assert heard
        ran[script.revision] = hashlib.sha256("\0".join(heard).encode()).hexdigest()[:16]
    assert ran == LANDED
