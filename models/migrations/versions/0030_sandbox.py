"""Sandboxes: what their webhooks would have sent is kept, and what is old there is taken away.

Revision ID: 0030
Revises: 0029
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, tenant

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

PURGEABLE = (
    "clients",
    "quotes",
    "intakes",
    "endpoints",
    "deliveries",
    "attempts",
    "registered_documents",
    "custom_field_definitions",
    "tasks",
    "json_documents",
    "json_folders",
)


def statements() -> Iterator[str]:
    # Read as the owner, for the API has no right to company tables.
    yield """create function in_sandbox() returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select from workspaces
    where id = nullif(current_setting('app.workspace_id', true), '')::uuid and environment = 'test'
  )
$$"""
    yield "revoke all on function in_sandbox from public"
    yield "grant execute on function in_sandbox to forge_api"
    for table in PURGEABLE:
        yield from purgeable(table)
    yield """create table sandbox_requests (
  workspace_id uuid not null,
  id uuid not null,
  delivery_id uuid not null,
  endpoint_id uuid not null,
  event_type text not null,
  at timestamp with time zone not null,
  url text not null,
  headers jsonb default '{}' not null,
  body text not null,
  size integer not null,
  constraint sandbox_requests_pkey primary key (workspace_id, id),
  constraint sandbox_requests_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 20),
  foreign key (workspace_id, delivery_id) references deliveries (workspace_id, id),
  foreign key (workspace_id, endpoint_id) references endpoints (workspace_id, id)
)"""
    yield "create index sandbox_requests_at on sandbox_requests (workspace_id, at, id)"
    yield "create index sandbox_requests_delivery on sandbox_requests (workspace_id, delivery_id, at, id)"
    yield "create index sandbox_requests_endpoint on sandbox_requests (workspace_id, endpoint_id, at, id)"
    yield from tenant("sandbox_requests", api="select", worker="select, insert, delete")
    yield from purgeable("sandbox_requests")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop table sandbox_requests")
    for table in PURGEABLE:
        op.execute(f"drop policy {table}_sandbox on {table}")
        op.execute(f"revoke delete on {table} from forge_api")
    op.execute("drop function in_sandbox")
