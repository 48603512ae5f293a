"""Repair orders.

Revision ID: 0000
Revises: none
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0000"
down_revision = "none"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    yield """create table repair_orders (
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
  supplier text not null,
  currency text not null,
  ordered_on date,
  required_on date,
  sent_at timestamp with time zone,
  payment_terms text,
  payment_days integer,
  delivery_terms text,
  buyer text,
  supplier_reference text,
  total numeric not null,
  constraint repair_orders_pkey primary key (workspace_id, id),
  constraint repair_orders_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4080),
  constraint repair_orders_status_known check (status in ('draft', 'sent', 'acknowledged', 'cancelled', 'partially_received', 'received')),
  constraint repair_orders_total_exact check (scale(total) <= 6 and abs(total) < 1e15)
)"""
    yield "create index repair_orders_created on repair_orders (workspace_id, created_at, id)"
    yield "create index repair_orders_deleted on repair_orders (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index repair_orders_number on repair_orders (workspace_id, number)"
    yield "create index repair_orders_ordered_on on repair_orders (workspace_id, ordered_on, id)"
    yield "create index repair_orders_required_on on repair_orders (workspace_id, required_on, id)"
    yield "create index repair_orders_status on repair_orders (workspace_id, status, updated_at, id)"
    yield "create index repair_orders_status_required_on on repair_orders (workspace_id, status, required_on desc, id desc)"
    yield "create index repair_orders_supplier on repair_orders (workspace_id, supplier, id)"
    yield "create index repair_orders_sync on repair_orders (workspace_id, updated_at, id)"
    yield "create index repair_orders_total on repair_orders (workspace_id, total, id)"
    yield from tenant("repair_orders", api="select, insert, update")
    yield from purgeable("repair_orders")
    yield from search_columns("repair_orders", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    '=currency:' || left(currency, 400),
    case when ordered_on is null then '=ordered_on:' || 'null' end,
    case when required_on is null then '=required_on:' || 'null' end,
    '=buyer:' || coalesce('=' || left(buyer, 400), 'null')
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield """create table arrivals (
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
  repair_order_id uuid not null,
  received_on date,
  quantity numeric not null,
  constraint arrivals_pkey primary key (workspace_id, id),
  constraint arrivals_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4083),
  constraint arrivals_workspace_id_repair_order_id_fkey foreign key(workspace_id, repair_order_id) references repair_orders (workspace_id, id),
  constraint arrivals_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15)
)"""
    yield "create index arrivals_created on arrivals (workspace_id, created_at, id)"
    yield "create index arrivals_deleted on arrivals (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index arrivals_number on arrivals (workspace_id, number)"
    yield "create index arrivals_repair_order_id on arrivals (workspace_id, repair_order_id, updated_at, id)"
    yield "create index arrivals_sync on arrivals (workspace_id, updated_at, id)"
    yield from tenant("arrivals", api="select, insert, update")
    yield from purgeable("arrivals")
    yield from search_columns("arrivals", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[]::text[]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("arrivals", "repair_order_id", "repair_orders")
    yield """create table repair_order_lines (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  repair_order_id uuid not null,
  description text not null,
  quantity numeric not null,
  unit text not null,
  unit_price numeric not null,
  received_quantity numeric not null,
  total numeric not null,
  constraint repair_order_lines_pkey primary key (workspace_id, id),
  constraint repair_order_lines_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4081),
  constraint repair_order_lines_workspace_id_repair_order_id_fkey foreign key(workspace_id, repair_order_id) references repair_orders (workspace_id, id),
  constraint repair_order_lines_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint repair_order_lines_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15),
  constraint repair_order_lines_received_quantity_exact check (scale(received_quantity) <= 6 and abs(received_quantity) < 1e15),
  constraint repair_order_lines_total_exact check (scale(total) <= 6 and abs(total) < 1e15)
)"""
    yield "create index repair_order_lines_repair_order_id on repair_order_lines (workspace_id, repair_order_id, position, id)"
    yield from tenant("repair_order_lines", api="select, insert, update, delete")
    yield """create table repair_order_schedules (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  repair_order_line_id uuid not null,
  due_on date not null,
  quantity numeric not null,
  constraint repair_order_schedules_pkey primary key (workspace_id, id),
  constraint repair_order_schedules_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4082),
  constraint repair_order_schedules_workspace_id_repair_order_line_id_fkey foreign key(workspace_id, repair_order_line_id) references repair_order_lines (workspace_id, id),
  constraint repair_order_schedules_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15)
)"""
    yield "create index repair_order_schedules_repair_order_line_id on repair_order_schedules (workspace_id, repair_order_line_id, position, id)"
    yield from tenant("repair_order_schedules", api="select, insert, update, delete")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop function arrivals_matching")
    op.execute("drop function repair_orders_matching")
    op.execute("drop table repair_order_schedules")
    op.execute("drop table repair_order_lines")
    op.execute("drop table arrivals")
    op.execute("drop table repair_orders")
    op.execute("drop function arrivals_repair_order_id_alive")
    op.execute("drop function repair_orders_required_by_arrivals_repair_order_id cascade")
