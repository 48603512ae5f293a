"""The activity log: one row for each request of a key, a day to a partition.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import tenant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# The functions run as the owner: a worker may make and drop days without a right to make tables.
DEFINER = "security definer set search_path = public, pg_temp set timezone = 'UTC'"


def statements() -> Iterator[str]:
    yield """create table activity (
  workspace_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  key_id uuid not null,
  method text not null,
  route text not null,
  operation text,
  status integer not null,
  address text,
  request_id text not null,
  ms numeric not null,
  points integer not null,
  dropped integer not null,
  constraint activity_ms_exact check (scale(ms) <= 6 and abs(ms) < 1e15),
  constraint activity_pkey primary key (workspace_id, at, id)
) partition by range (at)"""
    yield "create index activity_key on activity (workspace_id, key_id, at)"
    yield from tenant("activity", api="select", worker="select")
    # The gate writes the requests of all workspaces together.
    yield "create policy activity_written on activity for insert to forge_access with check (true)"
    yield "grant insert on activity to forge_access"
    # Out of the schema that is on the search path: no role but the owner can name a partition.
    yield "create schema activity_days"
    yield "create table activity_days.later partition of activity default"
    # A day is made beside the log and then attached, which keeps no writer waiting; what came into `later` for it moves
    # over. Attaching looks through `later`, which is empty unless no worker ran for days.
    yield f"""create function activity_make_days(ahead integer) returns integer language plpgsql {DEFINER}
set lock_timeout = '2s' as $$
declare
  first date;
  name text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(8503);  -- one worker at a time
  for back in 0..ahead loop
    first := date_trunc('day', now()) + back * interval '1 day';
    name := to_char(first, '"d"YYYYMMDD');
    continue when to_regclass('activity_days.' || name) is not null;
    execute format('create table activity_days.%I (like activity including all)', name);
    lock table activity_days.later in access exclusive mode;
    execute format(
      'with moved as (delete from activity_days.later where at >= %L and at < %L returning *)
       insert into activity_days.%I select * from moved',
      first, first + interval '1 day', name);
    execute format('alter table activity attach partition activity_days.%I for values from (%L) to (%L)',
      name, first, first + interval '1 day');
    made := made + 1;
  end loop;
  return made;
end
$$"""
    # Who drops a day waits for all who use the log, and whoever comes then waits for him: 0.2 s at most, then it is
    # given up and tried another time. What lies in `later` is taken away row by row.
    yield f"""create function activity_drop_day(before timestamptz) returns text language plpgsql {DEFINER}
set lock_timeout = '200ms' as $$
declare
  name text;
begin
  delete from activity_days.later where at < before;
  select c.relname into name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'activity_days' and c.relkind = 'r' and case when c.relname ~ '^d[0-9]{{8}}$'
    then to_date(c.relname, '"d"YYYYMMDD') + interval '1 day' <= before end
  order by c.relname limit 1;
  if found then
    execute format('drop table activity_days.%I', name);
  end if;
  return name;
end
$$"""
    for function in ("activity_make_days(integer)", "activity_drop_day(timestamptz)"):
        yield f"revoke all on function {function} from public"
        yield f"grant execute on function {function} to forge_worker"
    yield "select activity_make_days(2)"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop function activity_make_days, activity_drop_day")
    op.execute("drop table activity")
    op.execute("drop schema activity_days")
