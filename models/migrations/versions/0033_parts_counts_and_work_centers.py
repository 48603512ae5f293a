"""Parts, counts and work centers.

Revision ID: 0033
Revises: 0032
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def from_parts() -> Iterator[str]:
    yield """create table parts (
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
  part_number text not null,
  revision text not null,
  name text not null,
  description text,
  kind text not null,
  status text not null,
  client_id uuid,
  customer_part_number text,
  unit text not null,
  purchase_unit text,
  purchase_factor numeric,
  tracking text not null,
  lead_time_days integer,
  reorder_point numeric,
  safety_stock numeric,
  unit_cost numeric,
  drawing_reference text,
  released_at timestamp with time zone,
  constraint parts_pkey primary key (workspace_id, id),
  constraint parts_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 38),
  constraint parts_kind_known check (kind in ('manufactured', 'purchased', 'material', 'consumable', 'tool', 'service')),
  constraint parts_status_known check (status in ('draft', 'active', 'obsolete')),
  constraint parts_workspace_id_client_id_fkey foreign key(workspace_id, client_id) references clients (workspace_id, id),
  constraint parts_purchase_factor_exact check (scale(purchase_factor) <= 6 and abs(purchase_factor) < 1e15),
  constraint parts_tracking_known check (tracking in ('none', 'lot', 'serial')),
  constraint parts_reorder_point_exact check (scale(reorder_point) <= 6 and abs(reorder_point) < 1e15),
  constraint parts_safety_stock_exact check (scale(safety_stock) <= 6 and abs(safety_stock) < 1e15),
  constraint parts_unit_cost_exact check (scale(unit_cost) <= 6 and abs(unit_cost) < 1e15)
)"""
    yield "create index parts_client_id on parts (workspace_id, client_id, updated_at, id)"
    yield "create index parts_created on parts (workspace_id, created_at, id)"
    yield "create index parts_deleted on parts (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index parts_part_number on parts (workspace_id, part_number, revision)"
    yield "create index parts_part_number_revision on parts (workspace_id, part_number, revision, id)"
    yield "create index parts_released_at on parts (workspace_id, released_at, id)"
    yield "create index parts_status on parts (workspace_id, status, updated_at, id)"
    yield "create index parts_sync on parts (workspace_id, updated_at, id)"
    yield from tenant("parts", api="select, insert, update")
    yield from purgeable("parts")
    yield from search_columns(
        "parts",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || part_number
  || ' ' || name
  || ' ' || coalesce(description, '')
  || ' ' || coalesce(customer_part_number, ''))
  || array_to_tsvector(array_remove(array[
    '=revision:' || left(revision, 400),
    '=name:' || case when name is null then 'null' else 'given' end,
    '=kind:' || kind::text,
    '=status:' || status::text,
    case when client_id is null then '=client_id:' || 'null' end,
    '=customer_part_number:' || case when customer_part_number is null then 'null' else 'given' end,
    '=tracking:' || tracking::text,
    '=drawing_reference:' || coalesce('=' || left(drawing_reference, 400), 'null'),
    case when released_at is null then '=released_at:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
        text="""part_number""",
    )
    yield from reference("parts", "client_id", "clients")
    yield """create table stock_counts (
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
  number text not null,
  status text not null,
  location_id uuid,
  counted_on date,
  counted_at timestamp with time zone,
  posted_at timestamp with time zone,
  constraint stock_counts_pkey primary key (workspace_id, id),
  constraint stock_counts_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 46),
  constraint stock_counts_status_known check (status in ('open', 'counted', 'posted', 'cancelled')),
  constraint stock_counts_workspace_id_location_id_fkey foreign key(workspace_id, location_id) references stock_locations (workspace_id, id)
)"""
    yield "create index stock_counts_counted_on on stock_counts (workspace_id, counted_on, id)"
    yield "create index stock_counts_created on stock_counts (workspace_id, created_at, id)"
    yield "create index stock_counts_deleted on stock_counts (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index stock_counts_location_id on stock_counts (workspace_id, location_id, updated_at, id)"
    yield "create unique index stock_counts_number on stock_counts (workspace_id, number)"
    yield "create index stock_counts_sync on stock_counts (workspace_id, updated_at, id)"
    yield from tenant("stock_counts", api="select, insert, update")
    yield from purgeable("stock_counts")
    yield from search_columns(
        "stock_counts",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number)
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    case when location_id is null then '=location_id:' || 'null' end,
    case when counted_on is null then '=counted_on:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("stock_counts", "location_id", "stock_locations")
    yield """create table supplier_addresses (
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
  supplier_id uuid not null,
  constraint supplier_addresses_pkey primary key (workspace_id, id),
  constraint supplier_addresses_workspace_id_supplier_id_id_key unique (workspace_id, supplier_id, id),
  constraint supplier_addresses_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 35),
  constraint supplier_addresses_kind_known check (kind in ('bill_to', 'ship_to', 'other')),
  constraint supplier_addresses_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id)
)"""
    yield "create index supplier_addresses_supplier_id on supplier_addresses (workspace_id, supplier_id, position, id)"
    yield from tenant("supplier_addresses", api="select, insert, update, delete")


def from_supplier_contacts() -> Iterator[str]:
    yield """create table supplier_contacts (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  supplier_id uuid not null,
  first_name text not null,
  last_name text,
  email text,
  phone text,
  role text,
  constraint supplier_contacts_pkey primary key (workspace_id, id),
  constraint supplier_contacts_workspace_id_supplier_id_id_key unique (workspace_id, supplier_id, id),
  constraint supplier_contacts_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 34),
  constraint supplier_contacts_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id)
)"""
    yield "create index supplier_contacts_email on supplier_contacts (workspace_id, email, id)"
    yield "create index supplier_contacts_supplier_id on supplier_contacts (workspace_id, supplier_id, position, id)"
    yield from tenant("supplier_contacts", api="select, insert, update, delete")
    yield """create table work_centers (
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
  name text not null,
  status text not null,
  process text,
  rate_per_hour numeric,
  hours_per_day numeric,
  machines integer not null,
  location_id uuid,
  constraint work_centers_pkey primary key (workspace_id, id),
  constraint work_centers_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 41),
  constraint work_centers_status_known check (status in ('active', 'inactive')),
  constraint work_centers_rate_per_hour_exact check (scale(rate_per_hour) <= 6 and abs(rate_per_hour) < 1e15),
  constraint work_centers_hours_per_day_exact check (scale(hours_per_day) <= 6 and abs(hours_per_day) < 1e15),
  constraint work_centers_workspace_id_location_id_fkey foreign key(workspace_id, location_id) references stock_locations (workspace_id, id)
)"""
    yield "create unique index work_centers_code on work_centers (workspace_id, code) where deleted_at is null"
    yield "create index work_centers_created on work_centers (workspace_id, created_at, id)"
    yield "create index work_centers_deleted on work_centers (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index work_centers_location_id on work_centers (workspace_id, location_id, updated_at, id)"
    yield "create index work_centers_sync on work_centers (workspace_id, updated_at, id)"
    yield from tenant("work_centers", api="select, insert, update")
    yield from purgeable("work_centers")
    yield from search_columns(
        "work_centers",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || code
  || ' ' || name)
  || array_to_tsvector(array_remove(array[
    '=name:' || case when name is null then 'null' else 'given' end,
    '=status:' || status::text,
    '=process:' || coalesce('=' || left(process, 400), 'null'),
    case when location_id is null then '=location_id:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("work_centers", "location_id", "stock_locations")
    yield """create table bom_lines (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  part_id uuid not null,
  component_id uuid not null,
  quantity numeric not null,
  scrap numeric not null,
  notes text,
  constraint bom_lines_pkey primary key (workspace_id, id),
  constraint bom_lines_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 39),
  constraint bom_lines_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint bom_lines_workspace_id_component_id_fkey foreign key(workspace_id, component_id) references parts (workspace_id, id),
  constraint bom_lines_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint bom_lines_scrap_exact check (scale(scrap) <= 6 and abs(scrap) < 1e15)
)"""
    yield "create index bom_lines_component_id on bom_lines (workspace_id, component_id, id)"
    yield "create index bom_lines_part_id on bom_lines (workspace_id, part_id, position, id)"
    yield from tenant("bom_lines", api="select, insert, update, delete")


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
    yield from from_parts()
    yield from from_supplier_contacts()


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
