"""What every record has: tags, notes, custom fields and external ids.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import tenant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    yield """create table custom_field_definitions (
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
  record_type text not null,
  key text not null,
  label text not null,
  type text not null,
  options text[] default '{}' not null,
  status text not null,
  constraint custom_field_definitions_pkey primary key (workspace_id, id),
  constraint custom_field_definitions_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 11),
  constraint custom_field_definitions_type_known check (type in ('text', 'number', 'boolean', 'date', 'select', 'url')),
  constraint custom_field_definitions_status_known check (status in ('active', 'archived'))
)"""
    yield "create index custom_field_definitions_created on custom_field_definitions (workspace_id, created_at, id)"
    yield "create index custom_field_definitions_deleted on custom_field_definitions (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index custom_field_definitions_key on custom_field_definitions (workspace_id, key, record_type)"
    yield "create index custom_field_definitions_record_type on custom_field_definitions (workspace_id, record_type)"
    yield "create index custom_field_definitions_status on custom_field_definitions (workspace_id, status, updated_at, id)"
    yield "create index custom_field_definitions_sync on custom_field_definitions (workspace_id, updated_at, id)"
    yield from tenant("custom_field_definitions", api="select, insert, update")
    yield "alter table clients add column custom_fields jsonb default '{}' not null"
    yield "alter table clients add column external_ids jsonb default '[]' not null"
    yield "alter table endpoints add column tags text[] default '{}' not null"
    yield "alter table endpoints add column notes text"
    yield "alter table endpoints add column custom_fields jsonb default '{}' not null"
    yield "alter table endpoints add column external_ids jsonb default '[]' not null"
    yield "alter table quotes add column tags text[] default '{}' not null"
    yield "alter table quotes add column notes text"
    yield "alter table quotes add column custom_fields jsonb default '{}' not null"
    yield "alter table quotes add column external_ids jsonb default '[]' not null"
    yield "alter table registered_documents add column tags text[] default '{}' not null"
    yield "alter table registered_documents add column notes text"
    yield "alter table registered_documents add column custom_fields jsonb default '{}' not null"
    yield "alter table registered_documents add column external_ids jsonb default '[]' not null"
    yield "alter table external_ids no force row level security"  # the owner would see no row
    yield "alter table clients no force row level security"
    yield """update clients c set external_ids = e.listed
from (
  select workspace_id, record_id, jsonb_agg(
    jsonb_build_object('system', system, 'external_id', external_id) order by id
  ) as listed
  from external_ids where record_type = 'clients' group by workspace_id, record_id
) e
where c.workspace_id = e.workspace_id and c.id = e.record_id"""
    yield "alter table clients force row level security"
    yield "alter table external_ids force row level security"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("alter table registered_documents drop column external_ids")
    op.execute("alter table registered_documents drop column custom_fields")
    op.execute("alter table registered_documents drop column notes")
    op.execute("alter table registered_documents drop column tags")
    op.execute("alter table quotes drop column external_ids")
    op.execute("alter table quotes drop column custom_fields")
    op.execute("alter table quotes drop column notes")
    op.execute("alter table quotes drop column tags")
    op.execute("alter table endpoints drop column external_ids")
    op.execute("alter table endpoints drop column custom_fields")
    op.execute("alter table endpoints drop column notes")
    op.execute("alter table endpoints drop column tags")
    op.execute("alter table clients drop column external_ids")
    op.execute("alter table clients drop column custom_fields")
    op.execute("drop table custom_field_definitions")
