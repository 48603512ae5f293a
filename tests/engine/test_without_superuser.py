"""Where no superuser migrates, `@@` is no condition of an index: lists are found by functions, and read as little."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.migrations import upgrade
from core.database.database import Database
from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Condition, Deleted, Filter, Page, Rows
from engine.sql.comparisons import condition, custom
from engine.sql.filters import search
from engine.sql.orders import sorted_by
from models import QuoteStatus
from schema.assembly import graph
from tests.kit import many
from tests.kit.explained import explain, statement
from tests.kit.servers import Addresses, create, drop

pytestmark = pytest.mark.xdist_group("without_superuser")  # one worker fills the tables, once

OWNER, PASSWORD = "forge_plain", "a-password-of-tests"
LARGE, OTHER = 20_000, 2_000
MAX_BUFFERS = 900
"""Pages of 8 kB: the first of the list's order, what is found, the rows of the page. All rows are more than 1,500."""
_MADE = """do $$
declare
  name text;
begin
  begin
    create role forge_plain login createrole password 'a-password-of-tests';
  exception when duplicate_object or unique_violation then null;
  end;
  foreach name in array array['forge_api', 'forge_worker', 'forge_access', 'forge_search'] loop
    begin
      execute format('create role %I nologin nobypassrls', name);
    exception when duplicate_object or unique_violation then null;
    end;
    execute format('grant %I to forge_plain with set true, inherit false', name);
  end loop;
end
$$"""
SPEC = graph().catalogue.types["Quote"]


@pytest.fixture(scope="module")
async def plain_url(servers: Addresses, worker_number: int) -> AsyncIterator[str]:
    """A database that belongs to a role which is no superuser, and was migrated by it; as this role."""
    name = f"forge_plain_{worker_number}"
    theirs = await create(servers, name)
    superuser = await asyncpg.connect(theirs)
    try:
        await superuser.execute(_MADE)
        await superuser.execute(f"alter database {name} owner to {OWNER}; alter schema public owner to {OWNER}")
        ours = re.sub(r"//[^@]*@", f"//{OWNER}:{PASSWORD}@", theirs)
        await upgrade(ours)
        for place in range(3):
            await many.workspace(superuser, f"Other {place}", clients=3, quotes=OTHER)
        large = await many.workspace(superuser, "Large", clients=3, quotes=LARGE)
        await many.mark(superuser, large, "quotes")
        await many.settle(superuser)
    finally:
        await superuser.close()
    yield ours
    await drop(servers, name)


@pytest.fixture(scope="module")
async def as_api(plain_url: str) -> AsyncIterator[Any]:
    database = await Database.open(plain_url, size=1)
    connection = await database.writes.acquire()
    yield connection
    database.writes.release(connection)
    await database.close()


@pytest.fixture(scope="module")
async def workspace(plain_url: str) -> UUID:
    superuser = await asyncpg.connect(plain_url)
    try:
        await superuser.execute("set role forge_access")
        found: UUID = await superuser.fetchval("select id from workspaces where name = 'Large'")
    finally:
        await superuser.close()
    return found


async def test_it_is_as_on_managed_servers(as_api: Any) -> None:
    assert await as_api.fetchval("select search_is_leakproof()") is False
    [(definer, owner)] = await as_api.fetch(
        "select prosecdef, proowner::regrole::text from pg_proc where proname = 'quotes_matching'"
    )
    assert (definer, owner) == (True, "forge_search")


def of(key: str, operator: str, value: Any) -> Condition:
    return condition(SPEC.filters()[key], operator, value, key)


WANTED = {
    "a token": [of("currency", "eq", "EUR")],
    "two tokens": [of("currency", "eq", "EUR"), of("status", "eq", QuoteStatus.APPROVED)],
    "tokens that never meet": [of("currency", "eq", "EUR"), of("status", "eq", QuoteStatus.SENT)],
    "null": [of("estimator", "is_null", value=True)],
    "text": [of("title", "eq", "Aaa rare low")],
    "the beginning of a text": [of("title", "starts_with", "Aaa ra")],
    "words": [search(SPEC, "scarce hi", "search")],
    "a tag": [of("tags", "has", "rush")],
    "a custom field": [custom(SPEC.documents()["customFields"], "material", "brass", "x")],
    "an owner": [of("estimator", "in", ["Aaa rare low", "Zzz scarce high"])],
}


@pytest.mark.parametrize("order", [None, "updated_at", "due_on"])
@pytest.mark.parametrize("asked", WANTED)
async def test_a_list_reads_little_more_than_what_it_finds(
    as_api: Any, workspace: UUID, asked: str, order: str | None
) -> None:
    rows = listed(SPEC, WANTED[asked], order)
    found = await explain(as_api, workspace, rows, SPEC)
    assert found.scanned == set()
    assert found.buffers <= MAX_BUFFERS, found
    assert found.rows == {"two tokens": 20, "tokens that never meet": 0, "an owner": 40}.get(asked, 20)


def listed(spec: TypeSpec, conditions: list[Condition], order: str | None) -> Rows[Any]:
    chosen = spec.default_order if order is None else sorted_by(spec, order)
    return Rows(spec.model).filter(Filter(tuple(conditions), Deleted.EXCLUDE)).page(Page(50, order=chosen))


async def test_no_other_workspace_is_looked_into(as_api: Any, workspace: UUID) -> None:
    rows = listed(SPEC, WANTED["a tag"], None)
    sql, values = statement(rows, SPEC)
    other = await as_api.fetchval(
        "select case when set_config('app.workspace_id', gen_random_uuid()::text, true) is not null then"
        " (select count(*) from quotes_matching('''=tags:rush''')) end"
    )
    assert other == 0
    assert (await as_api.fetchval(sql, workspace, *values)).count('"id"') == 20
    assert await as_api.fetchval("select count(*) from quotes_matching('''=tags:rush''')") == 0


async def test_nobody_else_may_ask(plain_url: str) -> None:
    owner = await asyncpg.connect(plain_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.fetch("select from quotes_matching('''=tags:rush''')")
        assert await owner.fetchval("select count(*) from quotes") == 0  # row security binds the owner, too
    finally:
        await owner.close()
