"""Purchase orders.

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
  constraint purchase_orders_pkey primary key (workspace_id, id),
  constraint purchase_orders_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4080),
  constraint purchase_orders_status_known check (status in ('draft', 'sent', 'acknowledged', 'cancelled', 'partially_received', 'received')),
  constraint purchase_orders_total_exact check (scale(total) <= 6 and abs(total) < 1e15)
)"""
    yield "create index purchase_orders_created on purchase_orders (workspace_id, created_at, id)"
    yield "create index purchase_orders_deleted on purchase_orders (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index purchase_orders_number on purchase_orders (workspace_id, number)"
    yield "create index purchase_orders_ordered_on on purchase_orders (workspace_id, ordered_on, id)"
    yield "create index purchase_orders_required_on on purchase_orders (workspace_id, required_on, id)"
    yield "create index purchase_orders_status on purchase_orders (workspace_id, status, updated_at, id)"
    yield "create index purchase_orders_status_required_on on purchase_orders (workspace_id, status, required_on desc, id desc)"
    yield "create index purchase_orders_supplier on purchase_orders (workspace_id, supplier, id)"
    yield "create index purchase_orders_sync on purchase_orders (workspace_id, updated_at, id)"
    yield "create index purchase_orders_total on purchase_orders (workspace_id, total, id)"
    yield from tenant("purchase_orders", api="select, insert, update")
    yield from purgeable("purchase_orders")
    yield from search_columns("purchase_orders", """words_in(case when tags = '{}' then '' else list_text(tags) end
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
    yield """create table purchase_order_lines (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  purchase_order_id uuid not null,
  description text not null,
  quantity numeric not null,
  unit text not null,
  unit_price numeric not null,
  received_quantity numeric not null,
  total numeric not null,
  constraint purchase_order_lines_pkey primary key (workspace_id, id),
  constraint purchase_order_lines_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4081),
  constraint purchase_order_lines_workspace_id_purchase_order_id_fkey foreign key(workspace_id, purchase_order_id) references purchase_orders (workspace_id, id),
  constraint purchase_order_lines_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint purchase_order_lines_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15),
  constraint purchase_order_lines_received_quantity_exact check (scale(received_quantity) <= 6 and abs(received_quantity) < 1e15),
  constraint purchase_order_lines_total_exact check (scale(total) <= 6 and abs(total) < 1e15)
)"""
    yield "create index purchase_order_lines_purchase_order_id on purchase_order_lines (workspace_id, purchase_order_id, position, id)"
    yield from tenant("purchase_order_lines", api="select, insert, update, delete")
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
  purchase_order_id uuid not null,
  received_on date,
  quantity numeric not null,
  constraint receipts_pkey primary key (workspace_id, id),
  constraint receipts_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4083),
  constraint receipts_workspace_id_purchase_order_id_fkey foreign key(workspace_id, purchase_order_id) references purchase_orders (workspace_id, id),
  constraint receipts_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15)
)"""
    yield "create index receipts_created on receipts (workspace_id, created_at, id)"
    yield "create index receipts_deleted on receipts (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index receipts_number on receipts (workspace_id, number)"
    yield "create index receipts_purchase_order_id on receipts (workspace_id, purchase_order_id, updated_at, id)"
    yield "create index receipts_sync on receipts (workspace_id, updated_at, id)"
    yield from tenant("receipts", api="select, insert, update")
    yield from purgeable("receipts")
    yield from search_columns("receipts", """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[]::text[]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""")
    yield from reference("receipts", "purchase_order_id", "purchase_orders")
    yield """create table purchase_order_schedules (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  purchase_order_line_id uuid not null,
  due_on date not null,
  quantity numeric not null,
  constraint purchase_order_schedules_pkey primary key (workspace_id, id),
  constraint purchase_order_schedules_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 4082),
  constraint purchase_order_schedules_workspace_id_purchase_order_li_2225 foreign key(workspace_id, purchase_order_line_id) references purchase_order_lines (workspace_id, id),
  constraint purchase_order_schedules_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15)
)"""
    yield "create index purchase_order_schedules_purchase_order_line_id on purchase_order_schedules (workspace_id, purchase_order_line_id, position, id)"
    yield from tenant("purchase_order_schedules", api="select, insert, update, delete")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop function receipts_matching")
    op.execute("drop function purchase_orders_matching")
    op.execute("drop table purchase_order_schedules")
    op.execute("drop table receipts")
    op.execute("drop table purchase_order_lines")
    op.execute("drop table purchase_orders")
    op.execute("drop function receipts_purchase_order_id_alive")
    op.execute("drop function purchase_orders_required_by_receipts_purchase_order_id cascade")
