"""Fair delivery: what is due is found by endpoint, and how each endpoint answered last is remembered.

Revision ID: 0010
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("drop index deliveries_due")
    op.execute(
        "create index deliveries_due on deliveries (workspace_id, endpoint_id, due_at, id) where status = 'pending'"
    )
    op.execute("alter table endpoints add column pace text not null default 'new'")
    op.execute("grant update (pace) on endpoints to forge_worker")
    # The ids are read as the owner, for the API has no right to company tables; the rows are counted as the API, for
    # row security binds owners too. The lock comes before the count: of two creations the second counts the first.
    op.execute("""create function workspaces_of_company(out company uuid, out workspaces uuid[])
language sql stable security definer set search_path = public, pg_temp as $$
  select w.company_id, array_agg(o.id order by o.id) from workspaces w join workspaces o using (company_id)
  where w.id = nullif(current_setting('app.workspace_id', true), '')::uuid group by w.company_id
$$""")
    op.execute("revoke all on function workspaces_of_company from public")
    op.execute("grant execute on function workspaces_of_company to forge_api")
    op.execute("""create function endpoints_of_company() returns bigint language plpgsql as $$
declare
  ours text := current_setting('app.workspace_id');
  family record;
  each uuid;
  found_there bigint;
  total bigint := 0;
begin
  select * into family from workspaces_of_company();
  perform pg_advisory_xact_lock(hashtextextended(family.company::text, 9));
  foreach each in array family.workspaces loop
    perform set_config('app.workspace_id', each::text, true);
    select count(*) into found_there from endpoints where workspace_id = each and deleted_at is null;
    total := total + found_there;
  end loop;
  perform set_config('app.workspace_id', ours, true);
  return total;
end
$$""")


def downgrade() -> None:
    op.execute("drop function endpoints_of_company")
    op.execute("drop function workspaces_of_company")
    op.execute("alter table endpoints drop column pace")
    op.execute("drop index deliveries_due")
    op.execute("create index deliveries_due on deliveries (due_at, id) where status = 'pending'")
