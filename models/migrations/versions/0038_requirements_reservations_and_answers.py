"""Requirements, reservations and answers.

Revision ID: 0038
Revises: 0037
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, reference, search_columns, tenant

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def from_requirements() -> Iterator[str]:
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
    yield from search_columns(
        "requirements",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
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
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
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
    yield from search_columns(
        "reservations",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[
    case when job_id is null then '=job_id:' || 'null' end,
    case when requirement_id is null then '=requirement_id:' || 'null' end,
    '=status:' || status::text,
    case when expires_at is null then '=expires_at:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("reservations", "inventory_item_id", "inventory_items")
    yield from reference("reservations", "job_id", "jobs")
    yield from reference("reservations", "requirement_id", "requirements")


def from_rfq_lines() -> Iterator[str]:
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


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
    yield from from_requirements()
    yield from from_rfq_lines()


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
