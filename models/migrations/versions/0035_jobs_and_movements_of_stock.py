"""Jobs and movements of stock.

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
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
    yield from search_columns(
        "jobs",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
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
  told_cost numeric,
  average_after numeric,
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
  constraint stock_movements_unit_cost_exact check (scale(unit_cost) <= 6 and abs(unit_cost) < 1e15),
  constraint stock_movements_told_cost_exact check (scale(told_cost) <= 6 and abs(told_cost) < 1e15),
  constraint stock_movements_average_after_exact check (scale(average_after) <= 6 and abs(average_after) < 1e15)
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


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
