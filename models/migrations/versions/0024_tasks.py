"""Tasks: work that takes longer than a request; and a clock for those that belong to no company.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import tenant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INSTALLATION = "00000000-0000-0000-0000-000000000000"


def statements() -> Iterator[str]:
    yield """create table tasks (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  version integer not null,
  deleted_at timestamp with time zone,
  created_by_id uuid,
  tags text[] default '{}' not null,
  notes text,
  custom_fields jsonb default '{}' not null,
  external_ids jsonb default '[]' not null,
  kind text not null,
  status text not null,
  done integer not null,
  total integer,
  result jsonb default '{}' not null,
  result_url text,
  error text,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  parameters jsonb default '{}' not null,
  position jsonb default '{}' not null,
  attempts integer not null,
  due_at timestamp with time zone not null,
  leased_by text,
  once text,
  constraint tasks_pkey primary key (workspace_id, id),
  constraint tasks_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 16),
  constraint tasks_status_known check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled'))
)"""
    yield "create index tasks_created on tasks (workspace_id, created_at, id)"
    yield "create index tasks_deleted on tasks (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index tasks_due on tasks (workspace_id, due_at, id) where status in ('queued', 'running')"
    yield "create index tasks_kind on tasks (workspace_id, kind)"
    yield "create unique index tasks_once on tasks (workspace_id, once)"
    yield "create index tasks_status on tasks (workspace_id, status, updated_at, id)"
    yield "create index tasks_sync on tasks (workspace_id, updated_at, id)"
    yield from tenant(
        "tasks",
        api="select, insert, update",
        worker="select, update (position, attempts, due_at, leased_by), delete",
    )
    # Of companies' tasks it takes none away.
    yield f"""create policy tasks_installation on tasks as restrictive for delete to forge_worker
using (workspace_id = '{INSTALLATION}')"""
    yield "alter table clocks no force row level security"  # the owner could not insert
    yield f"insert into clocks (workspace_id) values ('{INSTALLATION}')"
    yield "alter table clocks force row level security"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop table tasks")
    op.execute("alter table clocks no force row level security")
    op.execute(f"delete from clocks where workspace_id = '{INSTALLATION}'")
    op.execute("alter table clocks force row level security")
