"""Requests for quotation and purchase orders.

Revision ID: 0036
Revises: 0035
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
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
    yield from search_columns(
        "rfqs",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
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
    yield from search_columns(
        "purchase_orders",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
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


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
