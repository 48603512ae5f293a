"""Lines of orders, and what quotes and workspaces have besides.

Revision ID: 0039
Revises: 0038
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import tenant

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
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
  unit_price numeric,
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
    yield "alter table quotes add constraint quotes_workspace_id_client_id_ship_to_address_id_fkey foreign key(workspace_id, client_id, ship_to_address_id) references client_addresses (workspace_id, client_id, id)"
    yield "alter table quotes add constraint quotes_workspace_id_client_id_bill_to_address_id_fkey foreign key(workspace_id, client_id, bill_to_address_id) references client_addresses (workspace_id, client_id, id)"
    yield "alter table workspaces add column allow_negative_stock boolean default 'false' not null"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what was written since would be lost; restore the database of before")
