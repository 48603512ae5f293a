"""Manufacturing.

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
    yield from search_columns("stock_locations", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || code
  || ' ' || coalesce(name, ''))
  || array_to_tsvector(array_remove(array[
    '=name:' || case when name is null then 'null' else 'given' end,
    '=kind:' || kind::text,
    case when parent_id is null then '=parent_id:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
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
    yield from search_columns("suppliers", """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when processes <> '{}' then list_tokens('processes', processes) end, null))""", text="""name""")
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
    yield from search_columns("parts", """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""", text="""part_number""")
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
    yield from search_columns("stock_counts", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number)
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    case when location_id is null then '=location_id:' || 'null' end,
    case when counted_on is null then '=counted_on:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
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
    yield from search_columns("work_centers", """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
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
    yield """create table inventory_items (
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
  part_id uuid not null,
  location_id uuid not null,
  lot text,
  serial text,
  status text not null,
  expires_on date,
  on_hand numeric not null,
  reserved numeric not null,
  available numeric not null,
  unit_cost numeric,
  value numeric,
  movement_count integer not null,
  constraint inventory_items_pkey primary key (workspace_id, id),
  constraint inventory_items_one_of_serial check (serial is null or on_hand in (0, 1)),
  constraint inventory_items_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 43),
  constraint inventory_items_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint inventory_items_workspace_id_location_id_fkey foreign key(workspace_id, location_id) references stock_locations (workspace_id, id),
  constraint inventory_items_status_known check (status in ('available', 'on_hold', 'quarantine', 'rejected')),
  constraint inventory_items_on_hand_exact check (scale(on_hand) <= 6 and abs(on_hand) < 1e15),
  constraint inventory_items_reserved_exact check (scale(reserved) <= 6 and abs(reserved) < 1e15),
  constraint inventory_items_available_exact check (scale(available) <= 6 and abs(available) < 1e15),
  constraint inventory_items_unit_cost_exact check (scale(unit_cost) <= 6 and abs(unit_cost) < 1e15),
  constraint inventory_items_value_exact check (scale(value) <= 6 and abs(value) < 1e15)
)"""
    yield "create index inventory_items_available on inventory_items (workspace_id, available, id)"
    yield "create index inventory_items_created on inventory_items (workspace_id, created_at, id)"
    yield "create index inventory_items_deleted on inventory_items (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index inventory_items_expires_on on inventory_items (workspace_id, expires_on, id)"
    yield "create index inventory_items_location_id on inventory_items (workspace_id, location_id, updated_at, id)"
    yield "create index inventory_items_on_hand on inventory_items (workspace_id, on_hand, id)"
    yield "create index inventory_items_part_id on inventory_items (workspace_id, part_id, updated_at, id)"
    yield "create unique index inventory_items_place on inventory_items (workspace_id, part_id, location_id, lot, serial) nulls not distinct where deleted_at is null"
    yield "create index inventory_items_sync on inventory_items (workspace_id, updated_at, id)"
    yield "create index inventory_items_value on inventory_items (workspace_id, value, id)"
    yield from tenant("inventory_items", api="select, insert, update")
    yield from purgeable("inventory_items")
    yield from search_columns("inventory_items", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || coalesce(lot, '')
  || ' ' || coalesce(serial, ''))
  || array_to_tsvector(array_remove(array[
    '=lot:' || case when lot is null then 'null' else 'given' end,
    '=serial:' || case when serial is null then 'null' else 'given' end,
    '=status:' || status::text,
    case when expires_on is null then '=expires_on:' || 'null' end,
    case when value is null then '=value:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("inventory_items", "part_id", "parts")
    yield from reference("inventory_items", "location_id", "stock_locations")
    yield """create table routing_operations (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  part_id uuid not null,
  name text not null,
  kind text not null,
  work_center_id uuid,
  programming_hours numeric,
  setup_hours numeric,
  cycle_hours numeric,
  rate numeric,
  supplier_id uuid,
  fixed_charge numeric,
  unit_price numeric,
  lead_time_days integer,
  notes text,
  constraint routing_operations_pkey primary key (workspace_id, id),
  constraint routing_operations_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 40),
  constraint routing_operations_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint routing_operations_kind_known check (kind in ('internal', 'outside')),
  constraint routing_operations_workspace_id_work_center_id_fkey foreign key(workspace_id, work_center_id) references work_centers (workspace_id, id),
  constraint routing_operations_programming_hours_exact check (scale(programming_hours) <= 6 and abs(programming_hours) < 1e15),
  constraint routing_operations_setup_hours_exact check (scale(setup_hours) <= 6 and abs(setup_hours) < 1e15),
  constraint routing_operations_cycle_hours_exact check (scale(cycle_hours) <= 6 and abs(cycle_hours) < 1e15),
  constraint routing_operations_rate_exact check (scale(rate) <= 6 and abs(rate) < 1e15),
  constraint routing_operations_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id),
  constraint routing_operations_fixed_charge_exact check (scale(fixed_charge) <= 6 and abs(fixed_charge) < 1e15),
  constraint routing_operations_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15)
)"""
    yield "create index routing_operations_part_id on routing_operations (workspace_id, part_id, position, id)"
    yield from tenant("routing_operations", api="select, insert, update, delete")
    yield """create table supplier_parts (
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
  supplier_id uuid not null,
  part_id uuid not null,
  supplier_part_number text,
  currency text not null,
  unit text not null,
  factor numeric not null,
  minimum_quantity numeric,
  lead_time_days integer,
  constraint supplier_parts_pkey primary key (workspace_id, id),
  constraint supplier_parts_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 36),
  constraint supplier_parts_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id),
  constraint supplier_parts_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint supplier_parts_factor_exact check (scale(factor) <= 6 and abs(factor) < 1e15),
  constraint supplier_parts_minimum_quantity_exact check (scale(minimum_quantity) <= 6 and abs(minimum_quantity) < 1e15)
)"""
    yield "create index supplier_parts_created on supplier_parts (workspace_id, created_at, id)"
    yield "create index supplier_parts_deleted on supplier_parts (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index supplier_parts_part_id on supplier_parts (workspace_id, part_id, updated_at, id)"
    yield "create unique index supplier_parts_supplier_id on supplier_parts (workspace_id, supplier_id, part_id)"
    yield "create index supplier_parts_sync on supplier_parts (workspace_id, updated_at, id)"
    yield from tenant("supplier_parts", api="select, insert, update")
    yield from purgeable("supplier_parts")
    yield from search_columns("supplier_parts", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || coalesce(supplier_part_number, ''))
  || array_to_tsvector(array_remove(array[
    '=supplier_part_number:' || case when supplier_part_number is null then 'null' else 'given' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("supplier_parts", "supplier_id", "suppliers")
    yield from reference("supplier_parts", "part_id", "parts")
    yield """create table jobs (
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
  client_id uuid,
  quote_id uuid,
  parent_job_id uuid,
  title text,
  customer_po_number text,
  ordered_on date,
  due_on date,
  promised_on date,
  priority integer not null,
  currency text not null,
  price numeric,
  material_status text not null,
  ship_to jsonb default '{}' not null,
  quantity numeric not null,
  completed_quantity numeric not null,
  scrapped_quantity numeric not null,
  material_cost numeric,
  released_at timestamp with time zone,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  closed_at timestamp with time zone,
  hold_reason text,
  exploded jsonb default '{}' not null,
  issued jsonb default '{}' not null,
  constraint jobs_pkey primary key (workspace_id, id),
  constraint jobs_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 48),
  constraint jobs_status_known check (status in ('draft', 'released', 'in_progress', 'on_hold', 'completed', 'closed', 'cancelled')),
  constraint jobs_workspace_id_client_id_fkey foreign key(workspace_id, client_id) references clients (workspace_id, id),
  constraint jobs_workspace_id_quote_id_fkey foreign key(workspace_id, quote_id) references quotes (workspace_id, id),
  constraint jobs_workspace_id_parent_job_id_fkey foreign key(workspace_id, parent_job_id) references jobs (workspace_id, id),
  constraint jobs_price_exact check (scale(price) <= 6 and abs(price) < 1e15),
  constraint jobs_material_status_known check (material_status in ('none', 'missing', 'ordered', 'ready')),
  constraint jobs_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint jobs_completed_quantity_exact check (scale(completed_quantity) <= 6 and abs(completed_quantity) < 1e15),
  constraint jobs_scrapped_quantity_exact check (scale(scrapped_quantity) <= 6 and abs(scrapped_quantity) < 1e15),
  constraint jobs_material_cost_exact check (scale(material_cost) <= 6 and abs(material_cost) < 1e15)
)"""
    yield "create index jobs_client_id on jobs (workspace_id, client_id, updated_at, id)"
    yield "create index jobs_client_id_due_on on jobs (workspace_id, client_id, due_on, id)"
    yield "create index jobs_completed_at on jobs (workspace_id, completed_at, id)"
    yield "create index jobs_created on jobs (workspace_id, created_at, id)"
    yield "create index jobs_deleted on jobs (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index jobs_due_on on jobs (workspace_id, due_on, id)"
    yield "create unique index jobs_number on jobs (workspace_id, number)"
    yield "create index jobs_ordered_on on jobs (workspace_id, ordered_on, id)"
    yield "create index jobs_parent_job_id on jobs (workspace_id, parent_job_id, updated_at, id)"
    yield "create index jobs_price on jobs (workspace_id, price, id)"
    yield "create index jobs_priority on jobs (workspace_id, priority, id)"
    yield "create index jobs_promised_on on jobs (workspace_id, promised_on, id)"
    yield "create unique index jobs_quote_id on jobs (workspace_id, quote_id)"
    yield "create index jobs_released_at on jobs (workspace_id, released_at, id)"
    yield "create index jobs_status on jobs (workspace_id, status, updated_at, id)"
    yield "create index jobs_status_due_on on jobs (workspace_id, status, due_on, id)"
    yield "create index jobs_sync on jobs (workspace_id, updated_at, id)"
    yield from tenant("jobs", api="select, insert, update")
    yield from purgeable("jobs")
    yield from search_columns("jobs", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number
  || ' ' || coalesce(title, '')
  || ' ' || coalesce(customer_po_number, ''))
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    case when client_id is null then '=client_id:' || 'null' end,
    case when quote_id is null then '=quote_id:' || 'null' end,
    case when parent_job_id is null then '=parent_job_id:' || 'null' end,
    '=title:' || case when title is null then 'null' else 'given' end,
    '=customer_po_number:' || case when customer_po_number is null then 'null' else 'given' end,
    case when ordered_on is null then '=ordered_on:' || 'null' end,
    case when due_on is null then '=due_on:' || 'null' end,
    case when promised_on is null then '=promised_on:' || 'null' end,
    '=currency:' || left(currency, 400),
    case when price is null then '=price:' || 'null' end,
    '=material_status:' || material_status::text,
    case when released_at is null then '=released_at:' || 'null' end,
    case when completed_at is null then '=completed_at:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("jobs", "client_id", "clients")
    yield from reference("jobs", "quote_id", "quotes")
    yield from reference("jobs", "parent_job_id", "jobs")
    yield """create table price_breaks (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  supplier_part_id uuid not null,
  quantity numeric not null,
  unit_price numeric not null,
  constraint price_breaks_pkey primary key (workspace_id, id),
  constraint price_breaks_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 37),
  constraint price_breaks_workspace_id_supplier_part_id_fkey foreign key(workspace_id, supplier_part_id) references supplier_parts (workspace_id, id),
  constraint price_breaks_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint price_breaks_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15)
)"""
    yield "create index price_breaks_supplier_part_id on price_breaks (workspace_id, supplier_part_id, position, id)"
    yield from tenant("price_breaks", api="select, insert, update, delete")
    yield """create table stock_count_lines (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  stock_count_id uuid not null,
  inventory_item_id uuid not null,
  counted numeric,
  expected numeric,
  note text,
  constraint stock_count_lines_pkey primary key (workspace_id, id),
  constraint stock_count_lines_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 47),
  constraint stock_count_lines_workspace_id_stock_count_id_fkey foreign key(workspace_id, stock_count_id) references stock_counts (workspace_id, id),
  constraint stock_count_lines_workspace_id_inventory_item_id_fkey foreign key(workspace_id, inventory_item_id) references inventory_items (workspace_id, id),
  constraint stock_count_lines_counted_exact check (scale(counted) <= 6 and abs(counted) < 1e15),
  constraint stock_count_lines_expected_exact check (scale(expected) <= 6 and abs(expected) < 1e15)
)"""
    yield "create index stock_count_lines_item on stock_count_lines (workspace_id, inventory_item_id)"
    yield "create index stock_count_lines_stock_count_id on stock_count_lines (workspace_id, stock_count_id, position, id)"
    yield from tenant("stock_count_lines", api="select, insert, update, delete")
    yield """create table stock_movements (
  workspace_id uuid not null,
  id uuid not null,
  inventory_item_id uuid not null,
  number integer not null,
  moved_at timestamp with time zone not null,
  part_id uuid not null,
  location_id uuid not null,
  reason text not null,
  quantity numeric not null,
  balance_after numeric not null,
  unit_cost numeric,
  source_type text,
  source_id uuid,
  note text,
  moved_by_id uuid,
  constraint stock_movements_pkey primary key (workspace_id, id),
  constraint stock_movements_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 44),
  constraint stock_movements_workspace_id_inventory_item_id_fkey foreign key(workspace_id, inventory_item_id) references inventory_items (workspace_id, id),
  constraint stock_movements_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint stock_movements_workspace_id_location_id_fkey foreign key(workspace_id, location_id) references stock_locations (workspace_id, id),
  constraint stock_movements_reason_known check (reason in ('receipt', 'issue', 'return', 'adjustment', 'transfer', 'scrap', 'production', 'shipment', 'opening')),
  constraint stock_movements_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint stock_movements_balance_after_exact check (scale(balance_after) <= 6 and abs(balance_after) < 1e15),
  constraint stock_movements_unit_cost_exact check (scale(unit_cost) <= 6 and abs(unit_cost) < 1e15)
)"""
    yield "create index stock_movements_at on stock_movements (workspace_id, moved_at, id)"
    yield "create index stock_movements_item on stock_movements (workspace_id, inventory_item_id, moved_at, id)"
    yield "create index stock_movements_location on stock_movements (workspace_id, location_id, moved_at, id)"
    yield "create unique index stock_movements_number on stock_movements (workspace_id, inventory_item_id, number)"
    yield "create index stock_movements_part on stock_movements (workspace_id, part_id, moved_at, id)"
    yield "create index stock_movements_source on stock_movements (workspace_id, source_id, moved_at, id)"
    yield """create table job_parts (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  job_id uuid not null,
  part_id uuid,
  quote_part_id uuid,
  description text not null,
  quantity numeric not null,
  unit text not null,
  unit_price numeric,
  due_on date,
  completed_quantity numeric not null,
  scrapped_quantity numeric not null,
  constraint job_parts_pkey primary key (workspace_id, id),
  constraint job_parts_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 49),
  constraint job_parts_workspace_id_job_id_fkey foreign key(workspace_id, job_id) references jobs (workspace_id, id),
  constraint job_parts_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint job_parts_workspace_id_quote_part_id_fkey foreign key(workspace_id, quote_part_id) references quote_parts (workspace_id, id),
  constraint job_parts_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint job_parts_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15),
  constraint job_parts_completed_quantity_exact check (scale(completed_quantity) <= 6 and abs(completed_quantity) < 1e15),
  constraint job_parts_scrapped_quantity_exact check (scale(scrapped_quantity) <= 6 and abs(scrapped_quantity) < 1e15)
)"""
    yield "create index job_parts_job_id on job_parts (workspace_id, job_id, position, id)"
    yield from tenant("job_parts", api="select, insert, update, delete")
    yield """create table rfqs (
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
  title text,
  job_id uuid,
  due_on date,
  sent_at timestamp with time zone,
  awarded_at timestamp with time zone,
  message text,
  constraint rfqs_pkey primary key (workspace_id, id),
  constraint rfqs_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 52),
  constraint rfqs_status_known check (status in ('draft', 'sent', 'partially_responded', 'responded', 'awarded', 'closed', 'cancelled')),
  constraint rfqs_workspace_id_job_id_fkey foreign key(workspace_id, job_id) references jobs (workspace_id, id)
)"""
    yield "create index rfqs_created on rfqs (workspace_id, created_at, id)"
    yield "create index rfqs_deleted on rfqs (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index rfqs_due_on on rfqs (workspace_id, due_on, id)"
    yield "create index rfqs_job_id on rfqs (workspace_id, job_id, updated_at, id)"
    yield "create unique index rfqs_number on rfqs (workspace_id, number)"
    yield "create index rfqs_sent_at on rfqs (workspace_id, sent_at, id)"
    yield "create index rfqs_status on rfqs (workspace_id, status, updated_at, id)"
    yield "create index rfqs_status_due_on on rfqs (workspace_id, status, due_on, id)"
    yield "create index rfqs_sync on rfqs (workspace_id, updated_at, id)"
    yield from tenant("rfqs", api="select, insert, update")
    yield from purgeable("rfqs")
    yield from search_columns("rfqs", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number
  || ' ' || coalesce(title, ''))
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    '=title:' || case when title is null then 'null' else 'given' end,
    case when job_id is null then '=job_id:' || 'null' end,
    case when due_on is null then '=due_on:' || 'null' end,
    case when sent_at is null then '=sent_at:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("rfqs", "job_id", "jobs")
    yield """create table purchase_orders (
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
  revision integer not null,
  status text not null,
  supplier_id uuid not null,
  contact_id uuid,
  supplier_address_id uuid,
  location_id uuid,
  job_id uuid,
  rfq_id uuid,
  currency text not null,
  ordered_on date,
  required_on date,
  promised_on date,
  supplier_reference text,
  payment_terms text,
  payment_days integer,
  delivery_terms text,
  over_receipt_tolerance numeric not null,
  ship_to jsonb default '{}' not null,
  sent_to jsonb default '{}' not null,
  sent_at timestamp with time zone,
  acknowledged_at timestamp with time zone,
  subtotal numeric not null,
  tax_rate numeric,
  tax numeric not null,
  total numeric not null,
  constraint purchase_orders_pkey primary key (workspace_id, id),
  constraint purchase_orders_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 57),
  constraint purchase_orders_status_known check (status in ('draft', 'sent', 'acknowledged', 'partially_received', 'received', 'closed', 'cancelled')),
  constraint purchase_orders_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id),
  constraint purchase_orders_workspace_id_supplier_id_contact_id_fkey foreign key(workspace_id, supplier_id, contact_id) references supplier_contacts (workspace_id, supplier_id, id),
  constraint purchase_orders_workspace_id_supplier_id_supplier_addre_1ed3 foreign key(workspace_id, supplier_id, supplier_address_id) references supplier_addresses (workspace_id, supplier_id, id),
  constraint purchase_orders_workspace_id_location_id_fkey foreign key(workspace_id, location_id) references stock_locations (workspace_id, id),
  constraint purchase_orders_workspace_id_job_id_fkey foreign key(workspace_id, job_id) references jobs (workspace_id, id),
  constraint purchase_orders_workspace_id_rfq_id_fkey foreign key(workspace_id, rfq_id) references rfqs (workspace_id, id),
  constraint purchase_orders_over_receipt_tolerance_exact check (scale(over_receipt_tolerance) <= 6 and abs(over_receipt_tolerance) < 1e15),
  constraint purchase_orders_subtotal_exact check (scale(subtotal) <= 6 and abs(subtotal) < 1e15),
  constraint purchase_orders_tax_rate_exact check (scale(tax_rate) <= 6 and abs(tax_rate) < 1e15),
  constraint purchase_orders_tax_exact check (scale(tax) <= 6 and abs(tax) < 1e15),
  constraint purchase_orders_total_exact check (scale(total) <= 6 and abs(total) < 1e15)
)"""
    yield "create index purchase_orders_created on purchase_orders (workspace_id, created_at, id)"
    yield "create index purchase_orders_deleted on purchase_orders (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index purchase_orders_job_id on purchase_orders (workspace_id, job_id, updated_at, id)"
    yield "create unique index purchase_orders_number on purchase_orders (workspace_id, number, revision)"
    yield "create index purchase_orders_ordered_on on purchase_orders (workspace_id, ordered_on, id)"
    yield "create index purchase_orders_promised_on on purchase_orders (workspace_id, promised_on, id)"
    yield "create index purchase_orders_required_on on purchase_orders (workspace_id, required_on, id)"
    yield "create index purchase_orders_rfq_id on purchase_orders (workspace_id, rfq_id, updated_at, id)"
    yield "create index purchase_orders_sent_at on purchase_orders (workspace_id, sent_at, id)"
    yield "create index purchase_orders_status on purchase_orders (workspace_id, status, updated_at, id)"
    yield "create index purchase_orders_status_required_on on purchase_orders (workspace_id, status, required_on, id)"
    yield "create index purchase_orders_supplier_id on purchase_orders (workspace_id, supplier_id, updated_at, id)"
    yield "create index purchase_orders_supplier_id_required_on on purchase_orders (workspace_id, supplier_id, required_on, id)"
    yield "create index purchase_orders_sync on purchase_orders (workspace_id, updated_at, id)"
    yield "create index purchase_orders_total on purchase_orders (workspace_id, total, id)"
    yield from tenant("purchase_orders", api="select, insert, update")
    yield from purgeable("purchase_orders")
    yield from search_columns("purchase_orders", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number
  || ' ' || coalesce(supplier_reference, ''))
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    case when job_id is null then '=job_id:' || 'null' end,
    case when rfq_id is null then '=rfq_id:' || 'null' end,
    '=currency:' || left(currency, 400),
    case when ordered_on is null then '=ordered_on:' || 'null' end,
    case when required_on is null then '=required_on:' || 'null' end,
    case when promised_on is null then '=promised_on:' || 'null' end,
    '=supplier_reference:' || case when supplier_reference is null then 'null' else 'given' end,
    case when sent_at is null then '=sent_at:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("purchase_orders", "supplier_id", "suppliers")
    yield from reference("purchase_orders", "location_id", "stock_locations")
    yield from reference("purchase_orders", "job_id", "jobs")
    yield from reference("purchase_orders", "rfq_id", "rfqs")
    yield """create table rfq_invitations (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  rfq_id uuid not null,
  supplier_id uuid not null,
  status text not null,
  currency text,
  valid_until date,
  responded_at timestamp with time zone,
  message text,
  constraint rfq_invitations_pkey primary key (workspace_id, id),
  constraint rfq_invitations_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 55),
  constraint rfq_invitations_workspace_id_rfq_id_fkey foreign key(workspace_id, rfq_id) references rfqs (workspace_id, id),
  constraint rfq_invitations_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id),
  constraint rfq_invitations_status_known check (status in ('invited', 'viewed', 'declined', 'responded'))
)"""
    yield "create index rfq_invitations_rfq_id on rfq_invitations (workspace_id, rfq_id, position, id)"
    yield from tenant("rfq_invitations", api="select, insert, update, delete")
    yield """create table work_orders (
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
  job_id uuid not null,
  job_part_id uuid,
  sequence integer not null,
  predecessor_ids text[] default '{}' not null,
  name text not null,
  kind text not null,
  work_center_id uuid,
  supplier_id uuid,
  quantity numeric not null,
  programming_hours numeric,
  setup_hours numeric,
  cycle_hours numeric,
  rate numeric,
  good_quantity numeric not null,
  scrap_quantity numeric not null,
  started_at timestamp with time zone,
  done_at timestamp with time zone,
  constraint work_orders_pkey primary key (workspace_id, id),
  constraint work_orders_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 50),
  constraint work_orders_status_known check (status in ('waiting', 'ready', 'running', 'paused', 'done', 'cancelled')),
  constraint work_orders_workspace_id_job_id_fkey foreign key(workspace_id, job_id) references jobs (workspace_id, id),
  constraint work_orders_workspace_id_job_part_id_fkey foreign key(workspace_id, job_part_id) references job_parts (workspace_id, id),
  constraint work_orders_kind_known check (kind in ('internal', 'outside')),
  constraint work_orders_workspace_id_work_center_id_fkey foreign key(workspace_id, work_center_id) references work_centers (workspace_id, id),
  constraint work_orders_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id),
  constraint work_orders_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint work_orders_programming_hours_exact check (scale(programming_hours) <= 6 and abs(programming_hours) < 1e15),
  constraint work_orders_setup_hours_exact check (scale(setup_hours) <= 6 and abs(setup_hours) < 1e15),
  constraint work_orders_cycle_hours_exact check (scale(cycle_hours) <= 6 and abs(cycle_hours) < 1e15),
  constraint work_orders_rate_exact check (scale(rate) <= 6 and abs(rate) < 1e15),
  constraint work_orders_good_quantity_exact check (scale(good_quantity) <= 6 and abs(good_quantity) < 1e15),
  constraint work_orders_scrap_quantity_exact check (scale(scrap_quantity) <= 6 and abs(scrap_quantity) < 1e15)
)"""
    yield "create index work_orders_created on work_orders (workspace_id, created_at, id)"
    yield "create index work_orders_deleted on work_orders (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index work_orders_job_id on work_orders (workspace_id, job_id, updated_at, id)"
    yield "create index work_orders_job_id_sequence on work_orders (workspace_id, job_id, sequence, id)"
    yield "create index work_orders_job_part_id on work_orders (workspace_id, job_part_id, updated_at, id)"
    yield "create unique index work_orders_number on work_orders (workspace_id, number)"
    yield "create index work_orders_sequence on work_orders (workspace_id, sequence, id)"
    yield "create index work_orders_status on work_orders (workspace_id, status, updated_at, id)"
    yield "create index work_orders_supplier_id on work_orders (workspace_id, supplier_id, updated_at, id)"
    yield "create index work_orders_sync on work_orders (workspace_id, updated_at, id)"
    yield "create index work_orders_work_center_id on work_orders (workspace_id, work_center_id, updated_at, id)"
    yield from tenant("work_orders", api="select, insert, update")
    yield from purgeable("work_orders")
    yield from search_columns("work_orders", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number
  || ' ' || name)
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    case when job_part_id is null then '=job_part_id:' || 'null' end,
    '=name:' || case when name is null then 'null' else 'given' end,
    '=kind:' || kind::text,
    case when work_center_id is null then '=work_center_id:' || 'null' end,
    case when supplier_id is null then '=supplier_id:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("work_orders", "job_id", "jobs")
    yield from reference("work_orders", "work_center_id", "work_centers")
    yield from reference("work_orders", "supplier_id", "suppliers")
    yield """create table receipts (
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
  purchase_order_id uuid not null,
  received_on date not null,
  delivery_note text,
  voided_at timestamp with time zone,
  constraint receipts_pkey primary key (workspace_id, id),
  constraint receipts_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 59),
  constraint receipts_status_known check (status in ('posted', 'voided')),
  constraint receipts_workspace_id_purchase_order_id_fkey foreign key(workspace_id, purchase_order_id) references purchase_orders (workspace_id, id)
)"""
    yield "create index receipts_created on receipts (workspace_id, created_at, id)"
    yield "create index receipts_deleted on receipts (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index receipts_number on receipts (workspace_id, number)"
    yield "create index receipts_purchase_order_id on receipts (workspace_id, purchase_order_id, updated_at, id)"
    yield "create index receipts_received_on on receipts (workspace_id, received_on, id)"
    yield "create index receipts_sync on receipts (workspace_id, updated_at, id)"
    yield from tenant("receipts", api="select, insert, update")
    yield from purgeable("receipts")
    yield from search_columns("receipts", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number
  || ' ' || coalesce(delivery_note, ''))
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    '=delivery_note:' || case when delivery_note is null then 'null' else 'given' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("receipts", "purchase_order_id", "purchase_orders")
    yield """create table requirements (
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
  job_id uuid,
  job_part_id uuid,
  work_order_id uuid,
  part_id uuid,
  supplier_id uuid,
  description text not null,
  quantity numeric not null,
  unit text not null,
  required_on date,
  ordered_quantity numeric not null,
  received_quantity numeric not null,
  issued_quantity numeric not null,
  constraint requirements_pkey primary key (workspace_id, id),
  constraint requirements_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 51),
  constraint requirements_kind_known check (kind in ('material', 'outside_operation', 'purchased_item')),
  constraint requirements_status_known check (status in ('pending', 'rfq_in_progress', 'has_po', 'received', 'cancelled')),
  constraint requirements_workspace_id_job_id_fkey foreign key(workspace_id, job_id) references jobs (workspace_id, id),
  constraint requirements_workspace_id_job_part_id_fkey foreign key(workspace_id, job_part_id) references job_parts (workspace_id, id),
  constraint requirements_workspace_id_work_order_id_fkey foreign key(workspace_id, work_order_id) references work_orders (workspace_id, id),
  constraint requirements_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint requirements_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id),
  constraint requirements_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint requirements_ordered_quantity_exact check (scale(ordered_quantity) <= 6 and abs(ordered_quantity) < 1e15),
  constraint requirements_received_quantity_exact check (scale(received_quantity) <= 6 and abs(received_quantity) < 1e15),
  constraint requirements_issued_quantity_exact check (scale(issued_quantity) <= 6 and abs(issued_quantity) < 1e15)
)"""
    yield "create index requirements_created on requirements (workspace_id, created_at, id)"
    yield "create index requirements_deleted on requirements (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index requirements_job_id on requirements (workspace_id, job_id, updated_at, id)"
    yield "create index requirements_part_id on requirements (workspace_id, part_id, updated_at, id)"
    yield "create index requirements_required_on on requirements (workspace_id, required_on, id)"
    yield "create index requirements_status on requirements (workspace_id, status, updated_at, id)"
    yield "create index requirements_status_required_on on requirements (workspace_id, status, required_on, id)"
    yield "create index requirements_supplier_id on requirements (workspace_id, supplier_id, updated_at, id)"
    yield "create index requirements_sync on requirements (workspace_id, updated_at, id)"
    yield "create index requirements_work_order_id on requirements (workspace_id, work_order_id, updated_at, id)"
    yield from tenant("requirements", api="select, insert, update")
    yield from purgeable("requirements")
    yield from search_columns("requirements", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || description)
  || array_to_tsvector(array_remove(array[
    '=kind:' || kind::text,
    '=status:' || status::text,
    case when job_id is null then '=job_id:' || 'null' end,
    case when work_order_id is null then '=work_order_id:' || 'null' end,
    case when part_id is null then '=part_id:' || 'null' end,
    case when supplier_id is null then '=supplier_id:' || 'null' end,
    '=description:' || case when description is null then 'null' else 'given' end,
    case when required_on is null then '=required_on:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("requirements", "job_id", "jobs")
    yield from reference("requirements", "work_order_id", "work_orders")
    yield from reference("requirements", "part_id", "parts")
    yield from reference("requirements", "supplier_id", "suppliers")
    yield """create table reservations (
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
  inventory_item_id uuid not null,
  job_id uuid,
  requirement_id uuid,
  status text not null,
  quantity numeric not null,
  consumed_quantity numeric not null,
  expires_at timestamp with time zone,
  constraint reservations_pkey primary key (workspace_id, id),
  constraint reservations_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 45),
  constraint reservations_workspace_id_inventory_item_id_fkey foreign key(workspace_id, inventory_item_id) references inventory_items (workspace_id, id),
  constraint reservations_workspace_id_job_id_fkey foreign key(workspace_id, job_id) references jobs (workspace_id, id),
  constraint reservations_workspace_id_requirement_id_fkey foreign key(workspace_id, requirement_id) references requirements (workspace_id, id),
  constraint reservations_status_known check (status in ('active', 'consumed', 'released', 'expired')),
  constraint reservations_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint reservations_consumed_quantity_exact check (scale(consumed_quantity) <= 6 and abs(consumed_quantity) < 1e15)
)"""
    yield "create index reservations_created on reservations (workspace_id, created_at, id)"
    yield "create index reservations_deleted on reservations (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index reservations_due on reservations (expires_at) where status = 'active'"
    yield "create index reservations_expires_at on reservations (workspace_id, expires_at, id)"
    yield "create index reservations_inventory_item_id on reservations (workspace_id, inventory_item_id, updated_at, id)"
    yield "create index reservations_job_id on reservations (workspace_id, job_id, updated_at, id)"
    yield "create index reservations_requirement_id on reservations (workspace_id, requirement_id, updated_at, id)"
    yield "create index reservations_sync on reservations (workspace_id, updated_at, id)"
    yield from tenant("reservations", api="select, insert, update")
    yield from purgeable("reservations")
    yield from search_columns("reservations", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[
    case when job_id is null then '=job_id:' || 'null' end,
    case when requirement_id is null then '=requirement_id:' || 'null' end,
    '=status:' || status::text,
    case when expires_at is null then '=expires_at:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("reservations", "inventory_item_id", "inventory_items")
    yield from reference("reservations", "job_id", "jobs")
    yield from reference("reservations", "requirement_id", "requirements")
    yield """create table rfq_lines (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  rfq_id uuid not null,
  requirement_id uuid,
  part_id uuid,
  description text not null,
  unit text not null,
  factor numeric not null,
  required_on date,
  notes text,
  constraint rfq_lines_pkey primary key (workspace_id, id),
  constraint rfq_lines_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 53),
  constraint rfq_lines_workspace_id_rfq_id_fkey foreign key(workspace_id, rfq_id) references rfqs (workspace_id, id),
  constraint rfq_lines_workspace_id_requirement_id_fkey foreign key(workspace_id, requirement_id) references requirements (workspace_id, id),
  constraint rfq_lines_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint rfq_lines_factor_exact check (scale(factor) <= 6 and abs(factor) < 1e15)
)"""
    yield "create index rfq_lines_requirement_id on rfq_lines (workspace_id, requirement_id)"
    yield "create index rfq_lines_rfq_id on rfq_lines (workspace_id, rfq_id, position, id)"
    yield from tenant("rfq_lines", api="select, insert, update, delete")
    yield """create table rfq_quantities (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  rfq_id uuid not null,
  rfq_line_id uuid not null,
  quantity numeric not null,
  constraint rfq_quantities_pkey primary key (workspace_id, id),
  constraint rfq_quantities_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 54),
  constraint rfq_quantities_workspace_id_rfq_id_fkey foreign key(workspace_id, rfq_id) references rfqs (workspace_id, id),
  constraint rfq_quantities_workspace_id_rfq_line_id_fkey foreign key(workspace_id, rfq_line_id) references rfq_lines (workspace_id, id),
  constraint rfq_quantities_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15)
)"""
    yield "create index rfq_quantities_rfq on rfq_quantities (workspace_id, rfq_id)"
    yield "create index rfq_quantities_rfq_line_id on rfq_quantities (workspace_id, rfq_line_id, position, id)"
    yield from tenant("rfq_quantities", api="select, insert, update, delete")
    yield """create table rfq_responses (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  rfq_invitation_id uuid not null,
  rfq_id uuid not null,
  rfq_line_id uuid not null,
  supplier_id uuid not null,
  currency text not null,
  quantity numeric not null,
  unit_price numeric not null,
  lead_time_days integer,
  rank integer not null,
  is_cheapest boolean not null,
  is_fastest boolean not null,
  is_awarded boolean not null,
  constraint rfq_responses_pkey primary key (workspace_id, id),
  constraint rfq_responses_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 56),
  constraint rfq_responses_workspace_id_rfq_invitation_id_fkey foreign key(workspace_id, rfq_invitation_id) references rfq_invitations (workspace_id, id),
  constraint rfq_responses_workspace_id_rfq_id_fkey foreign key(workspace_id, rfq_id) references rfqs (workspace_id, id),
  constraint rfq_responses_workspace_id_rfq_line_id_fkey foreign key(workspace_id, rfq_line_id) references rfq_lines (workspace_id, id),
  constraint rfq_responses_workspace_id_supplier_id_fkey foreign key(workspace_id, supplier_id) references suppliers (workspace_id, id),
  constraint rfq_responses_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint rfq_responses_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15)
)"""
    yield "create index rfq_responses_rfq on rfq_responses (workspace_id, rfq_id)"
    yield "create index rfq_responses_rfq_invitation_id on rfq_responses (workspace_id, rfq_invitation_id, position, id)"
    yield from tenant("rfq_responses", api="select, insert, update, delete")
    yield """create table purchase_order_lines (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  purchase_order_id uuid not null,
  requirement_id uuid,
  rfq_response_id uuid,
  part_id uuid,
  supplier_part_number text,
  description text not null,
  quantity numeric not null,
  unit text not null,
  factor numeric not null,
  unit_price numeric not null,
  total numeric not null,
  required_on date,
  over_receipt_tolerance numeric,
  received_quantity numeric not null,
  closed_short boolean not null,
  notes text,
  constraint purchase_order_lines_pkey primary key (workspace_id, id),
  constraint purchase_order_lines_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 58),
  constraint purchase_order_lines_workspace_id_purchase_order_id_fkey foreign key(workspace_id, purchase_order_id) references purchase_orders (workspace_id, id),
  constraint purchase_order_lines_workspace_id_requirement_id_fkey foreign key(workspace_id, requirement_id) references requirements (workspace_id, id),
  constraint purchase_order_lines_workspace_id_rfq_response_id_fkey foreign key(workspace_id, rfq_response_id) references rfq_responses (workspace_id, id),
  constraint purchase_order_lines_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id),
  constraint purchase_order_lines_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint purchase_order_lines_factor_exact check (scale(factor) <= 6 and abs(factor) < 1e15),
  constraint purchase_order_lines_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15),
  constraint purchase_order_lines_total_exact check (scale(total) <= 6 and abs(total) < 1e15),
  constraint purchase_order_lines_over_receipt_tolerance_exact check (scale(over_receipt_tolerance) <= 6 and abs(over_receipt_tolerance) < 1e15),
  constraint purchase_order_lines_received_quantity_exact check (scale(received_quantity) <= 6 and abs(received_quantity) < 1e15)
)"""
    yield "create index purchase_order_lines_purchase_order_id on purchase_order_lines (workspace_id, purchase_order_id, position, id)"
    yield "create index purchase_order_lines_requirement_id on purchase_order_lines (workspace_id, requirement_id)"
    yield from tenant("purchase_order_lines", api="select, insert, update, delete")
    yield """create table receipt_lines (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  receipt_id uuid not null,
  purchase_order_line_id uuid not null,
  location_id uuid,
  quantity numeric not null,
  lot text,
  serial text,
  stock_quantity numeric,
  unit_cost numeric,
  constraint receipt_lines_pkey primary key (workspace_id, id),
  constraint receipt_lines_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 60),
  constraint receipt_lines_workspace_id_receipt_id_fkey foreign key(workspace_id, receipt_id) references receipts (workspace_id, id),
  constraint receipt_lines_workspace_id_purchase_order_line_id_fkey foreign key(workspace_id, purchase_order_line_id) references purchase_order_lines (workspace_id, id),
  constraint receipt_lines_workspace_id_location_id_fkey foreign key(workspace_id, location_id) references stock_locations (workspace_id, id),
  constraint receipt_lines_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint receipt_lines_stock_quantity_exact check (scale(stock_quantity) <= 6 and abs(stock_quantity) < 1e15),
  constraint receipt_lines_unit_cost_exact check (scale(unit_cost) <= 6 and abs(unit_cost) < 1e15)
)"""
    yield "create index receipt_lines_receipt_id on receipt_lines (workspace_id, receipt_id, position, id)"
    yield from tenant("receipt_lines", api="select, insert, update, delete")
    yield "alter table quote_parts add column part_id uuid"
    yield "alter table quote_parts add constraint quote_parts_workspace_id_part_id_fkey foreign key(workspace_id, part_id) references parts (workspace_id, id)"
    yield "alter table quotes add column bill_to_address_id uuid"
    yield "alter table quotes add column ship_to_address_id uuid"
    yield "alter table quotes add column bill_to jsonb default '{}' not null"
    yield "alter table quotes add column ship_to jsonb default '{}' not null"
    yield "alter table quotes add constraint quotes_workspace_id_client_id_bill_to_address_id_fkey foreign key(workspace_id, client_id, bill_to_address_id) references client_addresses (workspace_id, client_id, id)"
    yield "alter table quotes add constraint quotes_workspace_id_client_id_ship_to_address_id_fkey foreign key(workspace_id, client_id, ship_to_address_id) references client_addresses (workspace_id, client_id, id)"
    yield "alter table workspaces add column allow_negative_stock boolean default 'false' not null"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("say how it is undone, or what would be lost")
