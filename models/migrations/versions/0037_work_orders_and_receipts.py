"""Work orders and receipts.

Revision ID: 0037
Revises: 0036
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
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
    yield from search_columns(
        "work_orders",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
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
    yield from search_columns(
        "receipts",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number
  || ' ' || coalesce(delivery_note, ''))
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    '=delivery_note:' || case when delivery_note is null then 'null' else 'given' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("receipts", "purchase_order_id", "purchase_orders")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
