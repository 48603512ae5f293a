"""Endpoints that are paused keep what is owed to them, and what is owed goes out in order once they are resumed.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

HERE = "nullif(current_setting('app.workspace_id', true), '')::uuid"


def statements() -> Iterator[str]:
    yield "alter table endpoints add column resumed_at timestamp with time zone"
    # What waits for its next try is due at once, in the order of the events: fan-out writes their times as well.
    yield f"""create function resume_deliveries(endpoint uuid) returns timestamptz language plpgsql as $$
begin
  update deliveries d set due_at = coalesce(
    (select o.at from outbox o where o.workspace_id = d.workspace_id and o.sequence = d.sequence), d.created_at
  )
  where d.workspace_id = {HERE} and d.endpoint_id = endpoint and d.status = 'pending' and d.attempts > 0;
  return clock_timestamp();
end
$$"""
    # The row stays locked to the end, so of two commands at once the second finds it pending.
    yield f"""create function resend_delivery(delivery uuid) returns text language plpgsql as $$
declare
  found_delivery record;
begin
  select d.status, d.sequence, e.status as endpoint, e.deleted_at, o.sequence is not null as kept into found_delivery
  from deliveries d
  join endpoints e on e.workspace_id = d.workspace_id and e.id = d.endpoint_id
  left join outbox o on o.workspace_id = d.workspace_id and o.sequence = d.sequence
  where d.workspace_id = {HERE} and d.id = delivery
  for update of d;
  if not found then
    return 'missing';
  elsif found_delivery.deleted_at is not null then
    return 'deleted';
  elsif found_delivery.endpoint = 'disabled' then
    return 'disabled';
  elsif found_delivery.status = 'pending' then
    return 'pending';
  elsif found_delivery.sequence is null then
    return 'ping';
  elsif not found_delivery.kept then
    return 'gone';
  end if;
  update deliveries set status = 'pending', due_at = clock_timestamp(), finished_at = null
  where workspace_id = {HERE} and id = delivery;
  return 'due';
end
$$"""
    yield "alter table deliveries alter column sequence drop not null"
    # Due before all else, so a paused endpoint is sent it, and one with a backlog as the next.
    yield f"""create function ping_endpoint(endpoint uuid, delivery uuid) returns void language sql as $$
  insert into deliveries
    (workspace_id, id, endpoint_id, event_type, record_id, data, status, attempts, due_at, created_at)
  values ({HERE}, delivery, endpoint, 'ping', endpoint, json_build_object('webhook_endpoint_id', endpoint)::text,
    'pending', 0, 'epoch', clock_timestamp())
$$"""
    yield from _attempts()


def _attempts() -> Iterator[str]:
    """What lists of attempts are filtered and ordered by, written into those there are."""
    yield "alter table attempts add column endpoint_id uuid, add column event_type text, add column status text"
    for table in ("attempts", "deliveries"):
        yield f"alter table {table} no force row level security"  # the owner would see no row
    yield """update attempts a set endpoint_id = d.endpoint_id, event_type = d.event_type,
  status = case when a.status_code between 200 and 299 then 'succeeded' else 'failed' end
from deliveries d where d.workspace_id = a.workspace_id and d.id = a.delivery_id"""
    for table in ("attempts", "deliveries"):
        yield f"alter table {table} force row level security"
    yield """alter table attempts
alter column endpoint_id set not null,
alter column event_type set not null,
alter column status set not null,
add constraint attempts_status_known check (status in ('succeeded', 'failed')),
add foreign key (workspace_id, endpoint_id) references endpoints (workspace_id, id)"""
    yield "drop index attempts_at"
    yield "create index attempts_at on attempts (workspace_id, at, id)"
    yield "create index attempts_endpoint on attempts (workspace_id, endpoint_id, at, id)"
    yield "create index attempts_status on attempts (workspace_id, status, at, id)"
    yield "create index deliveries_created on deliveries (workspace_id, created_at, id)"
    yield "create index deliveries_endpoint on deliveries (workspace_id, endpoint_id, created_at, id)"


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop index deliveries_endpoint")
    op.execute("drop index deliveries_created")
    op.execute("drop index attempts_at")
    op.execute("create index attempts_at on attempts using brin (at)")
    op.execute("alter table attempts drop column endpoint_id, drop column event_type, drop column status")
    op.execute("drop function ping_endpoint")
    op.execute("delete from deliveries where sequence is null")
    op.execute("alter table deliveries alter column sequence set not null")
    op.execute("drop function resend_delivery")
    op.execute("drop function resume_deliveries")
    op.execute("alter table endpoints drop column resumed_at")
