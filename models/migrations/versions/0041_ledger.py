"""The ledger of stock: its entries are only added, a serial is one unit in one place, locations form a tree.

Revision ID: 0041
Revises: 0040
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, tenant

revision = "0041"
down_revision = "0040"
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
    yield f"""create function stock_locations_below(above uuid) returns uuid[] language sql stable as $$
  with recursive below(id) as (
    select id from stock_locations where workspace_id = {HERE} and parent_id = above and deleted_at is null
    union
    select l.id from below b join stock_locations l on l.workspace_id = {HERE} and l.parent_id = b.id
    where l.deleted_at is null
  )
  select coalesce(array_agg(id), '{{}}') from below
$$"""
    yield """create trigger stock_locations_acyclic after insert or update of parent_id on stock_locations
for each row when (new.parent_id is not null) execute function stock_locations_acyclic()"""


def workers() -> Iterator[str]:
    """Let the worker compare all balances with the ledger, and find reservations that have expired."""
    for table in ("inventory_items", "stock_movements", "reservations"):
        yield f"create policy {table}_worker on {table} for select to forge_worker using (true)"
        yield f"grant select on {table} to forge_worker"


def statements() -> Iterator[str]:
    yield from ledger()
    yield from workers()
    yield from tree()


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what the tables refuse from then on would come in; restore the database of before")
