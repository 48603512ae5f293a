"""Endpoints that are paused keep what is owed to them, and what is owed goes out in order once they are resumed.

Revision ID: 0027
Revises: 0025
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

revision = "0027"
down_revision = "0025"
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


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop function resume_deliveries")
    op.execute("alter table endpoints drop column resumed_at")
