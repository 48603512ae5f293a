"""Many rows, made inside PostgreSQL: workspaces of any size in seconds, with rare values among common ones.

Of every thousand rows of a table one has nulls, one low values, one high values; all others share the common ones. So
there is a selective question for every comparison, and an index either answers it or is seen not to.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg

import models
from core.values.ids import new_id

RARE: Final = 1_000
"""One row in so many has nulls, and as many have low and high values."""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
LOW: Final[dict[str, Any]] = {
    "text": "Aaa rare low",
    "decimal": Decimal("1.25"),
    "integer": 1,
    "date": date(2020, 1, 1),
    "moment": datetime(2020, 1, 1, tzinfo=UTC),
}
COMMON: Final[dict[str, Any]] = {
    "text": "Middle of the road",
    "decimal": Decimal(100),
    "integer": 100,
    "date": date(2026, 6, 1),
    "moment": datetime(2026, 6, 1, tzinfo=UTC),
}
HIGH: Final[dict[str, Any]] = {
    "text": "Zzz scarce high",
    "decimal": Decimal(9_999),
    "integer": 9_999,
    "date": date(2030, 1, 1),
    "moment": datetime(2030, 1, 1, tzinfo=UTC),
}
_BULK: Final = 50_000
_KINDS: Final = {"text": "text", "decimal": "numeric", "integer": "integer", "date": "date", "moment": "timestamptz"}


async def workspace(owner: asyncpg.Connection[Any], name: str, *, clients: int, quotes: int) -> UUID:
    """Write a company with so many clients and quotes in its workspace; returns the workspace."""
    company, made = new_id(models.Company), new_id(models.Workspace)
    await owner.execute("insert into companies (id, name, plan, limits) values ($1, $2, 'pro', '{}')", company, name)
    await owner.execute(
        "insert into workspaces (id, company_id, environment, name, currency, time_zone)"
        " values ($1, $2, 'live', $3, 'USD', 'UTC')",
        made,
        company,
        name,
    )
    await fill(owner, made, clients=clients, quotes=quotes)
    return made


async def fill(owner: asyncpg.Connection[Any], workspace_id: UUID, *, clients: int, quotes: int) -> None:
    """Write so many clients and quotes into an empty workspace, and look at the tables as autovacuum would."""
    bulk = quotes > _BULK
    await owner.execute("set session_replication_role = replica")
    await owner.execute(_CLIENTS, workspace_id, clients)
    await owner.execute(_CONTACTS, workspace_id, clients)
    if bulk:  # many entries at once are built in a third of the time that they take one by one
        await owner.execute("drop index quotes_search")
    await owner.execute(_QUOTES, workspace_id, quotes)
    if bulk:
        await owner.execute("set maintenance_work_mem = '256MB'")
        await owner.execute("call index_search('quotes')")
    await owner.execute("set session_replication_role = origin")


async def fill_settings(owner: asyncpg.Connection[Any], workspace_id: UUID, count: int) -> None:
    """Write so many rows of every other table of records: more webhook endpoints, too, than a company may have."""
    await owner.execute("set session_replication_role = replica")
    await owner.execute(_ENDPOINTS, workspace_id, count)
    await owner.execute(_DOCUMENTS, workspace_id, count)
    await owner.execute(_FIELDS, workspace_id, count)
    await owner.execute(_TASKS, workspace_id, count)
    await owner.execute(_FOLDERS, workspace_id, count)
    await owner.execute(_JSON_DOCUMENTS, workspace_id, count)
    await owner.execute(_DOCUMENTS_BESIDE, workspace_id, count)
    await owner.execute("set session_replication_role = origin")
    await owner.execute("vacuum analyze endpoints, registered_documents, custom_field_definitions, tasks")
    await owner.execute("vacuum analyze json_folders, json_documents")


async def mark(owner: asyncpg.Connection[Any], workspace_id: UUID, *tables: str) -> None:
    """Give the rows of tables tags and a custom field: common ones, and of one row in a thousand rare ones."""
    await owner.execute("set session_replication_role = replica")
    for table in tables:
        await owner.execute(_MARKS.format(table), workspace_id)
        await owner.execute(f"vacuum full analyze {table}")
    await owner.execute("set session_replication_role = origin")


async def settle(owner: asyncpg.Connection[Any]) -> None:
    """Let the planner know the tables, and empty the pending lists, as autovacuum does."""
    await owner.execute("vacuum analyze clients, contacts, quotes")


def identity(number: str, tag: str) -> str:
    """SQL of an id of a type, in the order of the numbers."""
    bits = f"lpad(to_hex(1700000000000 + {number}), 12, '0')"
    return f"(substr({bits}, 1, 8) || '-' || substr({bits}, 9) || '-7{tag}-8000-000000000001')::uuid"


def rare(kind: str, *, nullable: bool = True) -> str:
    """SQL of a value of a kind: common, and of one row in a thousand null, low and high."""
    low, common, high = (f"'{each[kind]}'::{_KINDS[kind]}" for each in (LOW, COMMON, HIGH))
    null = "when 1 then null " if nullable else ""
    return f"case n % {RARE} {null}when 2 then {low} when 3 then {high} else {common} end"


OF: Final = f"case n % {RARE} when 2 then 2 when 3 then 3 else 1 end"
"""Whose a quote is: the first client's, but for a few."""
AT: Final = f"timestamptz '{START.isoformat()}' + n * interval '1 second'"
_MARKS: Final = f"""
update {{}} set
  tags = case extract(epoch from created_at)::bigint % {RARE}
    when 2 then '{{{{rush,hot}}}}'::text[] when 3 then '{{{{hot}}}}' else '{{{{late}}}}' end,
  custom_fields = jsonb_build_object(
    'material', case extract(epoch from created_at)::bigint % {RARE} when 2 then 'brass' else 'steel' end
  )
where workspace_id = $1
"""
"""2026 begins with a second that ends in three zeros."""
_CLIENTS: Final = f"""
insert into clients (workspace_id, id, created_at, updated_at, version, code, name, status, currency, credit_limit,
  tax_exempt)
select $1, {identity("n", "001")}, {AT}, {AT}, 1, case n % {RARE} when 1 then null else 'C-' || n end,
  {rare("text", nullable=False)}, case n % {RARE} when 2 then 'inactive' else 'active' end,
  case n % {RARE} when 2 then 'EUR' when 3 then 'XAF' else 'USD' end, {rare("decimal")}, n % {RARE} = 2
from generate_series(1, $2::int) n
"""
_CONTACTS: Final = f"""
insert into contacts (workspace_id, id, client_id, position, first_name, email)
select $1, {identity("n", "002")}, {identity("n", "001")}, 1, 'Ann', {rare("text")}
from generate_series(1, $2::int) n
"""
_QUOTES: Final = f"""
insert into quotes (workspace_id, id, created_at, updated_at, version, number, revision, status, client_id, contact_id,
  title,
  customer_rfq_number, customer_po_number, currency, due_on, expires_on, sent_at, estimator, subtotal, tax, total, cost)
select $1, {identity("n", "003")}, {AT}, {AT}, 1, 'Q-' || n, 1,
  case n % {RARE} when 2 then 'approved' when 3 then 'sent' else 'draft' end,
  {identity(OF, "001")}, case n % {RARE} when 1 then null else {identity(OF, "002")} end,
  {rare("text")}, {rare("text")},
  {rare("text")}, case n % {RARE} when 2 then 'EUR' when 3 then 'XAF' else 'USD' end, {rare("date")}, {rare("date")},
  {rare("moment")}, {rare("text")}, 0, 0, {rare("decimal", nullable=False)}, {rare("decimal")}
from generate_series(1, $2::int) n
"""
_ENDPOINTS: Final = f"""
insert into endpoints (workspace_id, id, created_at, updated_at, version, url, style, status, events, secret,
  secret_hint, ordered)
select $1, {identity("n", "007")}, {AT}, {AT}, 1, 'https://example.com/' || n, 'mrp', 'enabled', '{{*}}', '',
  '', false
from generate_series(1, $2::int) n
"""
_DOCUMENTS: Final = f"""
insert into registered_documents (workspace_id, id, created_at, updated_at, version, sha256, document)
select $1, {identity("n", "00a")}, {AT}, {AT}, 1, encode(sha256(n::text::bytea), 'hex'), '{{ __typename }}'
from generate_series(1, $2::int) n
"""
_FIELDS: Final = f"""
insert into custom_field_definitions (workspace_id, id, created_at, updated_at, version, record_type, key, label, type,
  status)
select $1, {identity("n", "00b")}, {AT}, {AT}, 1, {rare("text", nullable=False)}, 'C-' || n, 'Label', 'text',
  case n % {RARE} when 2 then 'archived' else 'active' end
from generate_series(1, $2::int) n
"""
_TASKS: Final = f"""
insert into tasks (workspace_id, id, created_at, updated_at, version, kind, status, done, attempts, due_at)
select $1, {identity("n", "010")}, {AT}, {AT}, 1, {rare("text", nullable=False)},
  case n % {RARE} when 2 then 'failed' when 3 then 'running' else 'succeeded' end, 0, 0, {AT}
from generate_series(1, $2::int) n
"""
_FOLDERS: Final = f"""
insert into json_folders (workspace_id, id, created_at, updated_at, version, name, path, parent)
select $1, {identity("n", "011")}, {AT}, {AT}, 1, 'F-' || n, 'F-' || n, {rare("text", nullable=False)}
from generate_series(1, $2::int) n
"""
_JSON_DOCUMENTS: Final = f"""
insert into json_documents (workspace_id, id, created_at, updated_at, version, name, description, folder_id)
select $1, {identity("n", "012")}, {AT}, {AT}, 1, {rare("text", nullable=False)}, 'What it is for',
  case n % {RARE} when 1 then null else {identity(OF, "011")} end
from generate_series(1, $2::int) n
"""
_DOCUMENTS_BESIDE: Final = f"""
insert into json_documents (workspace_id, id, created_at, updated_at, version, name, folder_id)
select w.id, {identity("n", "012")}, {AT}, {AT}, 1, '{COMMON["text"]}',
  {identity("case when n % 100 = 0 then n else 1 end", "011")}
from (select id from workspaces where id <> $1 order by id limit 1) w, generate_series(1, $2::int) n
"""
"""Of another workspace, in 200 folders: so the planner does not take three folders for all there are."""
