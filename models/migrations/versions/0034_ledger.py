"""The ledger of stock: its entries are only added, a serial is one unit in one place, locations form a tree.

Revision ID: 0034
Revises: 0032
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, tenant

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

HERE = "nullif(current_setting('app.workspace_id', true), '')::uuid"


def ledger() -> Iterator[str]:
    # Nothing changes an entry or takes one away, but for the purge of a sandbox.
    yield from tenant("stock_movements", api="select, insert")
    yield from purgeable("stock_movements")
    # Looked at when the statement ends: a transfer takes the unit out of one place and puts it into another.
    yield """alter table inventory_items add constraint inventory_items_serial
exclude using btree (workspace_id with =, part_id with =, serial with =)
where (serial is not null and on_hand > 0) deferrable initially immediate"""
    yield """alter table inventory_items
add constraint inventory_items_one_of_serial check (serial is null or (on_hand in (0, 1)))"""
    # Read as the owner, for the API has no right to company tables.
    yield f"""create function allows_negative_stock() returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select allow_negative_stock from workspaces where id = {HERE}), false)
$$"""
    yield "revoke all on function allows_negative_stock from public"
    yield "grant execute on function allows_negative_stock to forge_api"
    yield f"""create function part_on_hand(part uuid) returns numeric language sql stable as $$
  select coalesce(sum(on_hand), 0) from inventory_items
  where workspace_id = {HERE} and part_id = part and deleted_at is null
$$"""


def tree() -> Iterator[str]:
    # Volatile, so it looks at a snapshot taken after the tick: no other command of the workspace commits meanwhile.
    yield """create function stock_locations_acyclic() returns trigger language plpgsql as $$
begin
  if exists (
    with recursive above(id) as (
      select new.parent_id
      union
      select l.parent_id from above a join stock_locations l on l.workspace_id = new.workspace_id and l.id = a.id
      where l.parent_id is not null
    )
    select from above where id = new.id
  ) then
    raise exception 'the location lies in itself'
    using errcode = 'FG004', table = 'stock_locations', column = 'parent_id';
  end if;
  return null;
end
$$"""
    yield """create trigger stock_locations_acyclic after insert or update of parent_id on stock_locations
for each row when (new.parent_id is not null) execute function stock_locations_acyclic()"""


def statements() -> Iterator[str]:
    yield from ledger()
    yield from tree()


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger stock_locations_acyclic on stock_locations")
    op.execute("drop function stock_locations_acyclic")
    op.execute("drop function part_on_hand")
    op.execute("drop function allows_negative_stock")
    op.execute("alter table inventory_items drop constraint inventory_items_one_of_serial")
    op.execute("alter table inventory_items drop constraint inventory_items_serial")
    for policy in ("sandbox", "workspace"):
        op.execute(f"drop policy stock_movements_{policy} on stock_movements")
    op.execute("revoke all on stock_movements from forge_api")
    op.execute("alter table stock_movements no force row level security")
    op.execute("alter table stock_movements disable row level security")
