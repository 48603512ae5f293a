"""The audit: one entry for each record that a command wrote, a month to a partition.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import tenant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# The functions run as the owner: a worker may make and drop months without a right to make tables.
DEFINER = "security definer set search_path = public, pg_temp set timezone = 'UTC'"


def statements() -> Iterator[str]:
    yield """create table audit (
  workspace_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  record_type text not null,
  record_id uuid not null,
  action text not null,
  actor_id uuid,
  request_id text,
  address text,
  user_agent text,
  changes jsonb not null default '{}',
  constraint audit_pkey primary key (workspace_id, at, id)
) partition by range (at)"""
    yield "create index audit_record on audit (workspace_id, record_id, at)"
    yield from tenant("audit", api="select, insert", worker="select, delete")
    # Out of the schema that is on the search path: no role but the owner can name a partition.
    yield "create schema audit_months"
    yield "create table audit_months.later partition of audit default"
    # A month is made beside the audit and then attached, which keeps no writer waiting; what came into `later` for it
    # moves over. Attaching looks through `later`, which is empty unless no worker ran for two months.
    yield f"""create function audit_make_months(ahead integer) returns integer language plpgsql {DEFINER}
set lock_timeout = '2s' as $$
declare
  first date;
  name text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(8502);  -- one worker at a time
  for back in 0..ahead loop
    first := date_trunc('month', now()) + back * interval '1 month';
    name := to_char(first, '"y"YYYY"m"MM');
    continue when to_regclass('audit_months.' || name) is not null;
    execute format('create table audit_months.%I (like audit including all)', name);
    lock table audit_months.later in access exclusive mode;
    execute format(
      'with moved as (delete from audit_months.later where at >= %L and at < %L returning *)
       insert into audit_months.%I select * from moved',
      first, first + interval '1 month', name);
    execute format('alter table audit attach partition audit_months.%I for values from (%L) to (%L)',
      name, first, first + interval '1 month');
    made := made + 1;
  end loop;
  return made;
end
$$"""
    # Who drops a month waits for all who use the audit, and whoever comes then waits for him: 0.2 s at most, then it is
    # given up and tried another time.
    yield f"""create function audit_drop_month(before timestamptz) returns text language plpgsql {DEFINER}
set lock_timeout = '200ms' as $$
declare
  name text;
begin
  select c.relname into name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'audit_months' and c.relkind = 'r' and case when c.relname ~ '^y[0-9]{{4}}m[0-9]{{2}}$'
    then to_date(c.relname, '"y"YYYY"m"MM') + interval '1 month' <= before end
  order by c.relname limit 1;
  if found then
    execute format('drop table audit_months.%I', name);
  end if;
  return name;
end
$$"""
    for function in ("audit_make_months(integer)", "audit_drop_month(timestamptz)"):
        yield f"revoke all on function {function} from public"
        yield f"grant execute on function {function} to forge_worker"
    yield "select audit_make_months(2)"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop function audit_make_months, audit_drop_month")
    op.execute("drop table audit")
    op.execute("drop schema audit_months")
