"""Stock and routings.

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
    yield """create table intake_columns (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  intake_mapping_id uuid not null,
  holds text not null,
  source text not null,
  constraint intake_columns_pkey primary key (workspace_id, id),
  constraint intake_columns_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 66),
  constraint intake_columns_workspace_id_intake_mapping_id_fkey foreign key(workspace_id, intake_mapping_id) references intake_mappings (workspace_id, id),
  constraint intake_columns_holds_known check (holds in ('order_number', 'client', 'ordered_on', 'due_on', 'currency', 'customer_rfq_number', 'notes', 'part_number', 'customer_part_number', 'description', 'quantity', 'unit', 'unit_price', 'line_due_on', 'line_notes'))
)"""
    yield "create index intake_columns_intake_mapping_id on intake_columns (workspace_id, intake_mapping_id, position, id)"
    yield from tenant("intake_columns", api="select, insert, update, delete")
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
    yield from search_columns(
        "inventory_items",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
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
    yield from search_columns(
        "supplier_parts",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || coalesce(supplier_part_number, ''))
  || array_to_tsvector(array_remove(array[
    '=supplier_part_number:' || case when supplier_part_number is null then 'null' else 'given' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("supplier_parts", "supplier_id", "suppliers")
    yield from reference("supplier_parts", "part_id", "parts")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
