"""The audit is read by its two indexes, in whichever months the entries are: as the API's role, on a large table."""

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.values.ids import new_id
from engine.declare.kinds import MOMENT
from engine.declare.rows import Order, Page, Rows
from models import AuditEntry, Client, Workspace
from schema.assembly import graph
from tests.kit.explained import Explained, explain

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
ENTRIES, OTHERS, DAYS = 20_000, 4, 300
"""Entries of a workspace, workspaces beside it, and the days over which they are spread."""
RECORDS = 400
SPEC = graph().catalogue.types["AuditEntry"]
FILL = """
insert into audit (workspace_id, id, at, record_type, record_id, action, actor_id, changes)
select $1, gen_random_uuid(), now() - n * interval '1 day' * $3::float8 / $2,
  case n % 5 when 0 then 'quote' else 'client' end, ($4::uuid[])[1 + n % cardinality($4)],
  case n % 10 when 0 then 'created' else 'updated' end, null, '{"new": {"title": "x"}}'
from generate_series(1, $2::integer) n
"""
PAST = """
do $$
declare
  first date;
begin
  for back in 1..11 loop
    first := date_trunc('month', now()) - back * interval '1 month';
    execute format('create table audit_months.%I partition of audit for values from (%L) to (%L)',
      to_char(first, '"y"YYYY"m"MM'), first, first + interval '1 month');
  end loop;
end
$$
"""
pytestmark = pytest.mark.xdist_group("audit plans")


@pytest.fixture(scope="module")
async def large(large_database_url: str) -> tuple[UUID, list[UUID]]:
    """A workspace among others, each of many entries; and its records."""
    owner: Owner = await asyncpg.connect(large_database_url)
    try:
        await owner.execute(PAST)
        records = [new_id(Client) for _ in range(RECORDS)]
        here = new_id(Workspace)
        for each in (here, *(uuid4() for _ in range(OTHERS))):
            await owner.execute(FILL, each, ENTRIES, DAYS, records if each is here else [uuid4() for _ in records])
        await owner.execute("vacuum analyze audit")
    finally:
        await owner.close()
    return here, records


async def explained(api_role: Any, workspace: UUID, rows: Rows[Any]) -> Explained:
    async with api_role.transaction():
        found = await explain(api_role, workspace, rows, SPEC)
    assert found.scanned == set(), found
    assert (found.rows, found.removed <= 100) == (51, True), found
    return found


def page(*, descending: bool = True) -> Page:
    return Page(50, order=Order("at", MOMENT, descending))


def kept(days: int = 365) -> Rows[Any]:
    rows = Rows(AuditEntry).where("@.record_type=any(?::text[])", ["client", "quote"])
    return rows.where("@.at>=now()-?::int*interval '1 day'", days)


@pytest.mark.parametrize("descending", [True, False])
async def test_a_page_of_all_entries_reads_little_more_than_it_shows(api_role: Any, large: Any, *, descending: bool):
    found = await explained(api_role, large[0], kept().page(page(descending=descending)))
    assert found.buffers < 150


async def test_the_entries_of_a_record_are_found_in_every_month(api_role: Any, large: Any):
    workspace, records = large
    rows = kept().where("@.record_id=?::uuid", records[7]).page(Page(50, order=Order("at", MOMENT, descending=True)))
    async with api_role.transaction():
        found = await explain(api_role, workspace, rows, SPEC)
    assert (found.rows, found.removed) == (ENTRIES // RECORDS, 0)
    assert found.buffers < 250


async def test_a_time_is_looked_for_in_its_months_alone(api_role: Any, large: Any):
    workspace, _ = large
    rows = kept().where("@.at<now()-?::int*interval '1 day'", 100).page(page())
    found = await explained(api_role, workspace, rows)
    assert found.buffers < 150


async def test_what_every_fifth_entry_is_about_is_soon_found(api_role: Any, large: Any):
    workspace, _ = large
    rows = kept().where("@.record_type=?::text", "quote").page(page())
    async with api_role.transaction():
        found = await explain(api_role, workspace, rows, SPEC)
    assert (found.scanned, found.rows) == (set(), 51)
    assert found.removed < 300
