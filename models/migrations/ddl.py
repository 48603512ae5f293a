"""The few things migrations say again and again, as SQL text: policies, references, id tags, the clock's functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from core.searching import mark_of

HERE: Final = Path(__file__).parent
OWN_WORKSPACE: Final = "workspace_id = (select nullif(current_setting('app.workspace_id', true), '')::uuid)"
"""What a policy of `forge_api` says. Evaluated once a statement; after a transaction the setting is '', not null."""

HOME: Final = "workspace_id = (select nullif(current_setting('app.home_id', true), '')::uuid)"
"""The same of the company's live workspace, for what is the company's."""

MARK_OF_SEARCH_WORDS: Final = (
    "select col_description(attrelid, attnum) from pg_attribute"
    " where attrelid = to_regclass(:table) and attname = 'search_words' and not attisdropped"
)
"""The mark of what the words and tokens of a table are made of (`core.searching.mark_of`)."""


def statements(file: str) -> Iterator[str]:
    """Read a file of SQL next to this one; a semicolon before a blank line ends a statement."""
    for statement in re.split(r";\n(?:\n|\Z)", (HERE / file).read_text()):
        if statement.strip():
            yield statement


def tenant(table: str, *, api: str, worker: str = "") -> Iterator[str]:
    """Lock a table of workspaces' rows: `api` may do this much in one workspace, `worker` that much in all of them."""
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    own = f"using ({OWN_WORKSPACE}) with check ({OWN_WORKSPACE})"
    yield f"create policy {table}_workspace on {table} to forge_api {own}"
    yield f"grant {api} on {table} to forge_api"
    if worker:
        yield f"create policy {table}_worker on {table} to forge_worker using (true) with check (true)"
        yield f"grant {worker} on {table} to forge_worker"


def company_tenant(table: str, *, api: str) -> Iterator[str]:
    """Lock a table of what is the company's: keys of its sandbox may read the rows, which are in its live workspace.

    `forge_access`, which knows all companies, reads and writes it beside the units of work.
    """
    yield from tenant(table, api=api)
    yield f"create policy {table}_home on {table} for select to forge_api using ({HOME})"
    yield f"create policy {table}_access on {table} to forge_access using (true) with check (true)"
    yield f"grant select, insert, update on {table} to forge_access"


def purgeable(table: str) -> Iterator[str]:
    """Let the API take rows of a table away in a sandbox, and nowhere else; `tenant` has locked the table."""
    yield f"grant delete on {table} to forge_api"
    yield f"""create policy {table}_sandbox on {table} as restrictive for delete to forge_api
using ((select in_sandbox()))"""


def id_tag(table: str, tag: int) -> str:
    """Keep the type tag in a table's ids, as `core.record.tagged` declares it."""
    bits = "(get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)"
    return f"alter table {table} add constraint {table}_id_tag check (({bits}) = {tag})"


def searchable(table: str, *columns: str) -> Iterator[str]:
    """Give a table search columns as they were until migration 0025, which `search_columns` makes since.

    The words are for `search`, the text for `contains`. The index begins with the workspace where `btree_gin` is there,
    and holds the text where `pg_trgm` is: docs/decisions/0050-indexes-and-search.md.
    """
    text = " || e'\\n' || ".join(f"coalesce({column}, '')" for column in columns)
    yield f"""alter table {table}
add column search_words tsvector not null generated always as (words_of({text})) stored,
add column search_text text not null generated always as ({text}) stored"""
    yield f"call index_search('{table}')"


def search_columns(table: str, words: str, *, text: str | None = None) -> Iterator[str]:
    """Give a record's table its search columns, and their index: `words` and `text` are the SQL of what they hold.

    The index begins with the workspace where `btree_gin` is there. `text` is for `contains`, and is indexed where
    `pg_trgm` is: docs/decisions/0050-indexes-and-search.md.
    """
    columns = [f"add column search_words tsvector not null generated always as ({words}) stored"]
    if text is not None:
        columns.append(f"add column search_text text not null generated always as ({text}) stored")
    yield f"alter table {table}\n" + ",\n".join(columns)
    yield f"comment on column {table}.search_words is '{mark_of(words)}'"
    yield f"call index_search('{table}')"


def search_words(table: str, words: str) -> Iterator[str]:
    """Change what a record's table holds in its words and tokens: it is written anew, under a lock."""
    yield f"alter table {table} alter column search_words set expression as ({words})"
    yield f"comment on column {table}.search_words is '{mark_of(words)}'"


def reference(table: str, column: str, to: str) -> Iterator[str]:
    """Keep a reference between two records alive: refuse one to a deleted row, and the deletion of a row referred to.

    The foreign key must exist already. The functions are volatile, so each looks at a snapshot taken after the tick,
    while the workspace's commits wait for this one: docs/decisions/0003-references-after-the-tick.md.
    """
    alive, required = f"{table}_{column}_alive", f"{to}_required_by_{table}_{column}"
    yield f"""create function {alive}() returns trigger language plpgsql as $$
begin
  if exists (
    select from {to} where workspace_id = new.workspace_id and id = new.{column} and deleted_at is not null
  ) then
    raise exception 'refers to a deleted row' using errcode = 'FG001', table = '{table}', column = '{column}';
  end if;
  return null;
end
$$"""
    yield f"""create trigger {alive} after insert on {table} for each row
when (new.{column} is not null and new.deleted_at is null) execute function {alive}()"""
    yield f"""create trigger {alive}_still after update on {table} for each row
when (
  new.{column} is not null and new.deleted_at is null
  and (new.{column} is distinct from old.{column} or old.deleted_at is not null)
) execute function {alive}()"""
    yield f"""create function {required}() returns trigger language plpgsql as $$
declare
  by_id uuid;
begin
  select id into by_id from {table}
  where workspace_id = new.workspace_id and {column} = new.id and deleted_at is null limit 1;
  if found then
    raise exception 'is required by {table} %', by_id using errcode = 'FG002', table = '{to}', column = '{column}';
  end if;
  return null;
end
$$"""
    yield f"""create trigger {required} after update on {to} for each row
when (old.deleted_at is null and new.deleted_at is not null) execute function {required}()"""


def reference_of_line(table: str, column: str, to: str, record: str, parent: str, place: str) -> Iterator[str]:
    """Keep a reference of a row inside a record alive, as `reference` does for records.

    `record` is the table of the records, `parent` the column that names one, and `place` what the list is called there:
    a refusal names `<place>.<n>.<column>`. A deleted record comes back only if what its rows refer to is there.
    """
    alive, required, back = f"{table}_{column}_alive", f"{to}_required_by_{table}_{column}", f"{table}_{column}_back"
    named = f"column = format('{place}.%s.{column}', "
    yield f"""create function {alive}() returns trigger language plpgsql as $$
begin
  if exists (
    select from {to} where workspace_id = new.workspace_id and id = new.{column} and deleted_at is not null
  ) then
    raise exception 'refers to a deleted row' using errcode = 'FG001', table = '{table}', {named}new.position - 1);
  end if;
  return null;
end
$$"""
    yield f"""create trigger {alive} after insert on {table} for each row
when (new.{column} is not null) execute function {alive}()"""
    yield f"""create trigger {alive}_still after update on {table} for each row
when (new.{column} is not null and new.{column} is distinct from old.{column}) execute function {alive}()"""
    yield f"""create function {required}() returns trigger language plpgsql as $$
declare
  by_id uuid;
begin
  select r.id into by_id from {table} l
  join {record} r on r.workspace_id = l.workspace_id and r.id = l.{parent} and r.deleted_at is null
  where l.workspace_id = new.workspace_id and l.{column} = new.id and r.id <> new.id limit 1;
  if found then
    raise exception 'is required by {record} %', by_id using errcode = 'FG002', table = '{to}', column = '{column}';
  end if;
  return null;
end
$$"""
    yield f"""create trigger {required} after update on {to} for each row
when (old.deleted_at is null and new.deleted_at is not null) execute function {required}()"""
    yield f"""create function {back}() returns trigger language plpgsql as $$
declare
  at integer;
begin
  select l.position into at from {table} l
  join {to} t on t.workspace_id = l.workspace_id and t.id = l.{column} and t.deleted_at is not null
  where l.workspace_id = new.workspace_id and l.{parent} = new.id limit 1;
  if found then
    raise exception 'refers to a deleted row' using errcode = 'FG001', table = '{table}', {named}at - 1);
  end if;
  return null;
end
$$"""
    yield f"""create trigger {back} after update on {record} for each row
when (old.deleted_at is not null and new.deleted_at is null) execute function {back}()"""


def clock_functions(series: Sequence[str]) -> Iterator[str]:
    """Make `claim`, `tick` and `enter` for these series of document numbers (columns `next_<series>` of `clocks`).

    Volatile PL/pgSQL, so every statement in them takes a new snapshot: what was waited for is seen. A migration that
    adds a series drops `tick` and `enter` and makes them again; the new argument has a default, so that a process of
    the version before goes on.
    """
    takes = "".join(f", take_{name} integer default 0" for name in series)
    firsts = "".join(f", out first_{name} bigint" for name in series)
    moves = "".join(f", next_{name} = c.next_{name} + take_{name}" for name in series)
    taken = "".join(f", c.next_{name} - take_{name}" for name in series)
    into = "".join(f", first_{name}" for name in series)
    answer = (
        "out state text, out status smallint, out location text, out body text, out record_id uuid, out scopes text[]"
    )
    move = f"""
  perform pg_advisory_xact_lock(hashtextextended(w::text, 1));  -- a fair queue: the row's own lock has none
  update clocks c
  set clock = greatest(c.clock, clock_timestamp() - interval '1 microsecond') + n * interval '1 microsecond',
      tick = c.tick + n{moves}
  where c.workspace_id = w and c.access_epoch = epoch
  returning c.clock, c.tick{taken} into clock, tick{into};
  state := case when found then 'go' else 'stale' end;"""
    look = """
  if not pg_try_advisory_xact_lock(hashtextextended(w::text || claimed, 7)) then
    state := 'running';
    return;
  end if;
  select case when i.fingerprint = print then 'replay' else 'mismatch' end,
    i.status, i.location, i.body, i.record_id, i.scopes
  into state, status, location, body, record_id, scopes
  from idempotency i where i.workspace_id = w and i.key = claimed;
  if found then
    return;
  end if;"""
    yield f"""create function claim(w uuid, claimed text, print bytea, {answer}) language plpgsql as $$
begin{look}
  state := 'go';
end
$$"""
    yield f"""create function tick(
  w uuid, epoch bigint, n integer{takes}, out state text, out clock timestamptz, out tick bigint{firsts}
) language plpgsql as $$
begin{move}
end
$$"""
    yield f"""create function enter(
  w uuid, epoch bigint, claimed text, print bytea, n integer{takes},
  {answer}, out clock timestamptz, out tick bigint{firsts}
) language plpgsql as $$
begin
  perform set_config('app.workspace_id', w::text, true);
  if claimed is not null then{look.replace(chr(10), chr(10) + "  ")}
  end if;{move}
end
$$"""
