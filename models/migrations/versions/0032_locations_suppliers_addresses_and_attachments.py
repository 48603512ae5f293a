"""Locations, suppliers, addresses and attachments.

Revision ID: 0032
Revises: 0031
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
    yield """create table attachments (
  workspace_id uuid not null,
  id uuid not null,
  record_type text not null,
  record_id uuid not null,
  created_at timestamp with time zone not null,
  created_by_id uuid,
  deleted_at timestamp with time zone,
  status text not null,
  filename text not null,
  category text,
  description text,
  size integer,
  sha256 text,
  media_type text,
  blob text,
  constraint attachments_pkey primary key (workspace_id, id),
  constraint attachments_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 64),
  constraint attachments_status_known check (status in ('pending', 'stored'))
)"""
    yield "create index attachments_created on attachments (workspace_id, created_at, id)"
    yield "create index attachments_record on attachments (workspace_id, record_id, created_at, id)"
    yield """create table stock_locations (
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
  code text not null,
  name text,
  kind text not null,
  parent_id uuid,
  path text not null,
  constraint stock_locations_pkey primary key (workspace_id, id),
  constraint stock_locations_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 42),
  constraint stock_locations_kind_known check (kind in ('warehouse', 'area', 'bin', 'floor', 'quarantine', 'transit')),
  constraint stock_locations_workspace_id_parent_id_fkey foreign key(workspace_id, parent_id) references stock_locations (workspace_id, id)
)"""
    yield "create unique index stock_locations_code on stock_locations (workspace_id, code) where deleted_at is null"
    yield "create index stock_locations_created on stock_locations (workspace_id, created_at, id)"
    yield "create index stock_locations_deleted on stock_locations (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index stock_locations_parent_id on stock_locations (workspace_id, parent_id, updated_at, id)"
    yield "create index stock_locations_sync on stock_locations (workspace_id, updated_at, id)"
    yield from tenant("stock_locations", api="select, insert, update")
    yield from purgeable("stock_locations")
    yield from search_columns(
        "stock_locations",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || code
  || ' ' || coalesce(name, ''))
  || array_to_tsvector(array_remove(array[
    '=name:' || case when name is null then 'null' else 'given' end,
    '=kind:' || kind::text,
    case when parent_id is null then '=parent_id:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("stock_locations", "parent_id", "stock_locations")
    yield """create table suppliers (
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
  code text,
  name text not null,
  status text not null,
  currency text not null,
  payment_terms text,
  payment_days integer,
  delivery_terms text,
  lead_time_days integer,
  minimum_order numeric,
  processes text[] default '{}' not null,
  website text,
  constraint suppliers_pkey primary key (workspace_id, id),
  constraint suppliers_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 33),
  constraint suppliers_status_known check (status in ('pending', 'active', 'inactive', 'rejected')),
  constraint suppliers_minimum_order_exact check (scale(minimum_order) <= 6 and abs(minimum_order) < 1e15)
)"""
    yield "create unique index suppliers_code on suppliers (workspace_id, code) where deleted_at is null"
    yield "create index suppliers_created on suppliers (workspace_id, created_at, id)"
    yield "create index suppliers_deleted on suppliers (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index suppliers_name on suppliers (workspace_id, name, id)"
    yield "create index suppliers_sync on suppliers (workspace_id, updated_at, id)"
    yield from tenant("suppliers", api="select, insert, update")
    yield from purgeable("suppliers")
    yield from search_columns(
        "suppliers",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || coalesce(code, '')
  || ' ' || name)
  || array_to_tsvector(array_remove(array[
    case when code is null then '=code:' || 'null' end,
    '=status:' || status::text,
    '=currency:' || left(currency, 400)
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end
  || case when processes <> '{}' then list_tokens('processes', processes) end, null))""",
        text="""name""",
    )
    yield """create table client_addresses (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  kind text not null,
  name text,
  attention text,
  line1 text not null,
  line2 text,
  city text,
  region text,
  postal_code text,
  country text not null,
  client_id uuid not null,
  constraint client_addresses_pkey primary key (workspace_id, id),
  constraint client_addresses_workspace_id_client_id_id_key unique (workspace_id, client_id, id),
  constraint client_addresses_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 32),
  constraint client_addresses_kind_known check (kind in ('bill_to', 'ship_to', 'other')),
  constraint client_addresses_workspace_id_client_id_fkey foreign key(workspace_id, client_id) references clients (workspace_id, id)
)"""
    yield "create index client_addresses_client_id on client_addresses (workspace_id, client_id, position, id)"
    yield from tenant("client_addresses", api="select, insert, update, delete")
    yield """create table intake_mappings (
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
  name text not null,
  format text not null,
  client_id uuid,
  delimiter text not null,
  decimal_comma boolean not null,
  date_order text not null,
  orders_at text,
  lines_at text,
  constraint intake_mappings_pkey primary key (workspace_id, id),
  constraint intake_mappings_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 65),
  constraint intake_mappings_format_known check (format in ('csv', 'json')),
  constraint intake_mappings_workspace_id_client_id_fkey foreign key(workspace_id, client_id) references clients (workspace_id, id),
  constraint intake_mappings_date_order_known check (date_order in ('ymd', 'dmy', 'mdy'))
)"""
    yield "create index intake_mappings_client_id on intake_mappings (workspace_id, client_id, updated_at, id)"
    yield "create index intake_mappings_created on intake_mappings (workspace_id, created_at, id)"
    yield "create index intake_mappings_deleted on intake_mappings (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index intake_mappings_name on intake_mappings (workspace_id, name) where deleted_at is null"
    yield "create index intake_mappings_sync on intake_mappings (workspace_id, updated_at, id)"
    yield from tenant("intake_mappings", api="select, insert, update")
    yield from purgeable("intake_mappings")
    yield from search_columns(
        "intake_mappings",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || name)
  || array_to_tsvector(array_remove(array[
    '=format:' || format::text,
    case when client_id is null then '=client_id:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("intake_mappings", "client_id", "clients")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
